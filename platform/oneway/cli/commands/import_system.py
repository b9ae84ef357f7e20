"""`platform import`: a first draft of manifests from what exists."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from ...application.import_system import Imported, import_system
from ..options import EvidencePaths, Traffic
from ..output.evidence_lines import grouped
from ..output.lines import count


def command(
    paths: EvidencePaths,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the drafts go.")] = Path(
        "manifests"
    ),
    name: Annotated[str, typer.Option("--name", help="The platform's name.")] = "imported",
    traffic: Traffic = None,
) -> None:
    """Draft manifests from compose files, Kubernetes objects, configuration, code and traffic.

    Every call comes with what shows it and how far that goes. Values of secrets are never written, and the draft says
    which they are. Run it again and again: a draft that nobody changed is brought up to date, any other file stays.

    \b
    Example:
      platform import . -o manifests
      platform import k8s/ src/ --traffic traces.json --name shop
    """
    imported = import_system(paths, output, name, traffic or [])
    services, calls = imported.observed.services, imported.observed.pairs()
    print(f"wrote {count(len(services), 'service')} and {count(len(calls), 'call')} to {output}")
    for path in imported.kept:
        print(f"kept {path}: it was changed by hand")
    print("\n".join(["to decide:", *(f"  {at}. {each}" for at, each in enumerate(_decisions(imported, output), 1))]))
    print(f"next: name owners and domains in {output / 'platform.yaml'}, then `platform check --manifests {output}`")


def _decisions(imported: Imported, folder: Path) -> Iterator[str]:
    """What nobody but a person can say, the shortest first."""
    observed = imported.observed
    yield f"owners and domains: one name for each in {folder / 'platform.yaml'}, and in every manifest"
    for path, target, why in imported.missing:
        yield f"{path} declares no call to {target}, which was seen ({why}): add `- {{to: {target}}}`, or leave it"
    for path in imported.gone:
        yield f"{path} is shown by nothing any more: delete it, or keep it by changing it"
    secrets = sorted(each.name for each in observed.services if each.secret_env)
    if secrets:
        yield f"secrets of {_listed(secrets)}: put their values into the secret store of each environment"
    pairs = observed.pairs()
    hints = sorted(
        {f"{each.source} → {each.target}" for each in observed.hints if (each.source, each.target) not in pairs}
    )
    if hints:
        yield f"start orders without any sign of a call: {_listed(hints)}; declare those that are calls"
    yield from grouped(observed.found)


def _listed(names: Iterable[str]) -> str:
    known = list(names)
    return ", ".join(known[:8]) + (f" and {len(known) - 8} more" if len(known) > 8 else "")
