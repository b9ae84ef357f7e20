"""What a replica carries was measured on another version of the service, or is not what its manifest says.

Why: `capacity` and every plan that rests on it believe `load.per_replica`. A service changes with each version, and a
number that was true once is worse than none: nobody asks again.

How: `platform load SERVICE --write` keeps when and on what it measured in `measured/` beside the manifests. That is
stale when the service's version has another major or minor number since, when `load.per_replica` was changed by hand
after it, or when the file cannot be read or is about no service.

    caption 1.4.0 carries 10/s, says a measurement of caption 1.2.1

Mend it: measure again with `platform load SERVICE --write`, or delete the file.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Location, Severity
from ...model import Measured, Service
from ..chain import number
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.WARNING

_ROUNDING: Final = 1e-9


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each measurement that is not to be believed any more."""
    for file, found in facts.system.measured.items():
        name = file.rpartition("/")[2].removesuffix(".json")
        hint = f"measure again with `platform load {name} --write`, or delete {file}"
        if isinstance(found, str):
            yield Breach(f"what was measured cannot be read: {found}", Location(file), hint, subject=name)
        elif name in facts.services:
            yield from _stale(facts, name, found, hint)
        elif facts.complete:
            yield Breach(f"there is no service {name} that this was measured on", Location(file), hint, subject=name)


def _stale(facts: Facts, name: str, found: Measured, hint: str) -> Iterator[Breach]:
    service, said = facts.services[name], _said(facts, facts.services[name], found.environment)
    if said is not None and abs(said - found.per_replica) > _ROUNDING:
        yield Breach(
            f"{name} says that a replica carries {number(said)}/s, and {number(found.per_replica)}/s were measured",
            facts.place(name, "load", "per_replica"),
            hint,
            service=name,
            subject=f"{name} number",
        )
    if _minor(service.version) > _minor(found.version):
        yield Breach(
            f"{name} {service.version} carries {number(found.per_replica)}/s, "
            f"says a measurement of {name} {found.version} ({found.measured})",
            facts.place(name, "version"),
            hint,
            service=name,
            subject=name,
        )


def _said(facts: Facts, service: Service, environment: str) -> float | None:
    """What the manifest says for the environment that was measured; None where it says nothing, or is read for
    another."""
    if facts.system.environment not in (None, environment):
        return None
    over = service.environments.get(environment, {}).get("load")
    said = over.get("per_replica") if isinstance(over, dict) else None
    return float(said) if isinstance(said, int | float) else service.load.per_replica


def _minor(version: str) -> tuple[int, int]:
    major, minor, _ = version.split(".", 2)
    return int(major), int(minor)
