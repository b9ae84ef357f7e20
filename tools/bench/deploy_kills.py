"""Kill -9 of everything at every step of a deploy, on this machine, with real processes; a table says what came of it.

The disk is a file system of 256 MB for the checkout's `.platform`, filled to the last page, and is left out where this
user may not mount one. The clock that jumps a day is that of the tool and of supervisord, by an offset put under
Python's `time`; what a jump does to ids is tested with the id service.

python tools/bench/deploy_kills.py            # all rows, some minutes
python tools/bench/deploy_kills.py --only tool
python tools/bench/deploy_kills.py --system shop   # the tool alone, on a database, a migration, a worker, a job
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.bench.afflictions import false_clock, small_disk
from tools.bench.checkout import Checkout
from tools.bench.kills import CLOCK, CLOCKS, FILES, Kill, Row, row
from tools.bench.shop import Shop
from tools.bench.shop_kills import run

_STEPS: Final = (
    "build",
    "start",
    "ready",
    "smoke",
    "callers",
    "replicas",
    "shift 10%",
    "shift 50%",
    "shift 100%",
    "verify",
    "bake",
    "retire",
)
_REHEARSING: Final = ("end ready", "begin callers", "check callers")
_KILLED: Final = ("supervisord", "caddy", "service")
_MOMENTS: Final = ("begin ready", "begin shift 50%", "begin bake", "begin retire")


def matrix() -> list[Kill]:
    """The tool in each step and between the steps, then a deploy or `up` in turn; the others at four moments."""
    kills = [
        Kill("tool", f"{kind} {step}", then=("deploy", "up")[at % 2])
        for step in _STEPS
        for at, kind in enumerate(("begin", "end"))
    ]
    # A rehearsal of the caller starts, is asked, and is being cleared away from the last on.
    kills += [Kill("tool", moment, then=then) for moment in _REHEARSING for then in ("deploy", "up", "deploy")]
    kills += [Kill("tool", moment, "answers wrongly", "up") for moment in ("begin roll back", "end roll back")]
    others = (*_KILLED, "disk", *CLOCKS)
    return kills + [Kill(victim, moment, then="up") for victim in others for moment in _MOMENTS]


def main() -> None:
    """Run the rows, print each, and exit with 1 when one did not end well."""
    if _options().system == "shop":
        sys.exit(0 if _shop() else 1)
    chosen = [each for each in matrix() if _options().only in (None, each.victim.partition(" ")[0])]
    clocks = [each for each in chosen if each.victim in CLOCKS]
    with tempfile.TemporaryDirectory(prefix="oneway-kills-") as folder:
        print(f"{'victim':13}{'moment':18}{'said':44}{'exit':8}{'then':8}{'serves':8}{'lost':>10}  end", flush=True)
        good = _rows(Checkout(Path(folder) / "checkout"), [each for each in chosen if each not in clocks])
        if clocks:
            apart = Checkout(Path(folder) / "apart", variables=false_clock(Path(folder) / CLOCK))
            good = _rows(apart, clocks) and good
    sys.exit(0 if good else 1)


def _shop() -> bool:
    """The tool alone, on the example of six kinds of services."""
    with tempfile.TemporaryDirectory(prefix="oneway-shop-") as folder:
        shop = Shop(Path(folder) / "checkout")
        shop.make()
        try:
            first = shop.platform("deploy", "--all")
            if first.returncode:
                raise SystemExit(f"the first deploy failed:\n{first.stdout}{first.stderr}")
            return run(shop)
        finally:
            shop.platform("stop", "--all")


def _rows(checkout: Checkout, kills: list[Kill]) -> bool:
    if not kills:
        return True
    checkout.make()
    good = True
    with small_disk(checkout.root / FILES) as mounted:
        try:
            checkout.add_caller()
            first = checkout.platform("deploy", "--all")
            if first.returncode:
                raise SystemExit(f"the first deploy failed:\n{first.stdout}{first.stderr}")
            for kill in kills:
                if kill.victim == "disk" and not mounted:
                    print("disk: left out, this user may not mount a small file system")
                    continue
                done = row(checkout, kill)
                good = good and not done.faults()
                print(_line(done), flush=True)
        finally:
            checkout.platform("stop", "--all")
    return good


def _line(done: Row) -> str:
    kill = done.kill
    lost = f"{done.lost}/{done.asked}"
    served, end = ",".join(done.served), "; ".join(done.faults()) or "good"
    ended = "killed" if done.ended is None else str(done.ended)
    return f"{kill.victim:13}{kill.moment:18}{done.said[:42]:44}{ended:8}{kill.then:8}{served:8}{lost:>10}  {end}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("tool", *_KILLED, "disk", "clock"), help="the rows of one victim")
    parser.add_argument("--system", choices=("id", "shop"), default="id", help="what is deployed")
    return parser.parse_args()


if __name__ == "__main__":
    main()
