"""The sample services in a checkout of their own, on ports that are free, deployed by the command."""

import os
import re
import signal
import socket
import subprocess
from pathlib import Path

from local_checkout import ROOT, Checkout

_PARTS = ("manifests", "services", "platform/servicekit")


class Samples(Checkout):
    """Break a service as a disk does that loses its code, and mend it."""

    def destroy(self, service: str) -> None:
        """What it runs from is gone, and so is its process: it cannot be started again."""
        build = self._build(service)
        build.rename(build.with_name(f"{build.name}.gone"))
        for pid in (self.root / ".platform/replicas").glob(f"{service}.*.pid"):
            os.kill(int(pid.read_text().split()[0]), signal.SIGKILL)

    def mend(self, service: str) -> None:
        """Its code is back, and it is started anew, through its gate."""
        build = self._build(service)
        build.rename(build.with_name(build.name.removesuffix(".gone")))
        done = self.run("restart", service)
        assert done.returncode == 0, done.stdout + done.stderr

    def _build(self, service: str) -> Path:
        (found,) = (each.parent for each in (self.root / f".platform/builds/{service}").glob("*/app"))
        return found


def lay_out_samples(root: Path, monitoring: str) -> Samples:
    """The tracked files that the samples are made of, with what `monitoring` says in their platform.yaml."""
    listed = ["git", "-C", str(ROOT), "ls-files", "-z", "--", *_PARTS]
    names = subprocess.run(listed, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes((ROOT / name).read_bytes())
    for manifest in (root / "manifests").glob("*.yaml"):
        text = manifest.read_text()
        for port in sorted(set(re.findall(r"port: (80[0-9]{2})", text))):
            text = text.replace(port, str(_free_port()))
        manifest.write_text(re.sub(r"(?m)^monitoring: .*$", f"monitoring: {monitoring}", text))
    return Samples(root)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
