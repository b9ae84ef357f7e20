"""Ports, sizes, processors and replicas as the compose specification writes them."""

from typing import Any

import pytest

from oneway.evidence import SourceFile, observe
from oneway.evidence.readers.compose_numbers import cpu_of, memory_of, ports_of, published_ports, whole_number
from oneway.evidence.yaml_reader import read_yaml

# What is written, ports inside, protocol, whether others than this machine reach it, ports outside.
PORTS: list[tuple[str, list[int], str, bool, list[int]]] = [
    ('"3000"', [3000], "tcp", False, []),
    ("3000", [3000], "tcp", False, []),
    ('"3000-3002"', [3000, 3001, 3002], "tcp", False, []),
    ('"8000:8000"', [8000], "tcp", True, [8000]),
    ("22:22", [22], "tcp", True, [22]),
    ('"49100:22"', [22], "tcp", True, [49100]),
    ('"9090-9091:8080-8081"', [8080, 8081], "tcp", True, [9090, 9091]),
    ('"8000-8002:80"', [80], "tcp", True, [8000, 8001, 8002]),
    ('"127.0.0.1:8001:8001"', [8001], "tcp", False, [8001]),
    ('"127.0.0.1:5000-5001:5000-5001"', [5000, 5001], "tcp", False, [5000, 5001]),
    ('"127.0.0.1::80"', [80], "tcp", False, []),
    ('"::1:6000:6000"', [6000], "tcp", False, [6000]),
    ('"[::1]:6001:6001"', [6001], "tcp", False, [6001]),
    ('"[::]:80:80"', [80], "tcp", True, [80]),
    ('"0.0.0.0:80:80"', [80], "tcp", True, [80]),
    ('"192.0.2.5:80:80"', [80], "tcp", True, [80]),
    ('"6060:6060/udp"', [6060], "udp", True, [6060]),
    ('{target: 80, published: "8080", protocol: udp}', [80], "udp", True, [8080]),
    ('{target: 80, host_ip: 127.0.0.1, published: "8080"}', [80], "tcp", False, [8080]),
    ('{target: 80, host_ip: "::1", published: 8080}', [80], "tcp", False, [8080]),
    ('{target: 80, published: "8083-8084", mode: host}', [80], "tcp", True, [8083, 8084]),
    ("{target: 80}", [80], "tcp", False, []),
    ('"0:99999"', [], "", False, [0]),
    ('"a:b"', [], "", False, []),
]


@pytest.mark.parametrize(("written", "inside", "protocol", "public", "outside"), PORTS)
def test_ports(written: str, inside: list[int], protocol: str, public: bool, outside: list[int]) -> None:
    entry: Any = next(read_yaml(f"ports: [{written}]".encode()))
    assert list(ports_of(entry)) == [(number, protocol, public) for number in inside]
    assert list(published_ports(entry)) == [number for number in outside if number]


@pytest.mark.parametrize(
    ("given", "size"),
    [
        *(("2b", "2"), ("1024kb", "1Mi"), ("2048k", "2Mi"), ("300m", "300Mi"), ("1gb", "1Gi"), ("1.5G", "1536Mi")),
        *(("50M", "50Mi"), ("1t", "1024Gi"), ("64Mi", "64Mi"), (12, "12"), ("0", None), ("x", None), ("1,5g", None)),
        (None, None),
    ],
)
def test_sizes(given: Any, size: str | None) -> None:
    assert memory_of(given) == size


@pytest.mark.parametrize(
    ("given", "share"),
    [("0.5", "0.5"), (0.25, "0.25"), (".5", "0.5"), ("2", "2"), ("2.", "2"), ("0", None), ("a", None), (True, None)],
)
def test_processors(given: Any, share: str | None) -> None:
    assert cpu_of(given) == share


@pytest.mark.parametrize(
    ("given", "replicas"), [(3, 3), ("2", 2), ("0", 0), ("-1", None), (None, None), (1.5, None), ("x", None)]
)
def test_replicas(given: Any, replicas: int | None) -> None:
    assert whole_number(given) == replicas


def test_numbers_come_from_variables_too() -> None:
    compose = (
        'services: {a: {image: x, deploy: {replicas: "${N:-2}", resources: {limits: {memory: "${M:-1.5G}"}}},'
        ' ports: ["${P:-8080}:80"]}}'
    )
    (service,) = observe([SourceFile("compose.yaml", compose.encode())]).services
    assert (service.replicas, service.memory, dict(service.ports), service.public) == (
        2,
        "1536Mi",
        {"port-80": 80},
        True,
    )
