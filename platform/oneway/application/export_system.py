"""The system written down for another tool."""

from pathlib import Path

from ..generate import Sources, kubernetes_files
from ..generate.exports import EXPORTS, Exported
from ..workspace import write_file
from ..workspace.git import origin
from .generate_files import plan_generation
from .read_manifests import Reading


def export_system(reading: Reading, tool: str, env: str | None, folder: Path, repository: str | None) -> list[Path]:
    """Write what the tool reads into the folder; returns the files. The manifests must be sound."""
    workspace = reading.workspace
    generation = plan_generation(reading, env)
    sources = Sources(generation.images, workspace.has_file, workspace.content)
    exported = Exported(
        reading.system,
        {system.environment or "": system for system in generation.systems},
        lambda system: kubernetes_files(system, sources),
        repository or origin(workspace.root) or "",
        "generated",
    )
    files = list(EXPORTS[tool](exported))
    for each in files:
        write_file(folder / each.path, each.content, make_folders=True)
    return [folder / each.path for each in files]
