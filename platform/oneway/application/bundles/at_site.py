"""What is different in a folder that was laid out from a bundle: one environment, and no index to ask."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ...errors import OnewayError, UsageError

HOME: Final = ".bundle"


def bundled_environment(root: Path) -> str | None:
    """The environment that the folder is; None where no bundle made it."""
    if not (root / HOME).exists():
        return None
    from . import open_bundle

    try:
        installed = open_bundle.read_installed(root)
    except open_bundle.BundleError as error:
        raise OnewayError(error.message, f"open the bundle again: `python3 FILE {root}`") from None
    return installed.environment if installed else None


def offline_settings(root: Path, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables by which uv and npm install from what the bundle brought; none in any other folder."""
    home = (root / HOME).absolute()
    if not home.exists():
        return {}
    from . import open_bundle

    known = environ.get("UV_FIND_LINKS")
    wheels = str(home / open_bundle.WHEELS.rstrip("/"))
    npm = str(home / open_bundle.NPM.rstrip("/"))
    return {
        "UV_FIND_LINKS": ",".join([wheels, *([known] if known and known != wheels else [])]),
        "UV_OFFLINE": "1",
        "npm_config_cache": npm,
        "npm_config_offline": "true",
    }


def bring(bundle: Path, root: Path) -> str:
    """Bring the folder to what the bundle holds; returns its environment. Whoever deploys then starts the folder's own
    command, for the tool may be another one. OnewayError where it may not, and then the site is as before."""
    from . import open_bundle

    if not (root / HOME / open_bundle.CONTENTS).exists():
        raise UsageError(
            f"{root} was not laid out from a bundle, and its manifests would be written over",
            f"`python3 {bundle} DIR` makes a folder for the site",
        )
    try:
        return open_bundle.install(bundle, root).environment
    except open_bundle.BundleError as error:
        raise OnewayError(error.message, error.hint) from None
    except OSError as error:
        raise OnewayError(f"{error.filename or root}: {error.strerror}", "is the disk full?") from None
