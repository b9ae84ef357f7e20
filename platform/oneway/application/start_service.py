"""A new service: what it may be called, and its files in the repository."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

from ..errors import UsageError
from ..manifest import Loaded
from ..model import System
from ..rules.nearest import Nearest
from ..workspace import Workspace, find, write_file
from .find_servicekit import Servicekit
from .new_service import NewService, new_files
from .schema_file import SCHEMA_FILE, schema_text

NAME_RULE: Final = "names are lower-case letters, digits and hyphens, starting with a letter"
_NAME: Final = re.compile(r"[a-z]([a-z0-9-]{0,48}[a-z0-9])?", re.ASCII)
_LINE: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]{1,500}")
_IGNORED: Final = ".platform/\n.venv/\n__pycache__/\nsite/\n"


def workspace_for_new(manifests: Path | None) -> Workspace:
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


def refuse_taken_name(name: str, loaded: Loaded) -> None:
    """UsageError when nothing can be called so, or something is."""
    refuse_odd_name(name)
    system = loaded.system
    if not system.platform_known and any("there is no platform.yaml" not in each.message for each in loaded.findings):
        raise UsageError(f"{system.platform_file} has faults", "mend them first; `platform check` lists them")
    home = system.files.get(name) or next((each.file for each in loaded.faulty if each.name == name), "")
    if name in system.platform.externals:
        home = f"an external in {system.platform_file}"
    if home or name in system.unreadable:
        raise UsageError(f"{name} exists already: {home or 'its manifest has faults'}", "choose another name")


def refuse_odd_name(word: str) -> None:
    """UsageError for what is no name of a service, an owner or a domain."""
    if not _NAME.fullmatch(word):
        raise UsageError(f"{word!r} cannot be used", NAME_RULE)


def refuse_odd_summary(text: str) -> None:
    """UsageError for what is no line of text."""
    if not _LINE.fullmatch(text):
        raise UsageError(f"{text!r} cannot be used", "a summary is one line of text")


def refuse_undeclared(what: str, name: str, names: Collection[str], otherwise: str) -> None:
    """UsageError for a name that is not among those declared."""
    if name not in names:
        raise UsageError(f"{what} is not declared", Nearest(names).hint(name, otherwise))


def write_service(workspace: Workspace, wanted: NewService, system: System, servicekit: Servicekit) -> list[str]:
    """Write the service, and in an empty repository what every system has; nothing that exists is overwritten.

    Returns what was written, as names relative to the root; a folder for a copy of servicekit.
    """
    folder = "" if workspace.manifests == workspace.root else workspace.name(workspace.manifests)
    files = {name: text.encode() for name, text in new_files(wanted, system, folder, servicekit).items()}
    schema = f"{folder}/{SCHEMA_FILE}".removeprefix("/")
    if not (workspace.root / schema).exists():
        files[schema] = schema_text().encode()
    if not system.platform_known and not (workspace.root / ".gitignore").exists():
        files[".gitignore"] = _IGNORED.encode()
    _write(workspace.root, {**files, **servicekit.files})
    if servicekit.pinned:
        return sorted([*files, *servicekit.files])
    return [*sorted(files), *([f"{servicekit.folder}/"] if servicekit.files else [])]


def _write(root: Path, files: dict[str, bytes]) -> None:
    for name in files:
        if (root / name).exists():
            raise UsageError(f"{name} exists already", "choose another name, or remove it")
    for name, content in files.items():
        write_file(root / name, content, make_folders=True)
