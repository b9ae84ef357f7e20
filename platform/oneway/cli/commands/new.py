"""`platform new`: start a service that passes its checks and deploys at once."""

from collections.abc import Collection
from itertools import islice
from typing import Annotated, Final

import typer

from ...application.find_servicekit import HOME, find_servicekit
from ...application.new_service import NewService
from ...application.start_service import (
    refuse_odd_name,
    refuse_odd_summary,
    refuse_taken_name,
    refuse_undeclared,
    workspace_for_new,
    write_service,
)
from ...manifest import load
from ...model import System
from ..completion import complete_services
from ..interaction import ask
from ..options import Manifests

_SHOWN: Final = 12


def command(
    service: Annotated[
        str, typer.Argument(metavar="SERVICE", help="Its name: lower-case letters, digits and hyphens.")
    ],
    owner: Annotated[str | None, typer.Option("--owner", help="Who keeps it running; asked for when missing.")] = None,
    domain: Annotated[str | None, typer.Option("--domain", help="Its box in the picture; asked for.")] = None,
    summary: Annotated[str | None, typer.Option("--summary", help="What it does, in one sentence; asked for.")] = None,
    calls: Annotated[
        list[str] | None,
        typer.Option("--calls", metavar="S", help="A service it calls; repeat.", autocompletion=complete_services),
    ] = None,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Default: the first free one.")] = None,
    servicekit: Annotated[
        str | None,
        typer.Option("--servicekit", metavar="DIR", help=f"Where that library is; default: {HOME}, or the wheel."),
    ] = None,
    manifests: Manifests = None,
) -> None:
    """Start a service: its manifest, and code that passes its own smoke check.

    What is not given is asked for where a person is watching. Nothing that exists is overwritten. In a git repository
    without manifests it starts these as well: platform.yaml, and the schema for editors. The library that the service
    is built on comes as a wheel in wheels/, and the service pins it.

    Example: platform new greeter --owner alice --domain edge --summary "Greets people by name."
    """
    workspace = workspace_for_new(manifests)
    loaded = load(workspace.read().files)
    refuse_taken_name(service, loaded)
    wanted = _wanted(service, owner, domain, summary, tuple(dict.fromkeys(calls or ())), port, loaded.system)
    written = write_service(workspace, wanted, loaded.system, find_servicekit(workspace.root, servicekit))
    for name in written:
        typer.echo(f"wrote {name}{', a copy of the library that the service is built on' * name.endswith('/')}")
    typer.echo(f"next: platform check, then platform deploy {service}")


def _wanted(
    service: str,
    owner: str | None,
    domain: str | None,
    summary: str | None,
    calls: tuple[str, ...],
    port: int | None,
    system: System,
) -> NewService:
    owner = _declared_word("owner", owner, "Who keeps it running", system, system.platform.owners, "me")
    domain = _declared_word("domain", domain, "Its domain", system, system.platform.domains, "core")
    for name in calls:
        refuse_undeclared(f"service {name}", name, system.services, "write it first")
    question = "What it does, in one sentence"
    summary = summary or ask("summary", question, f"Says what {service} knows.", refuse_odd_summary)
    refuse_odd_summary(summary)
    return NewService(service, owner, domain, summary, calls, port)


def _declared_word(
    option: str, given: str | None, question: str, system: System, known: Collection[str], first: str
) -> str:
    """An owner or a domain: given or asked for, and refused at once when platform.yaml does not know it."""

    def refuse(word: str) -> None:
        refuse_odd_name(word)
        if system.platform_known:
            refuse_undeclared(f"{option} {word}", word, known, f"add it to {system.platform_file}")

    shown = ", ".join(islice(known, _SHOWN)) + ", …" * (len(known) > _SHOWN)
    hopeless = system.platform_known and not known  # no answer would be right: asking once is enough
    word = given or ask(
        option,
        f"{question} ({shown})" if known else question,
        next(iter(known), first),
        (lambda _: None) if hopeless else refuse,
    )
    refuse(word)
    return word
