"""Which part of the picture is asked for, and how much of it a reader can take in at once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..errors import UsageError
from .blocks import in_blocks, is_crowded
from .changes import surroundings
from .formats import FORMATS, Names
from .hubs import fold_hubs
from .picture import NodeKind, Picture, counted
from .views import LARGE, By, Direction, focused, readable, reduced, rolled_up


@dataclass(frozen=True, slots=True)
class View:
    """What was asked for. `by` is None when the reader leaves it to the size of the system, and so is `hubs`.

    `hubs` is from how many callers on a service is drawn without arrows to it; 0 draws every arrow. `link` is where the
    whole can be looked at.
    """

    by: By | None = None
    focus: str | None = None
    depth: int = 1
    direction: Direction = Direction.BOTH
    reduce: bool = False
    labels: bool = False
    hubs: int | None = None
    link: str = ""


def seen(picture: Picture, view: View, format: str = "svg") -> Picture:
    """The picture as the view asks for it. UsageError when the service in focus does not exist.

    When two pictures are compared, what is not different and not beside something different is left out. More
    services than a page can show are rolled up by domain. A remark says so. A format that lets the reader choose
    gets everything.
    """
    whole = FORMATS[format].whole
    if view.focus is not None:
        picture = focused(picture, _known(view.focus, picture), view.depth, view.direction)
    if view.reduce:
        picture = reduced(picture)
    picture = replace(picture, labels=view.labels, link=view.link)
    if view.by is not None:
        picture = rolled_up(picture, view.by)
    elif not whole:
        picture = _readable(picture)
    if picture.by != By.SERVICE.value:
        return picture if whole else readable(picture)
    return _followable(picture, view, FORMATS[format].names)


def _followable(picture: Picture, view: View, names: Names) -> Picture:
    """Names instead of arrows where there are too many to follow: to hubs, and then between domains."""
    if names is Names.NOWHERE or view.hubs == 0:
        return picture
    picture = fold_hubs(picture, view.hubs, view.focus)
    return in_blocks(picture) if names is Names.BETWEEN_DOMAINS and is_crowded(picture) else picture


def _readable(picture: Picture) -> Picture:
    services = picture.services
    near = surroundings(picture) if picture.difference else picture
    if 0 < near.services < services:
        picture = _remarked(near, f"{near.services} of {services:,} services: those that differ, and their neighbours")
    if picture.services <= LARGE:
        return picture
    rolled = rolled_up(picture, By.DOMAIN)
    remark = f"{counted(services, 'service')} in {counted(_domains(rolled), 'domain')}; --by service draws every one"
    return _remarked(rolled, remark)


def _remarked(picture: Picture, remark: str) -> Picture:
    return replace(picture, remarks=(*picture.remarks, remark))


def _domains(picture: Picture) -> int:
    return sum(node.kind is NodeKind.DOMAIN for node in picture.nodes)


def _known(service: str, picture: Picture) -> str:
    names = [node.id for node in picture.nodes if node.kind is NodeKind.SERVICE]
    if service not in names:
        raise UsageError(f"there is no service {service} to look at", _hint(service, names))
    return service


def _hint(wrong: str, names: Iterable[str]) -> str:
    from ..rules.nearest import Nearest

    return Nearest(names).hint(wrong, "`platform render-graph` draws all that there are")
