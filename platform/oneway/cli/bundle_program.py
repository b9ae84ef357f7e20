"""`python3 FILE DIR`: the `__main__.py` of every bundle. It stands on the standard library and `open_bundle` alone."""

import argparse
import sys
from pathlib import Path

from oneway.application.bundles.open_bundle import COMMAND, BundleError, install


def main() -> None:
    """Open the file that this runs from into a folder."""
    bundle = Path(__file__).parent
    parser = argparse.ArgumentParser(
        prog=f"python3 {bundle.name}",
        description="Install a site from this bundle, or bring one to it. No network is asked; nothing is deployed.",
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="The folder of the site; made where it is missing.")
    parser.add_argument(
        "--key", metavar="FILE", type=Path, help="A public key: this bundle and all later ones must be signed with it."
    )
    given = parser.parse_args()
    try:
        contents = install(bundle, given.folder, given.key)
    except BundleError as error:
        sys.exit(f"error: {error.message}\n  hint: {error.hint}")
    except OSError as error:
        hint = "name a folder that is yours to write in"
        sys.exit(f"error: {error.filename or given.folder}: {error.strerror}\n  hint: {hint}")
    print(f"{given.folder} is environment {contents.environment} of {contents.platform}, sha256 {contents.digest}")
    print(f"next: cd {given.folder} && {COMMAND} deploy --all")


if __name__ == "__main__":
    main()
