"""What all Kubernetes values share."""

from msgspec import Struct

Labels = dict[str, str]


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Any part of an object."""


class Metadata(Part, frozen=True, kw_only=True):
    name: str = ""
    namespace: str = ""
    labels: Labels = {}
    annotations: Labels = {}


class Selector(Part, frozen=True, kw_only=True):
    match_labels: Labels


class Object(Part, frozen=True, kw_only=True):
    """A whole object: what `kubectl apply` takes."""

    api_version: str
    kind: str
    metadata: Metadata
