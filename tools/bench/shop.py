"""The example system of six kinds of services in a folder of its own: deployed, changed, and used all the while."""

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
EXAMPLE: Final = ROOT / "tests" / "examples" / "shop"
PLATFORM: Final = [sys.executable, "-m", "oneway.cli.main"]
_ANSWER_SECONDS: Final = 60.0

# What is wrong with a version of each kind, as fields of its manifest.
BROKEN: Final[dict[str, dict[str, Any]]] = {
    "storefront": {"env": {"MODE": "wrong"}},
    "catalog": {"env": {"MODE": "wrong"}},
    "orders": {"env": {"MODE": "wrong"}},
    "mailer": {"env": {"MODE": "crash"}},
    "nightly": {"env": {"MODE": "wrong"}},
    "orders-db": {"health": {"command": ["false"], "startup": {"within": "2s"}}},
    "bus": {"health": {"command": ["false"], "startup": {"within": "2s"}}},
}


def lacking() -> list[str]:
    """The programs that the system needs and this machine does not have."""
    from oneway.targets.local.backing.recipes import RECIPES, find_program

    programs = [each for each in ("node", "cc") if shutil.which(each) is None]
    return programs + [name for name in ("postgres", "redis") if not find_program(RECIPES[name], "")]


@dataclass(slots=True)
class Shop:
    """The system in `root`; every change makes another version."""

    root: Path
    versions: dict[str, int] = field(default_factory=dict)

    def make(self) -> None:
        """Lay it out, and compile what is compiled."""
        ignored = shutil.ignore_patterns("__pycache__", ".platform")
        shutil.copytree(EXAMPLE, self.root, ignore=ignored)
        folder = self.root / "services/catalog"
        command = ["cc", "-static", "-O2", "-o", "catalog", "catalog.c"]
        subprocess.run(command, cwd=folder, check=True, timeout=120)

    def change(self, service: str, **fields: Any) -> str:
        """Make a new version with these fields, and without those of the change before; its name."""
        import yaml

        self.versions[service] = self.versions.get(service, 0) + 1
        version = f"1.{self.versions[service]}.0"
        body = yaml.safe_load((EXAMPLE / f"manifests/{service}.yaml").read_text()) | {"version": version} | fields
        (self.root / f"manifests/{service}.yaml").write_text(yaml.safe_dump(body, sort_keys=False))
        if service in ("orders-db", "bus"):
            return version
        program = next(
            each for each in sorted((self.root / "services" / service).iterdir()) if each.suffix in (".py", ".js", ".c")
        )
        text = re.sub(r"\n(#|//) version .*\n$", "\n", program.read_text())
        mark = "#" if program.suffix == ".py" else "//"
        program.write_text(f"{text}{mark} version {version}\n")
        return version

    def platform(self, *arguments: str, timeout: float = 300.0) -> "subprocess.CompletedProcess[str]":
        """Run the tool here."""
        return subprocess.run(
            [*PLATFORM, *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env=self.environment(),
        )

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start the tool here, and leave it running."""
        return subprocess.Popen(
            [*PLATFORM, *arguments],
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment(),
        )

    def environment(self) -> dict[str, str]:
        """With a folder of its own for what is secret."""
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {**kept, "PYTHONPATH": str(ROOT / "platform"), "XDG_CONFIG_HOME": str(self.root.parent / "config")}

    def status(self) -> dict[str, dict[str, Any]]:
        """What `status` says, by service."""
        told = json.loads(self.platform("status", "--format", "json").stdout)
        return {each["service"]: each for each in told["services"]}

    def port(self, service: str) -> int:
        """Where its first endpoint is."""
        address = next(iter(self.status()[service]["addresses"].values()))
        return int(address.rpartition(":")[2])

    def secrets(self) -> list[str]:
        """The passwords that were made up for it."""
        file = self.root.parent / "config/oneway/shop.secrets.generated"
        return re.findall(r"^\w+ = (\S+)$", file.read_text(), re.MULTILINE)


class Buyers:
    """People who buy one thing after the other; `taken` are the orders that were confirmed to them."""

    def __init__(self, port: int, count: int = 2) -> None:
        self._port, self._over = port, threading.Event()
        self._threads = [threading.Thread(target=self._buy) for _ in range(count)]
        self.taken: list[int] = []
        self.failures: list[str] = []

    def __enter__(self) -> "Buyers":
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._over.set()
        for each in self._threads:
            each.join()

    def _buy(self) -> None:
        while not self._over.wait(0.05):
            status, body = ask(self._port, "POST", "/buy/tea")
            if status == 201:
                self.taken.append(int(body["number"]))
            else:
                self.failures.append(f"{status} {body}")


def ask(port: int, method: str, path: str) -> tuple[int, dict[str, Any]]:
    """Status and body; 0 and what happened where no answer came."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
        return answer.status, json.loads(body) if body.startswith(b"{") else {"text": body.decode("utf-8", "replace")}
    except (OSError, http.client.HTTPException, ValueError) as error:
        return 0, {"error": repr(error)}
    finally:
        connection.close()


def missing(shop: Shop, taken: list[int], patience: float = 30.0) -> tuple[set[int], set[int]]:
    """The confirmed orders that are not in the database, and those that nobody mailed in time."""
    port, until = shop.port("orders"), time.monotonic() + patience
    while True:
        _, found = ask(port, "GET", "/orders")
        lost, unmailed = set(taken) - set(found["numbers"]), set(taken) - set(found["mailed"])
        if not unmailed or time.monotonic() > until:
            return lost, unmailed
        time.sleep(0.2)
