"""A badge: the state of a service as a small picture for a README."""

from html import escape
from typing import Final

from ..states import State

_COLORS: Final = {
    State.WORKS: "#1a7f37",
    State.SLOW: "#9a6700",
    State.FAILS: "#b42318",
    State.BLOCKED: "#b54708",
    State.STOPPED: "#57606a",
    State.MAINTENANCE: "#0b5cad",
    State.UNKNOWN: "#57606a",
}


def badge(name: str, state: State) -> str:
    """Two words in a box."""
    left, right = 12 + 7 * len(name), 12 + 7 * len(state.value)
    label, whole = escape(f"{name}: {state.value}"), left + right
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{label}">'
        f"<title>{label}</title>"
        f'<rect width="{left}" height="20" fill="#444c56"/><rect x="{left}" width="{right}" height="20" '
        f'fill="{_COLORS[state]}"/><g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" '
        f'text-anchor="middle"><text x="{left / 2}" y="14">{escape(name)}</text>'
        f'<text x="{left + right / 2}" y="14">{escape(state.value)}</text></g></svg>\n'
    )
