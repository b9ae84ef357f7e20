"""A service is built from what never goes into a build, or wants it as a config file.

Why: builds and images are copied, kept and pushed to registries. A secret or the repository's history that is in one is
out of everybody's hands; environments and caches of this machine do not work on another.

How: `build.path`, a folder of `build.include`, `build.dockerfile` or a file of `config` lies in `.git`, in a virtual
environment, or is a file of keys, credentials or environment variables. The same list decides which files inside the
folders are left out. A `.pem` file may be a public certificate: it is left out of folders, and `config` may name it.

    build: {path: services/id, include: [.git]}

Mend it: name folders of code. A secret belongs under `secrets`, which says where its value lives.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ...model import Service
from ...model.never_built import is_certificate, why_never_built
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each such path."""
    for name, service in facts.services.items():
        for path, where in _paths(service):
            reason = why_never_built(path.split("/"))
            if reason is None or (where[0] == "config" and is_certificate(path.rpartition("/")[2])):
                continue
            yield Breach(
                f"{name} names {path}, which never goes into a build: it {reason}",
                facts.place(name, *where),
                "name folders of code under `build`; a secret belongs under `secrets`",
                service=name,
                subject=f"{name} {path}",
            )


def _paths(service: Service) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    build = service.build
    if build.path is not None:
        yield build.path, ("build", "path")
    if build.dockerfile is not None:
        yield build.dockerfile, ("build", "dockerfile")
    yield from ((folder, ("build", "include", index)) for index, folder in enumerate(build.include))
    yield from ((path, ("config", name)) for name, path in service.config.items())
