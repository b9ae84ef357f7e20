"""Coverage-guided fuzzing of everything between a manifest's bytes and a written finding.

    pip install atheris
    python -m tools.fuzz.manifests build/corpus -dict=tools/fuzz/manifests.dict -max_total_time=3600 -max_len=4096 \\
        -timeout=10 -rss_limit_mb=1500

An input is one manifest: the first byte chooses whether it is a service's or the platform's. Whatever the bytes, the
loader answers with values and located findings, every rule runs, and every format can be written. Run with an empty
folder first, and the manifests of this repository and the texts below are put into it as seeds.
"""

import json
import sys
from datetime import date
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["oneway"]):
    from oneway.cli.output.formats import FORMATS, report
    from oneway.errors import Location
    from oneway.manifest import load, locate
    from oneway.rules import audit

PLATFORM = b"apiVersion: oneway/v1\nplatform: p\nowners: {o: {}}\ndomains: {d: {}}\nchannels: {c.d: {}}\n"
SERVICE = b"apiVersion: oneway/v1\nservice: a\nversion: 1.0.0\nowner: o\ndomain: d\n"
OTHER = SERVICE.replace(b"service: a", b"service: b") + b"endpoints: [{name: http, port: 80}]\ncalls: [{to: a}]\n"
_SEEDS = (
    b"calls: [{to: b, timeout: 1s, retries: 2, per_request: 0.5, version: '>=1,<2'}]\n",
    b"env: &x {A: *x}\n",
    b"accept: [{rule: fan-in, reason: x, until: 2027-01-01}]\n",
    b"environments: {prod: {scale: {min: 1, max: 2}, env: {TOKEN: abc}}}\n",
    b"smoke: [{name: x, request: {path: /, json: {a: [1, .nan]}}, expect: {body: {a: {above: 1}}}}]\n",
    b"---\na: !x |\n  text\n? b\n: 1\n...\n",
)


def one_input(data: bytes) -> None:
    """Everything that `platform check` does with one manifest."""
    own = {"manifests/platform.yaml": PLATFORM, "manifests/a.yaml": SERVICE, "manifests/b.yaml": OTHER}
    file = "manifests/platform.yaml" if data[:1] == b"P" else "manifests/a.yaml"
    contents = own | {file: data[1:]}
    for environment in (None, "prod"):
        loaded = load(contents.items(), environment)
        findings = locate(audit(loaded, date(2026, 1, 1)), contents.__getitem__, environment)
        for each in findings:
            where = each.location
            assert isinstance(where, Location), each
            assert 1 <= where.line <= contents[where.file].count(b"\n") + contents[where.file].count(b"\r") + 2, each
        said = report(findings, len(loaded.system.services), 0)
        names = FORMATS if len(data) % 32 == 0 else ("text", "json")
        written = {name: FORMATS[name](said).encode() for name in names}
        json.loads(written["json"])


def main() -> None:
    """Fuzz, with the folder named first as the corpus."""
    folder = Path(next(each for each in sys.argv[1:] if not each.startswith("-")))
    folder.mkdir(parents=True, exist_ok=True)
    seeds = [b"S" + SERVICE + each for each in _SEEDS] + [b"P" + PLATFORM]
    seeds += [
        (b"P" if path.name == "platform.yaml" else b"S") + path.read_bytes()
        for path in sorted(Path("manifests").glob("*.yaml"))
    ]
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number:03d}").write_bytes(seed)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
