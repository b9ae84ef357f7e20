"""A first draft of manifests from what exists."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import OnewayError, UsageError
from ..evidence import Observed, draft_manifests
from ..evidence.observed import service_name
from .evidence_files import observe_paths


@dataclass(frozen=True, slots=True)
class Imported:
    """What was seen, and the files that were written for it."""

    observed: Observed
    files: tuple[Path, ...]


def import_system(paths: Sequence[Path], folder: Path, name: str) -> Imported:
    """Write a draft for each service that the files show. UsageError where a file is there already: nothing is then
    written."""
    observed = observe_paths(paths)
    drafts = draft_manifests(observed, service_name(name))
    for each in drafts:
        if (folder / each).exists():
            raise UsageError(f"{folder / each} exists already", "choose an empty folder with -o; nothing was written")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in drafts.items():
            (folder / file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OnewayError(
            f"{folder} cannot be written: {error.strerror or error}", "choose another folder with -o"
        ) from None
    return Imported(observed, tuple(folder / each for each in drafts))
