"""`platform render-graph`: draw the architecture from the manifests."""

import os
import shlex
import sys
import time
from pathlib import Path

from ...application.draw_picture import Drawing, draw_picture, picture_format
from ...application.draw_site import draw_site, write_site
from ...application.layout_engine import LayoutChoice
from ...application.read_manifests import Reading, read_system
from ...application.sight_calls import Evidence
from ...errors import OnewayError, UsageError
from ...render import Direction, View
from ...store import Records
from ..choose_target import open_environment
from ..options import Env, Manifests, Traffic, TrafficSince
from ..picture_options import (
    Depth,
    Diff,
    DriftPaths,
    Focus,
    Hubs,
    Labels,
    Layout,
    Link,
    Output,
    Reduce,
    RollUp,
    Verbose,
    Verify,
    Way,
    address_of,
    degree_of,
)
from ..spans_of_time import moment_of


def command(
    output: Output = None,
    by: RollUp = None,
    focus: Focus = None,
    depth: Depth = 1,
    direction: Way = Direction.BOTH,
    revision: Diff = None,
    drift: DriftPaths = None,
    traffic: Traffic = None,
    since: TrafficSince = None,
    verify: Verify = None,
    labels: Labels = False,
    reduce: Reduce = False,
    hubs: Hubs = None,
    link: Link = None,
    layout: Layout = LayoutChoice.AUTO,
    env: Env = None,
    verbose: Verbose = False,
    manifests: Manifests = None,
) -> None:
    """Draw the architecture from the manifests, in the format of the file's ending.

    Without -o the DOT source is printed; with --diff or --drift, what is different, in words.

    Example: platform render-graph -o architecture.svg
    """
    evidence = _evidence(drift, traffic, since)
    _require_one_question(output, revision, evidence, verify)
    view = View(by, focus, depth, direction, reduce, labels, degree_of(hubs), address_of(link))
    reading = read_system(manifests, env)
    if output is not None and _is_folder(output):
        records = _records(reading, manifests, env)
        _write_site(Path(output), draw_site(reading, view, layout, revision, records, evidence))
        return
    file = None if output is None else Path(output)
    drawing = draw_picture(reading, view, picture_format(verify or file), layout, revision, evidence)
    for remark in drawing.remarks:
        _say(remark)
    if verify is not None:
        _verify(drawing, verify)
    else:
        _hand_out(drawing, file, in_words=revision is not None or bool(evidence))
    if verbose and drawing.laid_out_by:
        _say(f"laid out by {drawing.laid_out_by}")


def _evidence(drift: list[Path] | None, traffic: list[Path] | None, since: str | None) -> Evidence:
    if since is not None and not traffic:
        raise UsageError("--since chooses among traffic, and none was given", "--traffic FILE")
    begin = None if since is None else moment_of(since, time.time())
    return Evidence(tuple(drift or ()), tuple(traffic or ()), begin)


def _require_one_question(output: str | None, revision: str | None, evidence: Evidence, verify: Path | None) -> None:
    if verify is not None and (output is not None or revision is not None or evidence):
        raise UsageError("--verify compares a file that is there", "leave out -o, --diff, --drift and --traffic")
    if revision is not None and evidence:
        raise UsageError("--diff and --drift each mark the calls in their own way", "draw two pictures")


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _is_folder(output: str) -> bool:
    return output.endswith(("/", os.sep)) or Path(output).is_dir()


def _write_site(folder: Path, files: dict[str, bytes]) -> None:
    write_site(folder, files)
    _say(f"wrote {len(files)} pages: {folder / 'index.html'}")


def _hand_out(drawing: Drawing, file: Path | None, in_words: bool) -> None:
    """Into the file, and what is different in words; without both, the picture itself is printed."""
    if file is not None:
        drawing.write(file)
        _say(f"wrote {file}")
    elif not in_words:
        sys.stdout.buffer.write(drawing.content())
    if in_words:
        sys.stdout.write(drawing.words)


def _records(reading: Reading, manifests: Path | None, env: str | None) -> Records | None:
    """What was released on this machine; None where nothing ever was. No cluster is asked for a picture."""
    if not (reading.workspace.root / ".platform").is_dir() or reading.system.settings.target == "kubernetes":
        return None
    return open_environment(manifests, env).site.records


def _verify(drawing: Drawing, file: Path) -> None:
    try:
        found = file.read_bytes()
    except OSError as error:
        raise OnewayError(f"{file} cannot be read: {error.strerror}", f"draw it: {_renewal(file)}") from None
    if not drawing.is_what(found):
        raise OnewayError(f"{file} is stale: the manifests draw another picture", f"renew it: {_renewal(file)}")
    _say(f"{file} is up to date")


def _renewal(file: Path) -> str:
    """The command as it was given, with -o in the place of --verify."""
    given = [each for each in sys.argv[1:] if each != f"--verify={file}"]
    kept = [each for at, each in enumerate(given) if each != "--verify" and given[max(at - 1, 0)] != "--verify"]
    return f"{shlex.join(['platform', *kept])} -o {shlex.quote(str(file))}"
