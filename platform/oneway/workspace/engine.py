"""The container engine of this machine: docker, podman or buildah, whichever works."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..errors import OnewayError

Say = Callable[[str], None]
"""Takes one line of an engine's output as it comes."""

EPOCH: Final = 1577836800
"""The time that every file of an image bears unless SOURCE_DATE_EPOCH says otherwise: 2020-01-01."""

_PROBE_SECONDS: Final = 15


@dataclass(frozen=True, slots=True)
class Recipe:
    """One image to build: its Dockerfile, the folder that it copies from, and the name it gets."""

    dockerfile: Path
    context: Path
    tag: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    network: str | None = None
    epoch: int = EPOCH


@dataclass(frozen=True, slots=True)
class Engine:
    """`program` is what runs; `name` which of the three it is."""

    name: str
    program: str

    def build(self, recipe: Recipe, say: Say) -> str:
        """Build the image; returns its id. OnewayError with the engine's last lines when it fails."""
        self._run(build_command(self, recipe), say, {"SOURCE_DATE_EPOCH": str(recipe.epoch)})
        return self._output("inspect", "--type", "image", "--format", _ID[self.name], recipe.tag).strip()

    def push(self, tag: str, say: Say) -> str:
        """Push the image; returns the digest under which the registry keeps it."""
        if self.name == "docker":
            self._run([self.program, "push", tag], say)
            return self._repository_digest(tag)
        with tempfile.TemporaryDirectory(prefix="oneway-push-") as folder:
            file = Path(folder, "digest")
            self._run([self.program, "push", "--digestfile", str(file), tag], say)
            return file.read_text(encoding="utf-8").strip()

    def base_digest(self, base: str, say: Say) -> str:
        """Pull a base image; returns the digest by which its registry knows it."""
        self._run([self.program, "pull", base], say)
        return self._repository_digest(base)

    def _repository_digest(self, tag: str) -> str:
        if self.name == "buildah":
            return self._output("inspect", "--type", "image", "--format", "{{.FromImageDigest}}", tag).strip()
        known = json.loads(self._output("image", "inspect", "--format", "{{json .RepoDigests}}", tag)) or []
        repository = tag.rpartition(":")[0] if ":" in tag.rpartition("/")[2] else tag
        digests = [each.rpartition("@")[2] for each in sorted(known, key=lambda each: not each.startswith(repository))]
        if not digests:
            raise OnewayError(f"{self.name} knows no digest of {tag}", "push or pull it through a registry first")
        return str(digests[0])

    def _output(self, *arguments: str) -> str:
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise OnewayError(f"{self.name} {arguments[0]} failed: {_last_line(done.stderr)}", "is the image there?")
        return done.stdout

    def _run(self, command: list[str], say: Say, extra: Mapping[str, str] | None = None) -> None:
        last: list[str] = []
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **(extra or {})},
        ) as process:
            for line in process.stdout or ():
                last = [*last[-9:], line.rstrip()]
                say(line.rstrip())
        if process.returncode:
            raise OnewayError(
                f"{self.name} {command[1]} ended with status {process.returncode}:\n  " + "\n  ".join(last),
                f"run it again to see all of it: {' '.join(command[:2])} …",
            )


def find_engine(names: Sequence[str] = ("docker", "podman", "buildah")) -> Engine | None:
    """The first of them that is installed and works; a client without its daemon does not."""
    for name in names:
        program = shutil.which(name)
        if program is not None and _works(program, *_PROBES[name]):
            return Engine(name, program)
    return None


def build_command(engine: Engine, recipe: Recipe) -> list[str]:
    """The arguments that make the same image from the same inputs: every time in it is the recipe's."""
    arguments = [f"--build-arg={name}={value}" for name, value in sorted(recipe.arguments.items())]
    network = [f"--network={recipe.network}"] if recipe.network else []
    rest = [*arguments, *network, f"--file={recipe.dockerfile}", f"--tag={recipe.tag}"]
    if engine.name == "docker":
        output = "--output=type=docker,rewrite-timestamp=true"
        epoch = f"--build-arg=SOURCE_DATE_EPOCH={recipe.epoch}"
        return [engine.program, "buildx", "build", "--progress=plain", output, epoch, *rest, str(recipe.context)]
    verb = ["build"] if engine.name == "podman" else ["build", "--layers"]
    return [engine.program, *verb, f"--timestamp={recipe.epoch}", *rest, str(recipe.context)]


_PROBES: Final = {
    "docker": ("version", "--format", "{{.Server.Version}}"),
    "podman": ("info", "--format", "{{.Host.OCIRuntime.Name}}"),
    "buildah": ("info", "--format", "{{.store.GraphDriverName}}"),
}
_ID: Final = {"docker": "{{.Id}}", "podman": "{{.Id}}", "buildah": "{{.FromImageID}}"}


def _works(program: str, *arguments: str) -> bool:
    try:
        done = subprocess.run([program, *arguments], capture_output=True, timeout=_PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "without a word"
