"""How one replica of an image is run: as a cluster runs it, with the replica's own ports in front."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ....generate.kubernetes.config_maps import MOUNTED_AT
from ....model import Service, quantity_value
from ..processes.ask import HOST
from .runner import Runner

USER: Final = "10001:10001"
_HARDENED: Final = (
    *("--read-only", "--tmpfs=/tmp:rw,mode=1777", "--cap-drop=all", "--security-opt=no-new-privileges"),
    f"--user={USER}",
)


def run_arguments(runner: Runner, name: str, spec: Service, ports: Mapping[str, int], config: Path) -> list[str]:
    """The words before the variables: the engine's command up to the image is put together by whoever starts it."""
    words = [runner.engine.program, "run", "--rm", f"--name={name}", *_HARDENED]
    if runner.network:
        words.append(f"--network={runner.network}")
    words += [f"--publish={HOST}:{ports[each.name]}:{each.port}" for each in spec.endpoints]
    if spec.config:
        words.append(f"--volume={config}:{MOUNTED_AT}:ro")
    if (limit := spec.resources.limits.memory) is not None:
        words.append(f"--memory={int(quantity_value(limit))}")
    return words


def container_variables(spec: Service, wired: Mapping[str, str]) -> dict[str, str]:
    """What the program in the container is told; the addresses in it are still those of this machine's loopback."""
    told = {**spec.env, "HOST": "0.0.0.0", **wired}
    if spec.endpoints:
        told["PORT"] = str(spec.endpoints[0].port)
    if spec.config:
        told["ONEWAY_CONFIG"] = MOUNTED_AT
    return told


def container_file(
    runner: Runner, name: str, image: str, spec: Service, arguments: list[str], variables: Mapping[str, str]
) -> bytes:
    """What `program` is started from."""
    content = {
        "engine": runner.engine.program,
        "name": name,
        "run": arguments,
        "variables": dict(sorted(variables.items())),
        "secrets": sorted(spec.secrets),
        "image": image,
        "start": list(spec.build.start),
        "gateway": runner.gateway,
        "relays": runner.relays,
    }
    return json.dumps(content, indent=1).encode()
