"""How long a code base of a million lines takes, read for the first time and again, and a file with a million spans.

python -m tools.bench.evidence [--lines 1000000] [--spans 1000000]

Both are made first: forty services in Python, Java and Go, each of which calls the next one; and traces of the same
calls as OTLP in JSON, some 700 bytes a span. Each measurement is a process of its own, so that memory is its own.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

SERVICES: Final = 40
_PER_FILE: Final = 250
_FILLING: Final = {
    "py": "def step_{0}(order, stock):\n    total = order.amount * {0}\n    return total if stock else None\n\n",
    "java": "    int step{0}(Order order, boolean stock) {{\n        int total = order.amount * {0};\n"
    "        return stock ? total : 0;\n    }}\n",
    "go": "func step{0}(order Order, stock bool) int {{\n\ttotal := order.Amount * {0}\n\treturn total\n}}\n",
}
_CALL: Final = {
    "py": 'requests.get("http://{0}:8080/v1/orders")\n',
    "java": '    void ask() {{ restTemplate.getForObject("http://{0}:8080/v1/orders", Order.class); }}\n',
    "go": 'func ask() {{ http.Get("http://{0}:8080/v1/orders") }}\n',
}
_MEASURED: Final = """\
import json, resource, sys, time
from pathlib import Path
from oneway.application.evidence_files import observe_paths
started = time.monotonic()
root = Path(sys.argv[1])
seen = observe_paths([root], traffic=[Path(each) for each in sys.argv[2:]], root=root)
counted = sum(each.traffic.count for each in seen.calls if each.traffic)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
spent = [round(time.monotonic() - started, 1), round(time.process_time(), 1)]
print(json.dumps([len(seen.pairs()), counted, *spent, peak]))
"""


def main(words: Sequence[str] | None = None) -> int:
    """Make both, measure, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--spans", type=int, default=1_000_000)
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "system"
        lines = make_code(root, given.lines)
        print(f"{'what':34} {'calls':>6} {'requests':>10} {'seconds':>8} {'of cpu':>7} {'MiB':>6}")
        for what in ("the first time", "again"):
            _print(f"{lines:,} lines, {what}", _measure(root))
        spans = Path(name) / "spans.json"
        size = make_spans(spans, given.spans)
        plain = Path(name) / "plain"
        plain.mkdir()
        (plain / "compose.yaml").write_text((root / "compose.yaml").read_text())
        _print(f"{given.spans:,} spans, {size >> 20} MiB", _measure(plain, spans))
    return 0


def make_code(root: Path, lines: int) -> int:
    """Write a system of so many lines; returns how many they are."""
    root.mkdir(parents=True)
    names = [f"service-{number}" for number in range(SERVICES)]
    (root / "compose.yaml").write_text("services:\n" + "".join(f"  {each}: {{build: {each}}}\n" for each in names))
    written = 0
    for number in range(lines // _PER_FILE):
        service, kind = number % SERVICES, ("py", "java", "go")[number % 3]
        steps = "".join(_FILLING[kind].format(at) for at in range(_PER_FILE // 4))
        call = _CALL[kind].format(names[(service + 1) % SERVICES]) if number < 3 * SERVICES else ""
        opening, closing = {"py": ("", ""), "java": (f"class File{number} {{\n", "}\n"), "go": ("package main\n", "")}[
            kind
        ]
        folder = root / names[service] / f"part{number // 400}"
        folder.mkdir(parents=True, exist_ok=True)
        text = opening + steps + call + closing
        (folder / f"File{number}.{kind}").write_text(text)
        written += text.count("\n")
    return written


def make_spans(path: Path, spans: int) -> int:
    """Write traces of so many spans: a client's and a server's for each call; returns the size."""
    per_batch, start = 1000, 1_700_000_000_000_000_000
    with path.open("w") as stream:
        stream.write('{"resourceSpans": [\n')
        for batch in range(0, spans, per_batch):
            service = f"service-{batch // per_batch % SERVICES}"
            made = [_span(at, start + at * 1000) for at in range(batch, min(batch + per_batch, spans))]
            resource_of = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
            entry = {"resource": resource_of, "scopeSpans": [{"spans": made}]}
            stream.write(("," if batch else "") + json.dumps(entry) + "\n")
        stream.write("]}\n")
    return path.stat().st_size


def _span(number: int, start: int) -> dict[str, object]:
    """Every span is the child of the one of the same place in the batch before, which is another service's."""
    parent = f"{number - 1000:016x}" if number % 40_000 >= 1000 else ""
    attributes = [
        {"key": key, "value": {"stringValue": value}}
        for key, value in (
            ("http.request.method", "GET"),
            ("url.full", f"http://service/v1/orders/{number}"),
            ("server.address", "service"),
            ("user_agent.original", "bench/1.0 (a name of the length that such names have)"),
        )
    ]
    return {
        "traceId": f"{number % 1000 + number // 40_000 * 1000:032x}",
        "spanId": f"{number:016x}",
        "parentSpanId": parent,
        "name": "GET /v1/orders/{id}",
        "kind": 2,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 5_000_000),
        "attributes": attributes,
        "status": {},
    }


def _measure(root: Path, *traffic: Path) -> list[float]:
    command = [sys.executable, "-c", _MEASURED, str(root), *map(str, traffic)]
    found: list[float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def _print(what: str, found: list[float]) -> None:
    calls, requests, seconds, processor, peak = found
    print(f"{what:34} {calls:6} {requests:10,} {seconds:8.1f} {processor:7.1f} {peak:6}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
