"""Open a bundle: prove that it is whole, install the tool from it, and lay out what is to be deployed.

This module stands alone on the standard library: it is in every bundle too, and runs where nothing but Python is.
"""

import fcntl
import hashlib
import json
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

FORMAT: Final = 1
CONTENTS: Final = "bundle.json"
SIGNATURE: Final = "bundle.sig"
PROGRAM: Final = "__main__.py"
MODULE: Final = "oneway/application/bundles/open_bundle.py"
SITE: Final = "site/"
TOOL: Final = "tool/"
WHEELS: Final = "wheels/"
NPM: Final = "npm/"
HOME: Final = ".bundle"
TRUSTED: Final = "trusted-key"
COMMAND: Final = f"{HOME}/platform"
_PROVE: Final = (
    "import sys; from pathlib import Path; from oneway.application.bundles.signatures import prove;"
    " prove(sys.argv[1], Path(sys.argv[2]).read_bytes(), Path(sys.argv[3]))"
)
_COMPLETE: Final = ".complete"
_INSTALL_SECONDS: Final = 600
_MOST_NAMED: Final = 5
_SCRIPT: Final = """\
#!/bin/sh
# Runs Oneway as the bundle brought it.
exec "$(dirname "$0")/tools/{tool}/bin/python" -m oneway.cli.main "$@"
"""


class BundleError(Exception):
    """What is wrong, and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True, slots=True)
class Machine:
    """What programs in a bundle need below them."""

    python: str
    system: str
    processor: str

    def __str__(self) -> str:
        return f"Python {self.python} on {self.system} {self.processor}"


def this_machine() -> Machine:
    """What this machine offers."""
    return Machine(f"{sys.version_info.major}.{sys.version_info.minor}", platform.system(), platform.machine())


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bundle says that it holds. `files` is the sha256 of each member, `digest` the one of this list itself,
    which stands for the whole bundle. `signature` is empty where nobody signed it."""

    platform: str
    environment: str
    machine: Machine
    tool: str
    services: Mapping[str, str]
    files: Mapping[str, str]
    digest: str
    signature: bytes = b""

    def site_files(self) -> dict[str, str]:
        """The files of the site by their path in its folder, with their sha256."""
        return {name.removeprefix(SITE): digest for name, digest in self.files.items() if name.startswith(SITE)}


def install(bundle: Path, folder: Path, key: Path | None = None) -> Contents:
    """Bring the folder to what the bundle holds: the tool in `.bundle/`, and manifests, code and checks beside it.

    With `key`, or where a key was given before, the bundle must be signed with it. Raises BundleError, and then nothing
    of the site has changed: when the bundle is damaged, is for another kind of machine or another site, is not signed
    as it must be, or when files of the site were edited here.
    """
    with _opened(bundle) as archive:
        contents = _verified(archive, bundle)
        _require_machine(contents.machine)
        home = folder / HOME
        home.mkdir(parents=True, exist_ok=True)
        with (home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            installed = _installed(folder)
            _require_same_site(installed, contents)
            _require_unchanged(folder, installed, contents)
            tool = _install_tool(archive, contents, home)
            _require_signature(folder, contents, tool, key)
            _lay_out_packages(archive, contents, home)
            _lay_out_site(archive, contents, installed, folder)
            if key is not None:
                _write(home / TRUSTED, key.read_bytes())
            _write(folder / COMMAND, _SCRIPT.format(tool=tool.name).encode(), 0o755)
            _write(home / CONTENTS, archive.read(CONTENTS))
        return contents


def read_installed(folder: Path) -> Contents | None:
    """What the folder was made from; None where that was no bundle."""
    return _installed(folder)


@contextmanager
def _opened(bundle: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(bundle) as archive:
            yield archive
    except FileNotFoundError:
        raise BundleError(f"there is no file {bundle}", "name the file that `platform bundle` wrote") from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError) as error:
        raise BundleError(f"{bundle} is not a whole bundle: {error}", "copy it again") from None


def read_contents(bundle: Path) -> Contents:
    """What the bundle holds, after every member of it was compared with its sha256. BundleError when it is damaged."""
    with _opened(bundle) as archive:
        return _verified(archive, bundle)


def _verified(archive: zipfile.ZipFile, bundle: Path) -> Contents:
    names = archive.namelist()
    if CONTENTS not in names:
        raise BundleError(f"{bundle} is not a bundle of Oneway: it has no {CONTENTS}", "name another file")
    signature = archive.read(SIGNATURE) if SIGNATURE in names else b""
    contents = _parse(archive.read(CONTENTS), str(bundle), signature)
    beside = {CONTENTS, SIGNATURE} & {*names}
    wrong = sorted(
        {name for name in names if names.count(name) > 1 or not _is_plain(name)}
        | ({*names} - beside) ^ {*contents.files}
        | {name for name in {*names} & {*contents.files} if _digest_of(archive, name) != contents.files[name]}
    )
    if wrong:
        raise BundleError(
            f"{bundle} is damaged: {_some(wrong)} {'are' if len(wrong) > 1 else 'is'} not what it was made of",
            "copy it again from where it was made; compare the digest that `platform bundle` printed",
        )
    return contents


def _parse(text: bytes, file: str, signature: bytes = b"") -> Contents:
    try:
        found = json.loads(text)
        if found["format"] != FORMAT:
            raise BundleError(
                f"{file} is of format {found['format']}, and this Oneway knows {FORMAT}",
                f"open it with its own tool: `python3 {file} DIR`",
            )
        machine = Machine(**found["machine"])
        words = (found["platform"], found["environment"])
        tables = ({**found["services"]}, {**found["files"]})
        return Contents(*words, machine, found["tool"], *tables, hashlib.sha256(text).hexdigest(), signature)
    except (ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{file} cannot be read: its {CONTENTS} is broken ({error})", "copy it again") from None


def _is_plain(name: str) -> bool:
    """Whether the name stays in the folder that it is unpacked into."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _digest_of(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as content:
        while block := content.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _require_machine(wanted: Machine) -> None:
    if (present := this_machine()) != wanted:
        raise BundleError(
            f"this bundle is for {wanted}, and this is {present}",
            "make one with `platform bundle` on a machine like this one, or run it with the Python that it is for",
        )


def _installed(folder: Path) -> Contents | None:
    file = folder / HOME / CONTENTS
    try:
        return _parse(file.read_bytes(), str(file))
    except FileNotFoundError:
        return None


def _require_same_site(installed: Contents | None, contents: Contents) -> None:
    if installed is None:
        return
    mine, other = ((each.platform, each.environment) for each in (installed, contents))
    if mine != other:
        raise BundleError(
            f"this folder is environment {mine[1]} of {mine[0]}, the bundle is environment {other[1]} of {other[0]}",
            "open it into a folder of its own",
        )


def _require_unchanged(folder: Path, installed: Contents | None, contents: Contents) -> None:
    """Files that the bundle would write over or take away must be as a bundle made them: this one, where an earlier
    try was cut short, or the one before."""
    before, after = (installed.site_files() if installed else {}), contents.site_files()
    edited = []
    for name in sorted({*before, *after}):
        present = _file_digest(folder / name)
        if present is not None and present not in (before.get(name), after.get(name)):
            edited.append(name)
    if edited:
        raise BundleError(
            f"{_some(edited)} in {folder} {'are' if len(edited) > 1 else 'is'} not as a bundle laid it out",
            "keep what was changed elsewhere, take it over where bundles are made, and remove it here",
        )


def _file_digest(path: Path) -> str | None:
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError:
        return ""


def _install_tool(archive: zipfile.ZipFile, contents: Contents, home: Path) -> Path:
    """The environment with the tool, named by what is in it; one that is there is not made again."""
    wheels = {name: digest for name, digest in contents.files.items() if name.startswith(TOOL)}
    name = hashlib.sha256(json.dumps(wheels, sort_keys=True).encode()).hexdigest()[:16]
    folder = home / "tools" / name
    if (folder / _COMPLETE).exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="oneway-bundle-") as unpacked:
        for each in wheels:
            archive.extract(each, unpacked)
        packages = Path(unpacked, TOOL)
        uv = _unpack_uv(packages, Path(unpacked))
        _run(uv, "venv", "--python", sys.executable, str(folder))
        inside = str(folder / "bin" / "python")
        every = [str(each) for each in sorted(packages.glob("*.whl"))]
        _run(uv, "pip", "install", "--no-index", "--no-deps", "--link-mode", "copy", "--python", inside, *every)
    (folder / _COMPLETE).touch()
    return folder


def _unpack_uv(packages: Path, into: Path) -> Path:
    """uv makes environments where Python came without venv and pip, as Debian's does."""
    with zipfile.ZipFile(next(packages.glob("uv-*.whl"))) as wheel:
        name = next(each for each in wheel.namelist() if each.endswith(".data/scripts/uv"))
        found = Path(wheel.extract(name, into))
    found.chmod(0o755)
    return found


def _run(*words: "str | Path") -> None:
    command = [str(each) for each in words]
    offline = {**os.environ, "UV_OFFLINE": "1", "UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never", "UV_NO_CACHE": "1"}
    offline.pop("VIRTUAL_ENV", None)
    done = subprocess.run(
        command,
        env=offline,
        capture_output=True,
        text=True,
        timeout=_INSTALL_SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        said = " / ".join(line.strip() for line in done.stderr.splitlines()[-8:] if line.strip())
        raise BundleError(
            f"the tool cannot be installed: {said}", "is the disk full, or the folder not yours to write?"
        )


def _require_signature(folder: Path, contents: Contents, tool: Path, key: Path | None) -> None:
    """Signatures are proved by the tool that this folder already trusts, where there is one."""
    trusted = folder / HOME / TRUSTED
    needed = trusted if trusted.exists() else key
    if needed is None:
        return
    if not contents.signature:
        raise BundleError("the bundle is not signed", "have it made with `platform bundle --key`")
    judge = _tool_of(folder / COMMAND) or tool
    with tempfile.TemporaryDirectory(prefix="oneway-bundle-") as making:
        signature = Path(making, SIGNATURE)
        signature.write_bytes(contents.signature)
        words = [contents.digest, str(signature), str(needed)]
        done = subprocess.run(
            [str(judge / "bin" / "python"), "-c", _PROVE, *words],
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            check=False,
        )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it says nothing"])[-1].rpartition("Error: ")[2]
        raise BundleError(
            f"the bundle is not signed with the key that this site trusts: {reason}",
            "do not use it, and ask whoever made it",
        )


def _tool_of(script: Path) -> Path | None:
    """The environment that the folder's command runs in."""
    try:
        name = script.read_text(encoding="utf-8").partition("/tools/")[2].partition("/")[0]
    except OSError:
        return None
    found = script.parent / "tools" / name
    return found if name and (found / _COMPLETE).exists() else None


def _lay_out_packages(archive: zipfile.ZipFile, contents: Contents, home: Path) -> None:
    """What services install from. Releases of before may need theirs again, so that nothing is taken away."""
    for name in contents.files:
        if name.startswith((WHEELS, NPM)) and not (home / name).exists():
            _write(home / name, archive.read(name))


def _lay_out_site(archive: zipfile.ZipFile, contents: Contents, installed: Contents | None, folder: Path) -> None:
    after = contents.site_files()
    for name, digest in after.items():
        info = archive.getinfo(SITE + name)
        mode = 0o755 if info.external_attr >> 16 & stat.S_IXUSR else 0o644
        if _file_digest(folder / name) != digest:
            _write(folder / name, archive.read(info), mode)
        (folder / name).chmod(mode)
    for name in {*(installed.site_files() if installed else {})} - {*after}:
        (folder / name).unlink(missing_ok=True)
        _remove_empty(folder, (folder / name).parent)


def _remove_empty(top: Path, folder: Path) -> None:
    while folder != top and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _write(path: Path, content: bytes, mode: int = 0o644) -> None:
    """The file whole or not at all, whenever this ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.chmod(mode)
    part.replace(path)


def _some(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
