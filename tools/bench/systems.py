"""Systems of any size for benchmarks and tests: realistic manifests, acyclic calls with a power-law fan-in, seeded.

    python -m tools.bench.systems --services 1000 --seed 1 -o build/system-1000

writes `manifests/` (platform.yaml and one file per service) and one OpenAPI file that all services share. Every rule
is content with what is written. Calls go from one tier to a deeper one, so that chains have at most TIERS - 1 calls.
"""

import argparse
import random
from dataclasses import dataclass, field
from itertools import accumulate
from math import ceil
from pathlib import Path

TIERS = 8
CALLS_PER_SERVICE = 5.5
FAN_IN_EXPONENT = 0.9
SERVICES_PER_OWNER = 20
FAN_IN_BUDGET = 40
OPENAPI = "services/openapi.json"
_DOMAINS = [
    "edge",
    "shop",
    "search",
    "order",
    "payment",
    "stock",
    "media",
    "mail",
    "ledger",
    "profile",
    "vision",
    "core",
]
_NOUNS = ("door", "cart", "index", "quote", "invoice", "parcel", "thumb", "inbox", "entry", "avatar", "scene", "id")


@dataclass(slots=True)
class Call:
    """A generated call."""

    to: "Service"
    required: bool
    parallel: bool
    retries: int
    per_request: float
    timeout_ms: int = 0


@dataclass(slots=True)
class Service:
    """A generated service, filled tier by tier."""

    name: str
    tier: int
    owner: str
    domain: str
    version: str
    calls: list[Call] = field(default_factory=list)
    callers: int = 0
    rate: float = 0.0
    demand: float = 0.0
    worst_ms: float = 0.0
    p99_ms: float = 0.0
    intrinsic: float = 99.999
    needed: frozenset[str] = frozenset()


def system(services: int, seed: int = 1) -> dict[str, str]:
    """File name → content, platform.yaml among them; the same for the same arguments."""
    random_source = random.Random(seed)
    made = _services(services, random_source)
    _connect(made, random_source)
    _propagate(made)
    files = {"manifests/platform.yaml": _platform(made), OPENAPI: '{"openapi": "3.1.0", "info": {}, "paths": {}}\n'}
    files |= {f"manifests/{each.domain}/{each.name}.yaml": _manifest(each, random_source) for each in made}
    return files


def write(services: int, folder: Path, seed: int = 1) -> Path:
    """The system as files below `folder`; returns the folder of manifests."""
    for name, content in system(services, seed).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        if name.startswith("manifests/") and name != "manifests/platform.yaml":
            (folder / "services" / path.stem).mkdir(parents=True, exist_ok=True)
    return folder / "manifests"


def _services(count: int, random_source: random.Random) -> list[Service]:
    domains = max(TIERS, count // 150)
    owners = max(2, count // SERVICES_PER_OWNER)
    made = []
    for number in range(count):
        tier = min(TIERS - 1, number * TIERS // count)
        at = number * domains // count
        made.append(
            Service(
                f"{_NOUNS[number % len(_NOUNS)]}-{number:05d}",
                tier,
                f"owner-{number % owners:04d}",
                f"{_DOMAINS[at % len(_DOMAINS)]}-{at:03d}",
                f"1.{random_source.randrange(20)}.{random_source.randrange(10)}",
                intrinsic=random_source.choice((99.99, 99.995, 99.999)),
            )
        )
    return made


def _connect(made: list[Service], random_source: random.Random) -> None:
    order = list(range(len(made)))
    random_source.shuffle(order)
    weights = [1.0 / (rank + 1) ** FAN_IN_EXPONENT for rank in order]
    sums = list(accumulate(weights))
    first_below = [next((at for at, each in enumerate(made) if each.tier > tier), len(made)) for tier in range(TIERS)]
    for service in made:
        start = first_below[service.tier]
        if start == len(made):
            continue
        wanted = min(len(made) - start, max(1, round(random_source.gauss(CALLS_PER_SERVICE * TIERS / (TIERS - 1), 2))))
        targets: set[int] = set()
        for _ in range(4 * wanted):
            if len(targets) == wanted:
                break
            drawn = random_source.uniform(sums[start - 1], sums[-1])
            targets.add(_bisect(sums, drawn, start))
        for target in sorted(targets):
            service.calls.append(_call(service, made[target], random_source))
            made[target].callers += 1


def _bisect(sums: list[float], drawn: float, start: int) -> int:
    low, high = start, len(sums) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if sums[middle] >= drawn else (middle + 1, high)
    return low


def _call(source: Service, target: Service, random_source: random.Random) -> Call:
    last = target.tier == TIERS - 1
    return Call(
        target,
        required=random_source.random() < 0.35,
        parallel=random_source.random() < 0.6,
        retries=int(last and random_source.random() < 0.3),
        per_request=2 if source.tier == 0 and random_source.random() < 0.2 else 1,
    )


def _propagate(made: list[Service]) -> None:
    """Timeouts, latencies and availability from the bottom up; load from the top down."""
    own = {each.name: each for each in made}
    for service in reversed(made):
        for call in service.calls:
            call.timeout_ms = 50 * ceil(max(50.0, call.to.worst_ms) / 50)
        required = [call for call in service.calls if call.required]
        service.worst_ms = _along(required, [c.per_request * c.timeout_ms * (c.retries + 1) for c in required])
        service.p99_ms = ceil(20 + _along(required, [c.per_request * c.to.p99_ms for c in required]))
        service.needed = frozenset({service.name}).union(*(call.to.needed for call in required))
    for service in made:
        service.rate = 5.0 if service.tier == 0 or not service.callers else 0.0
        service.demand += service.rate
        for call in service.calls:
            own[call.to.name].demand += service.demand * call.per_request


def _along(calls: list[Call], costs: list[float]) -> float:
    beside = [cost for call, cost in zip(calls, costs, strict=True) if call.parallel]
    return sum(cost for call, cost in zip(calls, costs, strict=True) if not call.parallel) + max(beside, default=0)


def _platform(made: list[Service]) -> str:
    owners = sorted({each.owner for each in made})
    tiers: list[list[str]] = [[] for _ in range(TIERS)]
    placed: set[str] = set()
    for each in made:
        if each.domain not in placed:
            placed.add(each.domain)
            tiers[each.tier].append(each.domain)
    lines = ["apiVersion: oneway/v1", "platform: bench", "owners:"]
    lines += [
        f"  {owner}: {{name: {owner.title()}, email: {owner}@example.org, backup: {owners[at - 1]}}}"
        for at, owner in enumerate(owners)
    ]
    lines += ["domains:", *(f"  {each}: {{summary: Domain {each}}}" for each in sorted(placed)), "layers:"]
    lines += [f"  - [{', '.join(tier)}]" for tier in tiers if tier]
    lines += [
        "channels:",
        "  orders.made: {broker: nats, summary: Every new order}",
        "externals:",
        "  maps: {kind: api, host: maps.example.com, availability: 99.99}",
        f"budgets: {{retry_amplification: 10, depth: {TIERS}, fan_in: {FAN_IN_BUDGET}, services_per_owner: 40}}",
        "environments:",
        "  local: {target: local}",
        "  prod: {target: kubernetes, context: prod, namespace: bench, registry: registry.example.com/bench}",
    ]
    return "\n".join(lines) + "\n"


def _manifest(service: Service, random_source: random.Random) -> str:
    first = service.name.endswith("-00000")
    replicas = max(2, ceil(service.callers / FAN_IN_BUDGET))
    per_replica = max(10, ceil(service.demand / replicas / 6))
    most = max(replicas, ceil(service.demand / (0.6 * per_replica)))
    availability = _floor(service)
    lines = [
        f"# {service.name}: owned by {service.owner}",
        "apiVersion: oneway/v1",
        f"service: {service.name}",
        f"version: {service.version}",
        f"owner: {service.owner}",
        f"domain: {service.domain}",
        f"summary: Keeps what {service.domain} knows of {service.name.partition('-')[0]} entries.",
        "build:",
        f"  path: services/{service.name}",
        "  runtime: python3.11",
        f'  start: [uvicorn, "{service.name.replace("-", "_")}.app:app", --host, 0.0.0.0, --port, "8080"]',
        "endpoints:",
        f"  - {{name: http, port: 8080, protocol: http, openapi: {OPENAPI}, public: {str(service.tier == 0).lower()}}}",
    ]
    lines += _calls(service, first)
    lines += ["publishes: [orders.made]"] * first + ["subscribes: [orders.made]"] * service.name.endswith("-00001")
    lines += [
        "load:",
        f"  requests_per_second: {service.rate:g}",
        f"  per_replica: {per_replica}",
        "slo:",
        f"  availability: {availability}",
        f"  intrinsic: {service.intrinsic}",
        f"  latency: {{p99: {service.p99_ms:g}ms}}",
        f"scale: {{min: {min(replicas, 10_000)}, max: {min(most, 10_000)}, cpu: 70}}",
        "resources:",
        f"  cpu: {random_source.choice(('100m', '250m', '500m'))}",
        f"  memory: {random_source.choice(('128Mi', '256Mi', '1Gi'))}",
        '  limits: {cpu: "1", memory: 2Gi}',
        "env:",
        "  LOG_LEVEL: info",
        f"  REGION: {random_source.choice(('north', 'south'))}",
        "secrets:",
        f"  API_KEYS: {{name: {service.name}-keys, key: keys}}",
        "health:",
        "  startup: {path: /readyz, within: 60s}",
        "  ready: /readyz",
        "  live: /livez",
        "smoke:",
        "  - name: answers with an entry",
        "    request: {path: /v1/entries/1}",
        "    expect:",
        "      status: 200",
        "      within: 500ms",
        "      body: {id: {type: string}}",
    ]
    return "\n".join(lines) + "\n"


def _calls(service: Service, first: bool) -> list[str]:
    lines = ["calls:"] if service.calls or first else []
    for call in service.calls:
        options = f', version: ">=1.0,<2", timeout: {call.timeout_ms}ms'
        options += f", retries: {call.retries}" if call.retries else ""
        options += f", per_request: {call.per_request:g}" if call.per_request != 1 else ""
        options += "" if call.required else ", required: false"
        options += ", parallel: true" if call.parallel else ""
        lines.append(f"  - {{to: {call.to.name}{options}}}")
    return lines + ["  - {to: maps, timeout: 300ms, required: false}"] * first


def _floor(service: Service) -> float:
    """An objective that the needed services allow, were each as bad as the worst intrinsic availability."""
    return float(f"{100 * 0.9999 ** len(service.needed) - 0.0006:.3f}")


def main() -> None:
    """Write one system."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", dest="folder", type=Path, required=True)
    arguments = parser.parse_args()
    manifests = write(arguments.services, arguments.folder, arguments.seed)
    print(f"{arguments.services} services in {manifests}")


if __name__ == "__main__":
    main()
