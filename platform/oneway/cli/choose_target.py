"""From a command's options to the environment that it works on: the only place that knows the concrete targets."""

import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from ..application.bundles.at_site import offline_settings
from ..application.develop import Workshop
from ..application.generated_checks import with_generated
from ..application.open_environment import OpenEnvironment
from ..application.read_manifests import Reading, read_deployed, require_good
from ..application.recorded_images import recorded_images
from ..application.watch_in_turn import Election
from ..errors import OnewayError, UsageError
from ..model import Service
from ..model.fitness import Misfit
from ..targets.base import Site
from .output.lines import note

IN_CLUSTER = "in-cluster"


def open_environment(
    manifests: Path | None,
    env: str | None,
    context: str | None = None,
    namespace: str | None = None,
    sound: bool = False,
    broken: bool = False,
) -> OpenEnvironment:
    """The environment's manifests and target; without --env that of `local`. `sound` refuses error findings, and
    OnewayError says so where the release records are lost, unless they may be `broken`."""
    reading = read_deployed(manifests, env)
    if sound:
        require_good(reading, date.today())
    reading, faults = with_generated(reading)
    if faults and sound:
        raise OnewayError("; ".join(faults), "mend the description, or take `openapi: true` away")
    for each in faults:
        note(each)
    site = _site(reading, context, namespace)
    if not broken and (restored := site.restore_records()):
        note(restored)
    return OpenEnvironment(reading, site)


def _site(reading: Reading, context: str | None, namespace: str | None) -> Site:
    if reading.system.settings.target == "kubernetes":
        from ..targets.kubernetes import Sources, kubernetes_site

        sources = Sources(reading.system, recorded_images(reading.workspace), reading.workspace.content)
        return kubernetes_site(sources, context, namespace)
    if context is not None or namespace is not None:
        raise UsageError(
            "--context and --namespace are for clusters, and this environment is this machine",
            "name an environment whose target is kubernetes with --env",
        )
    from ..targets.local.target import local_target

    os.environ.update(offline_settings(reading.workspace.root))
    return local_target(reading.workspace.root, reading.system)


def lacks_of_this_machine(root: Path, service: Service) -> Iterable[Misfit]:
    """What this machine lacks to run the service."""
    from ..targets.local.builds.lacks import find_service_lacks

    return find_service_lacks(service, root)


def workshop_of(opened: OpenEnvironment) -> Workshop:
    """What runs services of the environment from the working tree. UsageError where they run on a cluster."""
    from ..targets.local.development import Development
    from ..targets.local.target import LocalTarget

    if not isinstance(opened.site, LocalTarget):
        raise UsageError(
            f"{opened.name} is on a cluster, and `platform dev` runs services on this machine",
            "leave --env away, or name an environment whose target is local",
        )
    return Development(opened.site, opened.rollout_context().who)


def pod_election(opened: OpenEnvironment) -> Election:
    """This pod's part in the election of the replica that watches. UsageError where it is no pod of the cluster."""
    from ..targets.kubernetes import pod_election as of_site

    pod = os.environ.get("POD_NAME", "")
    if not pod:
        raise UsageError("--in-cluster is for a pod, whose name is POD_NAME", "`platform generate` writes such pods")
    return of_site(opened.site, pod)
