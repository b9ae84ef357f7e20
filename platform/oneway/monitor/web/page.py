"""The page as it is at this moment: complete without a script; with one it stays true by itself."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..states import WORST_FIRST, State
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
_VERBS: Final = {State.FAILS: ("fails", "fail"), State.WORKS: ("works", "work")}


def html_page(status: Status, public: bool, scripts: Iterable[str]) -> str:
    """The page of this status; all text that comes from elsewhere is shown as text."""
    checks: dict[str, list[Any]] = {}
    for each in status["checks"]:
        checks.setdefault(each["service"], []).append(each)
    templates = _templates()
    return templates.get_template("page.html.j2").render(
        status=status,
        sentence=sentence([State(each["state"]) for each in status["services"]], len(status["incidents"])),
        checks=checks,
        public=public,
        scripts=scripts,
        style=Markup(templates.get_template("page.css").render()),
    )


def sentence(states: list[State], incidents: int = 0) -> str:
    """All that there is to say in one line: also that something is open where every service works."""
    if not states:
        return "nothing is watched yet"
    counts = Counter(states)
    if counts[State.WORKS] == len(states):
        working = "the one service works" if len(states) == 1 else f"all {len(states):,} services work"
        open_ones = f", {incidents} incident{' is' if incidents == 1 else 's are'} open" if incidents else ""
        return working + open_ones
    parts = [(each, counts[each]) for each in WORST_FIRST if counts[each]]
    return ", ".join(f"{count:,} {_VERBS.get(each, (each, each))[count > 1]}" for each, count in parts)


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader(__package__, "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    made.filters["slug"] = lambda state: _SLUGS[State(state)]
    made.filters["sign"] = lambda state: SIGNS[State(state)]
    made.filters["when"] = _when
    made.filters["milliseconds"] = lambda seconds: f"{seconds * 1000:.0f} ms"
    return made


def _when(seconds: float | None) -> str:
    if seconds is None:
        return "never"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
