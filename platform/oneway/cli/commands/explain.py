"""`platform explain`: what a rule finds, why it matters, and how to mend it."""

from typing import Annotated

import msgspec
import typer

from ...application.read_manifests import read_system, require_sound
from ...errors import UsageError
from ...rules import FIXED, RULES
from ...rules.nearest import Nearest
from ...rules.pages import rules_page
from ..completion import complete_rules
from ..options import Format, ListFormat, Manifests
from ..output.lines import table


def command(
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="[RULE|waivers]",
            help="A rule's id, or waivers; without one, all rules.",
            autocompletion=complete_rules,
        ),
    ] = None,
    page: Annotated[bool, typer.Option("--page", help="All rules as one page of Markdown.")] = False,
    manifests: Manifests = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """What a rule finds, why it matters, and how to mend it.

    `platform explain waivers` lists what the generated files are exempt from in the eyes of linters, with the reasons.

    Example: platform explain timeout-budget
    """
    if page:
        typer.echo(rules_page(), nl=False)
        return
    if topic == "waivers":
        lines, value = _waivers(manifests)
    elif topic is None:
        lines, value = _all()
    else:
        lines, value = _rule(topic)
    typer.echo("\n".join(lines) if output is ListFormat.TEXT else msgspec.json.encode(value).decode())


def _all() -> tuple[list[str], object]:
    rows = [(rule, str(module.SEVERITY), _summary(rule)) for rule, module in RULES.items()]
    values = [{"rule": rule, "severity": severity, "summary": summary} for rule, severity, summary in rows]
    return table(("rule", "severity", "finds"), rows), {"version": 1, "rules": values}


def _rule(rule: str) -> tuple[list[str], object]:
    if rule not in RULES:
        raise UsageError(f"there is no rule {rule}", _meant(rule))
    severity, docs = RULES[rule].SEVERITY, (RULES[rule].__doc__ or "").strip()
    fixed = "always" if rule in FIXED else "by default"
    value = {"version": 1, "rule": rule, "severity": severity, "fixed": rule in FIXED, "docs": docs}
    return [f"{rule} ({severity} {fixed})", "", docs], value


def _meant(wrong: str) -> str:
    near = [rule for rule in RULES if wrong in rule.split("-")] or [Nearest(RULES).name(wrong)]
    return f"did you mean {' or '.join(near)}?" if near[0] else "`platform explain` lists them"


def _summary(rule: str) -> str:
    return (RULES[rule].__doc__ or "").partition("\n")[0]


def _waivers(manifests: Manifests) -> tuple[list[str], object]:
    from ...generate.all_waivers import waivers

    found = [msgspec.to_builtins(each) for each in waivers(require_sound(read_system(manifests, None)))]
    head = list(found[0]) if found else ["service"]
    rows = [[str(each[name]) for name in head] for each in found]
    return table(head, rows) if found else ["no waivers"], {"version": 1, "waivers": found}
