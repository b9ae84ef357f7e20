"""Lock files: which versions of packages a service is built from, with their hashes and no addresses."""

from pathlib import Path

from ....errors import OnewayError
from ....model import Service
from .machine_runtimes import find_tool, run_npm, runtime_of
from .packages import require_success, run_uv


def lock_packages(root: Path, service: Service) -> Path:
    """Write the lock file of the service's runtime anew from what names its packages; returns it."""
    build = service.build
    if build.path is None:
        raise OnewayError(f"{service.name} names no folder under `build`", "name it with `path`")
    app, runtime = root / build.path, build.runtime or ""
    if runtime.startswith("python"):
        return _lock_python(service.name, app, runtime.removeprefix("python"))
    if runtime.startswith("node"):
        return _lock_node(service, app)
    raise OnewayError(
        f"{service.name} is of runtime {runtime or 'nothing'}, whose packages no lock file pins",
        "python… and node… have one; others bring what they need in their folder",
    )


def _lock_python(name: str, app: Path, version: str) -> Path:
    sources = [each for each in ("requirements.in", "pyproject.toml") if (app / each).exists()]
    if not sources:
        raise OnewayError(
            f"nothing names the packages of {name}", f"write them into {app.name}/requirements.in, one on a line"
        )
    words = ["--universal", "--generate-hashes", "--python-version", version, "--no-header", "--no-annotate", "--quiet"]
    done = run_uv("pip", "compile", sources[0], *words, "--output-file", "requirements.txt", folder=app)
    require_success(done, f"the packages that {sources[0]} names", "locked", f"check {sources[0]} and pip's settings")
    return app / "requirements.txt"


def _lock_node(service: Service, app: Path) -> Path:
    if not (app / "package.json").exists():
        raise OnewayError(f"nothing names the packages of {service.name}", "`npm init` writes package.json")
    node = find_tool(service.build)
    if node is None:
        raise OnewayError("node is not on this machine", runtime_of(service.build).get)
    run_npm(node, app, "install", "--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved")
    return app / "package-lock.json"
