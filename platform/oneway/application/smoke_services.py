"""The smoke checks of what is deployed, once, through the front door."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from ..deploy import live
from ..model import Service
from ..probe import CheckResult, SuiteResult, Verdict, run_suite
from ..targets.base import Release, TargetError
from .open_environment import OpenEnvironment


@dataclass(frozen=True, slots=True)
class Deployed:
    """A service that runs, with the checks that its manifest has now."""

    release: Release
    spec: Service

    @property
    def name(self) -> str:
        return self.release.service

    def good(self, result: SuiteResult) -> bool:
        """Whether its users are served; a service without checks has nothing against it."""
        return result.verdict is Verdict.PASS or not self.release.spec.smoke


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


def smoke(
    opened: OpenEnvironment, services: Iterable[Deployed], tell: Callable[[Deployed, CheckResult], None]
) -> Iterator[tuple[Deployed, SuiteResult]]:
    """Run the checks of each, one after the other; `tell` hears every result as it comes."""
    for each in services:
        sender = partial(opened.site.front, each.release)
        read = opened.reading.workspace.content
        redact = partial(opened.site.redact, each.release)
        say = partial(_tell, tell, each, redact)
        yield (
            each,
            run_suite(each.spec.smoke, sender, read, each.spec.rollout.judge, time.sleep, say).told_through(redact),
        )


def _tell(
    tell: Callable[[Deployed, CheckResult], None], each: Deployed, redact: Callable[[str], str], result: CheckResult
) -> None:
    tell(each, result.told_through(redact))
