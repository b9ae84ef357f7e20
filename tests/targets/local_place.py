"""A checkout of its own for the local target, with two tiny services in it."""

import http.client
import json
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oneway.manifest import load
from oneway.manifest.decode import decode
from oneway.model import Service
from oneway.targets.base import Release
from oneway.targets.local.target import LocalTarget, local_target
from oneway.workspace import content_of

TINY = Path(__file__).with_name("tiny_service.py")
# Of each run its own, for many may run on one machine; below those that systems give to outgoing connections.
PORT = random.randrange(8100, 20000)
PLATFORM = """\
apiVersion: oneway/v1
platform: trial
owners: {ann: {name: Ann}}
domains: {works: {}}
environments: {local: {target: local}}
"""


def manifest(service: str, version: str, calls: str = "", **fields: Any) -> dict[str, Any]:
    """A tiny service's manifest as data."""
    body: dict[str, Any] = {
        "apiVersion": "oneway/v1",
        "service": service,
        "version": version,
        "owner": "ann",
        "domain": "works",
        "build": {"path": f"services/{service}", "runtime": "python3.11", "start": ["python", "tiny_service.py"]},
        "endpoints": [{"name": "http", "port": PORT}],
        "calls": [{"to": calls, "timeout": "2s"}] if calls else [],
        "health": {"startup": {"path": "/readyz", "within": "10s"}, "ready": "/readyz"},
        "smoke": [{"name": "answers", "request": {"path": "/call" if calls else "/"}}],
        "rollout": {"interval": "300ms", "bake": "100ms", "within": "60s", "judge": {"of": 1}},
    }
    return body | fields


def lay_out(root: Path, *manifests: dict[str, Any]) -> None:
    """A repository with these services."""
    (root / "manifests").mkdir(parents=True, exist_ok=True)
    if not (root / "manifests/platform.yaml").exists():
        (root / "manifests/platform.yaml").write_text(PLATFORM)
    for body in manifests:
        folder = root / "services" / body["service"]
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(TINY, folder)
        (root / f"manifests/{body['service']}.yaml").write_text(json.dumps(body))


class LocalPlace:
    """The place of the contract: `gate` calls `id`."""

    def __init__(self, root: Path) -> None:
        lay_out(root, manifest("id", "1.0.0"), manifest("gate", "1.0.0", calls="id"))
        self.root = root
        files = [(path.name, path.read_bytes()) for path in sorted((root / "manifests").iterdir())]
        self.system = load(files, "local").system
        self.target: LocalTarget = local_target(root, self.system)
        self.target.require()

    def draft(self, service: str, version: str, mode: str = "good", replicas: int = 1) -> Release:
        calls = "id" if service == "gate" else ""
        spec = decode(manifest(service, version, calls, env={"MODE": mode}, replicas=replicas), Service)
        content = content_of(self.root, spec).digest
        return Release(
            service=service,
            number=0,
            version=version,
            content=content,
            digest=f"{content}{mode}",
            spec=spec,
            environment="local",
            author="a test",
            started=1.0,
        )

    def users(self, service: str, count: int) -> list[str]:
        address = self.target.addresses(service).get("http")
        return [asked(address) for _ in range(count)]

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self) -> None:
        for service in self.target.records.services():
            self.target.settle(service, None)
        self.target.shut_down()


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until it holds; fails when it does not in time."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come to hold in time"
        time.sleep(0.1)


def asked(address: str | None, path: str = "/", timeout: float = 10) -> str:
    """The body of a good answer, else its status; `nobody` where nothing answers."""
    if address is None:
        return "nobody"
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.read().decode() if answer.status == 200 else str(answer.status)
    except (OSError, http.client.HTTPException):
        return "nobody"
    finally:
        connection.close()
