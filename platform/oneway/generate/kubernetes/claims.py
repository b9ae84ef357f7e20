"""The claims of a service's volumes. No deploy and no `stop` removes one: data goes by hand alone."""

from typing import Final

from ...model import Service, System
from ...model.backings import family_of
from .api.pods import ClaimVolume, EmptyDir, ResourceAmounts, Volume, VolumeMount
from .api.storage import ClaimSpec, PersistentVolumeClaim
from .labels import metadata

_MODES: Final = {"one": "ReadWriteOnce", "many": "ReadWriteMany"}
_SCRATCH_SIZE: Final = "64Mi"


def claims(system: System, service: Service) -> tuple[PersistentVolumeClaim, ...]:
    """One for each volume, whatever the number of replicas: what they share is shared by all."""
    return tuple(
        PersistentVolumeClaim(
            api_version="v1",
            kind="PersistentVolumeClaim",
            metadata=metadata(system, service, claim_name(service, each.name)),
            spec=ClaimSpec(
                access_modes=(_MODES[each.writers],),
                resources=ResourceAmounts(requests={"storage": each.size}, limits={}),
            ),
        )
        for each in service.volumes
    )


def claim_name(service: Service, volume: str) -> str:
    """The claim of that volume."""
    return f"{service.name}-{volume}"


def volumes(service: Service) -> tuple[Volume, ...]:
    """The claims as the pod names them, and the folders that its image writes to."""
    kept = tuple(
        Volume(
            name=f"volume-{each.name}", persistent_volume_claim=ClaimVolume(claim_name=claim_name(service, each.name))
        )
        for each in service.volumes
    )
    return (
        *kept,
        *(Volume(name=f"scratch-{at}", empty_dir=EmptyDir(size_limit=_SCRATCH_SIZE)) for at, _ in _scratch(service)),
    )


def mounts(service: Service) -> tuple[VolumeMount, ...]:
    """Where the container finds them."""
    kept = tuple(VolumeMount(name=f"volume-{each.name}", mount_path=each.path) for each in service.volumes)
    return (*kept, *(VolumeMount(name=f"scratch-{at}", mount_path=path) for at, path in _scratch(service)))


def _scratch(service: Service) -> list[tuple[int, str]]:
    return list(enumerate(family_of(service).scratch)) if service.kind == "backing" else []
