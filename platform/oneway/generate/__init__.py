"""From the manifests to what runs: Dockerfiles, Kubernetes objects, what replicas are told. Values, never writes."""

from .all_files import Sources, docker_files, kubernetes_files
from .all_waivers import waivers
from .dockerfile import DEFAULT_MIRROR, base_images, dockerfiles
from .emit import yaml_text
from .files import MARK, GeneratedFile
from .images import LOCK_FILE, Images, image_name, image_reference, lock_text, read_images
from .kubernetes import Plain, Site, Waiver, objects, survey
from .wiring import Address, wiring

__all__ = [
    "DEFAULT_MIRROR",
    "LOCK_FILE",
    "MARK",
    "Address",
    "GeneratedFile",
    "Images",
    "Plain",
    "Site",
    "Sources",
    "Waiver",
    "base_images",
    "docker_files",
    "dockerfiles",
    "image_name",
    "image_reference",
    "kubernetes_files",
    "lock_text",
    "objects",
    "read_images",
    "survey",
    "waivers",
    "wiring",
    "yaml_text",
]
