"""How many of a public system's calls its files and code show, and how many of those shown it makes.

python -m tools.bench.truth FOLDER [SYSTEM...]

FOLDER holds a checkout of each system under its name in `known_calls/`, where its calls are listed as its documentation
and its code say them. Calls of and to the services `aside` are not judged: they are telemetry, registries that no file
of the repository configures, or variants of another service.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from oneway.application.evidence_files import observe_paths

KNOWN: Final = Path(__file__).parent / "known_calls"
LEAST: Final = 0.85
MEAN: Final = 0.95


@dataclass(frozen=True, slots=True)
class Score:
    """What was found of one system, in `seconds`."""

    name: str
    known: frozenset[tuple[str, str]]
    found: frozenset[tuple[str, str]]
    seconds: float

    @property
    def recall(self) -> float:
        """The share of the known calls that was found."""
        return len(self.known & self.found) / len(self.known)

    @property
    def precision(self) -> float:
        """The share of what was found that is known."""
        return len(self.known & self.found) / len(self.found) if self.found else 0.0


def score(folder: Path, name: str) -> Score:
    """Read a checkout, and compare what is seen in it with what is known of it."""
    said: dict[str, Any] = yaml.safe_load((KNOWN / f"{name}.yaml").read_text())
    root = (folder / name).resolve()
    started = time.monotonic()
    observed = observe_paths([root / each for each in said.get("paths", ["."])], root=root)
    seconds = time.monotonic() - started
    aside = set(said.get("aside", ()))
    known = {(caller, callee) for caller, callees in said["calls"].items() for callee in callees}
    found = {pair for pair in observed.pairs() if not aside & set(pair)}
    return Score(name, frozenset(known), frozenset(found), seconds)


def main(words: Sequence[str] | None = None) -> int:
    """Print a line for each system; 1 when the figures are below what is demanded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("systems", nargs="*")
    given = parser.parse_args(words)
    names = given.systems or sorted(each.stem for each in KNOWN.glob("*.yaml") if (given.folder / each.stem).is_dir())
    scores = [score(given.folder, each) for each in names]
    print(f"{'system':32} calls  found  recall  precision  seconds")
    for each in scores:
        figures = (
            f"{len(each.known):5}  {len(each.found):5}  {each.recall:6.3f}  {each.precision:9.3f}  {each.seconds:7.1f}"
        )
        print(f"{each.name:32} {figures}")
        for what, pairs in (("missed", each.known - each.found), ("not a call", each.found - each.known)):
            for caller, callee in sorted(pairs):
                print(f"    {what}: {caller} > {callee}")
    recall = sum(each.recall for each in scores) / max(1, len(scores))
    precision = sum(each.precision for each in scores) / max(1, len(scores))
    print(f"{'mean':32} {'':5}  {'':5}  {recall:6.3f}  {precision:9.3f}")
    low = [each.name for each in scores if min(each.recall, each.precision) < LEAST]
    return 1 if low or min(recall, precision) < MEAN else 0


if __name__ == "__main__":
    sys.exit(main())
