"""What the commands cost beside named baselines, measured in turn on this machine, as one page of the documentation.

    make bench
    python -m tools.bench.table --runs 5 -o platform/docs/measured.md

Both commands of a row run A B A B …, and the ratio is the median over the pairs: it moves little between machines,
where seconds do.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Final

import yaml

from oneway.graph import build
from oneway.manifest import load
from oneway.render import draw
from tools.bench import service, systems
from tools.bench.pairs import time_pairs

ROOT: Final = Path(__file__).resolve().parents[2]
_PAGE: Final = ROOT / "platform/docs/measured.md"
_READ: Final = """
import sys, pathlib, yaml
for path in pathlib.Path(sys.argv[1]).rglob("*.yaml"):
    yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
"""
_PARSE: Final = "import json, sys\nfor line in open(sys.argv[1], 'rb'): json.loads(line)"
_SPANS: Final = 100_000
_BATCH: Final = 500
# What other benchmarks start or import.
_PARTS: Final = frozenset(
    {"asker", "caption_paths", "lifelike", "monitor_process", "monitor_server", "queue_server", "systems", "table"}
)
_HEAD: Final = """\
# What it costs

Measured by `make bench`, each beside a baseline that ran in turn with it; the last column is the median ratio.
Seconds are of the machine that the last line names; ratios move little between machines.

| what | took | beside | took | ratio |
|---|---|---|---|---|
"""
_OTHERS: Final = """
## What other benchmarks prove

All run from a checkout, as `python -m tools.bench.NAME`; those that have a bound exit with 1 where it is not kept.

| name | proves |
|---|---|
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison: both figures in words, and ours divided by the baseline's."""

    what: str
    figure: str
    baseline: str
    other: str
    ratio: float


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each command (default: %(default)s)")
    parser.add_argument("-o", "--output", type=Path, default=_PAGE)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oneway-bench-") as folder:
        rows = [row for measure in MEASURES for row in measure(Path(folder), options.runs)]
    options.output.write_text("".join(page(rows, platform.python_version(), os.cpu_count() or 1)), encoding="utf-8")
    print(f"wrote {options.output}")


def page(rows: Sequence[Row], python: str, cores: int) -> Iterator[str]:
    """The table, what it was measured on, and the other benchmarks with the first sentence of each."""
    yield _HEAD
    for each in rows:
        yield f"| {each.what} | {each.figure} | {each.baseline} | {each.other} | {each.ratio:.2f} |\n"
    yield f"\nOn {date.today()}, Python {python}, {cores} cores.\n"
    yield _OTHERS
    for name, words in proofs():
        yield f"| `{name}` | {words} |\n"


def proofs() -> Iterator[tuple[str, str]]:
    """Each benchmark that is run by hand → the first sentence of what it says of itself."""
    for file in sorted(Path(__file__).parent.glob("*.py")):
        text = file.read_text(encoding="utf-8")
        if '__name__ == "__main__"' in text and file.stem not in _PARTS:
            first = text[3:].partition('"""')[0].partition("\n\n")[0]
            words = " ".join(first.partition("`python -m")[0].split())
            yield file.stem, words.rstrip(":. ").replace("|", "\\|")


def _start(folder: Path, runs: int) -> Iterator[Row]:
    yield _pair("`platform --version`", [_program(), "--version"], "bare Python", _python("pass"), 4 * runs, folder)


def _check(folder: Path, runs: int) -> Iterator[Row]:
    for services in (60, 1_000, 18_500):
        manifests = systems.write(services, folder / str(services))
        read = _python(_READ, str(manifests))
        baseline = "reading the manifests with PyYAML's C loader"
        first = ["sh", "-c", f"rm -rf .platform; exec {_program()} check"]
        yield _pair(f"`check` of {services:,} services", first, baseline, read, runs, manifests.parent)
        again = [_program(), "check"]
        yield _pair(f"`check` again, {services:,} services unchanged", again, baseline, read, runs, manifests.parent)


def _draw(folder: Path, runs: int) -> Iterator[Row]:
    for services in (60, 300):
        manifests = systems.write(services, folder / f"drawn-{services}")
        plain = manifests.parent / "plain.dot"
        plain.write_text(_plain_source(manifests), encoding="utf-8")
        dot = ["dot", "-Tsvg", str(plain), "-o", str(plain.with_suffix(".svg"))]
        for ending in ("svg", "html"):
            ours = [_program(), "render-graph", "-o", f"picture.{ending}"]
            what = f"`render-graph -o picture.{ending}`, {services:,} services"
            yield _pair(what, ours, "plain `dot` of the same arrows", dot, runs, manifests.parent)


def _generate(folder: Path, runs: int) -> Iterator[Row]:
    manifests = systems.write(1_000, folder / "generated")
    ours = [_program(), "generate", "-o", "out"]
    read = _python(_READ, str(manifests))
    what, baseline = "`generate` for 1,000 services", "reading the manifests with PyYAML's C loader"
    yield _pair(what, ours, baseline, read, runs, manifests.parent)


def _drift(folder: Path, runs: int) -> Iterator[Row]:
    manifests = systems.write(60, folder / "watched")
    traffic = manifests.parent / "spans.json"
    traffic.write_text("".join(_spans(manifests)), encoding="utf-8")
    ours = ["sh", "-c", f"{_program()} drift --traffic spans.json --format json || test $? = 1"]
    what = f"`drift --traffic` of {_SPANS:,} spans"
    yield _pair(
        what,
        ours,
        "reading them with the standard library's `json`",
        _python(_PARSE, "spans.json"),
        runs,
        manifests.parent,
    )


def _serve(folder: Path, runs: int) -> Iterator[Row]:
    figures = service.compare(folder, runs, seconds=2.0, connections=16)
    ours, bare = figures["id"], figures["bare route"]
    ratio = median(a / b for a, b in zip(ours.per_second, bare.per_second, strict=True))
    rates = [f"{median(each.per_second):,.0f} a second" for each in (ours, bare)]
    yield Row("ids over HTTP, one a request (more is better)", rates[0], "a bare FastAPI route", rates[1], ratio)


MEASURES: Final[tuple[Callable[[Path, int], Iterator[Row]], ...]] = (_start, _check, _draw, _generate, _drift, _serve)


def _pair(what: str, ours: list[str], baseline: str, theirs: list[str], runs: int, folder: Path) -> Row:
    print(f"{what} beside {baseline} …", file=sys.stderr, flush=True)
    pairs = time_pairs(ours, theirs, runs, str(folder))
    figures = [f"{median(each):.2f} s" for each in (pairs.ours, pairs.baseline)]
    return Row(what, figures[0], baseline, figures[1], pairs.ratio)


def _program() -> str:
    return str(Path(sys.executable).with_name("platform"))


def _python(source: str, *words: str) -> list[str]:
    return [sys.executable, "-c", source, *words]


def _plain_source(manifests: Path) -> str:
    contents = [(each.name, each.read_bytes()) for each in sorted(manifests.rglob("*.yaml"))]
    picture = draw(build(load(contents).system))
    return "\n".join(["digraph {", *(f'"{each.source}" -> "{each.target}"' for each in picture.edges), "}", ""])


def _spans(manifests: Path) -> Iterator[str]:
    """Lines of OTLP: a client's span for each declared call, over and over."""
    services = [yaml.safe_load(each.read_bytes()) for each in sorted(manifests.rglob("*.yaml"))]
    calls = [(each["service"], call["to"]) for each in services if "service" in each for call in each.get("calls", ())]
    for at in range(0, _SPANS, _BATCH):
        caller, callee = calls[at // _BATCH % len(calls)]
        yield json.dumps({"resourceSpans": [_resource(caller, callee, at)]}) + "\n"


def _resource(caller: str, callee: str, at: int) -> dict[str, object]:
    spans = [
        {
            "traceId": f"{at:032x}",
            "spanId": f"{at + each:016x}",
            "kind": 3,
            "startTimeUnixNano": str(1_700_000_000_000_000_000 + each),
            "endTimeUnixNano": str(1_700_000_000_005_000_000 + each),
            "attributes": [{"key": "peer.service", "value": {"stringValue": callee}}],
        }
        for each in range(_BATCH)
    ]
    attributes = [{"key": "service.name", "value": {"stringValue": caller}}]
    return {"resource": {"attributes": attributes}, "scopeSpans": [{"spans": spans}]}


if __name__ == "__main__":
    main()
