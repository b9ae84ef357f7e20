"""What there is to be scraped, read from the code that makes it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[2]
_KINDS: Final = {
    "Counter": "counter",
    "Gauge": "gauge",
    "Histogram": "histogram",
    "_counter": "counter",
    "_gauge": "gauge",
    "_single": "gauge",
}
_WHERE: Final = {
    "Every service that stands on servicekit": ("platform/servicekit/servicekit",),
    "The gateway sample": ("services/gateway/gateway_service",),
    "The caption sample": ("services/caption/caption_service",),
    "The id sample": ("services/id/id_service",),
    "The monitor": ("platform/oneway/monitor",),
}


@dataclass(frozen=True, slots=True)
class Described:
    """One metric as it is scraped: a counter's name ends with `_total`."""

    name: str
    kind: str
    words: str
    labels: tuple[str, ...]


def described() -> dict[str, list[Described]]:
    """Whose → its metrics."""
    return {
        whose: [each for folder in folders for file in sorted((_ROOT / folder).rglob("*.py")) for each in _in(file)]
        for whose, folders in _WHERE.items()
    }


def page() -> Iterator[str]:
    """The page of the reference."""
    yield (
        "# Metrics\n\nIn the text format of Prometheus, at `/metrics` of each replica and of the monitor; a front door"
        " does not pass them on. A histogram has `_bucket`, `_sum` and `_count`. Python's own (`process_…`, `python_…`)"
        " come with every service.\n"
    )
    for whose, found in described().items():
        if not found:
            continue
        yield f"\n## {whose}\n\n| metric | kind | labels | means |\n|---|---|---|---|\n"
        for each in found:
            labels = ", ".join(f"`{label}`" for label in each.labels)
            yield f"| `{each.name}` | {each.kind} | {labels} | {each.words} |\n"


def _in(file: Path) -> Iterator[Described]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(
                func=ast.Name(id=made), args=[ast.Constant(value=str(name)), ast.Constant(value=str(words)), *others]
            ) if made in _KINDS:
                kind = _KINDS[made]
                labels = others[0].elts if others and isinstance(others[0], ast.Tuple) else []
                texts = tuple(str(each.value) for each in labels if isinstance(each, ast.Constant))
                yield Described(name + "_total" * (kind == "counter"), kind, words, texts)
