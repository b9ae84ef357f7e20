"""Oneway itself, and all that it needs, as wheels: what an empty environment installs without asking any index.

The wheels are made again from what is installed here, so that a bundle brings the very tool that packed it.
"""

import base64
import hashlib
import os
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from ...errors import OnewayError
from ...targets.base import Say
from ..servicekit_wheel import build_wheel

_NAME: Final = "oneway"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_SOURCE: Final = Path(__file__).resolve().parents[3]
_ADDED: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"})
"""What installing adds to a wheel's own files."""


def pack_tool(into: Path, say: Say) -> None:
    """Put the wheels into the folder: of this very tool, and of each package that it runs with here."""
    say("packing the tool")
    if (_SOURCE / "pyproject.toml").exists():
        try:
            build_wheel(_SOURCE, into)
        except RuntimeError as error:
            raise OnewayError(f"Oneway's own wheel cannot be built: {error}", "set the checkout up with make") from None
    else:
        pack_again(distribution(_NAME), into)
    for each in _needed():
        pack_again(each, into)


def _needed() -> list[Distribution]:
    """The packages that the tool needs here, and those that these need, sorted."""
    from packaging.requirements import Requirement

    found: dict[str, Distribution] = {}
    waiting = [(_NAME, "")]
    seen = set(waiting)
    while waiting:
        name, extra = waiting.pop()
        try:
            each = distribution(name)
        except PackageNotFoundError:
            continue
        found[each.metadata["Name"].lower()] = each
        for requirement in map(Requirement, each.requires or ()):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                more = [(requirement.name, extra) for extra in ("", *requirement.extras)]
                waiting += [pair for pair in more if pair not in seen]
                seen.update(more)
    return [each for name, each in sorted(found.items()) if name != _NAME]


def pack_again(installed: Distribution, into: Path) -> Path:
    """The wheel that a package was installed from, made of its files: the same bytes each time.

    OnewayError where the installation lacks one of its files, or has another content than it was installed with.
    """
    folder = next(each.parent.as_posix() for each in installed.files or () if each.name == "WHEEL")
    stem = folder.removesuffix(".dist-info")
    path, record, lines = into / f"{stem}-{_tag(installed)}.whl", f"{folder}/RECORD", []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content, mode in sorted(_files(installed, folder)):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = (0o100000 | mode) << 16
            wheel.writestr(info, content, zipfile.ZIP_DEFLATED)
            lines.append(f"{_quoted(name)},sha256={_encoded(content)},{len(content)}\n")
        wheel.writestr(zipfile.ZipInfo(record, _EPOCH), "".join([*lines, f"{record},,\n"]))
    return path


def _tag(installed: Distribution) -> str:
    """For which Pythons, binary interfaces and systems it is, as the name of a wheel says it."""
    facts = (installed.read_text("WHEEL") or "").splitlines()
    tags = [line.partition(": ")[2].strip().split("-") for line in facts if line.startswith("Tag: ")]
    return "-".join(".".join(sorted(set(part))) for part in zip(*tags, strict=True))


def _files(installed: Distribution, folder: str) -> Iterator[tuple[str, bytes, int]]:
    """The wheel's files with their modes. What installing put beside the packages goes back to where it came from."""
    packages = Path(str(installed.locate_file("")))
    generated = {each.name for each in installed.entry_points if each.group.endswith("_scripts")}
    data = f"{folder.removesuffix('.dist-info')}.data"
    for each in installed.files or ():
        if each.suffix == ".pyc" or (each.parent.as_posix() == folder and each.name in _ADDED):
            continue
        path = Path(os.path.normpath(packages / each))
        program = path.parent.name == "bin" and not path.is_relative_to(packages)
        if program and path.name in generated:
            continue
        content = _read(installed, path, each.hash.value if each.hash else "")
        mode = 0o755 if os.access(path, os.X_OK) else 0o644
        if program:
            yield f"{data}/scripts/{path.name}", _for_any_python(content), mode
        elif path.is_relative_to(packages):
            yield each.as_posix(), content, mode
        else:
            yield f"{data}/data/{path.relative_to(sys.prefix).as_posix()}", content, mode


def _read(installed: Distribution, path: Path, digest: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _broken(installed, f"{path.name} cannot be read: {error.strerror}") from None
    # The first line of a script names the Python of here, and changes when that moves.
    if digest and _encoded(content) != digest and not content.startswith(b"#!"):
        raise _broken(installed, f"{path.name} was changed after it was installed")
    return content


def _broken(installed: Distribution, why: str) -> OnewayError:
    name = f"{installed.metadata['Name']}=={installed.version}"
    return OnewayError(f"{name} cannot be packed: {why}", f"install it again beside {sys.executable}")


def _for_any_python(script: bytes) -> bytes:
    """The first line names the Python that the wheel will be installed for."""
    first, line, rest = script.partition(b"\n")
    return b"#!python\n" + rest if first.startswith(b"#!") and b"python" in first and line else script


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _quoted(name: str) -> str:
    return f'"{name}"' if "," in name else name
