"""The digests of images that the team commits beside its manifests."""

from ..generate import LOCK_FILE, Images, lock_text, read_images
from ..workspace import Workspace, write_file


def recorded_images(workspace: Workspace) -> Images:
    """What images.lock says; nothing where there is none yet. OnewayError when it cannot be understood."""
    file = workspace.manifests / LOCK_FILE
    return read_images(file.read_bytes(), workspace.name(file)) if file.is_file() else Images()


def record_images(workspace: Workspace, images: Images) -> str:
    """Write images.lock; returns its name."""
    file = workspace.manifests / LOCK_FILE
    write_file(file, lock_text(images))
    return workspace.name(file)
