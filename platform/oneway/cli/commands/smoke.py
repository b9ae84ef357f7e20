"""`platform smoke`: the checks of what is deployed, once."""

import json
from typing import Annotated, Any

import typer

from ...application.smoke_services import Deployed, deployed, smoke
from ...probe import CheckResult, SuiteResult
from ..choose_target import open_environment
from ..completion import complete_services
from ..options import Context, Env, Format, ListFormat, Manifests, Namespace


def command(
    services: Annotated[
        list[str] | None,
        typer.Argument(metavar="SERVICE...", help="Default: all that run.", autocompletion=complete_services),
    ] = None,
    manifests: Manifests = None,
    env: Env = None,
    context: Context = None,
    namespace: Namespace = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """Run the smoke checks of deployed services once, through the front door, as their users reach them.

    Exits with 1 when a check fails or cannot be carried out.

    Example: platform smoke id --format json
    """
    opened = open_environment(manifests, env, context, namespace)
    found = deployed(opened, services or ())
    as_json = output is ListFormat.JSON
    if not as_json:
        for each in found:
            if not each.spec.smoke:
                print(f"{each.name}: no smoke checks in its manifest")
    results = list(smoke(opened, found, _say_nothing if as_json else _print))
    if as_json:
        print(json.dumps({"version": 1, "services": [_as_json(each.name, suite) for each, suite in results]}))
    if not all(each.good(suite) for each, suite in results):
        raise typer.Exit(1)


def _print(service: Deployed, result: CheckResult) -> None:
    print(f"{service.name}: {_line(result)}", *(f"  {each}" for each in result.failures), sep="\n", flush=True)


def _say_nothing(service: Deployed, result: CheckResult) -> None:
    """JSON is written once, at the end."""


def _line(result: CheckResult) -> str:
    took = f"{result.seconds * 1000:.0f} ms" if result.seconds else "no answer"
    tries = f", {result.tries} tries" if result.tries > 1 else ""
    return f"{result.verdict}  {result.name}  ({took}{tries})"


def _as_json(name: str, suite: SuiteResult) -> dict[str, Any]:
    return {
        "service": name,
        "verdict": suite.verdict,
        "checks": [
            {
                "name": each.name,
                "verdict": each.verdict,
                "seconds": round(each.seconds, 6),
                "tries": each.tries,
                "failures": [
                    {"where": one.where, "expected": one.expected, "actual": one.actual} for one in each.failures
                ],
            }
            for each in suite.results
        ],
    }
