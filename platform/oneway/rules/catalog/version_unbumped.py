"""A service changed since a revision while its version did not. Asked for with `--base REV`.

Why: a version names one content. With two contents under one name nobody knows what runs, and going back to a version
does not go back.

How: since REV the manifest says something else (`accept` and `load` apart; comments do not count), or a file changed
below `build.path`, in a folder of `build.include`, the `dockerfile` or a `config` file, and `version` is the same or
lower. Services that REV does not know are new, and pass.

    platform check --base origin/main

Mend it: raise `version`: the last number for a mend, the middle one for more, the first one for what breaks callers.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from ...errors import Severity
from ...model import Load, Service
from ...model.versions import version_key
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each changed service whose version is not higher than before."""
    if facts.before is None:
        return
    touched = _with_folders(facts.before.changed)
    for name, service in facts.services.items():
        earlier = facts.before.system.services.get(name)
        if earlier is None or version_key(service.version) > version_key(earlier.version):
            continue
        reason = _reason(service, earlier, touched)
        if reason:
            went = "is still" if service.version == earlier.version else f"went back from {earlier.version} to"
            yield Breach(
                f"{reason} since {facts.before.revision}, and the version of {name} {went} {service.version}",
                facts.place(name, "version"),
                f"raise it above {earlier.version}",
                service=name,
                subject=name,
            )


def _reason(service: Service, earlier: Service, touched: frozenset[str]) -> str:
    if _content(service) != _content(earlier):
        return "the manifest changed"
    build = service.build
    paths = [build.path, build.dockerfile, *build.include, *service.config.values()]
    changed = [path for path in paths if path is not None and _plain(path) in touched]
    return f"{changed[0]} changed" if changed else ""


def _content(service: Service) -> Service:
    """The manifest without what says nothing of the service itself: what is lived with, and what was measured."""
    return msgspec.structs.replace(service, accept=(), load=Load())


def _with_folders(paths: tuple[str, ...]) -> frozenset[str]:
    """Every path and every folder above one; the root is the empty name."""
    found = {""} if paths else set[str]()
    for path in paths:
        while path and path not in found:
            found.add(path)
            path = path.rpartition("/")[0]
    return frozenset(found)


def _plain(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in ("", "."))
