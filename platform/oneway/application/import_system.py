"""A first draft of manifests from what exists, which may be drawn up again and again."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..evidence import Observed, draft_manifests
from ..evidence.observed import service_name
from ..workspace import write_file
from .evidence_files import observe_paths, require_services
from .schema_file import EDITOR_LINE, SCHEMA_FILE, schema_text

_MARK: Final = "# platform import keeps this file up to date until somebody changes it: "
_MARKED: Final = re.compile(rf"^{re.escape(_MARK)}([0-9a-f]{{12}})\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Imported:
    """What was seen, the files that were written for it, and those that people have changed and that stay as they are.

    `gone` are drafts that nothing shows any more; `missing` are calls that were seen and that a kept file lacks.
    """

    observed: Observed
    files: tuple[Path, ...]
    kept: tuple[Path, ...] = ()
    gone: tuple[Path, ...] = ()
    missing: tuple[tuple[Path, str, str], ...] = ()


def import_system(paths: Sequence[Path], folder: Path, name: str, traffic: Sequence[Path] = ()) -> Imported:
    """Write a draft for each service that the files show. What a person wrote or changed is never overwritten."""
    root = _repository(folder.resolve())
    observed = require_services(observe_paths(paths, traffic=traffic, root=root), [*paths, *traffic])
    drafts = draft_manifests(observed, service_name(name), lambda path: (root / path).is_file())
    written: list[Path] = []
    kept: list[Path] = []
    for file, text in drafts.items():
        path = folder / file
        if path.exists() and not _is_untouched(path.read_text("utf-8", "replace")):
            kept.append(path)
            continue
        write_file(path, _marked(EDITOR_LINE + text), make_folders=True)
        written.append(path)
    write_file(folder / SCHEMA_FILE, schema_text(), make_folders=True)
    return Imported(observed, tuple(written), tuple(kept), _gone(folder, set(drafts)), _missing(observed, folder, kept))


def _repository(folder: Path) -> Path:
    """The root that paths in manifests of this folder are relative to."""
    return next((each for each in folder.parents if (each / ".git").exists()), folder.parent)


def _marked(text: str) -> str:
    return f"{_MARK}{_digest(text)}\n{text}"


def _is_untouched(text: str) -> bool:
    match = _MARKED.match(text)
    return match is not None and _digest(text[match.end() :]) == match[1]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _gone(folder: Path, drafts: set[str]) -> tuple[Path, ...]:
    others = (path for path in sorted(folder.glob("*.yaml")) if path.name not in drafts)
    return tuple(path for path in others if _is_untouched(path.read_text("utf-8", "replace")))


def _missing(observed: Observed, folder: Path, kept: Sequence[Path]) -> tuple[tuple[Path, str, str], ...]:
    """Calls that were seen and that a kept manifest does not name."""
    texts = {path.stem: (path, path.read_text("utf-8", "replace")) for path in kept}
    found = []
    for (source, target), calls in observed.pairs().items():
        path, text = texts.get(source, (folder, ""))
        if source in texts and not re.search(rf"\bto:\s*[\"']?{re.escape(target)}\b(?!-)", text):
            found.append((path, target, calls[0].why))
    return tuple(found)
