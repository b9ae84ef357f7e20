"""`servicekit MODULE:NAME --port 8082` serves one service, `servicekit openapi MODULE:NAME` describes it."""

import argparse
import gc
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from servicekit.settings import Settings, SettingsError

if TYPE_CHECKING:
    from servicekit.service import Service

DESCRIPTION = "openapi.json"


def main(arguments: Sequence[str] | None = None) -> None:
    words = list(sys.argv[1:] if arguments is None else arguments)
    sys.path.insert(0, os.getcwd())
    if words[:1] == ["openapi"]:
        _describe(_description_options().parse_args(words[1:]))
    else:
        _serve(_options().parse_args(words))


def _serve(options: argparse.Namespace) -> None:
    gc.disable()  # what is loaded now stays for ever: there is nothing to collect, and nothing to look at again later
    service = _load_or_exit(options.app)
    from servicekit.server import serve

    gc.freeze()
    gc.enable()
    serve(service, options.host, options.port)


def _describe(options: argparse.Namespace) -> None:
    logging.disable(logging.WARNING)
    service = _load_or_exit(options.app)
    described = service.openapi_json()
    file = options.file or Path(sys.modules[options.app.partition(":")[0]].__file__ or "").parents[1] / DESCRIPTION
    if not options.check:
        file.write_text(described, encoding="utf-8")
        print(f"wrote {file}")
    elif not file.is_file() or file.read_text(encoding="utf-8") != described:
        sys.exit(f"{file} is not what the code says; write it again: python -m servicekit openapi {options.app}")


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="servicekit",
        description="Serve one service until SIGTERM, then stop without losing a request.",
        epilog="example: servicekit id_service.app:app --host 0.0.0.0 --port 8082; "
        "`servicekit openapi --help` tells how to describe one",
    )
    parser.add_argument("app", metavar="MODULE:NAME", help="where the Service object is")
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"), help="default: $HOST or 127.0.0.1")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")), help="default: $PORT or 8000")
    return parser


def _description_options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="servicekit openapi",
        description="Write the OpenAPI description that the service's code generates.",
        epilog="example: servicekit openapi id_service.app:app",
    )
    parser.add_argument("app", metavar="MODULE:NAME", help="where the Service object is")
    parser.add_argument("file", nargs="?", type=Path, help=f"default: {DESCRIPTION} beside the module's package")
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 where the file is stale")
    return parser


def _load_or_exit(where: str) -> "Service":
    """The service, or exit status 1 with the reason as a line of its log."""
    from servicekit.logs import configure_logging

    usual_name = where.partition(":")[0].partition(".")[0].removesuffix("_service")
    try:
        configure_logging(Settings.from_environment(usual_name))
        return _load(where)
    except SettingsError as error:
        configure_logging(Settings(usual_name))
        logging.getLogger("servicekit").critical("cannot start: %s", error)
        sys.exit(1)


def _load(where: str) -> "Service":
    from servicekit.service import Service

    module, _, name = where.partition(":")
    service = getattr(importlib.import_module(module), name or "app", None)
    if service is None:
        raise SettingsError(f"{module} has no `{name}`")
    if not isinstance(service, Service):
        raise SettingsError(f"{where} is a {type(service).__name__}, but must be a servicekit.Service")
    return service


if __name__ == "__main__":
    main()
