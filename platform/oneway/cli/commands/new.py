"""`platform new`: start a service that passes its checks and deploys at once."""

import re
import sys
from collections.abc import Callable, Collection
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import typer

from ...application.new_service import Wish, new_files
from ...application.servicekit_source import HOME, find_kit
from ...errors import UsageError
from ...manifest import Loaded, load
from ...model import System
from ...rules.nearest import Nearest
from ...workspace import Workspace, find
from ..options import Manifests
from ..output.lines import tell

_NAME: Final = re.compile(r"[a-z]([a-z0-9-]{0,48}[a-z0-9])?", re.ASCII)
_LINE: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]{1,500}")
_NAMES: Final = "names are lower-case letters, digits and hyphens, starting with a letter"
_SHOWN: Final = 12
_IGNORED: Final = ".platform/\n.venv/\n__pycache__/\n"


def command(
    service: Annotated[str, typer.Argument(help="Its name: lower-case letters, digits and hyphens.")],
    owner: Annotated[str | None, typer.Option("--owner", help="Who keeps it running; asked for when missing.")] = None,
    domain: Annotated[str | None, typer.Option("--domain", help="Its box in the picture; asked for.")] = None,
    summary: Annotated[str | None, typer.Option("--summary", help="What it does, in one sentence; asked for.")] = None,
    calls: Annotated[list[str] | None, typer.Option("--calls", metavar="S", help="A service it calls; repeat.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Default: the first free one.")] = None,
    servicekit: Annotated[
        str | None, typer.Option("--servicekit", metavar="DIR", help=f"Where that library is; default: {HOME}.")
    ] = None,
    manifests: Manifests = None,
) -> None:
    """Start a service: its manifest, and code that passes its own smoke check.

    What is not given is asked for where a person is watching. Nothing that exists is overwritten. In a git repository
    without manifests it starts these as well: platform.yaml, and a copy of servicekit.

    Example: platform new greeter --owner alice --domain edge --summary "Greets people by name."
    """
    workspace = _workspace(manifests)
    loaded = load(workspace.read().files)
    _refuse_name(service, loaded)
    wish = _wish(service, owner, domain, summary, tuple(dict.fromkeys(calls or ())), port, loaded.system)
    kit = find_kit(workspace.root, servicekit)
    folder = "" if workspace.manifests == workspace.root else workspace.name(workspace.manifests)
    files = new_files(wish, loaded.system, folder, kit.folder, kit.locked, kit.wanted)
    if not loaded.system.platform_known and not (workspace.root / ".gitignore").exists():
        files[".gitignore"] = _IGNORED
    _write(workspace.root, {**files, **kit.files})
    for name in sorted(files):
        typer.echo(f"wrote {name}")
    if kit.files:
        typer.echo(f"wrote {kit.folder}/, a copy of the library that the service is built on")
    typer.echo(f"next: platform check, then platform deploy {wish.name}")


def _workspace(manifests: Path | None) -> Workspace:
    """The workspace around; in a git repository without any manifest, a new one that is not written yet."""
    here = Path.cwd().resolve()
    around = [here, *here.parents]
    if manifests is not None or any((folder / "manifests").is_dir() for folder in around):
        return find(manifests)
    root = next((folder for folder in around if (folder / ".git").exists()), None)
    if root is None:
        raise UsageError(
            f"{here} is in no git repository, and no folder manifests/ is there or above it",
            "go to your repository, or make one here with `git init`",
        )
    return Workspace(root, root / "manifests")


def _refuse_name(service: str, loaded: Loaded) -> None:
    _refuse_odd(service, _NAMES, _NAME)
    system = loaded.system
    if not system.platform_known and any("there is no platform.yaml" not in each.message for each in loaded.findings):
        raise UsageError(f"{system.platform_file} has faults", "mend them first; `platform check` lists them")
    home = system.files.get(service) or next((each.file for each in loaded.faulty if each.name == service), "")
    if service in system.platform.externals:
        home = f"an external in {system.platform_file}"
    if home or service in system.unreadable:
        raise UsageError(f"{service} exists already: {home or 'its manifest has faults'}", "choose another name")


def _wish(
    service: str,
    owner: str | None,
    domain: str | None,
    summary: str | None,
    calls: tuple[str, ...],
    port: int | None,
    system: System,
) -> Wish:
    owner = _declared_word("owner", owner, "Who keeps it running", system, system.platform.owners, "me")
    domain = _declared_word("domain", domain, "Its domain", system, system.platform.domains, "core")
    for name in calls:
        _declared(f"service {name}", name, system.services, "write it first")
    refuse = partial(_refuse_odd, rule="a summary is one line of text", allowed=_LINE)
    summary = summary or _ask("summary", "What it does, in one sentence", f"Says what {service} knows.", refuse)
    refuse(summary)
    return Wish(service, owner, domain, summary, calls, port)


def _declared_word(
    option: str, given: str | None, question: str, system: System, known: Collection[str], first: str
) -> str:
    """An owner or a domain: given or asked for, and refused at once when platform.yaml does not know it."""

    def refuse(word: str) -> None:
        _refuse_odd(word, _NAMES, _NAME)
        if system.platform_known:
            _declared(f"{option} {word}", word, known, f"add it to {system.platform_file}")

    shown = ", ".join(islice(known, _SHOWN)) + ", …" * (len(known) > _SHOWN)
    hopeless = system.platform_known and not known  # no answer would be right: asking once is enough
    word = given or _ask(
        option,
        f"{question} ({shown})" if known else question,
        next(iter(known), first),
        (lambda _: None) if hopeless else refuse,
    )
    refuse(word)
    return word


def _refuse_odd(word: str, rule: str, allowed: re.Pattern[str]) -> None:
    if not allowed.fullmatch(word):
        raise UsageError(f"{word!r} cannot be used", rule)


def _ask(option: str, question: str, suggestion: str, refuse: Callable[[str], None]) -> str:
    """What a person types, who is told the reason and asked again for as long as `refuse` raises UsageError."""
    if not sys.stdin.isatty():
        raise UsageError(
            f"--{option} is missing", f"nobody is there to be asked; for example --{option} {suggestion!r}"
        )
    while True:
        typed = str(typer.prompt(question, default=suggestion)).strip()
        try:
            refuse(typed)
        except UsageError as error:
            tell(error)
        else:
            return typed


def _declared(what: str, name: str, names: Collection[str], otherwise: str) -> None:
    if name not in names:
        raise UsageError(f"{what} is not declared", Nearest(names).hint(name, otherwise))


def _write(root: Path, files: dict[str, str]) -> None:
    for name in files:
        if (root / name).exists():
            raise UsageError(f"{name} exists already", "choose another name, or remove it")
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
