"""`platform deploy`: behind its gate, or not at all."""

import json
from collections.abc import Sequence
from typing import Annotated

import typer

from ...deploy import Action, Done, Plan, Refusal, Result, Wish, make_plan, run
from ...errors import OnewayError, UsageError
from ...model import Service
from ...workspace import content_of
from ..choose_target import Opened, heeding_signals, known_services, open_site, require_confirmation, rollout_context
from ..options import Env, Format, ListFormat, Manifests
from ..output import progress

INTERRUPTED = 130


def command(
    services: Annotated[list[str] | None, typer.Argument(metavar="SERVICE...", help="The services to deploy.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every service, in call order.")] = False,
    manifests: Manifests = None,
    env: Env = None,
    with_calls: Annotated[
        bool, typer.Option("--with-calls", help="What they call too, and what that calls, first.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and stop.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Try what was rolled back before.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, where the environment wants to be asked.")] = False,
    context: Annotated[str | None, typer.Option("--context", metavar="C", help="Another cluster context.")] = None,
    namespace: Annotated[str | None, typer.Option("--namespace", metavar="N", help="Another namespace.")] = None,
    side_by_side: Annotated[
        int, typer.Option("--jobs", metavar="N", min=1, max=64, help="How many services at the same time.")
    ] = 6,
    output: Format = ListFormat.TEXT,
) -> None:
    """Roll versions out, each behind its gate; what fails is rolled back by itself, and the command exits with 1.

    New replicas start beside the old ones, must pass their own checks and those of their callers, get traffic step by
    step, and take over only when users are served no worse. What has not changed is left alone.

    Example: platform deploy id --with-calls --dry-run
    """
    if bool(services) == everything:
        raise UsageError("name the services to deploy, or say --all", "as in `platform deploy id`")
    opened = open_site(manifests, env, context, namespace, sound=True)
    names = sorted(opened.system.services) if everything else known_services(opened, services or ())
    if not dry_run:
        opened.site.require()
    plan = _plan(opened, names, with_calls, again)
    as_json = output is ListFormat.JSON
    if dry_run:
        _print_plan(opened, plan, as_json)
        raise typer.Exit(1 if plan.refusals else 0)
    if plan.refusals:
        raise _refused(plan.refusals)
    if any(each.wish is not Wish.UNCHANGED for each in plan.actions):
        require_confirmation(opened, f"deploying {', '.join(each.service for each in plan.actions)}", yes)
    finish(opened, plan.actions, as_json, side_by_side)


def finish(opened: Opened, actions: Sequence[Action], as_json: bool, side_by_side: int = 1) -> None:
    """Do the actions with progress, say how each ended, and exit with the status that this means."""
    width = max((len(each.service) for each in actions), default=0)
    report = progress.json_events() if as_json else progress.lines(width)
    if not as_json:
        for action in actions:
            typer.echo(_announced(action, width))
    with heeding_signals() as stopped:
        results = run(rollout_context(opened, report, stopped), actions, side_by_side)
        asked = stopped.is_set()
    if as_json:
        typer.echo(json.dumps({"version": progress.EVENTS_VERSION, "results": [_as_json(each) for each in results]}))
    else:
        _print_results(opened, results)
    if not all(each.good for each in results):
        raise typer.Exit(INTERRUPTED if asked else 1)


def _plan(opened: Opened, names: Sequence[str], with_calls: bool, again: bool) -> Plan:
    root = opened.reading.workspace.root

    def digest(spec: Service) -> str:
        return content_of(root, spec).digest

    silent = rollout_context(opened, lambda _: None)
    return make_plan(silent, opened.system, names, digest, with_calls, again)


def _refused(refusals: Sequence[Refusal]) -> OnewayError:
    first, *others = refusals
    message = "\nerror: ".join([f"refused: {first.reason}", *(f"{each.reason} (hint: {each.hint})" for each in others)])
    return OnewayError(message, first.hint)


def _print_plan(opened: Opened, plan: Plan, as_json: bool) -> None:
    differences = {each.service: _differences(opened, each) for each in plan.actions}
    if as_json:
        actions = [
            {
                "service": each.service,
                "wish": each.wish.value,
                "version": each.draft.version,
                "from": each.old.version if each.old else None,
                "differences": differences[each.service],
                "warnings": each.warnings,
            }
            for each in plan.actions
        ]
        refusals = [each.as_json() for each in plan.refusals]
        typer.echo(json.dumps({"version": 1, "actions": actions, "refusals": refusals}))
        return
    width = max((len(each.service) for each in plan.actions), default=0)
    for action in plan.actions:
        typer.echo(_announced(action, width))
        for line in differences[action.service]:
            typer.echo(f"  {'':{width}}  {line}")
    for refusal in plan.refusals:
        typer.echo(f"refused: {refusal.reason}\n  hint: {refusal.hint}")


def _differences(opened: Opened, action: Action) -> list[str]:
    if action.wish in (Wish.UNCHANGED, Wish.REPAIR):
        return []
    return [*action.differences, *opened.site.differences(action.draft, action.old)]


def _announced(action: Action, width: int) -> str:
    version = action.draft.version
    words = {
        Wish.UNCHANGED: f"{version} runs already, unchanged",
        Wish.REPAIR: f"{version} is to be repaired",
        Wish.RESUME: f"{version}: carrying on where the last deploy was cut off",
        Wish.ROLL_BACK: f"{action.old.version if action.old else 'nothing'} -> {version}, back",
        Wish.DEPLOY: f"{action.old.version if action.old else 'nothing'} -> {version}",
    }
    warned = "".join(f"\n  {'':{width}}  warning: {each}" for each in action.warnings)
    return f"{action.service:{width}}  {words[action.wish]}{warned}"


def _print_results(opened: Opened, results: Sequence[Result]) -> None:
    width = max((len(each.service) for each in results), default=0)
    for result in results:
        address = ", ".join(opened.site.addresses(result.service).values()) if result.good else ""
        version = result.release.version if result.release else ""
        words = {Done.LIVE: f"{version} is live", Done.UNCHANGED: f"{version} is live, unchanged"}
        said = words.get(result.done, f"{result.done}: {result.reason}")
        typer.echo(f"{result.service:{width}}  {said}{f' at {address}' if address else ''}")
        for line in (*_moved(opened, result), *_explanation(result)):
            typer.echo(f"  {line}")


def _moved(opened: Opened, result: Result) -> list[str]:
    """Why an endpoint of this machine does not answer at the port that it declares."""
    if not result.good or result.release is None or opened.system.settings.target != "local":
        return []
    declared = {each.name: each.port for each in result.release.spec.endpoints}
    return [
        f"{name} declares port {declared[name]}, which another program or service had; "
        "`platform stop --all` and a new deploy look for it again"
        for name, address in opened.site.addresses(result.service).items()
        if name in declared and not address.endswith(f":{declared[name]}")
    ]


def _explanation(result: Result) -> list[str]:
    if result.done is not Done.FAILED or result.release is None:
        return []
    evidence = result.release.evidence
    lines = [*(f"check  {each}" for each in evidence.checks), *(f"event  {each}" for each in evidence.events)]
    return [*lines, *(f"log    {each}" for each in evidence.logs[-10:])]


def _as_json(result: Result) -> dict[str, object]:
    release = result.release
    return {
        "service": result.service,
        "done": result.done.value,
        "release": release.number if release else None,
        "version": release.version if release else None,
        "reason": result.reason or None,
    }
