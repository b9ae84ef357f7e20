"""Kill -9 of the tool at every step of a deploy of each kind of service, while people buy; then ten deploys of the
database. A line for each row says what came of it."""

from dataclasses import dataclass
from typing import Final

from tools.bench.kills import at_moment
from tools.bench.shop import Buyers, Shop, ask, missing

_STEPS: Final[dict[str, tuple[str, ...]]] = {
    "orders": (
        *("build", "before", "start", "ready", "smoke", "callers", "replicas"),
        *("shift 50%", "shift 100%", "verify", "bake", "retire"),
    ),
    "mailer": ("build", "start", "ready", "shift 100%", "verify", "bake", "retire"),
    "nightly": ("build", "trial", "retire"),
    "orders-db": ("build", "make room", "start", "ready", "shift 100%", "bake", "retire"),
    "storefront": ("start", "shift 50%", "retire"),
    "catalog": ("start", "shift 50%", "retire"),
}
# While the store is away its users wait, and the door of the machine passes on what they are told then.
_ALONE: Final = frozenset({"orders-db"})


@dataclass(frozen=True, slots=True)
class ShopRow:
    """What came of one kill: what serves, and the orders that were confirmed and are nowhere."""

    service: str
    moment: str
    then: str
    old: str
    new: str
    live: str
    healthy: bool
    migrations: int
    lost: int
    unmailed: int
    failed: int
    taken: int

    def faults(self) -> list[str]:
        """What is wrong with that; nothing where all is well."""
        judged = {
            f"{self.live} serves, and neither {self.old} nor {self.new}": self.live not in (self.old, self.new),
            f"{self.new} was to serve": self.then == "deploy" and self.live != self.new,
            "it is not healthy": not self.healthy,
            f"its migration was recorded {self.migrations} times": self.migrations > 1,
            f"{self.lost} confirmed orders are lost": self.lost > 0,
            f"{self.unmailed} orders were never mailed": self.unmailed > 0,
            f"{self.failed} buyers were turned away": self.failed > 0 and self.service not in _ALONE,
            "nobody bought anything": not self.taken,
        }
        return [fault for fault, found in judged.items() if found]


def run(shop: Shop) -> bool:
    """Every row, then the database's ten deploys; whether all went well."""
    good = True
    for service, steps in _STEPS.items():
        for at, moment in enumerate(f"{kind} {step}" for step in steps for kind in ("begin", "end")):
            done = kill_at(shop, service, moment, ("deploy", "up")[at % 2])
            good = good and not done.faults()
            print(_line(done), flush=True)
    return ten_deploys(shop) and good


def kill_at(shop: Shop, service: str, moment: str, then: str) -> ShopRow:
    """Deploy a new version, kill the tool at the moment, carry on with that command, look."""
    old = shop.status()[service]["running"]
    new = shop.change(service)
    with Buyers(shop.port("storefront")) as buyers:
        tool = shop.begin("deploy", service, "--format", "json")
        at_moment(tool, moment)
        tool.kill()
        tool.communicate()
        shop.platform(*(("up",) if then == "up" else ("deploy", service, "--again")))
    told = shop.status()[service]
    lost, unmailed = missing(shop, buyers.taken)
    _, found = ask(shop.port("orders"), "GET", "/orders")
    return ShopRow(
        *(service, moment, then, old, new, told["running"], told["health"] == "healthy"),
        migrations=found["migrations"].count(new) if service == "orders" else 0,
        lost=len(lost),
        unmailed=len(unmailed),
        failed=len(buyers.failures),
        taken=len(buyers.taken),
    )


def ten_deploys(shop: Shop) -> bool:
    """The database anew ten times over: every order that was ever confirmed is still there."""
    taken: list[int] = []
    for _ in range(10):
        with Buyers(shop.port("storefront"), 1) as buyers:
            shop.change("orders-db")
            done = shop.platform("deploy", "orders-db")
        taken += buyers.taken
        if done.returncode:
            print(done.stdout + done.stderr)
            return False
    lost, unmailed = missing(shop, taken)
    print(f"ten deploys of the database: {len(taken)} orders confirmed, {len(lost)} lost, {len(unmailed)} not mailed")
    return not lost and not unmailed


def _line(row: ShopRow) -> str:
    missed = f"{row.lost}/{row.unmailed}/{row.failed} of {row.taken}"
    end = "; ".join(row.faults()) or "good"
    return f"{row.service:12}{row.moment:18}{row.then:8}{row.live:8}{missed:18}{end}"
