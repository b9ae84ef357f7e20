"""What the cluster holds of what was deployed to it."""

from ..errors import UsageError
from ..model import System
from ..targets.base import Site


def live_differences(system: System, site: Site) -> dict[str, tuple[str, ...]]:
    """For each deployed service the fields that are not as its release had them, by the API server's own dry run.

    Fields that others own are left alone; a service that was never deployed here has nothing to differ from. UsageError
    where the environment is this machine.
    """
    if system.settings.target != "kubernetes":
        name = system.environment or "local"
        raise UsageError(f"the environment {name} is on this machine", "name one on a cluster: --env E")
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(system.services):
        serving = site.serving(name)
        number = max(serving, key=lambda each: (serving[each], each), default=None)
        releases = [each for each in site.records.releases(name) if each.number == number]
        if releases and (lines := site.differences(releases[0], None)):
            found[name] = lines
    return found
