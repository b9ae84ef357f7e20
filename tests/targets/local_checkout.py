"""A checkout whose services are deployed with the command, as a user would, and somebody who uses them meanwhile."""

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from local_place import asked, lay_out, manifest

ROOT = Path(__file__).resolve().parents[2]


class Checkout:
    """A repository whose services are deployed with the command, as a user would."""

    def __init__(self, root: Path, python: str = sys.executable) -> None:
        self.root, self.python = root, python

    def write(self, service: str, version: str, mode: str = "good", calls: str = "", **fields: Any) -> None:
        lay_out(self.root, manifest(service, version, calls, env={"MODE": mode}, **fields))
        program = self.root / f"services/{service}/tiny_service.py"
        program.write_text(f"{program.read_text()}# {version}\n")

    def write_program(self, service: str, version: str, text: str, **fields: Any) -> None:
        """A service that is this Python program."""
        lay_out(self.root, manifest(service, version, **fields))
        (self.root / f"services/{service}/tiny_service.py").write_text(text)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self.python, "-m", "oneway.cli.main", *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT / "platform"), "COLUMNS": "200"},
        )

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [self.python, "-m", "oneway.cli.main", *arguments],
            cwd=self.root,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "platform")},
        )

    def status(self, service: str = "id") -> dict[str, Any]:
        told = json.loads(self.run("status", "--format", "json").stdout)
        return {"faults": told["faults"], **next(each for each in told["services"] if each["service"] == service)}

    def pid(self, kind: str) -> int:
        return int((self.root / ".platform" / kind).read_text().split()[0])


class User:
    """Asks again and again until the test is over; `failures` is what went wrong."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.asked = 0
        self.failures: list[str] = []

    def __enter__(self) -> "User":
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._over.wait(0.03):
            answer = asked(self._address)
            self.asked += 1
            if not re.fullmatch(r"\d+\.\d+\.\d+", answer):
                self.failures.append(answer)
