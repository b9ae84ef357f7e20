"""From the manifests to what runs: Dockerfiles, Kubernetes objects, what replicas are told. Values, never writes."""

from .dockerfile import base_image, dockerfiles
from .emit import yaml_text
from .files import GeneratedFile
from .images import LOCK_FILE, Images, image_name, image_reference, lock_text, read_images
from .kubernetes import Plain, Site, Waiver, canary, objects, survey
from .waivers import waivers
from .wiring import Address, wiring

__all__ = [
    "LOCK_FILE",
    "Address",
    "GeneratedFile",
    "Images",
    "Plain",
    "Site",
    "Waiver",
    "base_image",
    "canary",
    "dockerfiles",
    "image_name",
    "image_reference",
    "lock_text",
    "objects",
    "read_images",
    "survey",
    "waivers",
    "wiring",
    "yaml_text",
]
