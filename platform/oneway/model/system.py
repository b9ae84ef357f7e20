"""The whole: a platform and its services, as read for one environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .measured import Measured
from .platform import Environment, Platform
from .service import Service

PLATFORM_FILE = "platform.yaml"


@dataclass(frozen=True, slots=True)
class System:
    """Services by name in sorted order, the file of each, and the platform they share.

    `unreadable` names the services whose manifests had faults: they exist, but nothing is known of them.
    `measured` has the files of what was measured: the measurement, or why it cannot be read.
    `platform_known` is false when platform.yaml is missing or faulty: `platform` is an empty one then.
    """

    platform: Platform
    services: Mapping[str, Service]
    files: Mapping[str, str]
    platform_file: str
    environment: str | None = None
    unreadable: frozenset[str] = frozenset()
    platform_known: bool = True
    measured: Mapping[str, Measured | str] = field(default_factory=dict)

    @property
    def deployed(self) -> Mapping[str, Service]:
        """The services that this environment runs; the others are left out of it."""
        return {name: each for name, each in self.services.items() if each.deploy}

    def leaves_out(self, name: str) -> bool:
        """Whether the service is declared, and left out of this environment."""
        return name in self.services and not self.services[name].deploy

    @property
    def settings(self) -> Environment:
        """The chosen environment's settings; without one, the local target."""
        if self.environment is None:
            return Environment(target="local")
        return self.platform.environments.get(self.environment, Environment(target="local"))
