"""Lock files: which versions of packages a service is built from, with their hashes and no addresses."""

from pathlib import Path

from ....errors import OnewayError
from ....model import Service
from . import golang, node
from .machine_runtimes import find_tool, runtime_of
from .packages import require_success, run_uv
from .tools import Tool


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
    if runtime.startswith("go"):
        return _lock_go(service, app)
    raise OnewayError(
        f"{service.name} is of runtime {runtime or 'nothing'}, whose packages no lock file pins",
        "python…, node… and go… have one; pom.xml pins by exact versions, and others bring what they need",
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
    words = ("--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved")
    node.run_npm(_require_tool(service), app, "install", *words)
    return app / "package-lock.json"


def _lock_go(service: Service, app: Path) -> Path:
    if not (app / "go.mod").exists():
        raise OnewayError(f"nothing names the module of {service.name}", "`go mod init NAME` writes go.mod")
    golang.tidy(app, _require_tool(service))
    lock = app / "go.sum"
    return lock if lock.exists() else app / "go.mod"


def _require_tool(service: Service) -> Tool:
    tool, runtime = find_tool(service.build), runtime_of(service.build)
    if tool is None:
        raise OnewayError(f"{runtime.program} is not on this machine", runtime.get)
    return tool
