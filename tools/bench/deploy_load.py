"""Users and deploys at the same time: a steady load on the id service while good and broken versions are deployed.

Every request is counted. None may fail because of a deploy, and none may be answered wrongly. A version that only
misbehaves under users' traffic may cost requests that are not asked a second time (POST), at most its step's share of
them during one interval; those are counted apart. It may cost no question (GET), for the old release is asked again.

One that hangs may cost both, at most its step's share during one interval and the time after which an answer is missed.
With `--attack` an anonymous caller sends so many broken, aborted, impatient, huge and slow requests a second beside the
users: he must stop no deploy, and cost no user anything.

    python tools/bench/deploy_load.py --rate 300 --deploys 20 --attack 20
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from oneway.deploy.judge import find_patience
from oneway.manifest.decode import decode
from oneway.model import Service
from oneway.model.scalars import parse_duration
from tools.bench.attack import Attack
from tools.bench.checkout import FAULTS, HANGING, UNDER_TRAFFIC, Checkout
from tools.bench.load import Load

_SETTLE_SECONDS: Final = 1.0
_GOAL_SECONDS: Final = 4.0


@dataclass(frozen=True, slots=True)
class Deploy:
    """One deploy under load: what was wrong with the version, whether the tool judged it so, and what it cost.

    `allowed` is how many POSTs it may have cost: none, or the share of the step in which it was found out. Where it
    hangs it may have cost as many GETs.
    """

    fault: str
    seconds: float
    bake: float
    right: bool
    reason: str
    lost: dict[str, int]
    allowed: float

    @property
    def cheap(self) -> bool:
        questions = self.allowed if self.fault in HANGING else 0
        return self.lost["GET"] <= questions and self.lost["POST"] <= self.allowed


def main() -> None:
    """Run, print the report, and exit with 1 when a request was lost that should not have been."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="oneway-load-") as folder:
        checkout = Checkout(Path(folder) / "checkout")
        checkout.make()
        try:
            passed = asyncio.run(_bench(checkout, options))
        finally:
            stopped = checkout.platform("stop", "--all")
            if stopped.returncode:
                print(stopped.stdout, stopped.stderr)
    sys.exit(0 if passed else 1)


async def _bench(checkout: Checkout, options: argparse.Namespace) -> bool:
    first = checkout.platform("deploy", "id")
    if first.returncode:
        raise SystemExit(f"the first deploy failed:\n{first.stdout}{first.stderr}")
    port = int(checkout.status()["addresses"]["http"].rpartition(":")[2])
    load, attack = Load(port, options.rate), Attack(port, options.attack)
    running = [asyncio.create_task(load.run())]
    if options.attack:
        running.append(asyncio.create_task(attack.run()))
    started = time.monotonic()
    deploys = [await _deploy(checkout, load, fault) for fault in _faults(options.deploys, options.only)]
    back = await _rollback(checkout, load)
    await asyncio.sleep(_SETTLE_SECONDS)
    load.stop()
    attack.stop()
    await asyncio.gather(*running)
    return _report(load, attack, deploys, back, time.monotonic() - started)


def _faults(count: int, only: str) -> list[str]:
    """Every other version is broken, in each way in turn."""
    broken = [each for each in FAULTS if only in each]
    return ["" if at % 2 == 0 else broken[(at // 2) % len(broken)] for at in range(count)]


async def _deploy(checkout: Checkout, load: Load, fault: str) -> Deploy:
    checkout.change(fault)
    return await _timed(checkout, load, fault, "deploy", "id")


async def _rollback(checkout: Checkout, load: Load) -> Deploy:
    return await _timed(checkout, load, "", "rollback", "id")


async def _timed(checkout: Checkout, load: Load, fault: str, *arguments: str) -> Deploy:
    before, started = len(load.tally.failures), time.monotonic()
    done = await asyncio.to_thread(checkout.platform, *arguments)
    seconds = time.monotonic() - started
    await asyncio.sleep(_SETTLE_SECONDS)
    release = await asyncio.to_thread(_newest, checkout)
    failures = load.tally.failures[before:]
    deploy = Deploy(
        fault=fault,
        seconds=seconds,
        bake=_span(release["spec"]["rollout"]["bake"]),
        right=done.returncode == (1 if fault else 0),
        reason=release["reason"] or done.stderr.strip()[-200:],
        lost={method: sum(1 for each in failures if each.method == method) for method in ("GET", "POST")},
        allowed=_allowed(release, load.rate / 2, fault in HANGING) if fault in UNDER_TRAFFIC else 0.0,
    )
    judged = "judged rightly" if deploy.right else "JUDGED WRONGLY"
    questions = deploy.allowed if fault in HANGING else 0
    lost = f"{deploy.lost['GET']} GET, {deploy.lost['POST']} POST failed"
    cost = f"{lost} (at most {questions:.0f} and {deploy.allowed:.0f})"
    print(f"{fault or 'good':24} {seconds:5.1f} s  {judged}  {cost}  {deploy.reason}"[:240], flush=True)
    return deploy


def _newest(checkout: Checkout) -> dict[str, Any]:
    told = checkout.platform("history", "id", "--lines", "1", "--format", "json").stdout
    (newest,) = json.loads(told)["releases"]
    return dict(newest)


def _allowed(release: dict[str, Any], rate: float, hangs: bool) -> float:
    """The requests that a release gets in the step at which it was found out, during one interval of judging; where it
    hangs, also until its answers are missed."""
    step = next((each["name"] for each in release["steps"] if each["outcome"] == "fail"), "")
    share = float(step.removeprefix("shift ").rstrip("%")) if step.startswith("shift ") else 100.0
    rollout = release["spec"]["rollout"]
    missed = find_patience(decode(release["spec"], Service)) if hangs else 0.0
    return rate * share / 100 * (missed + _span(rollout["bake" if step == "bake" else "interval"]))


def _span(text: str) -> float:
    return float(parse_duration(text))


def _report(load: Load, attack: Attack, deploys: list[Deploy], back: Deploy, seconds: float) -> bool:
    tally = load.tally
    all_deploys = [*deploys, back]
    apart = [each for each in deploys if each.fault in UNDER_TRAFFIC]
    counted_apart = sum(sum(each.lost.values()) for each in apart)
    others = len(tally.failures) - counted_apart
    times = sorted(tally.seconds)
    wrongly = [each.fault or "good" for each in all_deploys if not each.right]
    dear = [each.fault or "good" for each in all_deploys if not each.cheap]
    took = median(each.seconds - each.bake for each in deploys if not each.fault)
    report = {
        "requests": sum(tally.requests.values()),
        "requests_by_method": dict(tally.requests),
        "requests_per_second": round(sum(tally.requests.values()) / seconds, 1),
        "deploys": len(deploys),
        "broken": sum(1 for each in deploys if each.fault),
        "failed": others,
        "wrong_answers": len(tally.wrong),
        "failed_while_a_version_misbehaved_under_traffic_alone": {
            "GET": sum(each.lost["GET"] for each in apart),
            "POST": sum(each.lost["POST"] for each in apart),
            "POST_allowed": round(sum(each.allowed for each in apart)),
        },
        "kinds_of_failures": dict(Counter(f"{each.method} {each.kind}" for each in tally.failures)),
        "p50_ms": round(times[len(times) // 2] * 1000, 1),
        "p99_ms": round(times[len(times) * 99 // 100] * 1000, 1),
        "good_deploy_without_bake_s": {"median": round(took, 2), "goal": _GOAL_SECONDS},
        "attacks": dict(sorted(attack.told.items())),
        "judged_wrongly": wrongly,
        "cost_too_much": dear,
    }
    print(json.dumps(report, indent=2))
    # Who holds connections open makes the old release drain for as long as it is declared to.
    quick = took <= _GOAL_SECONDS or bool(attack.told)
    return quick and not (others or tally.wrong or wrongly or dear)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=300.0, help="requests a second (default 300)")
    parser.add_argument("--attack", type=float, default=0.0, help="attacks a second beside the users (default none)")
    parser.add_argument("--only", default="", help="break versions in those ways only that have this in their names")
    parser.add_argument("--deploys", type=int, default=20, help="how many (default 20)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
