"""`platform render-graph`: draw the architecture from the manifests."""

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from ...application.layout_engine import LayoutChoice, LayoutEngine, layout_engines
from ...application.reading import Reading, read_system, require_sound
from ...errors import OnewayError, Severity, UsageError
from ...graph import build
from ...manifest import load
from ...render import FORMATS, By, Direction, Note, Picture, View, difference, draw, seen, words
from ..options import Env, Manifests
from ..output.lines import watched


def command(
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Where to: .svg, .png, .html, .dot, .mmd, .md or .json."),
    ] = None,
    by: Annotated[
        By | None, typer.Option("--by", help="What one node stands for; default: service, domain when there are many.")
    ] = None,
    focus: Annotated[str | None, typer.Option("--focus", metavar="S", help="Only what is near this service.")] = None,
    depth: Annotated[int, typer.Option("--depth", metavar="N", min=0, help="How many calls around --focus.")] = 1,
    direction: Annotated[
        Direction, typer.Option("--direction", help="Which way to look from --focus.")
    ] = Direction.BOTH,
    revision: Annotated[
        str | None, typer.Option("--diff", metavar="REV", help="Mark what is different from this git revision.")
    ] = None,
    verify: Annotated[
        Path | None, typer.Option("--verify", metavar="FILE", help="Exit with 1 when this picture is stale.")
    ] = None,
    labels: Annotated[bool, typer.Option("--labels", help="Write timeouts and retries beside the calls.")] = False,
    reduce: Annotated[
        bool, typer.Option("--reduce", help="Leave out calls inside a domain that longer ways make as well.")
    ] = False,
    hubs: Annotated[
        str | None,
        typer.Option(
            "--hubs",
            metavar="N|off",
            help="Names instead of arrows to what N or more call; off: every arrow. Default: when there are many.",
        ),
    ] = None,
    layout: Annotated[
        LayoutChoice, typer.Option("--layout", help="Which Graphviz: the dot on PATH, the wheel's, or the first found.")
    ] = LayoutChoice.AUTO,
    env: Env = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Tell which Graphviz laid out.")] = False,
    manifests: Manifests = None,
) -> None:
    """Draw the architecture from the manifests, in the format of the file's ending.

    Without -o the DOT source is printed; with --diff, what is different, in words.

    Example: platform render-graph -o architecture.svg
    """
    if verify is not None and (output is not None or revision is not None):
        raise UsageError("--verify compares a file that is there", "leave out -o and --diff")
    format = _format(verify or output)
    reading = read_system(manifests, env)
    picture = _picture(reading, revision, format)
    view = View(by, focus, depth, direction, reduce, labels, _degree(hubs))
    shown = seen(picture, view, format)
    drawing = _Drawing(shown, format, layout_engines(layout))
    for remark in shown.remarks:
        print(remark, file=sys.stderr)
    if verify is not None:
        _verify(drawing, verify)
    elif output is not None:
        drawing.write(output)
    elif revision is None:
        sys.stdout.buffer.write(drawing.content(drawing.engines[0]))
    if revision is not None:
        sys.stdout.write(words(shown))
    if verbose and FORMATS[format].laid_out:
        print(f"laid out by {drawing.engines[0].name}", file=sys.stderr)


@dataclass(frozen=True, slots=True)
class _Drawing:
    picture: Picture
    format: str
    engines: tuple[LayoutEngine, ...]

    def content(self, engine: LayoutEngine) -> bytes:
        return FORMATS[self.format].draw(self.picture, engine.run)

    def write(self, output: Path) -> None:
        try:
            output.write_bytes(self.content(self.engines[0]))
        except OSError as error:
            raise OnewayError(f"{output} cannot be written: {error.strerror}", "name a folder that is there") from None
        if watched():
            print(f"wrote {output}", file=sys.stderr)


def _degree(hubs: str | None) -> int | None:
    if hubs is None or hubs == "off":
        return None if hubs is None else 0
    if not hubs.isdecimal() or int(hubs) < 1:
        raise UsageError(f"--hubs {hubs} is neither a number of callers nor off", "for example: --hubs 6, --hubs off")
    return int(hubs)


def _format(output: Path | None) -> str:
    if output is None:
        return "dot"
    ending = output.suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        known = ", ".join(f".{each}" for each in sorted(FORMATS))
        raise UsageError(f"{output} does not end like any picture", f"known endings: {known}")
    return ending


def _picture(reading: Reading, revision: str | None, format: str) -> Picture:
    picture = draw(build(require_sound(reading)), _notes(reading) if format == "html" else None)
    if revision is None:
        return picture
    texts = reading.workspace.at(revision)
    before = load(texts.files, reading.system.environment)
    faults = [each for each in before.findings if each.severity is Severity.ERROR]
    if faults and texts.files:
        raise OnewayError(f"the manifests at {revision} cannot be read", "compare with a sound revision", faults)
    return difference(draw(build(before.system)), picture, revision)


def _verify(drawing: _Drawing, file: Path) -> None:
    """Every Graphviz that is here may have drawn the file."""
    try:
        found = file.read_bytes()
    except OSError as error:
        raise OnewayError(f"{file} cannot be read: {error.strerror}", f"draw it: {_renewal(file)}") from None
    if not any(found == drawing.content(engine) for engine in drawing.engines):
        raise OnewayError(f"{file} is stale: the manifests draw another picture", f"renew it: {_renewal(file)}")
    print(f"{file} is up to date", file=sys.stderr)


def _renewal(file: Path) -> str:
    """The command as it was given, with -o in the place of --verify."""
    import shlex

    given = [each for each in sys.argv[1:] if each != f"--verify={file}"]
    kept = [each for at, each in enumerate(given) if each != "--verify" and given[max(at - 1, 0)] != "--verify"]
    return f"{shlex.join(['platform', *kept])} -o {shlex.quote(str(file))}"


def _notes(reading: Reading) -> dict[str, tuple[Note, ...]]:
    """What `platform check` says, by service."""
    from ...rules import audit

    root = reading.workspace.root
    findings = reading.located(audit(reading.loaded, date.today(), lambda path: (root / path).is_file()))
    notes: dict[str, tuple[Note, ...]] = {}
    for each in findings:
        note = Note(each.rule, each.severity.value, each.message, str(each.location), each.hint)
        notes[each.service] = (*notes.get(each.service, ()), note)
    return notes
