"""An environment that a command works on: its manifests as read, beside the target that it names."""

import getpass
import os
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ..deploy import Context, Event, Report
from ..errors import UsageError
from ..model import Service, System
from ..rules.nearest import Nearest
from ..targets.base import MachineClock, Site
from ..workspace import content_of
from .read_manifests import Reading

DEFAULT: Final = "local"


@dataclass(frozen=True, slots=True)
class OpenEnvironment:
    """The manifests as read for one environment, and its target."""

    reading: Reading
    site: Site

    @property
    def system(self) -> System:
        return self.reading.system

    @property
    def name(self) -> str:
        return self.system.environment or DEFAULT

    @property
    def recorded(self) -> tuple[str, ...]:
        """The services that were ever deployed here."""
        return tuple(self.site.records.services())

    def services(self, names: Iterable[str], also: Iterable[str] = ()) -> list[str]:
        """The names, each once; UsageError for one that is neither declared nor among `also`."""
        known = {*self.system.services, *also}
        chosen = list(dict.fromkeys(names))
        for name in chosen:
            if name not in known:
                hint = Nearest(known).hint(name, "`platform status` lists what there is")
                raise UsageError(f"there is no service {name}", hint)
        return chosen

    def digest(self, spec: Service) -> str:
        """The content of what the service is built from. OnewayError where files are missing."""
        return content_of(self.reading.workspace.root, spec).digest

    def rollout_context(self, report: Report | None = None, stopped: threading.Event | None = None) -> Context:
        """What rollouts work with. `stopped` is set by whoever wants them to end."""
        who = f"{getpass.getuser()}@{socket.gethostname()} (process {os.getpid()})"
        asked = stopped or threading.Event()
        content = self.reading.workspace.content
        return Context(self.site, MachineClock(), report or _unheard, content, who, asked.is_set)


def _unheard(event: Event) -> None:
    """For what nobody watches."""
