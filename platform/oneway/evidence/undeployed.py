"""Services of a system that no file deploys: modules that name their application, and folders with a Dockerfile."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from .mentions import Alias
from .observed import ObservedService, service_name
from .owners import PLAIN, module_of
from .readers.backing import is_backing
from .readers.config_files import is_dockerfile
from .sources import Fact

# Where a module keeps its configuration: who has one is started, also where nothing names it.
_OF_A_MODULE: Final = re.compile(r"/src/main/resources/(application|bootstrap)\.(ya?ml|properties)$")


def undeployed(facts: Iterable[Fact], files: Sequence[str]) -> Iterator[ObservedService]:
    """A service for each such module; none where any file or manifest describes more than databases and brokers."""
    given = list(facts)
    described = (each for each in given if isinstance(each, ObservedService) and not each.inferred)
    if not all(is_backing(each.image) for each in described):
        return
    named: dict[str, str] = {}
    for each in given:
        if isinstance(each, Alias) and each.file and ":" not in each.name and not each.host:
            named.setdefault(module_of(each.file), each.name)
    for file in files:
        if _OF_A_MODULE.search(file) and (folder := module_of(file)):
            named.setdefault(folder, posixpath.basename(folder))
    built = {posixpath.dirname(each): each for each in files if is_dockerfile(each) and posixpath.dirname(each)}
    for folder in sorted({*named, *built} - {""}):
        name = named.get(folder) or posixpath.basename(folder)
        if name in PLAIN:
            continue
        yield ObservedService(service_name(name), built.get(folder, folder), build=built.get(folder, ""), folder=folder)
