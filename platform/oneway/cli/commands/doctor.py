"""`platform doctor`: what this machine and this checkout have and lack, and what mends it."""

import json
from dataclasses import asdict

import typer

from ...application.examine_machine import Condition, Examined, examine_environment, examine_machine
from ...errors import OnewayError
from ..choose_target import open_environment
from ..options import Context, Env, Format, ListFormat, Manifests, Namespace
from ..output.lines import table

_HEAD = ("", "WHAT", "FOUND", "FOR")
_MARKS = {Condition.GOOD: "ok", Condition.MISSING: "-", Condition.WRONG: "!!"}


def command(
    manifests: Manifests = None,
    env: Env = None,
    context: Context = None,
    namespace: Namespace = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """What this machine has and lacks for which command, what listens where, and what was left behind, each with what
    mends it.

    Exits with 1 when something is wrong (!!); what is only missing (-) matters to whoever wants what it is for.

    Example: platform doctor --env prod
    """
    found = [*examine_machine(), *_checkout(manifests, env, context, namespace)]
    if output is ListFormat.JSON:
        typer.echo(json.dumps({"version": 1, "found": [asdict(each) for each in found]}))
    else:
        rows = [(_MARKS[each.condition], each.subject, each.detail, each.serves) for each in found]
        hints = [f"  hint: {each.subject}: {each.mend}" for each in found if each.mend]
        typer.echo("\n".join([*table(_HEAD, rows), *hints]))
    if any(each.condition is Condition.WRONG for each in found):
        raise typer.Exit(1)


def _checkout(manifests: Manifests, env: Env, context: Context, namespace: Namespace) -> list[Examined]:
    """What stands in the way of the environment counts as one more thing that is wrong, or missing before the start."""
    try:
        return list(examine_environment(open_environment(manifests, env, context, namespace)))
    except OnewayError as error:
        asked = manifests is not None or env is not None
        condition = Condition.WRONG if asked or error.findings else Condition.MISSING
        return [Examined("manifests", condition, error.message, "everything else", error.hint)]
