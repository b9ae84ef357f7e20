"""The status page, and the same as metrics and JSON: pure functions of the board."""

import json
from html import escape
from typing import Final

from .loop import Board, overall
from .state import Change, Health, Standing

_WORDS: Final = {Health.GOOD: "works", Health.BAD: "fails", Health.UNKNOWN: "not known"}
_STYLE: Final = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
.good { color: light-dark(#006b4e, #4fd1a5); } .bad { color: light-dark(#a3360a, #ff9966); font-weight: 600; }
.unknown { color: light-dark(#666, #aaa); } .reason { font-size: .9rem; overflow-wrap: anywhere; }
"""


def html_page(board: Board, title: str, when: str) -> str:
    """One page without scripts that renews itself; `when` is the time of the last round in words."""
    state = overall(board)
    rows = "".join(_row(each) for each in board.standings.values())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="10">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}: {_WORDS[state]}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)} <span class={state}>{_WORDS[state]}</span></h1>"
        f"<p>Round {board.rounds}, {escape(when)}.</p><table><thead><tr><th scope=col>service<th scope=col>check"
        f"<th scope=col>state<th scope=col>took</tr></thead><tbody>{rows}</tbody></table></body></html>\n"
    )


def _row(standing: Standing) -> str:
    last = standing.last
    took = f"{last.seconds * 1000:.0f} ms" if last and not last.failures else ""
    reason = "; ".join(map(str, last.failures)) if last else ""
    shown = f"<div class=reason>{escape(reason)}</div>" if reason else ""
    return (
        f"<tr><td>{escape(standing.service)}<td>{escape(standing.check)}{shown}"
        f"<td class={standing.health}>{_WORDS[standing.health]}<td>{took}</tr>"
    )


def metrics(board: Board) -> str:
    """The board in the Prometheus text format 0.0.4."""
    lines = [
        "# HELP oneway_check_good Whether the check passes (1), fails or is not known (0).",
        "# TYPE oneway_check_good gauge",
    ]
    lines += [
        f"oneway_check_good{_labels(each)} {int(each.health is Health.GOOD)}" for each in board.standings.values()
    ]
    lines += ["# HELP oneway_check_seconds How long the check's last answer took.", "# TYPE oneway_check_seconds gauge"]
    lines += [
        f"oneway_check_seconds{_labels(each)} {each.last.seconds:.6f}" for each in board.standings.values() if each.last
    ]
    lines += ["# HELP oneway_rounds_total Rounds of checks so far.", "# TYPE oneway_rounds_total counter"]
    return "\n".join([*lines, f"oneway_rounds_total {board.rounds}"]) + "\n"


def _labels(standing: Standing) -> str:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

    return f"{{service={quoted(standing.service)},check={quoted(standing.check)}}}"


def status_json(board: Board) -> str:
    """The board for programs: version, health, rounds, and one entry per check."""
    checks = [
        {
            "service": each.service,
            "check": each.check,
            "health": each.health,
            "since": round(each.since, 3),
            "seconds": round(each.last.seconds, 6) if each.last else None,
            "failures": [str(failure) for failure in each.last.failures] if each.last else [],
        }
        for each in board.standings.values()
    ]
    return json.dumps({"version": 1, "health": overall(board), "rounds": board.rounds, "checks": checks}) + "\n"


def change_line(change: Change) -> str:
    """One change of state as a JSON line; what a webhook receives is the same."""
    return json.dumps(
        {
            "version": 1,
            "time": round(change.time, 3),
            "service": change.service,
            "check": change.check,
            "before": change.before,
            "after": change.after,
            "reason": change.reason,
        },
        ensure_ascii=False,
    )
