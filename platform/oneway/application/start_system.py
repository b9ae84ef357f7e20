"""The first manifests of a repository that has none: what its files show, drafted, checked and drawn."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from ..errors import Finding, OnewayError, Severity, UsageError
from ..evidence import Observed, ObservedService, SourceFile, draft_manifests, observe
from ..evidence.draft import DOMAIN, OWNER
from ..evidence.observed import service_name
from ..render import View
from ..workspace import write_file
from ..workspace.git import list_files
from .draw_picture import draw_picture
from .layout_engine import LayoutChoice
from .read_manifests import read_system
from .schema_file import EDITOR_LINE, SCHEMA_FILE, schema_text

PICTURE: Final = "architecture.svg"
_YAML: Final = (".yaml", ".yml")
_SKIPPED: Final = frozenset(
    {"node_modules", "venv", "dist", "build", "vendor", "target", "__pycache__", "site-packages"}
)
_MOST_FILES: Final = 20_000
_EXPOSE: Final = re.compile(r"^\s*EXPOSE\s+(\d{1,5})", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Started:
    """What was seen and where, what was written, and what the first check found."""

    observed: Observed
    sources: tuple[str, ...]
    written: tuple[str, ...]
    findings: tuple[Finding, ...]

    def decisions(self) -> list[str]:
        """What a person has to decide next, the most pressing first; three at most."""
        errors = Counter(each.rule for each in self.findings if each.severity is Severity.ERROR).most_common()
        mend = [f"{count} × {rule}: `platform explain {rule}` says how to mend it" for rule, count in errors]
        owners = f"who owns what: every service is {OWNER}'s; name the people in platform.yaml"
        domains = f"which domains there are: every service is in {DOMAIN}; they are the boxes of the picture"
        return [*mend[:1], owners, *self._first_check(), domains, *mend[1:]][:3]

    def _first_check(self) -> Iterator[str]:
        callers = Counter(target for _, target in self.observed.pairs())
        for name, count in callers.most_common(1):
            yield f"a smoke check for {name}, which {count} of the others call: deploys are judged by it"


def start_system(folder: Path, name: str | None) -> Started:
    """Draft manifests into the folder `manifests/` of the repository around, or of this folder, and draw them.

    UsageError where there are manifests already; nothing that exists is overwritten.
    """
    root = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)
    home = root / "manifests"
    _refuse_existing(home)
    files = list(_files(root))
    observed, sources = _look(root, files)
    drafts = draft_manifests(observed, service_name(name or root.name) or "my-platform")
    texts = {f"manifests/{file}": EDITOR_LINE + text for file, text in drafts.items()}
    texts[f"manifests/{SCHEMA_FILE}"] = schema_text()
    for file, text in texts.items():
        write_file(root / file, text, make_folders=True)
    reading = read_system(home, None)
    findings = tuple(reading.located(reading.audit(date.today())))
    written = sorted(texts)
    if observed.services and not (root / PICTURE).exists():
        draw_picture(reading, View(), "svg", LayoutChoice.AUTO, None).write(root / PICTURE)
        written.append(PICTURE)
    return Started(observed, sources, tuple(written), findings)


def _refuse_existing(home: Path) -> None:
    there = sorted(each for each in home.rglob("*") if each.suffix in _YAML) if home.is_dir() else []
    if any("apiVersion: oneway/" in each.read_text("utf-8", "replace")[:4000] for each in there):
        raise UsageError(
            f"{home} has manifests already", "`platform check` looks at them, and `platform new SERVICE` adds one"
        )
    if there:
        raise UsageError(
            f"{home} holds other files ({there[0].name})",
            "manifests/ is where Oneway looks: move them, as in `git mv manifests deploy`, and try again",
        )


def _look(root: Path, names: list[str]) -> tuple[Observed, tuple[str, ...]]:
    """What the files show, and which of them showed it."""
    candidates = [each for each in names if each.endswith(_YAML) or each.rpartition("/")[2] == ".env"]
    observed = observe([SourceFile(each, (root / each).read_bytes()) for each in candidates])
    built = {each.build for each in observed.services}
    images = [each for each in names if each.rpartition("/")[2] == "Dockerfile" and each not in built]
    code = {each.name: each for each in (_service_of(root, file) for file in images)}
    services = code | {each.name: each for each in observed.services}
    found = tuple(services[each] for each in sorted(services))
    return replace(observed, services=found), tuple(sorted({each.source for each in found}))


def _service_of(root: Path, dockerfile: str) -> ObservedService:
    """A folder of code with a Dockerfile, which no other file deploys."""
    folder = dockerfile.rpartition("/")[0].rpartition("/")[2] or root.name
    exposed = _EXPOSE.search((root / dockerfile).read_text("utf-8", "replace"))
    ports = {"http": int(exposed[1])} if exposed and 0 < int(exposed[1]) < 65536 else {}
    return ObservedService(service_name(folder), dockerfile, build=dockerfile, ports=ports)


def _files(root: Path) -> Iterator[str]:
    """The files of the repository as git sees them, without what was brought in from elsewhere."""
    try:
        listed = list_files(root, ".")
    except OnewayError:
        listed = None
    names = _walk(root) if listed is None else iter(listed)
    for count, name in enumerate(names):
        if count >= _MOST_FILES:
            return
        if not _SKIPPED.intersection(name.split("/")) and (root / name).is_file():
            yield name


def _walk(root: Path) -> Iterator[str]:
    for base, folders, files in os.walk(root):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in _SKIPPED)
        yield from (Path(base, each).relative_to(root).as_posix() for each in sorted(files))
