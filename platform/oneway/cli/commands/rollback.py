"""`platform rollback`: an earlier release, back through the same gate."""

from typing import Annotated

import typer

from ...deploy import rollback_action
from ..choose_target import known_services, open_site, require_confirmation, rollout_context
from ..options import Env, Format, ListFormat, Manifests
from .deploy import finish


def command(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="The service.")],
    to: Annotated[
        int | None, typer.Option("--to", metavar="RELEASE", help="A release's number; default: the last good one.")
    ] = None,
    manifests: Manifests = None,
    env: Env = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, where the environment wants to be asked.")] = False,
    context: Annotated[str | None, typer.Option("--context", metavar="C", help="Another cluster context.")] = None,
    namespace: Annotated[str | None, typer.Option("--namespace", metavar="N", help="Another namespace.")] = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """Put an earlier release back. It goes through the same gate as any other; what it replaces counts as rolled back.

    Of a service that was stopped, the release before the stopped one starts. `platform up` starts that one itself.

    Example: platform rollback id --to 7
    """
    opened = open_site(manifests, env, context, namespace)
    known_services(opened, [service], opened.site.records.services())
    opened.site.require()
    action = rollback_action(rollout_context(opened, lambda _: None), service, to)
    require_confirmation(opened, f"rolling {service} back to {action.draft.version}", yes)
    finish(opened, [action], output is ListFormat.JSON)
