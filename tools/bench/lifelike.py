"""Systems that look like real ones: domains of 5 to 20 services, layers, a few hubs that many call, some queues.

    python -m tools.bench.lifelike --services 120 --seed 1 -o build/lifelike-120

Most calls stay inside a domain and go one layer down; a few leave it, to the services by which other domains are
entered; the hubs (ids, accounts, flags, audit) are called by up to a third of everybody. Pictures are judged on these.
"""

import argparse
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_AREAS: Final = (
    (
        "edge",
        ("web-gateway", "app-gateway", "partner-gateway", "sessions", "rate-limits", "pages", "assets"),
    ),
    ("shop", ("baskets", "checkout", "offers", "wishlists", "vouchers", "bundles", "gift-cards", "price-alerts")),
    ("search", ("queries", "suggestions", "ranking", "index-writer", "synonyms", "facets", "spelling", "trends")),
    ("catalogue", ("products", "variants", "media", "descriptions", "reviews", "categories", "brands", "imports")),
    ("ordering", ("orders", "order-history", "returns", "invoices", "substitutions", "subscriptions", "archive")),
    ("payments", ("payments", "refunds", "wallets", "fraud-check", "payouts", "taxes", "ledger", "cards", "vault")),
    ("stock", ("stock-levels", "reservations", "warehouses", "suppliers", "purchasing", "forecasts", "transfers")),
    ("delivery", ("slots", "routes", "couriers", "tracking", "pickups", "labels", "parcels", "handover", "shifts")),
    ("people", ("profiles", "addresses", "preferences", "loyalty", "segments", "households", "consents", "devices")),
    ("messages", ("mail", "push", "templates", "campaigns", "unsubscribes", "previews", "bounces", "schedules")),
    ("insight", ("events", "reports", "dashboards", "experiments", "exports", "cohorts", "attribution", "quality")),
    ("support", ("tickets", "chat", "knowledge", "call-notes", "escalations", "surveys", "macros", "routing")),
)
_HUBS: Final = (("ids", 0.34), ("accounts", 0.22), ("flags", 0.14), ("audit", 0.12))
_SIZES: Final = (9, 14, 6, 12, 18, 8, 11, 5, 16, 10, 7, 13)
_LAYERS: Final = 4
_SERVICES_PER_OWNER: Final = 11


@dataclass(slots=True)
class Service:
    """One service while the system grows; `layer` counts from the door of its domain inwards."""

    name: str
    domain: str
    layer: int
    owner: str
    calls: dict[str, bool] = field(default_factory=dict)
    publishes: list[str] = field(default_factory=list)
    subscribes: list[str] = field(default_factory=list)


def system(services: int, seed: int = 1) -> dict[str, str]:
    """File name → content, platform.yaml among them; the same for the same arguments."""
    source = random.Random(seed)
    domains = _domains(services - len(_HUBS), source)
    channels = _connect(domains, source)
    hubs = [Service(name, "foundation", 0, "owner-foundation") for name, _ in _HUBS]
    everybody = [service for members in domains.values() for service in members]
    for service in everybody:
        for name, share in _HUBS:
            if source.random() < share:
                service.calls[name] = name != "audit"
    made = [*everybody, *hubs]
    files = {"manifests/platform.yaml": _platform(made, [*domains, "foundation"], channels)}
    return files | {f"manifests/{each.domain}/{each.name}.yaml": _manifest(each, source) for each in made}


def _domains(services: int, source: random.Random) -> dict[str, list[Service]]:
    """Domains in the order in which calls go down through them, filled one after the other."""
    domains: dict[str, list[Service]] = {}
    left, at = services, 0
    while left:
        area, words = _AREAS[at % len(_AREAS)]
        again = at // len(_AREAS)
        name = area if not again else f"{area}-{again + 1}"
        size = min(left, _SIZES[at % len(_SIZES)])
        members: list[Service] = []
        for number in range(size):
            word = words[number % len(words)] + (f"-{number // len(words) + 1}" if number >= len(words) else "")
            layer = 0 if number < 2 else 1 + source.randrange(_LAYERS - 1)
            owner = f"owner-{len(members) // _SERVICES_PER_OWNER + 1}-{name}"
            members.append(Service(word if not again else f"{word}-{area}{again + 1}", name, layer, owner))
        domains[name] = members
        left, at = left - size, at + 1
    return domains


def _connect(domains: dict[str, list[Service]], source: random.Random) -> list[str]:
    names = list(domains)
    channels = []
    for at, (domain, members) in enumerate(domains.items()):
        for service in members:
            below = [each for each in members if each.layer > service.layer]
            for callee in source.sample(below, min(len(below), source.choice((0, 1, 1, 2, 2, 3)))):
                service.calls[callee.name] = source.random() < 0.7
            if source.random() < 0.35 and at + 1 < len(names):
                far = domains[names[min(len(names) - 1, at + 1 + int(source.expovariate(0.6)))]]
                service.calls[source.choice(far[:2]).name] = source.random() < 0.6
        if at % 2 == 0:
            channel = f"{domain}.changed"
            channels.append(channel)
            members[-1].publishes.append(channel)
            for other in source.sample(names, min(len(names), 2)):
                if domains[other][-1] is not members[-1]:
                    domains[other][-1].subscribes.append(channel)
    return channels


def _platform(made: list[Service], domains: list[str], channels: list[str]) -> str:
    owners = sorted({each.owner for each in made})
    lines = ["apiVersion: oneway/v1", "platform: lifelike", "owners:"]
    lines += [f"  {each}: {{name: {each.title()}, email: {each}@example.org}}" for each in owners]
    lines += ["domains:", *(f"  {each}: {{summary: All about {each}}}" for each in domains)]
    lines += ["channels:", *(f"  {each}: {{broker: nats, summary: What changed}}" for each in channels)]
    return "\n".join([*lines, "environments:", "  local: {target: local}"]) + "\n"


def _manifest(service: Service, source: random.Random) -> str:
    public = "true" if service.domain == "edge" and service.layer == 0 else "false"
    lines = [
        "apiVersion: oneway/v1",
        f"service: {service.name}",
        f"version: {source.randrange(1, 4)}.{source.randrange(20)}.{source.randrange(10)}",
        f"owner: {service.owner}",
        f"domain: {service.domain}",
        f"summary: Keeps {service.name.replace('-', ' ')}.",
        f"build: {{path: services/{service.name}, runtime: python3.11, start: [python, -m, service]}}",
        f"endpoints: [{{name: http, port: 8080, protocol: http, public: {public}}}]",
        f"scale: {{min: 2, max: {source.choice((3, 4, 8))}, cpu: 70}}",
    ]
    lines += ["calls:"] if service.calls else []
    for name, required in sorted(service.calls.items()):
        lines.append(f"  - {{to: {name}, timeout: 200ms{'' if required else ', required: false'}}}")
    lines += [f"publishes: [{', '.join(service.publishes)}]"] if service.publishes else []
    lines += [f"subscribes: [{', '.join(service.subscribes)}]"] if service.subscribes else []
    return "\n".join(lines) + "\n"


def write(services: int, folder: Path, seed: int = 1) -> Path:
    """The system as files below `folder`; returns the folder of manifests."""
    for name, content in system(services, seed).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder / "manifests"


def main() -> None:
    """Write one system."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", dest="folder", type=Path, required=True)
    arguments = parser.parse_args()
    print(f"{arguments.services} services in {write(arguments.services, arguments.folder, arguments.seed)}")


if __name__ == "__main__":
    main()
