"""The smoke checks of what is deployed, once, through the front door; or of what listens at an address."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from ..deploy import live
from ..errors import UsageError
from ..model import Service
from ..model.secrets import redact as redact_forms
from ..probe import CheckResult, Send, SuiteResult, Verdict, http_sender, run_suite
from ..targets.base import Release, TargetError
from .open_environment import OpenEnvironment


@dataclass(frozen=True, slots=True)
class Deployed:
    """A service that runs, with the checks that its manifest has now."""

    release: Release
    spec: Service


@dataclass(frozen=True, slots=True)
class Asked:
    """A service to ask, the way to it, and how to take what is secret out of its answers. It `may_have_none` where it
    was deployed without checks."""

    name: str
    spec: Service
    sender: Callable[[str | None], Send]
    redact: Callable[[str], str]
    may_have_none: bool = False

    def good(self, result: SuiteResult) -> bool:
        """Whether its users are served; a service that runs without checks has nothing against it."""
        return result.verdict is Verdict.PASS or self.may_have_none


def deployed(opened: OpenEnvironment, asked: Iterable[str]) -> list[Deployed]:
    """The services asked for, or all that run. TargetError when one that was asked for does not run, or none does."""
    names = list(asked)
    chosen = opened.services(names or opened.system.services)
    running = {name: live(opened.site.records.releases(name)) for name in chosen}
    missing = [name for name, release in running.items() if release is None]
    if missing and (names or len(missing) == len(running)):
        raise TargetError(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not running in {opened.name}",
            f"`platform deploy {' '.join(missing)}` first",
        )
    return [
        Deployed(release, opened.system.services.get(name, release.spec))
        for name, release in running.items()
        if release is not None
    ]


def at_front(opened: OpenEnvironment, asked: Iterable[str]) -> list[Asked]:
    """The services asked for, or all that run, through the front door. TargetError as `deployed`."""
    return [
        Asked(
            each.release.service,
            each.spec,
            partial(opened.site.front, each.release),
            partial(opened.site.redact, each.release),
            may_have_none=not each.release.spec.checks,
        )
        for each in deployed(opened, asked)
    ]


def at_address(opened: OpenEnvironment, asked: Iterable[str], base_url: str) -> list[Asked]:
    """The services asked for, whose checks go to that address, whatever runs here. UsageError where it is none, or no
    service is named."""
    base = base_of(base_url)
    names = opened.services(asked)
    if not names:
        raise UsageError("--base-url leads to one place", "name the services that answer there: `platform smoke id …`")
    found = []
    for name in names:
        release = live(opened.site.records.releases(name))
        redact = partial(opened.site.redact, release) if release is not None else redact_forms
        found.append(Asked(name, opened.system.services[name], lambda endpoint: http_sender(base), redact))
    return found


def smoke(
    opened: OpenEnvironment, services: Iterable[Asked], tell: Callable[[Asked, CheckResult], None]
) -> Iterator[tuple[Asked, SuiteResult]]:
    """Run the checks of each, one after the other; `tell` hears every result as it comes."""
    read = opened.reading.workspace.content
    for each in services:
        say = partial(_tell, tell, each)
        result = run_suite(each.spec.checks, each.sender, read, each.spec.rollout.judge, time.sleep, say)
        yield each, result.told_through(each.redact)


def _tell(tell: Callable[[Asked, CheckResult], None], each: Asked, result: CheckResult) -> None:
    tell(each, result.told_through(each.redact))


def base_of(url: str) -> str:
    """The address without a slash at its end, since paths begin with one. UsageError where it is none."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
        parts = None
    if not sound or parts is None or parts.query or parts.fragment:
        raise UsageError(
            f"--base-url {url} is no address", "write http:// or https:// and a host, as in http://id:8080"
        )
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "--base-url holds a password", "write a header into the check, as in Authorization: Bearer ${env:NAME}"
        )
    return url.rstrip("/")
