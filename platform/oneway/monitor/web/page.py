"""The page as it is at this moment: complete without a script; with one it stays true by itself."""

from datetime import UTC, datetime
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..states import State
from ..status_view import Status

SIGNS: Final = {
    State.WORKS: "✓",
    State.SLOW: "◔",
    State.FAILS: "✕",
    State.BLOCKED: "⊘",
    State.STOPPED: "■",
    State.MAINTENANCE: "⚒",
    State.UNKNOWN: "?",
}
_SLUGS: Final = {state: state.name.lower() for state in State}


def html_page(status: Status, picture: str) -> str:
    """The page of this status. `picture` is the architecture as SVG, made by us; all other text is shown as text."""
    templates = Environment(
        loader=PackageLoader(__package__, "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    templates.filters["slug"] = lambda state: _SLUGS[State(state)]
    templates.filters["sign"] = lambda state: SIGNS[State(state)]
    templates.filters["when"] = _when
    templates.filters["milliseconds"] = lambda seconds: f"{seconds * 1000:.0f} ms"
    checks: dict[str, list[Any]] = {}
    for each in status["checks"]:
        checks.setdefault(each["service"], []).append(each)
    return templates.get_template("page.html.j2").render(
        status=status,
        checks=checks,
        picture=Markup(picture),
        style=Markup(templates.get_template("page.css").render()),
        signs={state.value: (SIGNS[state], _SLUGS[state]) for state in State},
    )


def _when(seconds: float | None) -> str:
    if seconds is None:
        return "never"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
