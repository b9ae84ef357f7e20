"""The architecture as a picture, in the format of its file's ending."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ..errors import Finding, OnewayError, Severity, UsageError
from ..graph import build
from ..manifest import load
from ..render import FORMATS, Note, Picture, View, difference, draw, seen, words
from ..workspace import write_file
from .layout_engine import LayoutChoice, LayoutEngine, layout_engines
from .read_manifests import Reading, require_sound
from .sight_calls import NOTHING, Evidence, with_sightings


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture that is ready to be laid out. Each of the `engines` may; the first is preferred."""

    picture: Picture
    format: str
    engines: tuple[LayoutEngine, ...]

    def content(self, engine: LayoutEngine | None = None) -> bytes:
        """The picture's file."""
        return FORMATS[self.format].draw(self.picture, (engine or self.engines[0]).run)

    def write(self, file: Path) -> None:
        """Write the picture's file. OnewayError where it cannot be written."""
        write_file(file, self.content())

    def is_what(self, found: bytes) -> bool:
        """Whether this is that file: every Graphviz that is here may have drawn it."""
        return any(found == self.content(engine) for engine in self.engines)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader of the picture should know about it."""
        return tuple(self.picture.remarks)

    @property
    def words(self) -> str:
        """What is different, in words."""
        return words(self.picture)

    @property
    def laid_out_by(self) -> str | None:
        """The Graphviz that lays it out; None for a format that needs no layout."""
        return self.engines[0].name if FORMATS[self.format].laid_out else None


def draw_picture(
    reading: Reading,
    view: View,
    format: str,
    layout: LayoutChoice,
    revision: str | None,
    evidence: Evidence = NOTHING,
) -> Drawing:
    """What is to be drawn of the system; with `revision`, what is different from it is marked; with evidence, what is
    seen of each call.
    """
    picture = picture_with_findings(reading, revision) if format == "html" else _picture(reading, revision, {})
    picture = with_sightings(picture, reading, evidence) if evidence else picture
    return Drawing(seen(picture, view, format), format, layout_engines(layout))


def picture_with_findings(reading: Reading, revision: str | None) -> Picture:
    """The whole picture with what `platform check` says of each service."""
    return _picture(reading, revision, _notes(reading))


def _picture(reading: Reading, revision: str | None, notes: dict[str, tuple[Note, ...]]) -> Picture:
    picture = draw(build(require_sound(reading)), notes)
    return picture if revision is None else difference(_picture_at(reading, revision), picture, revision)


def picture_format(file: Path | None) -> str:
    """The format that the file's ending asks for; DOT without a file. UsageError for an ending that nobody draws."""
    if file is None:
        return "dot"
    ending = file.suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        known = ", ".join(f".{each}" for each in sorted(FORMATS))
        raise UsageError(f"{file} does not end like any picture", f"known endings: {known}")
    return ending


def _picture_at(reading: Reading, revision: str) -> Picture:
    texts = reading.workspace.at(revision)
    before = load(texts.files, reading.system.environment)
    faults = [each for each in before.findings if each.severity is Severity.ERROR]
    if faults and texts.files:
        raise OnewayError(f"the manifests at {revision} cannot be read", "compare with a sound revision", faults)
    return draw(build(before.system))


def _notes(reading: Reading) -> dict[str, tuple[Note, ...]]:
    """What `platform check` says, by service."""
    notes: dict[str, tuple[Note, ...]] = {}
    for each in reading.located(reading.audit(date.today())):
        note = Note(each.rule, each.severity.value, each.message, str(each.location), each.hint, _callee(each))
        notes[each.service] = (*notes.get(each.service, ()), note)
    return notes


def _callee(finding: Finding) -> str:
    """Whom the call goes to that the finding is about: its subject is `caller > callee` then, and nothing else."""
    caller, arrow, callee = finding.subject.partition(" > ")
    return callee if arrow and caller == finding.service and " " not in callee else ""
