"""From a command's options to the target that its environment names, and what a rollout works with."""

import getpass
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import FrameType

from ..application.reading import Reading, deploy_environment, read_system, require_good
from ..deploy import Context, Report
from ..errors import UsageError
from ..model import System
from ..rules.nearest import Nearest
from ..targets.base import MachineClock, Site


@dataclass(frozen=True, slots=True)
class Opened:
    """The manifests as read for the environment, and the target that it names."""

    reading: Reading
    site: Site

    @property
    def system(self) -> System:
        return self.reading.system

    @property
    def environment(self) -> str:
        return self.system.environment or "local"


def open_site(
    manifests: Path | None,
    env: str | None,
    context: str | None = None,
    namespace: str | None = None,
    sound: bool = False,
) -> Opened:
    """The target of the environment; without --env that of `local`. `sound` refuses manifests with error findings."""
    reading = read_system(manifests, env)
    chosen = deploy_environment(reading.loaded, env)
    if chosen != env:
        reading = read_system(manifests, chosen)
    if sound:
        require_good(reading, date.today())
    return Opened(reading, _site(reading, context, namespace))


def rollout_context(opened: Opened, report: Report, stopped: threading.Event | None = None) -> Context:
    """What rollouts work with."""
    who = f"{getpass.getuser()}@{socket.gethostname()} (process {os.getpid()})"
    asked = stopped or threading.Event()
    return Context(opened.site, MachineClock(), report, opened.reading.workspace.content, who, asked.is_set)


def known_services(opened: Opened, names: Iterable[str], also: Iterable[str] = ()) -> list[str]:
    """The names, each once; UsageError for one that is neither declared nor among `also`."""
    known = {*opened.system.services, *also}
    chosen = list(dict.fromkeys(names))
    for name in chosen:
        if name not in known:
            hint = Nearest(known).hint(name, "`platform status` lists what there is")
            raise UsageError(f"there is no service {name}", hint)
    return chosen


def require_confirmation(opened: Opened, what: str, yes: bool) -> None:
    """Ask before touching an environment that wants to be asked about. UsageError where nobody can answer."""
    if not opened.system.settings.confirm or yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{opened.environment} asks before {what}", "answer with --yes")
    print(
        f"{what} in {opened.environment} ({opened.site.name})? Type the environment's name: ", end="", file=sys.stderr
    )
    sys.stderr.flush()
    if sys.stdin.readline().strip() != opened.environment:
        raise UsageError("not confirmed: nothing was touched")


@contextmanager
def heeding_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set, so that what is under way is put back before the command ends."""
    asked = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        if not asked.is_set():
            print("stopping: what is under way is being put back", file=sys.stderr)
        asked.set()

    before: Mapping[int, object] = {each: signal.signal(each, ask) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]


def _site(reading: Reading, context: str | None, namespace: str | None) -> Site:
    if reading.system.settings.target == "kubernetes":
        from ..generate import LOCK_FILE, Images, read_images
        from ..targets.kubernetes import Sources, kubernetes_site

        lock = reading.workspace.manifests / LOCK_FILE
        images = read_images(lock.read_bytes(), reading.workspace.name(lock)) if lock.is_file() else Images()
        sources = Sources(reading.system, images, reading.workspace.content)
        return kubernetes_site(sources, context, namespace)
    if context is not None or namespace is not None:
        raise UsageError(
            "--context and --namespace are for clusters, and this environment is this machine",
            "name an environment whose target is kubernetes with --env",
        )
    from ..targets.local import local_target

    return local_target(reading.workspace.root, reading.system)
