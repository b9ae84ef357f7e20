"""What a service keeps would be lost, or written by two at once.

Why: two releases that write to one file at once corrupt it, and it is found weeks later; what is kept where nothing is
kept is gone with the next release.

How: a volume with one writer (the default) allows one replica and no canary: `scale.max` or `replicas` above 1, and
`rollout.steps` below 100, are errors, as is a volume inside another one. A backing service without a volume is a
warning, and so is a volume in /tmp, which is a folder of its own for each replica.

    volumes: [{name: data, path: /var/lib/data}]
    scale: {min: 2, max: 4}                     # error: four writers

Mend it: run one replica; or say `writers: many` where the program itself keeps its writers apart.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ...model import Rollout, Service
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR
_HINT: Final = "run one replica, or say `writers: many` where the program keeps its writers apart"


def check(facts: Facts) -> Iterator[Breach]:
    """Writers first, then what is not kept at all."""
    for name, service in facts.services.items():
        if service.runs_alone:
            yield from _writers(facts, service)
        yield from _places(facts, service)
        if service.kind == "backing" and not service.volumes:
            yield Breach(
                f"{name} keeps what others store, and has no volume: all of it is gone with its next release",
                facts.place(name, "kind"),
                "add `volumes: [{name: data, path: …, size: …}]`",
                service=name,
                subject=f"{name} keeps nothing",
                severity=Severity.WARNING,
            )


def _writers(facts: Facts, service: Service) -> Iterator[Breach]:
    name = service.name
    if service.max_replicas > 1:
        path = ("scale", "max") if service.scale is not None else ("replicas",)
        yield Breach(
            f"{name} has {service.max_replicas} replicas, and one at most may write to what it keeps",
            facts.place(name, *path),
            _HINT,
            service=name,
            subject=f"{name} replicas",
        )
    if service.rollout.steps not in (Rollout().steps, (100,)):
        yield Breach(
            f"{name} wants steps of {service.rollout.steps[0]} %, and its two releases may never run side by side",
            facts.place(name, "rollout", "steps"),
            "take `steps` out: the old release stops before the new one starts; or say `writers: many`",
            service=name,
            subject=f"{name} steps",
        )


def _places(facts: Facts, service: Service) -> Iterator[Breach]:
    for index, each in enumerate(service.volumes):
        above = next(
            (
                other
                for other in service.volumes
                if other is not each and each.path.startswith(f"{other.path.rstrip('/')}/")
            ),
            None,
        )
        if above is not None:
            said, hint = f"inside that of {above.name}", "give each volume a folder of its own"
        elif each.path == "/tmp" or each.path.startswith("/tmp/"):
            said, hint = "in /tmp, which every replica has for itself", "choose another folder, as /var/lib/data"
        else:
            continue
        yield Breach(
            f"the volume {each.name} of {service.name} is {said}",
            facts.place(service.name, "volumes", index, "path"),
            hint,
            service=service.name,
            subject=f"{service.name} {each.name}",
            severity=Severity.WARNING if above is None else SEVERITY,
        )
