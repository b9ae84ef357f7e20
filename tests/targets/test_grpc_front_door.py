"""gRPC passes the front door as gRPC: a real server and a real client, with streams, trailers and errors, and a deploy
under both of them."""

import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from local_checkout import Checkout
from local_place import eventually

pytest_plugins = ("given_checkout",)

SERVER = f"""\
import sys
sys.path[:0] = {[each for each in sys.path if each.endswith("site-packages")]!r}
import os, signal, threading
from concurrent import futures
import grpc

same = lambda each: each
def version(request, context):
    context.set_trailing_metadata((("served-by", "VERSION"),))
    return b"VERSION " + request[:10]
def refuse(request, context):
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not today")
def count(request, context):
    for number in range(int(request)):
        yield str(number).encode()
def talk(requests, context):
    for each in requests:
        yield b"VERSION " + each
def measure(requests, context):
    return str(sum(map(len, requests))).encode()
handlers = {{
    "Version": grpc.unary_unary_rpc_method_handler(version, same, same),
    "Refuse": grpc.unary_unary_rpc_method_handler(refuse, same, same),
    "Count": grpc.unary_stream_rpc_method_handler(count, same, same),
    "Talk": grpc.stream_stream_rpc_method_handler(talk, same, same),
    "Measure": grpc.stream_unary_rpc_method_handler(measure, same, same),
}}
server = grpc.server(futures.ThreadPoolExecutor(16), options=[("grpc.max_receive_message_length", -1)])
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("trial.Trial", handlers)])
assert server.add_insecure_port(os.environ["HOST"] + ":" + os.environ["PORT"])
server.start()
signal.signal(signal.SIGTERM, lambda *_: server.stop(20))
server.wait_for_termination()
"""
BLOCK = bytes(1 << 20)


def same(each: bytes) -> bytes:
    return each


def write(checkout: Checkout, version: str) -> None:
    checkout.write_program(
        "web",
        version,
        SERVER.replace("VERSION", version),
        endpoints=[{"name": "http", "port": 50051, "protocol": "grpc"}],
        health={"startup": {"within": "30s"}},
        smoke=[],
        rollout={"interval": "300ms", "bake": "100ms", "within": "60s", "drain": "10s", "judge": {"of": 1}},
    )


class Client:
    """A channel to the front door, and its methods."""

    def __init__(self, address: str) -> None:
        self.channel = grpc.insecure_channel(
            address.removeprefix("http://"), options=[("grpc.max_receive_message_length", -1)]
        )

    def call(self, kind: str, method: str) -> Any:
        return getattr(self.channel, kind)(
            f"/trial.Trial/{method}", request_serializer=same, response_deserializer=same
        )


@pytest.mark.timeout(600)
def test_every_kind_of_call_passes_and_a_deploy_lets_streams_end(checkout: Checkout) -> None:
    write(checkout, "1.0.0")
    done = checkout.run("deploy", "web")
    assert done.returncode == 0, done.stdout
    client = Client(checkout.status("web")["addresses"]["http"])
    with client.channel:
        answer, call = client.call("unary_unary", "Version").with_call(b"hello", timeout=20)
        assert answer == b"1.0.0 hello"
        assert ("served-by", "1.0.0") in [(each.key, each.value) for each in call.trailing_metadata()]
        for _ in range(60):
            with pytest.raises(grpc.RpcError) as refused:
                client.call("unary_unary", "Refuse")(b"", timeout=20)
            assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION, "an answer of trailers alone stays one"
            assert refused.value.details() == "not today"
        counted = list(client.call("unary_stream", "Count")(b"500", timeout=60))
        assert counted == [str(each).encode() for each in range(500)]
        assert client.call("stream_unary", "Measure")((BLOCK for _ in range(64)), timeout=120) == b"67108864"
        _deploy_meanwhile(checkout, client)


def _deploy_meanwhile(checkout: Checkout, client: Client) -> None:
    """A stream of before goes on with the release that it began with, until it ends by itself within the drain; calls
    on the same channel never fail and reach the new release in the end."""
    said, failed, answers = Said(), list[str](), list[bytes]()
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.05):
            try:
                answers.append(client.call("unary_unary", "Version")(b"", timeout=20))
            except grpc.RpcError as error:
                failed.append(str(error))

    stream = client.call("stream_stream", "Talk")(iter(said), timeout=120)
    said.put(b"one")
    assert next(stream) == b"1.0.0 one"
    user = threading.Thread(target=ask)
    user.start()
    write(checkout, "1.1.0")
    deploying = checkout.begin("deploy", "web")
    try:
        eventually(lambda: answers[-1:] == [b"1.1.0 "], 120)
        said.put(b"two")
        assert next(stream) == b"1.0.0 two"
        said.end()
        assert list(stream) == []
        assert deploying.wait(120) == 0
    finally:
        over.set()
        user.join()
        deploying.communicate(timeout=120)
    assert failed == []
    assert answers[0] == b"1.0.0 "
    assert answers[-1] == b"1.1.0 "


class Said:
    """What one end of a stream says, as it comes."""

    def __init__(self) -> None:
        self._given: list[bytes] = []
        self._over = threading.Event()

    def put(self, word: bytes) -> None:
        self._given.append(word)

    def end(self) -> None:
        self._over.set()

    def __iter__(self) -> Iterator[bytes]:
        at = 0
        while not (self._over.is_set() and at == len(self._given)):
            if at < len(self._given):
                yield self._given[at]
                at += 1
            else:
                time.sleep(0.02)
