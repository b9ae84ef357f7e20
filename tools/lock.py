"""Lock every set of dependencies again: versions and hashes for all supported systems and Pythons, never an address."""

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SERVICES: Final = ("id", "caption", "gateway")

# Each lock with what it is compiled from. The tests install all of the first ones together, so that each of these has
# the versions of those before it.
LOCKS: Final[dict[str, list[str]]] = {
    "platform/requirements.txt": ["platform/pyproject.toml", "--extra", "checkout"],
    "platform/servicekit/requirements.txt": ["platform/servicekit/requirements.in"],
    **{f"services/{name}/requirements.txt": [f"services/{name}/requirements.in"] for name in SERVICES},
    "platform/requirements-dev.txt": [
        "platform/pyproject.toml",
        *("--extra", "checkout", "--extra", "dev", "--extra", "kubernetes"),
        *(f"services/{name}/requirements.in" for name in SERVICES),
    ],
    "tools/requirements.txt": ["tools/requirements.in"],
    "tools/docs/requirements.txt": ["tools/docs/requirements.in"],
    "tools/release/requirements.txt": ["tools/release/requirements.in", "--constraint", "platform/requirements.txt"],
    "tools/mutation/requirements.txt": [
        *("tools/mutation/requirements.in", "--constraint", "platform/requirements-dev.txt"),
    ],
    "tests/judges/requirements.txt": ["tests/judges/requirements.in"],
}

TOGETHER: Final = list(LOCKS)[: list(LOCKS).index("platform/requirements-dev.txt") + 1]


def main() -> None:
    """Compile the locks named on the command line, or all of them; a lock of an absent service is passed over."""
    wanted = sys.argv[1:] or list(LOCKS)
    unknown = [name for name in wanted if name not in LOCKS]
    if unknown:
        sys.exit(f"no such lock: {', '.join(unknown)}; there are: {', '.join(LOCKS)}")
    for lock in wanted:
        _compile(lock, LOCKS[lock])


def _compile(lock: str, sources: list[str]) -> None:
    before = TOGETHER[: TOGETHER.index(lock)] if lock in TOGETHER else []
    constraints = [word for each in before for word in ("--constraint", each)]
    command = [sys.executable, "-m", "uv", "pip", "compile", *sources, *constraints, "--universal", "--generate-hashes"]
    command += ["--python-version", "3.11", "--no-header", "--no-annotate", "--quiet", "--output-file", lock]
    print(lock, file=sys.stderr)
    subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
