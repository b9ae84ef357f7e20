"""Go: every program of the module, built from what go.sum pins."""

import os
import re
from pathlib import Path
from typing import Final

from ...base import TargetError
from .tools import Tool, run_tool

# As in the generated Dockerfile: no C library, no path of the machine, the modules that are pinned and no others, and
# the Go of this machine instead of one that is fetched.
_SETTINGS: Final = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}
_HINT: Final = "check the code, go.mod and go.sum, and `go env`"
_REQUIRES: Final = re.compile(r"^\s*require\b", re.MULTILINE)


def find_unpinned(app: Path) -> str:
    """Why the modules are not pinned; nothing where they are, or none is wanted."""
    try:
        module = (app / "go.mod").read_text(encoding="utf-8")
    except FileNotFoundError:
        return "go.mod is missing, which says what the module is"
    except (OSError, UnicodeDecodeError) as error:
        return f"go.mod cannot be read: {error}"
    pinned = (app / "go.sum").exists() or not _REQUIRES.search(module)
    return "" if pinned else "go.mod names modules, and nothing pins them"


def tidy(app: Path, go: Tool) -> None:
    """Write go.sum anew from what the code imports and go.mod names."""
    run_tool([go.path, "mod", "tidy"], app, {"GOTOOLCHAIN": "local", "GOWORK": "off"}, _HINT)


def build(folder: Path, app: Path, go: Tool) -> None:
    """The programs of the module into `bin`, by their names."""
    programs = folder / "bin"
    programs.mkdir()
    vendored = {"GOFLAGS": "-mod=vendor"} if (app / "vendor" / "modules.txt").exists() else {}
    settings = _SETTINGS | vendored
    words = ("-trimpath", "-buildvcs=false", "-o", f"{programs}/", "./...")
    run_tool([go.path, "build", *words], app, _homes(folder) | settings, _HINT)
    if not any(programs.iterdir()):
        raise TargetError("go build made no program", "a program is a folder with `package main` and `func main`")


def _homes(folder: Path) -> dict[str, str]:
    """Where Go keeps what it has built and fetched, where the environment names no home."""
    if os.environ.get("HOME") or os.environ.get("GOCACHE"):
        return {}
    return {"GOCACHE": str(folder / ".cache"), "GOPATH": str(folder / ".modules")}
