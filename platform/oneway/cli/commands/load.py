"""`platform load`: how much one replica carries, measured."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from ...application.draw_picture import picture_format
from ...application.find_headroom import draw_headroom, find_headroom, read_entries
from ...application.keep_measured import keep_measured
from ...application.measure_load import Against, Trial, Wanted, is_production, prepare_trial, rounded
from ...application.open_environment import OpenEnvironment
from ...application.read_manifests import Reading, read_system, require_sound
from ...errors import UsageError
from ...render import load_png, load_svg
from ...sweep.narrowing import Found, Step
from ...sweep.window import Window
from ...workspace import write_file
from ..choose_target import open_environment
from ..completion import complete_services
from ..options import Context, Env, Format, ListFormat, Manifests, Namespace, Yes
from ..output.lines import environment_line, watched
from ..output.load_report import (
    curve_words,
    headroom_json,
    headroom_lines,
    milliseconds,
    report_json,
    report_lines,
)


def command(
    service: Annotated[
        str | None,
        typer.Argument(metavar="[SERVICE]", help="The service to measure.", autocompletion=complete_services),
    ] = None,
    manifests: Manifests = None,
    env: Env = None,
    against: Annotated[
        Against, typer.Option("--against", help="One replica alone, or the front door as users enter.")
    ] = Against.RELEASE,
    seconds: Annotated[
        float, typer.Option("--seconds", metavar="S", min=5, max=3600, help="About how long to measure.")
    ] = 60.0,
    until: Annotated[
        list[str] | None,
        typer.Option("--until", metavar="GOAL", help="p99=800ms or errors=0.1%; default: slo.latency, errors=0.1%."),
    ] = None,
    most: Annotated[
        float | None,
        typer.Option("--at-most", metavar="N", min=0.01, help="Never more requests a second; production asks for it."),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put the number into the manifest, and keep the curve beside it.")
    ] = False,
    picture: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Draw the curve: .svg or .png.")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Measure nothing: say which service of all is full first.")
    ] = False,
    entry: Annotated[
        list[str] | None,
        typer.Option("--entry", metavar="S=N", help="With --whole: N requests a second enter at S."),
    ] = None,
    yes: Yes = False,
    context: Context = None,
    namespace: Namespace = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """Find how many requests a second one replica of a deployed service carries within its goal.

    Requests are the service's checks and what `load.requests` adds, sent at their times whatever the answers do.
    Exits with 1 when there is no number: the machine or what sends was the limit, the service holds no goal, or it did
    not stay what it was.

    Example: platform load id --until p99=50ms --seconds 60
    """
    if whole != (service is None) or (entry and not whole):
        raise UsageError("name one service to measure, or say --whole", "as in `platform load id`")
    say = _Say(as_json=output is ListFormat.JSON, picture=picture)
    if service is None:
        _say_headroom(read_system(manifests, env), entry or (), say)
        return
    drawing = _picture_format(picture)
    opened = open_environment(manifests, env, context, namespace)
    _require_leave(opened, env, most, yes)
    trial = prepare_trial(opened, Wanted(service, against, seconds, tuple(until or ()), most))
    found = _measure(opened, trial, say)
    say.drawn(lambda: drawing(*curve_words(trial, found), found.curve, _goal(trial), _carried(found)))
    measured = trial.measured(found, date.today())
    if measured is None:
        raise typer.Exit(1)
    if write:
        for file in keep_measured(opened.reading, measured):
            _tell_file(file)


@dataclass(frozen=True, slots=True)
class _Say:
    """How what was found is told: as JSON or as lines, and in a picture where one is wanted."""

    as_json: bool
    picture: Path | None

    def found(self, as_json: dict[str, Any], lines: Iterable[str]) -> None:
        print(json.dumps(as_json) if self.as_json else "\n".join(lines))

    def drawn(self, draw: Callable[[], str | bytes]) -> None:
        if self.picture is not None:
            write_file(self.picture, draw())
            _tell_file(self.picture)


def _tell_file(file: Path) -> None:
    print(f"wrote {file}", file=sys.stderr)


def _measure(opened: OpenEnvironment, trial: Trial, say: _Say) -> Found:
    """Measure, and say what was found."""
    if not say.as_json:
        print(environment_line(opened.name, opened.site.name), flush=True)
        _note_changes(trial)
    found = trial.run(_tell if watched() else _say_nothing)
    say.found(report_json(trial, found), report_lines(trial, found))
    return found


def _say_headroom(reading: Reading, entry: Sequence[str], say: _Say) -> None:
    """Which service is full first; nothing is measured for it."""
    system = require_sound(reading)
    format = picture_format(say.picture)
    found = find_headroom(system, read_entries(system, entry))
    say.found(headroom_json(system, found), headroom_lines(system, found))
    say.drawn(lambda: draw_headroom(system, found, format).content())


def _picture_format(picture: Path | None) -> Callable[..., str | bytes]:
    """What draws a curve into such a file. UsageError for an ending that nobody draws."""
    drawings: dict[str, Callable[..., str | bytes]] = {".svg": load_svg, ".png": load_png}
    ending = ".svg" if picture is None else picture.suffix.lower()
    if ending not in drawings:
        raise UsageError(f"{picture} does not end like any picture of a curve", "known endings: .png, .svg")
    return drawings[ending]


def _goal(trial: Trial) -> dict[str, float]:
    return {f"p{percent:g}": seconds for percent, seconds in trial.goal.latency}


def _carried(found: Found) -> float | None:
    return None if found.per_replica is None else rounded(found.per_replica)


def _require_leave(opened: OpenEnvironment, env: str | None, most: float | None, yes: bool) -> None:
    """Where users may be, whoever loads says so, and how much at the most."""
    if not is_production(opened):
        return
    missing = [
        option
        for option, given in (("--env", env is not None), ("--yes", yes), ("--at-most", most is not None))
        if not given
    ]
    if missing:
        raise UsageError(
            f"{opened.name} may have users: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing",
            f"as in `platform load … --env {opened.name} --yes --at-most 20`",
        )


def _note_changes(trial: Trial) -> None:
    methods = sorted({each.check.request.method for each in trial.mix if not each.safe})
    if methods:
        print(f"note: {' and '.join(methods)} are sent again and again, in earnest", file=sys.stderr)


def _tell(step: Step, window: Window | None) -> None:
    rate = f"{step.rate:.4g}/s" if step.rate else "one at a time"
    came = "…" if window is None else f"answered {window.answered:.4g}/s, p99 {milliseconds(window.quantile(99))}"
    print(f"\r\033[K  {step.what}: {rate} {came}", end="" if window is None else "\n", file=sys.stderr, flush=True)


def _say_nothing(step: Step, window: Window | None) -> None:
    """Nobody watches."""
