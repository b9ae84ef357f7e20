"""Change the code in thousands of small ways, and list the changes that no test notices: `make mutation AREA=graph`.

mutmut changes one thing at a time in a copy of the package, and runs the tests that reach it. A change that survives is
either the same program in other words (a bound of a search, the text of a message), or something that a test should
hold: read the list with that question.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
_MUTMUT: Final = ROOT / ".venv-mutation" / "bin" / "mutmut"
_TEST_FOLDERS: Final = "tests/services tests/unit tests/examples tests/targets"


@dataclass(frozen=True, slots=True)
class Area:
    """Which files are changed, and which tests should notice."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


AREAS: Final = {
    "graph": Area(
        ("graph/*",),
        (
            "properties/test_property_graph.py",
            "unit/test_graph_figures.py",
            "unit/test_graph_headroom.py",
            "rules/test_rule_call_cycle.py",
        ),
    ),
    "rules": Area(("rules/*",), ("rules",)),
    "deploy": Area(
        tuple(f"deploy/{name}.py" for name in ("judge", "chance", "refusals", "carrying", "history", "identity")),
        tuple(f"unit/test_deploy_{name}.py" for name in ("judge", "chance", "refusals", "carrying")),
    ),
    "probe": Area(
        tuple(f"probe/{name}.py" for name in ("check", "equality", "match", "reading", "suite", "described", "metric")),
        tuple(f"unit/test_probe_{name}.py" for name in ("check", "equality", "reading", "suite", "kinds")),
    ),
}


def main() -> None:
    """Run one area, and print what survived as differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("area", choices=AREAS)
    parser.add_argument("--jobs", type=int, default=2, help="how many changes are tried at a time")
    parser.add_argument("--folder", type=Path, help="where to keep the copy, to go on with it (default: a new one)")
    options = parser.parse_args()
    if not _MUTMUT.exists():
        sys.exit("mutmut is missing: `make mutation` sets it up")
    folder = options.folder or Path(tempfile.mkdtemp(prefix="oneway-mutation-"))
    lay_out(folder, AREAS[options.area])
    subprocess.run([str(_MUTMUT), "run", "--max-children", str(options.jobs)], cwd=folder, check=False)
    for name in survivors(folder):
        shown = subprocess.run([str(_MUTMUT), "show", name], cwd=folder, capture_output=True, text=True, check=False)
        changed = [line for line in shown.stdout.splitlines() if line[:1] in "+-" and line[:3] not in ("---", "+++")]
        print("\n".join([name, *changed]))


def lay_out(folder: Path, area: Area) -> None:
    """A copy of the package and the tests as mutmut wants them: the package at the root, the settings beside it."""
    ignored = shutil.ignore_patterns("__pycache__")
    for source, name in (
        ("platform/oneway", "oneway"),
        ("platform/servicekit/servicekit", "servicekit"),
        ("tests",) * 2,
    ):
        shutil.copytree(ROOT / source, folder / name, ignore=ignored, dirs_exist_ok=True)
    settings = {
        "source_paths": ["oneway"],
        "only_mutate": [f"oneway/{each}" for each in area.files],
        "pytest_add_cli_args_test_selection": [f"tests/{each}" for each in area.tests],
        "also_copy": ["servicekit", "pytest.ini"],
        "use_git_change_detection": ["false"],
    }
    lines = [f"{name}=\n" + "".join(f"    {each}\n" for each in values) for name, values in settings.items()]
    text = "[mutmut]\n" + "".join(lines).replace("=\n    false", "=false")
    (folder / "setup.cfg").write_text(text, encoding="utf-8")
    options = "-p no:cacheprovider -p no:xdist"
    (folder / "pytest.ini").write_text(f"[pytest]\npythonpath = {_TEST_FOLDERS}\naddopts = {options}\ntimeout = 300\n")


def survivors(folder: Path) -> list[str]:
    """The names of the changes that no test noticed."""
    told = subprocess.run([str(_MUTMUT), "results"], cwd=folder, capture_output=True, text=True, check=False)
    return [line.split(":")[0].strip() for line in told.stdout.splitlines() if line.endswith(": survived")]


if __name__ == "__main__":
    main()
