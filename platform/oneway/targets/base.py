"""What a rollout needs from the place where releases run: a small protocol, and the values that go through it.

Every operation is idempotent: done twice, or again after a crash in its middle, it ends in the same state. Operations
raise `TargetError` when the target cannot do what is asked; they never leave the service without a way to be settled.
A target keeps the records and the locks too, because they must be where every machine that deploys can see them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from ..errors import OnewayError
from ..model import Service
from ..probe import Send
from ..store import Evidence, Holder, Locked, Outcome, Records, Release, State, Step, decode_release, encode_release
from ..sweep.window import Used
from .clock import Clock, MachineClock, wait_while
from .tasks import Run, RunState, Task, Tasks

__all__ = [
    "Clock",
    "Condition",
    "Evidence",
    "Holder",
    "Instance",
    "Locked",
    "LogLine",
    "MachineClock",
    "Outcome",
    "Placement",
    "Records",
    "Release",
    "Run",
    "RunState",
    "Say",
    "Scaling",
    "Served",
    "Site",
    "State",
    "Step",
    "Target",
    "TargetError",
    "Task",
    "Tasks",
    "Used",
    "decode_release",
    "encode_release",
    "wait_while",
]

Say = Callable[[str], None]
"""Takes one line of progress inside a step, as in `installing 14 packages`."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Which replicas are meant: those of `release` that serve or will; or, with `calling`, one private rehearsal
    of `release` that never serves and calls the release `calling` wherever it would call that service."""

    release: Release
    calling: Release | None = None


class Condition(StrEnum):
    """A replica's condition. FAILED is hopeless or over the tolerance: waiting longer would not help."""

    STARTING = "starting"
    READY = "ready"
    UNREADY = "unready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Instance:
    """One replica as seen now. `reason` is one line a person understands, as in `exited with status 1`.

    `open_files` counts its file descriptors, where the target can see them. It is `port_taken` when it FAILED because
    another program has what it was given, such as its port: no fault of its release.
    """

    name: str
    condition: Condition
    reason: str = ""
    restarts: int = 0
    since: float | None = None
    open_files: int | None = None
    port_taken: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """One request of a user that a release was given, and how long it took.

    `status` 0 means that no answer came, or one that was cut off, and 499 that the user went away first. While it is
    `waiting` there is no answer yet, after at least so many `seconds`. `deadline` is how many the user gave it, where
    that is known. What a user broke on the way, such as a body that is cut short, is no request of any release.
    """

    release: int
    status: int
    seconds: float
    waiting: bool = False
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a replica printed."""

    instance: str
    text: str


@dataclass(frozen=True, slots=True)
class TargetFault:
    """What is wrong with what the target runs on, in one line, for one service or for all, and what mends it."""

    text: str
    service: str | None = None
    command: str = "up"


class Scaling(Struct, frozen=True, kw_only=True):
    """One change of how many replicas a service has, beside its deploys: when, of which release, and why."""

    at: float
    release: int
    before: int
    after: int
    why: str


class TargetError(OnewayError):
    """The target cannot do what was asked, or does not answer."""


class Target(Protocol):
    """What the deploy engine needs. `poll` is how many seconds lie between two looks at `observe`."""

    @property
    def poll(self) -> float: ...

    @property
    def records(self) -> Records: ...

    def require_runnable(self, draft: Release) -> None:
        """TargetError where it is plain beforehand that the release could not be prepared here, such as for want of a
        secret. Nothing is touched."""

    def configuration(self, spec: Service) -> Mapping[str, str]:
        """A keyed digest of each secret that the service would be started with now, by variable; what cannot be told is
        left out."""

    def prepare(self, release: Release, say: Say) -> Mapping[str, str]:
        """Make everything that the release runs from (build, image, objects); returns its `material`."""

    def wanted(self, release: Release) -> int:
        """How many replicas of the release there are to be: what its manifest says, or as many as its load asks for, or
        somebody asked for by hand."""

    def ensure(self, placement: Placement, replicas: int) -> None:
        """At least so many replicas of the placement run or start, without traffic until `shift`. Does not wait."""

    def observe(self, placement: Placement, patience: float | None = None) -> tuple[Instance, ...]:
        """The replicas of the placement as they are now; READY means that its readiness was asked and answered.

        `patience` is how many seconds an answer may take at the most, where the target is the one who asks.
        """

    def direct(self, placement: Placement, endpoint: str | None) -> Send:
        """The way to one replica of the placement alone, past whatever distributes traffic."""

    def front(self, release: Release, endpoint: str | None) -> Send:
        """The front door, as users enter; where the target can, kept to the replicas of this release."""

    def redact(self, release: Release, text: str) -> str:
        """The text, which came from the release, without what is secret, as far as the target can tell."""

    def shift(self, new: Release, old: Release | None, percent: int) -> None:
        """Within moments the new release answers `percent` of the service's traffic, the old one the rest.

        At 100 the old one keeps running, without traffic where the target can do so, until `settle`. A target without
        weights does it by shares of replicas, and may promote at 100: replace what serves by the new release.
        """

    def stop_traffic(self, new: Release, old: Release) -> None:
        """The new release fails its users: take it out of the traffic in the quickest way that there is, for the old
        one to answer, ahead of `settle`. Nothing where it takes no traffic, or there is no quicker way than that."""

    def used(self, placement: Placement) -> Sequence[Used]:
        """What each replica of the placement has used so far, the one that `direct` leads to first; empty where the
        target cannot see it."""

    def traffic(self, service: str, since: float) -> Sequence[Served]:
        """Users' requests that were answered since that `monotonic` time, and those under way; empty where the target
        cannot see them. The rollout's own requests through `front` are left out."""

    def settle(self, service: str, release: Release | None) -> None:
        """Exactly this release serves, whole and ready, with all traffic; every other replica of the service, and
        every rehearsal for it, is drained and gone. None: nothing of the service remains. Waits until it is so."""

    def clear(self, service: str, keep: Sequence[Release]) -> None:
        """Every replica of the service that is of none of these releases is gone, and every rehearsal for it. Users are
        not led elsewhere: whatever may answer them is to be kept."""

    @property
    def tasks(self) -> Tasks: ...

    def make_room(self, new: Release, old: Release) -> None:
        """Every replica of the old release is gone, for the new one may not run beside it. Users get no answer until
        the new one, or by `settle` the old one again, takes over. Waits until it is so."""

    def remove(self, placement: Placement) -> None:
        """The placement's replicas are gone; only for those that take no traffic, such as rehearsals."""

    def evidence(self, placement: Placement) -> Evidence:
        """Events, exit codes and last log lines of the placement, with the values of secrets blotted out."""

    def prune(self, service: str, keep: Sequence[Release]) -> None:
        """Forget builds, images or objects of the service that none of the releases to keep needs."""


class Site(Target, Protocol):
    """What people ask of a target beside rollouts: the commands status, logs, diff, up and stop."""

    @property
    def name(self) -> str: ...

    def restore_records(self) -> str:
        """Put lost records back where that is safe, and say so; nothing where they are there. TargetError where they
        are lost, which names what runs without a record. Asked before anything else."""

    def repair(self) -> Iterator[str]:
        """The same where it is not safe, too: the newest whole copy of the records, or none. Says what was done."""

    def end_orphans(self) -> Iterator[str]:
        """End what runs without a record; what was ended, in words."""

    def require(self) -> None:
        """Make sure that the target can work, starting what it runs on. TargetError says what is missing."""

    def neighbours(self) -> tuple[str, ...]:
        """Other environments of these manifests that run where this one does."""

    def faults(self) -> tuple[TargetFault, ...]:
        """What is wrong with what the target runs on; nothing is started or mended. What a command that holds the
        service's lock has begun and not ended is no fault."""

    def survivors(self, release: Release) -> tuple[Instance, ...]:
        """The live release's replicas that still answer while there are `faults`; empty where that cannot be seen."""

    def addresses(self, service: str) -> Mapping[str, str]:
        """Endpoint name -> the stable address where users and callers find it."""

    def serving(self, service: str) -> Mapping[int, int]:
        """Release number -> percent of traffic, as the target is set at this moment."""

    def scale(self, release: Release, replicas: int, why: str) -> None:
        """So many replicas of the live release serve; waits until it is so. The caller holds the service's lock.
        TargetError where the target leaves that to somebody else."""

    def scalings(self, service: str) -> Sequence[Scaling]:
        """How the number of its replicas has changed beside its deploys, oldest first, as far as the target knows."""

    def blocked(self, service: str) -> str:
        """What keeps the service from as many replicas as its load asks for; nothing where it has them."""

    def logs(self, service: str, lines: int, follow: bool, since: float | None = None) -> Iterator[LogLine]:
        """The last lines of every replica that serves, or all `since` that time of day; with `follow` on and on."""

    def differences(self, release: Release, live: Release | None) -> tuple[str, ...]:
        """What `release` would change against what runs, one line each; nothing is changed."""

    def shut_down(self) -> None:
        """Stop what the target itself runs on, once no service is left."""
