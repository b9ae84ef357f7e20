"""The folder that an image is built from: exactly the service's files, where its Dockerfile looks for them."""

import os
import shutil
from pathlib import Path

from ..errors import OnewayError
from ..model import Service
from .build_files import Context, build_context


def lay_out(root: Path, service: Service, folder: Path, epoch: int) -> Context:
    """Copy the files of the build into `folder`, all with one time and plain modes; returns what was copied.

    A generated Dockerfile sees them below their paths in the repository, one's own sees `build.path` as its root.
    """
    context = build_context(root, service)
    for file in context.files:
        path = folder / _place(service, file.target)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(file.source, path)
        except OSError as error:
            raise OnewayError(
                f"{file.source} cannot be copied: {error.strerror or error}", "check its permissions"
            ) from None
        path.chmod(0o755 if file.executable else 0o644)
    _date(folder, epoch)
    return context


def _place(service: Service, target: str) -> str:
    build = service.build
    if target.startswith("include/"):
        return target.removeprefix("include/")
    inside = target.removeprefix("app/")
    return inside if build.dockerfile is not None else f"{build.path}/{inside}"


def _date(folder: Path, epoch: int) -> None:
    for base, folders, files in os.walk(folder, topdown=False):
        for name in (*folders, *files):
            path = Path(base, name)
            if path.is_dir():
                path.chmod(0o755)
            os.utime(path, (epoch, epoch))
