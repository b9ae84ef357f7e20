"""The command's front door: one table of commands, each imported only when it is used, and one error boundary."""

import functools
import importlib
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from .. import __version__
from ..errors import OnewayError, UsageError

OK, FAILED, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130
_COMPLETING: Final = "_PLATFORM_COMPLETE"
"""Set by a shell that completes; what was typed so far is then in a variable of its kind, and in no argument."""
_TYPED: Final = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")


class Command(NamedTuple):
    """Where a command lives, and what it does in one line."""

    module: str
    help: str


COMMANDS: Final[dict[str, Command]] = {
    "init": Command("init", "Start here: first manifests from what this repository has."),
    "check": Command("check", "Parse every manifest and run every rule."),
    "render-graph": Command("render_graph", "Draw the architecture from the manifests."),
    "generate": Command("generate", "Write Dockerfiles and Kubernetes objects."),
    "lock": Command("lock", "Pin the packages of services by version and hash."),
    "build": Command("build", "Build a service's image, or its local build."),
    "deploy": Command("deploy", "Roll a version out behind its gate; roll back by itself when it fails."),
    "rollback": Command("rollback", "Put an earlier release back."),
    "status": Command("status", "What runs, where, since when, and how healthy it is."),
    "history": Command("history", "The releases of a service and how they ended."),
    "dev": Command("dev", "Run services from the working tree, again with every change."),
    "logs": Command("logs", "What a service prints."),
    "diff": Command("diff", "What deploying now would change."),
    "up": Command("up", "Bring back what should be running, after a crash or a reboot."),
    "restart": Command("restart", "Start a service anew, with the secrets of now, behind the same gate."),
    "run": Command("run", "Run a job of what is live by hand."),
    "scale": Command("scale", "Change how many replicas of a service run."),
    "repair": Command("repair", "Put lost records back, and end what runs without one."),
    "stop": Command("stop", "Stop services, or everything."),
    "smoke": Command("smoke", "Run the smoke checks once."),
    "load": Command("load", "How much one replica carries, measured."),
    "monitor": Command("monitor", "Run the smoke checks for ever: status page, metrics, alerts."),
    "incidents": Command("incidents", "What the monitor found, and who took it on."),
    "silence": Command("silence", "Tell nobody of a service for a while."),
    "impact": Command("impact", "Who breaks when a service does."),
    "why": Command("why", "The paths by which one service reaches another."),
    "explain": Command("explain", "What a rule finds, why it matters, and how to mend it."),
    "import": Command("import_system", "Draft manifests from compose files and Kubernetes objects."),
    "drift": Command("drift", "Compare the declared calls with what such files show."),
    "bundle": Command("bundle", "Pack a site into one file, for a machine without a network."),
    "export": Command("export", "The system for Helm, Argo CD, FINOS CALM and Structurizr."),
    "new": Command("new", "Start a service: manifest and code that deploy at once."),
    "doctor": Command("doctor", "What this machine has and lacks, and what mends it."),
    "schema": Command("schema", "The JSON Schema of manifests, for editors."),
}


ELSEWHERE: Final = {
    **dict.fromkeys(("ps", "ls", "list", "top"), "status"),
    **dict.fromkeys(("start", "restart", "resume"), "up"),
    **dict.fromkeys(("down", "kill", "rm", "remove", "delete", "destroy"), "stop"),
    **dict.fromkeys(("graph", "draw", "render", "picture", "diagram"), "render-graph"),
    **dict.fromkeys(("lint", "validate", "verify", "test"), "check"),
    **dict.fromkeys(("apply", "release", "rollout", "push", "ship"), "deploy"),
    **dict.fromkeys(("undo", "revert", "back"), "rollback"),
    **dict.fromkeys(("create", "add", "scaffold"), "new"),
    **dict.fromkeys(("version",), "--version"),
    **dict.fromkeys(("completion", "completions"), "--install-completion"),
    **dict.fromkeys(("setup", "quickstart"), "init"),
    **dict.fromkeys(("info", "env", "diagnose"), "doctor"),
    **dict.fromkeys(("path", "paths"), "why"),
    **dict.fromkeys(("log", "tail"), "logs"),
    **dict.fromkeys(("serve", "develop", "watch", "debug"), "dev"),
    **dict.fromkeys(("autoscale", "resize", "replicas"), "scale"),
    **dict.fromkeys(("mute", "snooze"), "silence"),
    **dict.fromkeys(("alerts", "ack", "acknowledge"), "incidents"),
    **dict.fromkeys(("bench", "benchmark", "stress", "capacity", "measure"), "load"),
    "rules": "explain",
    "plan": "deploy --dry-run",
}
"""Words for the same thing in other tools."""


def main() -> None:
    """Run the command line and exit with its status."""
    if sys.argv[1:] == ["--version"]:
        print(f"oneway {__version__}")
        return
    arguments = sys.argv[1:] = _asked_for_help(sys.argv[1:])
    try:
        application = application_for(arguments)
    except Exception:
        _report_bug()
        sys.exit(BUG)
    _refuse_unknown(arguments)
    application()


def _asked_for_help(arguments: list[str]) -> list[str]:
    """`platform help check` means `platform check --help`."""
    return [*arguments[1:2], "--help"] if arguments[:1] == ["help"] else arguments


def _refuse_unknown(arguments: list[str]) -> None:
    """Exit with what somebody probably meant, when there is no such command."""
    word = arguments[0] if arguments and not arguments[0].startswith("-") else None
    if word is None or word in COMMANDS or _COMPLETING in os.environ:
        return
    print(f"error: there is no command {word!r}", file=sys.stderr)
    print(f"  hint: {_meant(word)}", file=sys.stderr)
    sys.exit(USAGE)


def _meant(word: str) -> str:
    import difflib

    command = ELSEWHERE.get(word.lower()) or next(iter(difflib.get_close_matches(word.lower(), COMMANDS, 1)), None)
    if command is None:
        return "`platform help` lists what there is"
    return f"did you mean `platform {command}`?"


def application_for(arguments: list[str]) -> Any:
    """The whole command line, in which only the command that is asked for is loaded."""
    import typer

    application = typer.Typer(
        name="platform",
        help="Declare every service once; the calls are the architecture.",
        epilog="Start with `platform init`; `platform doctor` says what this machine lacks.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )

    @application.callback()
    def platform(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
        if version:
            print(f"oneway {__version__}")
            raise typer.Exit

    words = _typed_so_far() if _COMPLETING in os.environ else arguments
    chosen = next((each for each in words if not each.startswith("-")), None)
    for name, command in COMMANDS.items():
        function = _load(command) if name == chosen else _unused
        application.command(name, short_help=command.help, help=None if name == chosen else command.help)(function)
    return application


def _typed_so_far() -> list[str]:
    return next((os.environ[name].split()[1:] for name in _TYPED if name in os.environ), [])


def _load(command: Command) -> Callable[..., None]:
    module = importlib.import_module(f"oneway.cli.commands.{command.module}")
    return _guarded(module.command)


def _unused() -> None:
    """Stands in the list of commands for those that this run does not need."""


def _guarded(function: Callable[..., None]) -> Callable[..., None]:
    """The function with the promised exit status for whatever ends it."""

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> None:
        import typer

        from .output.lines import tell

        try:
            function(*args, **kwargs)
        except OnewayError as error:
            tell(error)
            raise typer.Exit(USAGE if isinstance(error, UsageError) else FAILED) from None
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(FAILED) from None
        except Exception as error:
            if isinstance(error, typer.Exit | typer.Abort) or type(error).__module__.startswith("typer."):
                raise
            _report_bug()
            raise typer.Exit(BUG) from None

    return guarded


def _report_bug() -> None:
    with tempfile.NamedTemporaryFile("w", prefix="oneway-bug-", suffix=".log", delete=False) as log:
        log.write(f"oneway {__version__}, python {sys.version}\narguments: {sys.argv[1:2]}\n")
        log.write(traceback.format_exc())
    print(f"error: this is a bug in oneway; what happened is in {log.name}", file=sys.stderr)
    print(
        "  hint: report it with that file; nothing that was deployed has been touched since the last line above",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
