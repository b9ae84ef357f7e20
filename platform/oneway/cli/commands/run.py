"""`platform run`: a job by hand."""

from typing import Annotated

import typer

from ...application.run_job import carry_out, choose
from ...targets.base import Run, RunState
from ..choose_target import open_environment
from ..completion import complete_services
from ..interaction import require_confirmation
from ..options import Context, Env, Manifests, Namespace, Yes
from ..output.lines import note


def command(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="Whose job.", autocompletion=complete_services)],
    job: Annotated[str | None, typer.Argument(metavar="[JOB]", help="Which one; the only one needs no name.")] = None,
    manifests: Manifests = None,
    env: Env = None,
    yes: Yes = False,
    context: Context = None,
    namespace: Namespace = None,
) -> None:
    """Run a job of what is live, once and now, and wait until it has ended.

    It runs as its schedule would run it, with the same deadline and tries, and is remembered beside those runs. It goes
    on when this command is interrupted. Exit status 1 when it fails.

    Example: platform run nightly report
    """
    opened = open_environment(manifests, env, context, namespace)
    ask = choose(opened, service, job)
    opened.site.require()
    require_confirmation(opened, f"running {ask.task.name} of {service}", yes)
    shown: list[str] = []

    def tell(run: Run) -> None:
        fresh = [line for line in run.lines if line not in shown] if run.state is RunState.RUNNING else []
        for line in fresh:
            typer.echo(line)
        shown.extend(fresh)

    note(f"{service} {ask.task.release.version} runs {ask.task.name}")
    run = carry_out(opened, ask, tell)
    for line in run.lines:
        if line not in shown:
            typer.echo(line)
    seconds = (run.ended or run.started) - run.started
    if run.state is RunState.PASSED:
        note(f"{ask.task.name} ended well after {seconds:.1f} s")
        return
    note(f"{ask.task.name} {run.state}: {run.reason}" + (f", {run.tries} tries" if run.tries > 1 else ""))
    raise typer.Exit(1)
