"""`platform new`: start a service that passes its checks and deploys at once."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

import typer

from ..errors import UsageError
from ..manifest import Loaded, load
from ..model import System
from ..rules.nearest import Nearest
from ..workspace import Workspace, find
from .new_service import Wish, new_files
from .options import Manifests

_NAME: Final = re.compile(r"[a-z]([a-z0-9-]{0,48}[a-z0-9])?", re.ASCII)
_LINE: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]{1,500}")
_SERVICEKIT: Final = "platform/servicekit"


def command(
    service: Annotated[str, typer.Argument(help="Its name: lower-case letters, digits and hyphens.")],
    owner: Annotated[str | None, typer.Option("--owner", help="Who keeps it running; asked for when missing.")] = None,
    domain: Annotated[str | None, typer.Option("--domain", help="Its box in the picture; asked for.")] = None,
    summary: Annotated[str | None, typer.Option("--summary", help="What it does, in one sentence; asked for.")] = None,
    calls: Annotated[list[str] | None, typer.Option("--calls", metavar="S", help="A service it calls; repeat.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Default: the first free one.")] = None,
    servicekit: Annotated[
        str, typer.Option("--servicekit", metavar="DIR", help="Where that library is.")
    ] = _SERVICEKIT,
    manifests: Manifests = None,
) -> None:
    """Start a service: its manifest, and code that passes its own smoke check.

    What is not given is asked for where a person is watching. Nothing that exists is overwritten.

    Example: platform new greeter --owner alice --domain edge --summary "Greets people by name."
    """
    workspace = _workspace(manifests)
    loaded = load(workspace.read().files)
    wish = _wish(service, owner, domain, summary, tuple(calls or ()), port, loaded.system)
    _refuse_unknown(wish, loaded)
    kit = workspace.root / servicekit
    if not (kit / "requirements.txt").is_file():
        raise UsageError(
            f"servicekit is not in {servicekit}, and the new service is built on it",
            "copy platform/servicekit of Oneway's repository into yours, or name its folder with --servicekit",
        )
    folder = "" if workspace.manifests == workspace.root else workspace.name(workspace.manifests)
    locked, wanted = ((kit / name).read_text(encoding="utf-8") for name in ("requirements.txt", "requirements.in"))
    files = new_files(wish, loaded.system, folder, servicekit, locked, wanted)
    _write(workspace.root, files)
    for name in sorted(files):
        typer.echo(f"wrote {name}")
    typer.echo(f"next: platform check, then platform deploy {wish.name}")


def _workspace(manifests: Path | None) -> Workspace:
    """The workspace around; in a repository without any manifest, a new one."""
    try:
        return find(manifests)
    except UsageError:
        if manifests is None and (Path.cwd() / ".git").exists():
            (Path.cwd() / "manifests").mkdir()
            return find(Path.cwd() / "manifests")
        raise


def _wish(
    service: str,
    owner: str | None,
    domain: str | None,
    summary: str | None,
    calls: tuple[str, ...],
    port: int | None,
    system: System,
) -> Wish:
    _refuse_odd(service, "names are lower-case letters, digits and hyphens, starting with a letter", _NAME)
    platform = system.platform
    owner = owner or _ask("owner", "Who keeps it running", next(iter(platform.owners), "me"))
    domain = domain or _ask("domain", "Its domain", next(iter(platform.domains), "core"))
    for word in (owner, domain):
        _refuse_odd(word, "names are lower-case letters, digits and hyphens, starting with a letter", _NAME)
    summary = summary or _ask("summary", "What it does, in one sentence", f"Says what {service} knows.")
    _refuse_odd(summary, "a summary is one line of text", _LINE)
    return Wish(service, owner, domain, summary, calls, port)


def _refuse_odd(word: str, rule: str, allowed: re.Pattern[str]) -> None:
    if not allowed.fullmatch(word):
        raise UsageError(f"{word!r} cannot be used", rule)


def _ask(option: str, question: str, suggestion: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError(
            f"--{option} is missing", f"nobody is there to be asked; for example --{option} {suggestion!r}"
        )
    return str(typer.prompt(question, default=suggestion)).strip()


def _refuse_unknown(wish: Wish, loaded: Loaded) -> None:
    system = loaded.system
    if not system.platform_known and any("there is no platform.yaml" not in each.message for each in loaded.findings):
        raise UsageError(f"{system.platform_file} has faults", "mend them first; `platform check` lists them")
    if wish.name in system.services or wish.name in system.unreadable or wish.name in system.platform.externals:
        raise UsageError(f"there is a {wish.name} already", "choose another name")
    if system.platform_known:
        _declared(f"owner {wish.owner}", wish.owner, system.platform.owners, f"add it to {system.platform_file}")
        _declared(f"domain {wish.domain}", wish.domain, system.platform.domains, f"add it to {system.platform_file}")
    for name in wish.calls:
        _declared(f"service {name}", name, system.services, "write it first")


def _declared(what: str, name: str, names: Iterable[str], otherwise: str) -> None:
    if name not in names:
        raise UsageError(f"{what} is not declared", Nearest(names).hint(name, otherwise))


def _write(root: Path, files: dict[str, str]) -> None:
    for name in files:
        if (root / name).exists():
            raise UsageError(f"{name} exists already", "choose another name, or remove it")
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
