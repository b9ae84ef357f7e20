"""`platform rollback`: an earlier release, back through the same gate."""

from typing import Annotated

import typer

from ...deploy import rollback_action
from ..carry_out import carry_out
from ..choose_target import open_environment
from ..completion import complete_releases
from ..interaction import require_confirmation
from ..options import Context, Env, Format, ListFormat, Manifests, Namespace, Service, Yes


def command(
    service: Service,
    to: Annotated[
        int | None,
        typer.Option(
            "--to",
            metavar="RELEASE",
            help="A release's number; default: the last good one.",
            autocompletion=complete_releases,
        ),
    ] = None,
    manifests: Manifests = None,
    env: Env = None,
    yes: Yes = False,
    context: Context = None,
    namespace: Namespace = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """Put an earlier release back. It goes through the same gate as any other; what it replaces counts as rolled back.

    Of a service that was stopped, the release before the stopped one starts. `platform up` starts that one itself.

    Example: platform rollback id --to 7
    """
    opened = open_environment(manifests, env, context, namespace)
    opened.services([service], opened.recorded)
    opened.site.require()
    action = rollback_action(opened.rollout_context(), service, to)
    require_confirmation(opened, f"rolling {service} back to {action.draft.version}", yes)
    carry_out(opened, [action], output is ListFormat.JSON)
