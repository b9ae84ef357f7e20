"""`platform render-graph`: draw the architecture from the manifests."""

import os
import re
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from ...application.draw_picture import Drawing, draw_picture, picture_format
from ...application.draw_site import draw_site, write_site
from ...application.layout_engine import LayoutChoice
from ...application.read_manifests import Reading, read_system
from ...application.sight_calls import Evidence
from ...errors import OnewayError, UsageError
from ...render import By, Direction, View
from ...store import Records
from ..choose_target import open_environment
from ..completion import complete_services
from ..options import Env, Manifests, Traffic


def command(
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Where to: .svg, .png, .html, .dot, .mmd, .md, .json; a folder such as site/ gets a page per service.",
        ),
    ] = None,
    by: Annotated[
        By | None, typer.Option("--by", help="What one node stands for; default: service, domain when there are many.")
    ] = None,
    focus: Annotated[
        str | None,
        typer.Option("--focus", metavar="S", help="Only what is near this service.", autocompletion=complete_services),
    ] = None,
    depth: Annotated[int, typer.Option("--depth", metavar="N", min=0, help="How many calls around --focus.")] = 1,
    direction: Annotated[
        Direction, typer.Option("--direction", help="Which way to look from --focus.")
    ] = Direction.BOTH,
    revision: Annotated[
        str | None, typer.Option("--diff", metavar="REV", help="Mark what is different from this git revision.")
    ] = None,
    drift: Annotated[
        list[Path] | None,
        typer.Option(
            "--drift",
            metavar="PATH",
            help="Mark what files, code or folders of them show of the calls; with --traffic, how often and how fast.",
        ),
    ] = None,
    traffic: Traffic = None,
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
    link: Annotated[
        str | None,
        typer.Option("--link", metavar="URL", help="Where the whole picture can be looked at, for a comment (.md)."),
    ] = None,
    layout: Annotated[
        LayoutChoice, typer.Option("--layout", help="Which Graphviz: the dot on PATH, the wheel's, or the first found.")
    ] = LayoutChoice.AUTO,
    env: Env = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Tell which Graphviz laid out.")] = False,
    manifests: Manifests = None,
) -> None:
    """Draw the architecture from the manifests, in the format of the file's ending.

    Without -o the DOT source is printed; with --diff or --drift, what is different, in words.

    Example: platform render-graph -o architecture.svg
    """
    evidence = Evidence(tuple(drift or ()), tuple(traffic or ()))
    if verify is not None and (output is not None or revision is not None or evidence):
        raise UsageError("--verify compares a file that is there", "leave out -o, --diff, --drift and --traffic")
    if revision is not None and evidence:
        raise UsageError("--diff and --drift each mark the calls in their own way", "draw two pictures")
    reading = read_system(manifests, env)
    view = View(by, focus, depth, direction, reduce, labels, _degree(hubs), _address(link))
    if output is not None and (output.endswith(("/", os.sep)) or Path(output).is_dir()):
        files = draw_site(reading, view, layout, revision, _records(reading, manifests, env), evidence)
        write_site(Path(output), files)
        print(f"wrote {len(files)} pages: {Path(output) / 'index.html'}", file=sys.stderr)
        return
    file = None if output is None else Path(output)
    drawing = draw_picture(
        reading,
        view,
        picture_format(verify or file),
        layout,
        revision,
        evidence,
    )
    for remark in drawing.remarks:
        print(remark, file=sys.stderr)
    if verify is not None:
        _verify(drawing, verify)
    elif file is not None:
        drawing.write(file)
        print(f"wrote {file}", file=sys.stderr)
    elif revision is None and not evidence:
        sys.stdout.buffer.write(drawing.content())
    if revision is not None or evidence:
        sys.stdout.write(drawing.words)
    if verbose and drawing.laid_out_by:
        print(f"laid out by {drawing.laid_out_by}", file=sys.stderr)


def _records(reading: Reading, manifests: Path | None, env: str | None) -> Records | None:
    """What was released on this machine; None where nothing ever was. No cluster is asked for a picture."""
    if not (reading.workspace.root / ".platform").is_dir() or reading.system.settings.target == "kubernetes":
        return None
    return open_environment(manifests, env).site.records


def _address(link: str | None) -> str:
    if link is None or re.fullmatch(r"https?://[^\s<>]+", link):
        return link or ""
    raise UsageError(
        f"--link {link} is no address of a page", "for example: --link https://ci.example.org/architecture.html"
    )


def _degree(hubs: str | None) -> int | None:
    if hubs is None or hubs == "off":
        return None if hubs is None else 0
    if not hubs.isdecimal() or int(hubs) < 1:
        raise UsageError(f"--hubs {hubs} is neither a number of callers nor off", "for example: --hubs 6, --hubs off")
    return int(hubs)


def _verify(drawing: Drawing, file: Path) -> None:
    try:
        found = file.read_bytes()
    except OSError as error:
        raise OnewayError(f"{file} cannot be read: {error.strerror}", f"draw it: {_renewal(file)}") from None
    if not drawing.is_what(found):
        raise OnewayError(f"{file} is stale: the manifests draw another picture", f"renew it: {_renewal(file)}")
    print(f"{file} is up to date", file=sys.stderr)


def _renewal(file: Path) -> str:
    """The command as it was given, with -o in the place of --verify."""
    given = [each for each in sys.argv[1:] if each != f"--verify={file}"]
    kept = [each for at, each in enumerate(given) if each != "--verify" and given[max(at - 1, 0)] != "--verify"]
    return f"{shlex.join(['platform', *kept])} -o {shlex.quote(str(file))}"
