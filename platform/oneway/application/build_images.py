"""Images of services, from their generated Dockerfiles or their own; digests recorded where they are asked for."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from ..errors import OnewayError
from ..generate import DEFAULT_MIRROR, base_images, dockerfiles, image_name
from ..model import Service, System
from ..targets.base import Say
from ..workspace import Workspace
from ..workspace.engine import Engine, Recipe
from ..workspace.image_context import lay_out
from .recorded_images import record_images, recorded_images


@dataclass(frozen=True, slots=True)
class ImageBuilder:
    """What is the same for all images of one run. `say` hears the engine, line by line.

    `epoch` is the time that every file of an image gets, so that the same inputs make the same image.
    """

    workspace: Workspace
    system: System
    engine: Engine
    mirror: str | None
    network: str | None
    epoch: int
    say: Say

    def pin(self, service: Service, again: bool) -> str:
        """Record the digest of the image that the service starts from, or runs as it is; says so in words."""
        if service.build.image is not None:
            digest = self.engine.base_digest(service.build.image, self.say)
            self._record_built(service, digest, again)
            return f"{service.build.image} is pinned to {digest}"
        bases = base_images(service, self.workspace.has_file)
        if not bases:
            return f"{service.name} names no base image: there is nothing to pin"
        return ", and ".join(map(self._pin_base, bases))

    def build(self, service: Service) -> str:
        """Build the image; its tag and id in words."""
        if service.build.image is not None:
            return f"{service.name} runs {service.build.image}: there is nothing to build"
        with tempfile.TemporaryDirectory(prefix="oneway-image-") as folder:
            context = Path(folder, "context")
            context.mkdir()
            dockerfile = self._dockerfile(service, Path(folder))
            left_out = lay_out(self.workspace.root, _with_path(service), context, self.epoch).describe_left_out()
            if left_out:
                self.say(f"note: {service.name}: {left_out}")
            tag = image_name(self.system, service)
            recipe = Recipe(dockerfile, context, tag, self._arguments(), self.network, self.epoch)
            return f"{service.name}: {tag} has id {self.engine.build(recipe, self.say)}"

    def push(self, service: Service, again: bool) -> str:
        """Push what was built and record its digest; where, in words."""
        if self.system.settings.registry is None:
            raise OnewayError(
                f"environment {self.system.environment or 'local'} has no registry to push {service.name} to",
                f"add `registry:` to it in {self.system.platform_file}, or choose another with --env",
            )
        digest = self.engine.push(image_name(self.system, service), self.say)
        return f"{service.name}: recorded {digest} in {self._record_built(service, digest, again)}"

    def _pin_base(self, base: str) -> str:
        digest = self.engine.base_digest((self.mirror or DEFAULT_MIRROR) + base, self.say)
        record_images(self.workspace, recorded_images(self.workspace).with_base(base, digest))
        return f"{base} is pinned to {digest}"

    def _arguments(self) -> Mapping[str, str]:
        return {"MIRROR": self.mirror} if self.mirror else {}

    def _record_built(self, service: Service, digest: str, again: bool) -> str:
        return record_images(self.workspace, recorded_images(self.workspace).with_built(service, digest, again=again))

    def _dockerfile(self, service: Service, folder: Path) -> Path:
        if service.build.dockerfile is not None:
            return self.workspace.root / service.build.dockerfile
        generated = dockerfiles(self.system, service, recorded_images(self.workspace), self.workspace.has_file)
        if not generated:
            raise OnewayError(
                f"{service.name} does not say how it is built",
                f"add `path` and `runtime` under `build` in {self.system.files[service.name]}",
            )
        path = folder / "Dockerfile"
        path.write_text(generated[0].content, encoding="utf-8")
        return path


def _with_path(service: Service) -> Service:
    """A service with a Dockerfile of its own, and no path, is built from the Dockerfile's folder."""
    build = service.build
    if build.dockerfile is None or build.path is not None:
        return service
    return replace(service, build=replace(build, path=build.dockerfile.rpartition("/")[0] or "."))
