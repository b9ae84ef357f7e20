"""`platform deploy`: behind its gate, or not at all."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ...application.bundles.at_site import bring
from ...application.bundles.open_bundle import COMMAND
from ...application.deploy_services import differences, plan_deploy, with_unmet
from ...deploy import Wish
from ...errors import UsageError
from ...workspace import find
from ..carry_out import carry_out
from ..choose_target import open_environment
from ..completion import complete_services
from ..interaction import require_confirmation
from ..options import Context, Env, Format, ListFormat, Manifests, Namespace, Yes
from ..output.deploy_plan import plan_json, plan_lines, refused
from ..output.lines import environment_line, note


def command(
    services: Annotated[
        list[str] | None,
        typer.Argument(metavar="SERVICE...", help="The services to deploy.", autocompletion=complete_services),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every service, in call order.")] = False,
    manifests: Manifests = None,
    env: Env = None,
    with_calls: Annotated[
        bool, typer.Option("--with-calls", help="What they call too, and what that calls, first.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and stop.")] = False,
    bundle: Annotated[
        Path | None,
        typer.Option("--from", metavar="BUNDLE", help="First bring this folder, a bundle's, to a later bundle."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Try what was rolled back before.")] = False,
    yes: Yes = False,
    context: Context = None,
    namespace: Namespace = None,
    side_by_side: Annotated[
        int, typer.Option("--jobs", metavar="N", min=1, max=64, help="How many services at the same time.")
    ] = 6,
    output: Format = ListFormat.TEXT,
) -> None:
    """Roll versions out, each behind its gate; what fails is rolled back by itself, and the command exits with 1.

    New replicas start beside the old ones, must pass their own checks and those of their callers, get traffic step by
    step, and take over only when users are served no worse (on Kubernetes their answers are not judged). What has not
    changed is left alone.

    Example: platform deploy id --with-calls --dry-run
    """
    if bool(services) == everything:
        raise UsageError("name the services to deploy, or say --all", "as in `platform deploy id`")
    if bundle is not None:
        _go_on_from(bundle, manifests, env)
    opened = open_environment(manifests, env, context, namespace, sound=True)
    names = sorted(opened.system.deployed) if everything else opened.services(services or ())
    if everything and (without := sorted(opened.system.services.keys() - opened.system.deployed.keys())):
        note(f"{opened.name} leaves out {', '.join(without)}")
    if not dry_run:
        opened.site.require()
    plan = plan_deploy(opened, names, with_calls, again)
    as_json = output is ListFormat.JSON
    if dry_run:
        plan = with_unmet(opened, plan)
        changes = {each.service: differences(opened, each) for each in plan.actions}
        if as_json:
            typer.echo(json.dumps({**plan_json(plan, changes), "environment": opened.name}))
        else:
            typer.echo("\n".join([environment_line(opened.name, opened.site.name), *plan_lines(plan, changes)]))
        raise typer.Exit(1 if plan.refusals else 0)
    if plan.refusals:
        raise refused(plan.refusals)
    if any(each.wish is not Wish.UNCHANGED for each in plan.actions):
        require_confirmation(opened, f"deploying {', '.join(each.service for each in plan.actions)}", yes)
    carry_out(opened, plan.actions, as_json, side_by_side)


def _go_on_from(bundle: Path, manifests: Path | None, env: str | None) -> None:
    """Lay the bundle out, and let the tool that it brought do what this command was asked for."""
    root = find(manifests).root
    environment = bring(bundle, root)
    if env not in (None, environment):
        raise UsageError(f"this folder is environment {environment}", "leave --env away")
    words = [word for word in sys.argv[1:] if not word.startswith("--from=")]
    if "--from" in words:
        at = words.index("--from")
        del words[at : at + 2]
    os.execv(root / COMMAND, [str(root / COMMAND), *words])
