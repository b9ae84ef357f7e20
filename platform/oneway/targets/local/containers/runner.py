"""The engine that runs images on this machine, and the images that releases run from."""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from ....errors import OnewayError
from ....model import Build
from ....workspace.engine import EPOCH, Engine, Recipe, find_engine
from ...base import Say, TargetError

_ASK_SECONDS: Final = 60
_REPOSITORY: Final = "localhost/oneway"
GET: Final = (
    "install one, as with `apt-get install podman`, and see that it works: `podman info`, `docker version`;"
    " or `environments: local: {build: …}` lets something simple stand in, `{deploy: false}` leaves it out"
)


@dataclass(frozen=True, slots=True)
class Runner:
    """An engine that works. `gateway` is this machine as containers reach it; where nothing of it can be reached that
    way, the engine leads to its loopback itself, at that address."""

    engine: Engine
    gateway: str
    network: str

    @property
    def relays(self) -> bool:
        """Whether the gateway is an address of this machine, on which its loopback has to be handed on."""
        return not self.network


@cache
def find_runner() -> Runner | None:
    """The first of docker and podman that works here; buildah builds, and runs nothing."""
    engine = find_engine(("docker", "podman"))
    if engine is None:
        return None
    if engine.name == "podman" and _ask(engine, "info", "--format", "{{.Host.Security.Rootless}}") == "true":
        return Runner(engine, "10.0.2.2", "slirp4netns:allow_host_loopback=true")
    network, field = (
        ("bridge", "{{(index .IPAM.Config 0).Gateway}}")
        if engine.name == "docker"
        else ("podman", "{{range .Subnets}}{{.Gateway}} {{end}}")
    )
    return Runner(engine, _gateway(engine, network, field), "")


def require_runner() -> Runner:
    """TargetError where no engine works here."""
    runner = find_runner()
    if runner is None:
        raise TargetError("neither docker nor podman works on this machine", GET)
    return runner


def is_image(build: Build) -> bool:
    """Whether what runs is an image."""
    return build.image is not None or build.dockerfile is not None


def require_image(runner: Runner, service: str, build: Build, snapshot: Path, known: str, say: Say) -> str:
    """The id of the image, built from the snapshot or pulled where it is not there. `known` is the id that the release
    had before: it runs what it was judged with."""
    if known and _id_of(runner, known):
        return known
    if build.dockerfile is not None:
        return _build(runner, service, build, snapshot, say)
    name = build.image or ""
    if not (found := _id_of(runner, name)):
        say(f"pulling {name}")
        _run(runner, "pull", "--quiet", name)
        found = _id_of(runner, name)
    if not found:
        raise TargetError(f"{runner.engine.name} does not find the image {name}", "is its name right?")
    return found


def end_container(name: str) -> None:
    """End the container, if it is there."""
    if (runner := find_runner()) is not None:
        _ask(runner.engine, "rm", "--force", name)


def forget_images(service: str, kept: set[str]) -> None:
    """Delete the images that were built of other contents."""
    if (runner := find_runner()) is not None:
        repository = f"{_REPOSITORY}/{service}"
        for tag in _ask(runner.engine, "images", "--format", "{{.Tag}}", repository).split():
            if tag not in {each[:32] for each in kept}:
                _ask(runner.engine, "rmi", f"{repository}:{tag}")


def _build(runner: Runner, service: str, build: Build, snapshot: Path, say: Say) -> str:
    tag = f"{_REPOSITORY}/{service}:{snapshot.name}"
    if found := _id_of(runner, tag):
        return found
    say(f"building the image of {service}")
    with tempfile.TemporaryDirectory(prefix="oneway-image-") as folder:
        context = Path(folder, "context")
        shutil.copytree(snapshot / "app", context, copy_function=_copy)
        if (snapshot / "include").is_dir():
            shutil.copytree(snapshot / "include", context, dirs_exist_ok=True, copy_function=_copy)
        dockerfile = context / Path(build.dockerfile or "").relative_to(build.path or ".")
        try:
            runner.engine.build(Recipe(dockerfile, context, tag, epoch=EPOCH), lambda line: None)
        except OnewayError as error:
            raise TargetError(error.message, error.hint) from None
    return _id_of(runner, tag)


def _copy(source: str, target: str) -> str:
    """A file with its mode, but for who may write to it; folders of a build are closed, and this one is not."""
    shutil.copyfile(source, target)
    Path(target).chmod(Path(source).stat().st_mode | 0o200)
    Path(target).parent.chmod(0o755)
    return target


def _gateway(engine: Engine, network: str, field: str) -> str:
    found = _ask(engine, "network", "inspect", "--format", field, network).split()
    if not found:
        # An older podman writes its networks as it reads them.
        found = [
            line.partition(":")[2].strip(' ",')
            for line in _ask(engine, "network", "inspect", network).splitlines()
            if '"gateway"' in line.lower()
        ]
    return next((each for each in found if "." in each), "127.0.0.1")


def _id_of(runner: Runner, name: str) -> str:
    return _ask(runner.engine, "image", "inspect", "--format", "{{.Id}}", name) if name else ""


def _ask(engine: Engine, *words: str) -> str:
    """What the engine answers; nothing where it refuses."""
    try:
        done = subprocess.run(
            [engine.program, *words], capture_output=True, text=True, timeout=_ASK_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _run(runner: Runner, *words: str) -> None:
    done = subprocess.run([runner.engine.program, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        said = " / ".join(line.strip() for line in done.stderr.splitlines()[-3:])
        raise TargetError(
            f"{runner.engine.name} {words[0]} failed: {said}", "is the name right, and the registry there?"
        )
