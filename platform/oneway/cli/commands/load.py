"""`platform load`: how much one replica carries, measured."""

import json
import sys
from typing import Annotated

import typer

from ...application.measure_load import Against, Trial, Wanted, is_production, prepare_trial
from ...application.open_environment import OpenEnvironment
from ...errors import UsageError
from ...sweep.narrowing import Step
from ...sweep.window import Window
from ..choose_target import open_environment
from ..options import Context, Env, Format, ListFormat, Manifests, Namespace, Service, Yes
from ..output.lines import environment_line, watched
from ..output.load_report import milliseconds, report_json, report_lines


def command(
    service: Service,
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
    yes: Yes = False,
    context: Context = None,
    namespace: Namespace = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """Find how many requests a second one replica of a deployed service carries within its goal.

    Requests are the service's checks and what `load.requests` adds, sent at their times whatever the answers do.
    Exits with 1 when there is no number: the machine or what sends was the limit, or the service holds no goal.

    Example: platform load id --until p99=50ms --seconds 60
    """
    opened = open_environment(manifests, env, context, namespace)
    _require_leave(opened, env, most, yes)
    trial = prepare_trial(opened, Wanted(service, against, seconds, tuple(until or ()), most))
    if output is ListFormat.TEXT:
        print(environment_line(opened.name, opened.site.name))
        _note_changes(trial)
    found = trial.run(_tell if watched() else _say_nothing)
    if output is ListFormat.JSON:
        print(json.dumps(report_json(trial, found)))
    else:
        print(*report_lines(trial, found), sep="\n")
    if found.per_replica is None:
        raise typer.Exit(1)


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
