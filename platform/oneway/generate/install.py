"""What somebody who gets the folder of one environment has to know, without Oneway and without the repository."""

from ..model import System
from .connections import secrets_of
from .files import MARK
from .images import Images, image_reference


def installation_notes(system: System, images: Images) -> str:
    """The steps, the Secrets that must exist first, and the images that the cluster must be able to pull."""
    namespace = system.settings.namespace or system.platform.name
    secrets = sorted(
        {
            (reference.name, reference.key, service.name)
            for service in system.deployed.values()
            for reference in (*service.secrets.values(), *secrets_of(system, service).values())
        }
    )
    lines = [
        f"<!-- Generated {MARK}; change the manifests, not this file. -->",
        f"# {system.platform.name} in environment {system.environment}",
        "",
        "1. Apply `namespace.yaml` and `priority-class.yaml` (they need rights for the whole cluster).",
        f"2. Create the Secrets below in namespace `{namespace}`.",
        "3. `kubectl apply -k .`",
        "",
        "## Secrets",
        "",
        *([f"* `{name}`, key `{key}`: read by {service}" for name, key, service in secrets] or ["None."]),
        "",
        "## Images",
        "",
        *[f"* `{image_reference(system, service, images)}`" for service in system.deployed.values()],
    ]
    return "\n".join(lines) + "\n"
