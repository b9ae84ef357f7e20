"""The published page of all rules, made from their docstrings."""

from .registry import FIXED, RULES

_HEAD = """\
# The rules

Made from the rules themselves by `platform explain --page`; do not edit. New to them? Start with
[chain-rules.md](chain-rules.md), which works one example of each through.

`platform check` runs all of them. `platform.yaml` sets severities (off needs a reason); `accept:` in a manifest
silences one rule there, with a reason; `--baseline FILE` forgives what was there before the rules, and only shrinks.

| rule | severity | finds |
|---|---|---|
"""


def rules_page() -> str:
    """The page in Markdown."""
    rows = [f"| [{rule}](#{rule}) | {_severity(rule)} | {_docs(rule)[0]} |\n" for rule in RULES]
    parts = [f"\n## {rule}\n\n**{_severity(rule)}.** {_docs(rule)[0]}\n{_docs(rule)[1]}" for rule in RULES]
    return _HEAD + "".join(rows) + "".join(parts)


def _severity(rule: str) -> str:
    severity = RULES[rule].SEVERITY.value
    return f"{severity}, always" if rule in FIXED else severity


def _docs(rule: str) -> tuple[str, str]:
    summary, _, rest = (RULES[rule].__doc__ or "").strip().partition("\n")
    return summary, rest.rstrip() + "\n"
