"""An Argo CD Application for each Kubernetes environment: it follows the generated folder in the repository."""

from collections.abc import Iterator

from ...errors import OnewayError
from ..emit import yaml_text
from ..files import GeneratedFile
from .exported import Exported


def export(exported: Exported) -> Iterator[GeneratedFile]:
    """One file for each environment. OnewayError where nobody knows the repository's address."""
    if not exported.repository:
        raise OnewayError(
            "Argo CD has to know where the repository is, and this one has no remote called origin",
            "name its address with --repository",
        )
    for name in exported.clusters():
        system = exported.environments[name]
        yield GeneratedFile(f"{name}.yaml", yaml_text([_application(exported, name, system.settings.namespace)]))


def _application(exported: Exported, environment: str, namespace: str | None) -> dict[str, object]:
    platform = exported.system.platform.name
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": f"{platform}-{environment}", "namespace": "argocd"},
        "spec": {
            "project": "default",
            "source": {
                "repoURL": _without_password(exported.repository),
                "targetRevision": "HEAD",
                "path": f"{exported.path}/{environment}",
            },
            "destination": {"server": "https://kubernetes.default.svc", "namespace": namespace or platform},
            "syncPolicy": {"syncOptions": ["ServerSideApply=true"]},
        },
    }


def _without_password(address: str) -> str:
    """A password does not belong into a file, nor does a token, which stands where a user's name would."""
    scheme, separator, rest = address.partition("://")
    user, at, place = rest.rpartition("@")
    if not separator or not at or "/" in user:
        return address
    return f"{scheme}://{user.partition(':')[0]}@{place}" if scheme == "ssh" else f"{scheme}://{place}"
