"""What passes between a command and the person at the terminal: questions, confirmations, Ctrl-C."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from ..application.open_environment import OpenEnvironment
from ..errors import UsageError
from .output.lines import tell


def ask(option: str, question: str, suggestion: str, refuse: Callable[[str], None]) -> str:
    """What a person types, who is told the reason and asked again for as long as `refuse` raises UsageError."""
    import typer

    if not sys.stdin.isatty():
        raise UsageError(
            f"--{option} is missing", f"nobody is there to be asked; for example --{option} {suggestion!r}"
        )
    while True:
        typed = str(typer.prompt(question, default=suggestion)).strip()
        try:
            refuse(typed)
        except UsageError as error:
            tell(error)
        else:
            return typed


def require_confirmation(opened: OpenEnvironment, what: str, yes: bool) -> None:
    """Ask before touching an environment that wants to be asked about. UsageError where nobody can answer."""
    if not opened.system.settings.confirm or yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{opened.name} asks before {what}", "answer with --yes")
    print(f"{what} in {opened.name} ({opened.site.name})? Type the environment's name: ", end="", file=sys.stderr)
    sys.stderr.flush()
    if sys.stdin.readline().strip() != opened.name:
        raise UsageError("not confirmed: nothing was touched")


@contextmanager
def heeding_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set, so that what is under way is put back before the command ends."""
    asked = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        if not asked.is_set():
            print("stopping: what is under way is being put back", file=sys.stderr)
        asked.set()

    before: Mapping[int, object] = {each: signal.signal(each, ask_to_stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
