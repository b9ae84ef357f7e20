"""Java built by Maven: exact versions, verified checksums, archives without the time of the build."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from ...base import TargetError
from .tools import Tool, require_program, run_tool

GET: Final = "install Maven, as with `apt-get install maven`, or bring a ready jar"
_EXACT: Final = re.compile(r"(?!.*-SNAPSHOT$)(?!LATEST$|RELEASE$)[^\[\](),]+")
_PROPERTY: Final = re.compile(r"\$\{([^}]+)\}")
# The date of what is put into archives, as in images.
_SETTINGS: Final = (
    *("--batch-mode", "--no-transfer-progress", "--strict-checksums", "-DskipTests"),
    "-Dproject.build.outputTimestamp=2020-01-01T00:00:00Z",
)


def is_project(app: Path) -> bool:
    """Whether the folder is built by Maven, and brings no ready classes."""
    return (app / "pom.xml").is_file()


def find_unpinned(app: Path) -> str:
    """Which version is no exact one; nothing where all are, or there is no project."""
    if not is_project(app):
        return ""
    try:
        project = ElementTree.parse(app / "pom.xml").getroot()
    except (OSError, ElementTree.ParseError) as error:
        return f"pom.xml cannot be read: {error}"
    properties = {_bare(each): each.text or "" for part in _children(project, "properties") for each in part}
    for name, version in _versions(project):
        written = _PROPERTY.sub(lambda found: properties.get(found[1], found[0]), version)
        if not _EXACT.fullmatch(written):
            return f"pom.xml wants {name} in version {written}, which is not one version"
    return ""


def build(folder: Path, app: Path, java: Tool) -> None:
    """The project's `target`, made from a copy, since what is deployed stays as it is."""
    if (app / "target").exists():
        raise TargetError("the folder `target` is among the files, where Maven builds", "add target/ to .gitignore")
    maven = require_program("mvn", java.folder, GET)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".maven-") as place:
        work = Path(place) / "app"
        shutil.copytree(app, work, copy_function=shutil.copyfile)
        for each in (work, *(path for path in work.rglob("*") if path.is_dir())):
            each.chmod(0o755)
        run_tool([maven, *_SETTINGS, "package"], work, {}, "check pom.xml and Maven's settings")
        if not (work / "target").is_dir():
            raise TargetError("mvn package made no target", "pom.xml needs a packaging that makes an archive")
        shutil.move(work / "target", folder / "target")


def _versions(project: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """What the project depends on and is built with, by name, with the version that it writes."""
    for each in project.iter():
        if _bare(each) in ("dependency", "plugin", "parent", "extension"):
            named = {_bare(part): (part.text or "").strip() for part in each}
            if named.get("version"):
                yield f"{named.get('groupId', 'plugin')}:{named.get('artifactId', '')}", named["version"]


def _children(element: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [each for each in element if _bare(each) == name]


def _bare(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]
