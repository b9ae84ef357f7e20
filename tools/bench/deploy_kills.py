"""Kill -9 of everything at every step of a deploy, on this machine, with real processes; a table says what came of it.

python tools/bench/deploy_kills.py            # all rows, some minutes
python tools/bench/deploy_kills.py --only tool
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.bench.checkout import Checkout
from tools.bench.kills import Kill, Row, row

_STEPS: Final = (
    "build", "start", "ready", "smoke", "callers", "replicas", "shift 10%", "shift 50%", "shift 100%", "verify", "bake",
    "retire",
)  # fmt: skip
_VICTIMS: Final = ("supervisord", "caddy", "service", "disk")
_MOMENTS: Final = ("begin ready", "begin shift 50%", "begin bake", "begin retire")


def matrix() -> list[Kill]:
    """The tool in each step and between the steps, then a deploy or `up` in turn; the others at four moments."""
    kills = [
        Kill("tool", f"{kind} {step}", then=("deploy", "up")[at % 2])
        for step in _STEPS
        for at, kind in enumerate(("begin", "end"))
    ]
    kills += [Kill("tool", moment, "answers wrongly", "up") for moment in ("begin roll back", "end roll back")]
    return kills + [Kill(victim, moment, then="up") for victim in _VICTIMS for moment in _MOMENTS]


def main() -> None:
    """Run the rows, print each, and exit with 1 when one did not end well."""
    options = _options()
    good = True
    with tempfile.TemporaryDirectory(prefix="oneway-kills-") as folder:
        checkout = Checkout(Path(folder) / "checkout")
        checkout.make()
        try:
            first = checkout.platform("deploy", "id")
            if first.returncode:
                raise SystemExit(f"the first deploy failed:\n{first.stdout}{first.stderr}")
            print(f"{'victim':12}{'moment':20}{'said':44}{'then':8}{'serves':8}{'live':8}{'lost':>10}  end", flush=True)
            for kill in matrix():
                if options.only in (None, kill.victim):
                    done = row(checkout, kill)
                    good = good and done.good
                    print(_line(done), flush=True)
        finally:
            checkout.platform("stop")
    sys.exit(0 if good else 1)


def _line(done: Row) -> str:
    kill = done.kill
    lost = f"{done.lost}/{done.asked}"
    served, end = ",".join(done.served), "good" if done.good else "NOT GOOD"
    return f"{kill.victim:12}{kill.moment:20}{done.said[:42]:44}{kill.then:8}{served:8}{done.live:8}{lost:>10}  {end}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("tool", *_VICTIMS), help="the rows of one victim")
    return parser.parse_args()


if __name__ == "__main__":
    main()
