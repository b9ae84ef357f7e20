"""Rollouts with a person watching: progress, how each ended, and the exit status that this means."""

import json
from collections.abc import Sequence
from typing import Final

import typer

from ..application.deploy_services import moved_ports
from ..application.open_environment import OpenEnvironment
from ..deploy import Action, Result, run
from .interaction import heeding_signals
from .output import progress
from .output.deploy_plan import announcement, result_json, result_lines
from .output.lines import environment_line

INTERRUPTED: Final = 130


def carry_out(opened: OpenEnvironment, actions: Sequence[Action], as_json: bool, side_by_side: int = 1) -> None:
    """Do the actions; exit with 1 when one of them did not end well, with 130 when somebody stopped them."""
    width = max((len(each.service) for each in actions), default=0)
    report = progress.json_events() if as_json else progress.lines(width)
    if not as_json:
        typer.echo(environment_line(opened.name, opened.site.name))
        for action in actions:
            typer.echo(announcement(action, width))
    with heeding_signals() as stopped:
        results = run(opened.rollout_context(report, stopped), actions, side_by_side)
        asked = stopped.is_set()
    if as_json:
        told = [result_json(each) for each in results]
        typer.echo(json.dumps({"version": progress.EVENTS_VERSION, "environment": opened.name, "results": told}))
    else:
        for result in results:
            typer.echo("\n".join(_lines(opened, result, width)))
    if not all(each.good for each in results):
        raise typer.Exit(INTERRUPTED if asked else 1)


def _lines(opened: OpenEnvironment, result: Result, width: int) -> list[str]:
    addresses = list(opened.site.addresses(result.service).values()) if result.good else []
    return result_lines(result, addresses, moved_ports(opened, result), width)
