"""What was measured, written where `check` and `capacity` find it."""

from pathlib import Path

from ..errors import OnewayError
from ..manifest.edit import set_number
from ..model import MEASURED_FOLDER, Measured, encode_measured
from ..workspace import write_file
from .read_manifests import Reading


def keep_measured(reading: Reading, measured: Measured) -> tuple[Path, Path]:
    """Write the number into the service's manifest, which stays as it was otherwise, and the whole measurement beside
    the manifests; the files that were written. OnewayError where the number must be written by hand."""
    workspace, name = reading.workspace, reading.system.files[measured.service]
    manifest = workspace.root / name
    above = _overridden(reading, measured)
    try:
        edited = set_number(workspace.content(name), "load", "per_replica", measured.per_replica, above)
    except (OSError, ValueError) as error:
        raise OnewayError(
            f"{name} cannot be changed: {error}", f"write `per_replica: {measured.per_replica:g}` under `load` yourself"
        ) from None
    record = workspace.manifests / MEASURED_FOLDER / f"{measured.service}.json"
    write_file(record, encode_measured(measured), make_folders=True)
    write_file(manifest, edited)
    return manifest, record


def _overridden(reading: Reading, measured: Measured) -> tuple[str, ...]:
    """The environment's own entry, where the manifest has one for this number."""
    over = reading.system.services[measured.service].environments.get(measured.environment, {}).get("load")
    return ("environments", measured.environment) if isinstance(over, dict) and "per_replica" in over else ()
