"""A build names a folder or a file that is not in the repository.

Why: nothing can be built from it, and it is found by whoever deploys next.

How: `build.path` and what `build.include` names are folders (or files), `build.dockerfile` and the files of `config`
are files, relative to the root of the repository. Nothing is looked for where an `image` is brought along.

    build: {path: services/idd, runtime: python3.11}

Mend it: correct the path, or add what is missing.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ...model import Service
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR

Path = tuple[str | int, ...]


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each path that is missing."""
    for name, service in facts.services.items():
        for wanted, is_there, where in _wanted(facts, service):
            if not is_there:
                yield Breach(
                    f"{name} is built with {wanted}, which is not there",
                    facts.place(name, *where),
                    "correct the path, which is relative to the root of the repository, or add it",
                    service=name,
                    subject=f"{name} {wanted}",
                )


def _wanted(facts: Facts, service: Service) -> Iterator[tuple[str, bool, Path]]:
    build = service.build
    if build.image is None:
        if build.path is not None:
            yield build.path, _is_folder(facts, build.path), ("build", "path")
        if build.dockerfile is not None:
            yield build.dockerfile, facts.exists(build.dockerfile), ("build", "dockerfile")
        for index, each in enumerate(build.include):
            yield each, _is_folder(facts, each) or facts.exists(each), ("build", "include", index)
    for file, path in service.config.items():
        yield path, facts.exists(path), ("config", file)


def _is_folder(facts: Facts, path: str) -> bool:
    return facts.exists(f"{path.rstrip('/')}/")
