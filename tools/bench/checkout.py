"""A small repository of its own in a temporary folder, with the real id service in it, for trying deploys on."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
PLATFORM: Final = [sys.executable, "-m", "oneway.cli.main"]
_SYSTEM: Final = """\
apiVersion: oneway/v1
platform: trial
owners: {bob: {name: Bob, email: bob@example.org}}
domains: {foundation: {}}
environments: {local: {target: local}}
"""

_CALLER: Final = """\
apiVersion: oneway/v1
service: asker
version: 1.0.0
owner: bob
domain: foundation
build: {path: services/asker, runtime: python3.11, start: [python, asker.py]}
endpoints: [{name: http, port: 8099}]
calls: [{to: id, timeout: 5s}]
health: {startup: {path: /readyz, within: 60s}, ready: /readyz, live: /readyz}
smoke: [{name: gets an id, request: {path: /}, expect: {status: 200}}]
rollout: {bake: 1s, within: 300s}
"""

# What a version does wrong, as code that is added to the end of the service's module.
FAULTS: Final[dict[str, str]] = {
    "crashes at start": "raise SystemExit(3)\n",
    "is never ready": "app._ready = lambda: 'it never will be'\n",
    "is ready, then crashes": "import os, threading\nthreading.Timer(0.6, os._exit, [9]).start()\n",
    "is slow": "_fast = _issue\nasync def _issue(generator, count):\n"
    "    await asyncio.sleep(0.3)\n    return await _fast(generator, count)\n",
    "answers wrongly": "_right = _issue\nasync def _issue(generator, count):\n"
    "    return (await _right(generator, 1)) * count\n",
    "leaks file descriptors": "import os\n_held = []\n_dry = _issue\nasync def _issue(generator, count):\n"
    "    _held.append(os.open('/dev/null', os.O_RDONLY))\n    return await _dry(generator, count)\n",
    "fails under load": "import collections, time\n"
    "_seen = collections.deque(maxlen=40)\n_calm, _plain = _issue, parts\n"
    "def _strained():\n    _seen.append(time.monotonic())\n"
    "    if len(_seen) == 40 and _seen[-1] - _seen[0] < 1.0:\n        raise Problem(500, 'overloaded')\n"
    "async def _issue(generator, count):\n    _strained()\n    return await _calm(generator, count)\n"
    "def parts(number):\n    _strained()\n    return _plain(number)\n",
    "crashes under traffic": "import os\n_asked = []\n_steady, _simple = _issue, parts\n"
    "def _tired():\n    _asked.append(1)\n    if len(_asked) > 60:\n        os._exit(7)\n"
    "async def _issue(generator, count):\n    _tired()\n    return await _steady(generator, count)\n"
    "def parts(number):\n    _tired()\n    return _simple(number)\n",
    "hangs under traffic": "_given = []\n_lively = _issue\n"
    "async def _issue(generator, count):\n    _given.append(1)\n    if len(_given) > 20:\n"
    "        await asyncio.sleep(3600)\n    return await _lively(generator, count)\n",
    "stops dead under traffic": "import time\n_looked = []\n_moving = parts\n"
    "def parts(number):\n    _looked.append(1)\n    if len(_looked) > 20:\n        time.sleep(3600)\n"
    "    return _moving(number)\n",
}
# These leave users without an answer, whatever they ask.
HANGING: Final = frozenset({"hangs under traffic", "stops dead under traffic"})
# Their own checks and those of their callers cannot see these: they need users' traffic.
UNDER_TRAFFIC: Final = frozenset({"fails under load", "crashes under traffic", "leaks file descriptors", *HANGING})


@dataclass(slots=True)
class Checkout:
    """The repository in `root`, the version that its id service has, and what the tool finds in its environment."""

    root: Path
    version: int = 0
    variables: Mapping[str, str] = field(default_factory=dict)

    def make(self) -> None:
        """Lay it out."""
        for folder in ("services/id", "platform/servicekit"):
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(ROOT / folder, self.root / folder, ignore=ignored)
        (self.root / "manifests").mkdir()
        (self.root / "manifests/platform.yaml").write_text(_SYSTEM)
        self.change("")

    def add_caller(self) -> None:
        """A second service, which calls the first one: each deploy of that rehearses it."""
        (self.root / "services/asker").mkdir()
        shutil.copy(Path(__file__).with_name("asker.py"), self.root / "services/asker")
        (self.root / "manifests/asker.yaml").write_text(_CALLER)

    def change(self, fault: str) -> str:
        """Make a new version, with a fault or without; its name."""
        self.version += 1
        name = f"1.{self.version}.0"
        code = (ROOT / "services/id/id_service/app.py").read_text()
        code = code.replace('"no-store"}', '"no-store", "X-Version": VERSION}')
        head, mark, last = code.rpartition("app = create(")
        body = f"VERSION = '{name}'\n\n\n{mark}{last}\n{FAULTS.get(fault, '')}"
        (self.root / "services/id/id_service/app.py").write_text(head + body)
        manifest = re.sub(r"(?m)^version: .*", f"version: {name}", (ROOT / "manifests/id.yaml").read_text(), count=1)
        (self.root / "manifests/id.yaml").write_text(manifest)
        return name

    def platform(self, *arguments: str, timeout: float = 300.0) -> "subprocess.CompletedProcess[str]":
        """Run the tool here."""
        return subprocess.run(
            [*PLATFORM, *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env={**environment(), **self.variables},
        )

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start the tool here, and leave it running."""
        return subprocess.Popen(
            [*PLATFORM, *arguments],
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**environment(), **self.variables},
        )

    def status(self) -> dict[str, Any]:
        """What `status` says of the id service, with the target's faults."""
        told = json.loads(self.platform("status", "--format", "json").stdout)
        service = next(each for each in told["services"] if each["service"] == "id")
        return {**service, "faults": told["faults"]}


def environment() -> dict[str, str]:
    """This environment, in which the tool is found and keeps its compiled code, as where it is installed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT / "platform")}
