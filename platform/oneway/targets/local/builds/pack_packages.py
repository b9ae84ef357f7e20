"""What services install when they are built: wheels, and npm's packages by their content."""

import base64
import json
import shutil
import tempfile
from pathlib import Path

from ....errors import OnewayError
from ....model import WHEELS, Service, System
from ...base import Say, TargetError
from . import maven
from .fetch_wheels import fetch_wheels
from .machine_runtimes import find_tool
from .node import run_npm
from .tools import Tool

_REQUIREMENTS = "requirements.txt"
_LOCK = "package-lock.json"


def pack_packages(root: Path, system: System, wheels: Path, npm: Path, say: Say) -> None:
    """Put the packages of every service into the two folders. OnewayError where some cannot be had."""
    done: set[bytes] = set()
    for service in system.deployed.values():
        runtime, path = service.build.runtime or "", root / (service.build.path or ".")
        lock = path / (_REQUIREMENTS if runtime.startswith("python") else _LOCK)
        if runtime.startswith("java") and maven.is_project(path):
            raise OnewayError(
                f"{service.name} is built by Maven, whose packages cannot be packed",
                "build its jar first, and declare a folder that has it without pom.xml as `build.path`",
            )
        if not runtime.startswith(("python", "node")) or not lock.exists() or lock.read_bytes() in done:
            continue
        say(f"packing the packages of {service.name}")
        done.add(lock.read_bytes())
        if runtime.startswith("python"):
            near = [str(each) for each in _wheel_folders(root, service)]
            fetch_wheels(service.name, lock, wheels, near)
        else:
            _pack_npm(service, path, npm)


def _wheel_folders(root: Path, service: Service) -> list[Path]:
    """The folders of wheels that come with the build; those wheels are packed as files of the build too."""
    tops = [root / each for each in service.build.include]
    return [folder for top in tops for folder in (top, *top.rglob(WHEELS)) if any(folder.glob("*.whl"))]


def _pack_npm(service: Service, app: Path, into: Path) -> None:
    """npm finds in its cache whatever has the content that the lock names, and needs nothing else of that cache."""
    node = find_tool(service.build)
    if node is None:
        raise OnewayError(
            f"{service.name}'s packages are fetched by npm, which is not on this machine", "install Node.js with npm"
        )
    with tempfile.TemporaryDirectory(prefix="oneway-bundle-") as making:
        cache = Path(making, "cache")
        _fill(service, app, Path(making), cache, node)
        for integrity in _integrities(app / _LOCK):
            name = _content_path(integrity)
            source, target = cache / "_cacache" / name, into / "_cacache" / name
            if source.exists() and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)


def _fill(service: Service, app: Path, making: Path, cache: Path, node: Tool) -> None:
    for name in ("package.json", _LOCK):
        shutil.copyfile(app / name, making / name)
    try:
        run_npm(node, making, "ci", "--omit=dev", "--ignore-scripts", "--cache", str(cache))
    except TargetError as error:
        raise OnewayError(f"the packages of {service.name} cannot be packed: {error.message}", error.hint) from None


def _integrities(lock: Path) -> list[str]:
    packages = json.loads(lock.read_bytes()).get("packages", {})
    found = {word for each in packages.values() for word in str(each.get("integrity", "")).split()}
    return sorted(found)


def _content_path(integrity: str) -> str:
    """Where npm's cache keeps a content, by its digest in base64."""
    algorithm, _, encoded = integrity.partition("-")
    digest = base64.b64decode(encoded.partition("?")[0]).hex()
    return f"content-v2/{algorithm}/{digest[:2]}/{digest[2:4]}/{digest[4:]}"
