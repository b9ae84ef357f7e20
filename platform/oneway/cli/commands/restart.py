"""`platform restart`: the same release anew, with the configuration of now."""

from typing import Annotated

import typer

from ...deploy import restart_action
from ..carry_out import carry_out
from ..choose_target import open_environment
from ..interaction import require_confirmation
from ..options import Context, Env, Format, ListFormat, Manifests, Namespace, Yes


def command(
    services: Annotated[list[str], typer.Argument(metavar="SERVICE...", help="The services to start anew.")],
    manifests: Manifests = None,
    env: Env = None,
    yes: Yes = False,
    context: Context = None,
    namespace: Namespace = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """Start what serves anew, with the secrets of now, behind the same gate as a deploy.

    New replicas of the same release start beside the old ones, must pass the same checks, and take over step by step.
    The version and the files stay what they are, whatever has changed in the repository meanwhile.

    Example: platform restart gateway
    """
    opened = open_environment(manifests, env, context, namespace)
    names = opened.services(services, opened.recorded)
    opened.site.require()
    actions = [restart_action(opened.rollout_context(), name) for name in names]
    require_confirmation(opened, f"restarting {', '.join(names)}", yes)
    carry_out(opened, actions, output is ListFormat.JSON)
