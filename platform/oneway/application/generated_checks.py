"""Checks from OpenAPI descriptions, for services whose manifest says `smoke: {openapi: true}`."""

from dataclasses import replace

import msgspec

from ..contracts import read_description
from ..model import Check, Service, Smoke
from ..probe import checks_of_description
from .read_manifests import Reading


def with_generated(reading: Reading) -> tuple[Reading, list[str]]:
    """The same manifests with the checks that are made from descriptions, behind those that are written out; and what
    could not be read, in words."""
    system, faults = reading.system, list[str]()
    asking = [each for each in system.services.values() if isinstance(each.smoke, Smoke) and each.smoke.openapi]
    if not asking:
        return reading, faults
    services = dict(system.services) | {each.name: _with_checks(each, reading, faults) for each in asking}
    return replace(reading, loaded=replace(reading.loaded, system=replace(system, services=services))), faults


def _with_checks(service: Service, reading: Reading, faults: list[str]) -> Service:
    found: list[Check] = []
    described = [each for each in service.endpoints if each.openapi is not None and each.protocol == "http"]
    if not described:
        faults.append(f"{service.name} says `openapi: true` and none of its endpoints names a description")
    for endpoint in described:
        try:
            document = read_description(str(endpoint.openapi), reading.workspace.content)
        except (OSError, ValueError, RecursionError) as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            faults.append(f"{endpoint.openapi} of {service.name} cannot be read: {said}")
            continue
        found += checks_of_description(document, endpoint.name)
    taken = {each.name for each in service.checks}
    new = [each for each in {each.name: each for each in found}.values() if each.name not in taken]
    smoke = Smoke(openapi=True, checks=(*service.checks, *new))
    return msgspec.structs.replace(service, smoke=smoke)
