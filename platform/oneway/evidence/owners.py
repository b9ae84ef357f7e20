"""Whose a file is: by build contexts, by modules that name their application, by folders called like services."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from .mentions import Alias
from .observed import ObservedService


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_AFFIX: Final = re.compile(r"^(?:srv|svc|ms|app)-|-(?:service|svc|srv|server|api|app|ms|microservice|impl)$")
_WORD_AFFIX: Final = re.compile(r"(?<=[a-z]{3})(?:service|deployment)$|-(?:deployment|v[0-9]+)$")
# `orders.yml` and `orders-prod.yml`, as a server of configurations names them.
_SPRING_FILE: Final = re.compile(r"^([\w-]+)\.(?:ya?ml|properties)$")
_PROFILE: Final = re.compile(
    r"-(?:dev|development|prod|production|test|docker|local|staging|stage|native|kubernetes|k8s)$"
)
_VERSION: Final = re.compile(r"-v[0-9]+$")
# Folders that hold code of every service, whatever services are called.
PLAIN: Final = _listed(
    "src main java kotlin go app lib libs pkg cmd internal services service common shared test tests resources config "
    "api server client com org io net models model utils core docs scripts deploy build k8s kubernetes "
    "docker"
)


def plain_name(text: str) -> str:
    """A name in lower case and hyphens: `UserService` and `user_service` are `user-service`."""
    return re.sub(r"[^a-z0-9]+", "-", _CAMEL.sub("-", text).lower()).strip("-")


def bare_name(text: str) -> str:
    """A name without what only says that it is a service: `srv-geo`, `geo-service` and `Geo` are `geo`."""
    name, before = plain_name(text), ""
    while name != before:
        before, name = name, _AFFIX.sub("", name)
    return _WORD_AFFIX.sub("", name) or name


class Owners:
    """Answers whose a file is. What several could own belongs to none.

    `files` are the files to be asked for: they show which folders hold one folder for each of many services.
    """

    def __init__(self, services: Iterable[ObservedService], aliases: Iterable[Alias], files: Iterable[str]) -> None:
        known = list(services)
        self._contexts = _unique((path, each.name) for each in known for path in _folders(each))
        self._versions = _versions(each.name for each in known)
        first = {other: group[0] for group in self._versions.values() for other in group}
        names = [(each.name, first.get(each.name, each.name)) for each in known]
        self._exact = _unique((plain_name(each.entry), each.name) for each in known if each.entry)
        self._exact |= _unique((plain_name(name), name) for name, _ in names)
        self._bare = _unique((bare_name(name), owner) for name, owner in names)
        self._bare = _unique((bare_name(_in_image(each.image)), each.name) for each in known) | self._bare
        prefix = common_prefix([name for name, _ in names])
        if prefix:
            self._bare = _unique((bare_name(name.removeprefix(prefix)), owner) for name, owner in names) | self._bare
        self._squashed = _unique((key.replace("-", ""), owner) for key, owner in (self._bare | self._exact).items())
        named = [each for each in aliases if each.file and not each.service and ":" not in each.name]
        self._modules = _unique((module_of(each.file), owner) for each in named if (owner := self.by_name(each.name)))
        files = set(files)
        self._of_folder = lru_cache(maxsize=None)(self._find)
        self._beside: dict[str, set[str]] = {}
        self._applications: dict[str, str] = {}
        self._roots = self._shared_roots({posixpath.dirname(file) for file in files})
        self._applications = _unique(
            (plain_name(each.name), owner)
            for each in named
            if not posixpath.basename(each.file).startswith(each.name) and (owner := self.of(each.file))
        )
        for file in files:
            if owner := self._by_stem(file):
                self._beside.setdefault(posixpath.dirname(file), set()).add(owner)

    def of(self, file: str) -> str:
        """The service that a file belongs to; empty where that is not known."""
        folder, base = posixpath.split(file)
        found = self._contexts.get(file) or self._by_stem(file)
        shared = len(self._beside.get(folder, ())) > 1 and bool(_SPRING_FILE.search(base))
        return found or ("" if shared else self._of_folder(folder))

    def all_of(self, file: str) -> frozenset[str]:
        """The services that a file says something of: its owner, or everybody whose own file stands beside it.

        A server of configurations keeps `application.yml` for all beside `orders.yml` for one.
        """
        folder, base = posixpath.split(file)
        if re.match(r"application\b", base) and len(self._beside.get(folder, ())) > 1:
            return frozenset(self._beside[folder])
        owner = self.of(file)
        return frozenset(self._versions.get(owner, (owner,)) if owner else ())

    def by_name(self, name: str) -> str:
        """The service that is called so, or whose image is, up to spelling and `-service`."""
        bare = bare_name(name)
        found = self._exact.get(plain_name(name)) or self._bare.get(bare)
        return found or (self._squashed.get(plain_name(name).replace("-", ""), "") if len(bare) > 5 else "")

    def _by_stem(self, file: str) -> str:
        """The service that a configuration file is called after, as a server of configurations names them."""
        match = _SPRING_FILE.search(posixpath.basename(file))
        if match is None:
            return ""
        names = (plain_name(each) for each in (match[1], _PROFILE.sub("", match[1])))
        return next((owner for each in names if (owner := self._exact.get(each) or self._applications.get(each))), "")

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
        named = [each for each in parents if plain_name(posixpath.basename(each)) not in PLAIN]
        for each in named:
            name = plain_name(posixpath.basename(each))
            above = posixpath.dirname(each)
            plain = all(plain_name(part) in PLAIN for part in above.split("/") if part)
            if name in self._exact and ("-" in name or plain or above in self._roots):
                return self._exact[name]
        for each in reversed(named):
            if posixpath.dirname(each) in self._roots and (owner := self.by_name(posixpath.basename(each))):
                return owner
        for each in named:
            name = plain_name(posixpath.basename(each))
            ending = {one for one in self._exact if name.endswith(f"-{one}") and one not in PLAIN}
            if ending:
                return self._exact[max(ending, key=len)]
        return ""


def dotted_folders(files: Iterable[str]) -> list[tuple[str, str]]:
    """Folders that are called like a module in reverse, `org.example.shop.orders`, each with a file in it."""
    found: dict[str, str] = {}
    for file in sorted(files):
        for each in file.split("/")[:-1]:
            if each.count(".") > 1 and not each.startswith("."):
                found.setdefault(each, file)
    return sorted(found.items())


def module_of(file: str) -> str:
    """The folder of the module that a configuration file is in: what is above `src/main/resources` and the like."""
    folder = posixpath.dirname(file)
    for ending in ("/src/main/resources", "/src/main/resources/config", "/resources", "/config", "/src", "/conf"):
        if folder.endswith(ending):
            return folder.removesuffix(ending)
    return folder


def _folders(service: ObservedService) -> Iterator[str]:
    """Where the code of a service is: its build context, where its Dockerfile lies, and what is mounted into it."""
    if service.folder is not None:
        yield service.folder
        above = posixpath.dirname(service.build)
        if above.startswith(f"{service.folder}/") or (service.folder == "." and above):
            yield above
    yield from service.mounts


def _in_image(image: str) -> str:
    return image.rpartition("/")[2].partition(":")[0].partition("@")[0]


def _versions(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The first of several versions of one service that run side by side, `reviews-v1` and `reviews-v2`, with all."""
    found: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        if _VERSION.search(name):
            found.setdefault(_VERSION.sub("", name), []).append(name)
    return {group[0]: tuple(group) for group in found.values() if len(group) > 1}


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


def common_prefix(names: list[str]) -> str:
    """What most names of services start with up to a hyphen, as `ts-` in a system where every name has it."""
    heads: dict[str, int] = {}
    for name in names:
        if "-" in name:
            heads[name.partition("-")[0] + "-"] = heads.get(name.partition("-")[0] + "-", 0) + 1
    best = max(heads, key=lambda each: heads[each], default="")
    return best if best and heads[best] >= 3 else ""
