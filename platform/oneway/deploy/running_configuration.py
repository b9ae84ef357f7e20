"""What a release was started with beside its files: its secrets, told by keyed digests and never by their values."""

from collections.abc import Mapping

from ..errors import OnewayError
from ..model import Service
from ..targets.base import Release
from .context import Context


def changed_secrets(now: Mapping[str, str], then: Release) -> tuple[str, ...]:
    """Which secrets are others by now than those that the release was started with; nothing where that is not known."""
    known = now.keys() & then.configuration.keys()
    differing = sorted(name for name in known if now[name] != then.configuration[name])
    return tuple(f"secret {name}: it has changed since release {then.number} was started" for name in differing)


def configuration_of(context: Context, spec: Service) -> Mapping[str, str]:
    """The digests of now; nothing where they cannot be told, which is for whoever needs the secrets to say."""
    try:
        return context.target.configuration(spec)
    except OnewayError:
        return {}
