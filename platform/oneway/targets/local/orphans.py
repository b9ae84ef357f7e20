"""What runs without a record: found by what each process of a replica carries in its environment, and ended."""

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..base import TargetFault
from .processes import launch
from .processes.supervisor import Supervisor
from .state.home import Home
from .state.ledger import Ledger

_NAME: Final = f"{launch.MARK}="


@dataclass(frozen=True, slots=True)
class Orphans:
    """The processes of one environment that its ledger does not know."""

    home: Home
    ledger: Ledger
    supervisor: Supervisor

    def find(self) -> dict[str, frozenset[int]]:
        """Their processes, by replica. Whoever starts or stops one has it in the ledger for as long as it runs."""
        running = find_running(self.home)
        known = {each.name for each in self.ledger.replicas()}
        return {name: pids for name, pids in running.items() if name not in known}

    def faults(self) -> tuple[TargetFault, ...]:
        """What is to be said of them."""
        return tuple(
            TargetFault(f"{named({name: pids})} without a record", name.partition(".")[0], "repair")
            for name, pids in self.find().items()
        )

    def end(self, releases: Collection[str] | None = None) -> Iterator[str]:
        """End them all, or those of these releases, as in `id.1`; what was ended, in words."""
        for name, pids in self.find().items():
            if releases is None or name.rpartition(".")[0] in releases:
                self.supervisor.remove([name])
                launch.end_all(lambda name=name: set(find_running(self.home).get(name, ())))  # type: ignore[misc]
                for left in self.home.replicas.glob(f"{name}.*"):
                    left.unlink(missing_ok=True)
                yield f"{named({name: pids})} without a record: it is ended"

    def end_base(self) -> Iterator[str]:
        """End what the target itself runs on where nobody can reach it any more; what was ended, in words."""
        if not self.supervisor.alive() and (left := find_base(self.home)):
            launch.end_all(lambda: find_base(self.home))
            pids = ", ".join(map(str, sorted(left)))
            yield f"supervisord and Caddy (processes {pids}), which nobody could reach any more, are ended"


def find_running(home: Home) -> dict[str, frozenset[int]]:
    """The living processes of replicas, by the replica's name."""
    # What the target itself runs on has a name without dots.
    return {name: pids for name, pids in _find_programs(home).items() if "." in name}


def find_base(home: Home) -> set[int]:
    """What the target itself runs on, also when its files are gone: the living supervisord, Caddy and the like."""
    configuration = os.fsencode(str(home.root / "supervisor" / "supervisord.conf"))
    found = {pid for name, pids in _find_programs(home).items() if "." not in name for pid in pids}
    for pid in _pids():
        with suppress(OSError):
            if configuration in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") and launch.start_time(pid):
                found.add(pid)
    return found


def _find_programs(home: Home) -> dict[str, frozenset[int]]:
    """The living processes by program; where /proc does not tell, by their files alone."""
    found: dict[str, set[int]] = {}
    for pid in _pids():
        name = _program_of(pid, home)
        if name is not None:
            found.setdefault(name, set()).add(pid)
    for file in home.replicas.glob("*.pid"):
        pid_there = launch.find_living(str(file))
        if pid_there is not None:
            found.setdefault(file.stem, set()).add(pid_there)
    return {name: frozenset(pids) for name, pids in sorted(found.items())}


def named(running: Mapping[str, frozenset[int]]) -> str:
    """`id.1.0 (process 4711) runs`, or several."""
    told = [f"{name} (process {', '.join(map(str, sorted(pids)))})" for name, pids in running.items()]
    return f"{', '.join(told)} {'runs' if len(told) == 1 else 'run'}"


def _program_of(pid: int, home: Home) -> str | None:
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        mark = next((each for each in variables if each.startswith(os.fsencode(_NAME))), None)
        if mark is None or not launch.start_time(pid):
            return None
    except OSError:
        return None
    file = Path(os.fsdecode(mark).removeprefix(_NAME))
    return file.stem if file.parent == home.replicas else None


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()] if os.path.isdir("/proc/self") else []
