"""`platform smoke`: the checks of what is deployed, once."""

import json
import time
from typing import Annotated, Any

import typer

from ...application.open_environment import OpenEnvironment
from ...deploy import live
from ...probe import CheckResult, Send, SuiteResult, Verdict, run_suite
from ...targets.base import Release, TargetError
from ..choose_target import open_environment
from ..options import Context, Env, Format, ListFormat, Manifests, Namespace


def command(
    services: Annotated[list[str] | None, typer.Argument(metavar="SERVICE...", help="Default: all that run.")] = None,
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
    names = opened.services(services or opened.system.services)
    running = {name: live(opened.site.records.releases(name)) for name in names}
    released = {name: release for name, release in running.items() if release is not None}
    missing = [name for name in names if name not in released]
    if missing and (services or not released):
        raise TargetError(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not running in {opened.name}",
            f"`platform deploy {' '.join(missing)}` first",
        )
    suites = {name: _run(opened, release, output) for name, release in released.items()}
    if output is ListFormat.JSON:
        print(json.dumps({"version": 1, "services": [_as_json(name, suite) for name, suite in suites.items()]}))
    if any(suite.verdict is not Verdict.PASS and released[name].spec.smoke for name, suite in suites.items()):
        raise typer.Exit(1)


def _run(opened: OpenEnvironment, release: Release, output: ListFormat) -> SuiteResult:
    def sender(endpoint: str | None) -> Send:
        return opened.site.front(release, endpoint)

    def tell(result: CheckResult) -> None:
        if output is ListFormat.TEXT:
            print(f"{release.service}: {_line(result)}", flush=True)
            for each in result.failures:
                print(f"  {each}", flush=True)

    spec = opened.system.services.get(release.service, release.spec)
    if not spec.smoke and output is ListFormat.TEXT:
        print(f"{release.service}: no smoke checks in its manifest")
    return run_suite(spec.smoke, sender, opened.reading.workspace.content, spec.rollout.judge, time.sleep, tell)


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
