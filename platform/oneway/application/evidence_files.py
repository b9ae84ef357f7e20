"""The files that `import` and `drift` look at."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ..errors import UsageError
from ..evidence import Observed, SourceFile, observe

_SUFFIXES: Final = (".yaml", ".yml")


def observe_paths(paths: Sequence[Path]) -> Observed:
    """What the files show. UsageError when a path does not exist, or no service is in any of them."""
    files = [SourceFile(str(path), path.read_bytes()) for given in paths for path in _files(given)]
    observed = observe(files)
    if not observed.services:
        looked = ", ".join(each.name for each in files[:5]) or "nothing"
        notes = "; ".join(observed.notes)
        raise UsageError(
            f"no service in {looked}{f' ({notes})' if notes else ''}",
            "name compose files, or files with Deployments, StatefulSets or DaemonSets",
        )
    return observed


def _files(given: Path) -> list[Path]:
    if given.is_dir():
        return sorted(
            path for path in given.rglob("*") if path.is_file() and (path.suffix in _SUFFIXES or path.name == ".env")
        )
    if not given.is_file():
        raise UsageError(f"{given} does not exist", "name files or folders that do")
    beside = given.parent / ".env"
    return [beside, given] if beside.is_file() and given.name != ".env" else [given]
