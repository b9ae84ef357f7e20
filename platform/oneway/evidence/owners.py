"""Whose a file is: by build contexts, by modules that name their application, by folders called like services."""

import posixpath
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from .mentions import Alias
from .observed import ObservedService


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_AFFIX: Final = re.compile(r"^(?:srv|svc|ms|app)-|-(?:service|svc|srv|server|api|app|ms|microservice|impl)$")
# Folders that hold code of every service, whatever services are called.
_PLAIN: Final = _listed(
    "src main java kotlin go app lib libs pkg cmd internal services service common shared test tests resources config "
    "api server client com org io net models model utils core docs scripts deploy build k8s kubernetes"
)


def plain_name(text: str) -> str:
    """A name in lower case and hyphens: `UserService` and `user_service` are `user-service`."""
    return re.sub(r"[^a-z0-9]+", "-", _CAMEL.sub("-", text).lower()).strip("-")


def bare_name(text: str) -> str:
    """A name without what only says that it is a service: `srv-geo`, `geo-service` and `Geo` are `geo`."""
    name, before = plain_name(text), ""
    while name != before:
        before, name = name, _AFFIX.sub("", name)
    return re.sub(r"(?<=[a-z]{3})service$", "", name) or name


class Owners:
    """Answers whose a file is. What several could own belongs to none.

    `files` are the files to be asked for: they show which folders hold one folder for each of many services.
    """

    def __init__(self, services: Iterable[ObservedService], aliases: Iterable[Alias], files: Iterable[str]) -> None:
        known = list(services)
        self._contexts = _unique(
            (path, each.name) for each in known for path in (each.folder, *each.mounts) if path is not None
        )
        self._exact = _unique((plain_name(each.entry), each.name) for each in known if each.entry)
        self._exact |= _unique((plain_name(each.name), each.name) for each in known)
        self._bare = _unique((bare_name(each.name), each.name) for each in known)
        prefix = _common_prefix([each.name for each in known])
        if prefix:
            short = _unique((bare_name(each.name.removeprefix(prefix)), each.name) for each in known)
            self._bare = short | self._bare
        named = ((module_of(each.file), each) for each in aliases if each.file and not each.service)
        self._modules = _unique((module, owner) for module, each in named if (owner := self.by_name(each.name)))
        files = set(files)
        self._beside: dict[str, set[str]] = {}
        for file in files:
            if owner := self._by_stem(file):
                self._beside.setdefault(posixpath.dirname(file), set()).add(owner)
        self._roots = self._shared_roots({posixpath.dirname(file) for file in files})
        self._of_folder = lru_cache(maxsize=None)(self._find)

    def of(self, file: str) -> str:
        """The service that a file belongs to; empty where that is not known."""
        return self._contexts.get(file) or self._by_stem(file) or self._of_folder(posixpath.dirname(file))

    def all_of(self, file: str) -> frozenset[str]:
        """The services that a file says something of: its owner, or everybody whose own file stands beside it.

        A server of configurations keeps `application.yml` for all beside `orders.yml` for one.
        """
        folder, base = posixpath.split(file)
        if re.match(r"application\b", base) and len(self._beside.get(folder, ())) > 1:
            return frozenset(self._beside[folder])
        owner = self.of(file)
        return frozenset({owner} if owner else ())

    def by_name(self, name: str) -> str:
        """The service that is called so, up to spelling and `-service`."""
        return self._exact.get(plain_name(name)) or self._bare.get(bare_name(name), "")

    def _by_stem(self, file: str) -> str:
        """The service that a configuration file is called after, as a server of configurations names them."""
        stem, _, suffix = posixpath.basename(file).partition(".")
        return self._exact.get(plain_name(stem), "") if suffix in ("yml", "yaml", "properties") else ""

    def _shared_roots(self, folders: set[str]) -> frozenset[str]:
        """The folders with a folder for each of many services: those with the most, and those with nearly as many."""
        found: dict[str, set[str]] = {}
        for folder in {each for one in folders for each in _parents(one)}:
            owner = self.by_name(posixpath.basename(folder))
            if owner:
                found.setdefault(posixpath.dirname(folder), set()).add(owner)
        most = max(map(len, found.values()), default=0)
        return frozenset(folder for folder, owned in found.items() if len(owned) >= 0.6 * most)

    def _find(self, folder: str) -> str:
        parents = _parents(folder)
        for each in parents:
            owner = self._contexts.get(each) or self._modules.get(each)
            if owner:
                return owner
        named = [each for each in parents if plain_name(posixpath.basename(each)) not in _PLAIN]
        for each in named:
            name = plain_name(posixpath.basename(each))
            above = posixpath.dirname(each)
            plain = all(plain_name(part) in _PLAIN for part in above.split("/") if part)
            if name in self._exact and ("-" in name or plain or above in self._roots):
                return self._exact[name]
        for each in reversed(named):
            if posixpath.dirname(each) in self._roots and (owner := self.by_name(posixpath.basename(each))):
                return owner
        for each in named:
            name = plain_name(posixpath.basename(each))
            ending = {one for one in self._exact if name.endswith(f"-{one}") and one not in _PLAIN}
            if ending:
                return self._exact[max(ending, key=len)]
        return ""


def module_of(file: str) -> str:
    """The folder of the module that a configuration file is in: what is above `src/main/resources` and the like."""
    folder = posixpath.dirname(file)
    for ending in ("/src/main/resources", "/src/main/resources/config", "/resources", "/config", "/src", "/conf"):
        if folder.endswith(ending):
            return folder.removesuffix(ending)
    return folder


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for key, value in pairs:
        found.setdefault(key, set()).add(value)
    return {key: next(iter(values)) for key, values in found.items() if len(values) == 1 and key}


def _parents(folder: str) -> list[str]:
    """The folder and those above it, nearest first."""
    found = [folder]
    while folder and (above := posixpath.dirname(folder)) != folder:
        folder = above
        found.append(folder)
    return found


def _common_prefix(names: list[str]) -> str:
    """What most names of services start with up to a hyphen, as `ts-` in a system where every name has it."""
    heads: dict[str, int] = {}
    for name in names:
        if "-" in name:
            heads[name.partition("-")[0] + "-"] = heads.get(name.partition("-")[0] + "-", 0) + 1
    best = max(heads, key=lambda each: heads[each], default="")
    return best if best and heads[best] >= 3 and heads[best] * 2 > len(names) else ""
