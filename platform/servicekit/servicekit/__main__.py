"""`python -m servicekit id_service.app:app --host 0.0.0.0 --port 8082`: serve one service."""

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Sequence

from servicekit.logs import configure_logging
from servicekit.service import Service
from servicekit.settings import Settings, SettingsError


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    sys.path.insert(0, os.getcwd())
    usual_name = options.app.partition(":")[0].partition(".")[0].removesuffix("_service")
    try:
        configure_logging(Settings.from_environment(usual_name))
        service = _load(options.app)
    except SettingsError as error:
        configure_logging(Settings(usual_name))
        logging.getLogger("servicekit").critical("cannot start: %s", error)
        sys.exit(1)
    from servicekit.server import serve

    serve(service, options.host, options.port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="servicekit",
        description="Serve one service until SIGTERM, then stop without losing a request.",
        epilog="example: servicekit id_service.app:app --host 0.0.0.0 --port 8082",
    )
    parser.add_argument("app", metavar="MODULE:NAME", help="where the Service object is")
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"), help="default: $HOST or 127.0.0.1")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")), help="default: $PORT or 8000")
    return parser


def _load(where: str) -> Service:
    module, _, name = where.partition(":")
    service = getattr(importlib.import_module(module), name or "app", None)
    if service is None:
        raise SettingsError(f"{module} has no `{name}`")
    if not isinstance(service, Service):
        raise SettingsError(f"{where} is a {type(service).__name__}, but must be a servicekit.Service")
    return service


if __name__ == "__main__":
    main()
