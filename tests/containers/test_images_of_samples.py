"""The three samples, really built from the generated Dockerfiles, and run as a cluster would run them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_calls import podman

from oneway.generate import image_name, objects, survey
from oneway.manifest import load
from oneway.model import System

ROOT = Path(__file__).parents[2]
SERVICES = ["id", "caption", "gateway"]
MOST_MEGABYTES = 200
"""What the caption image may add to its base: code, model and runtime, but no training framework."""

ASK = """
import sys, time, urllib.request
end = time.monotonic() + float(sys.argv[1])
while True:
    try:
        body = open(sys.argv[3], "rb").read() if len(sys.argv) > 3 else None
        request = urllib.request.Request(sys.argv[2], body, {"Content-Type": sys.argv[4]} if body else {})
        with urllib.request.urlopen(request, timeout=20) as answer:
            print(answer.status, answer.read().decode())
        break
    except OSError as error:
        if time.monotonic() > end:
            sys.exit(f"{sys.argv[2]}: {error}")
        time.sleep(0.2)
"""


def system() -> System:
    files = [(f"manifests/{each.name}", each.read_bytes()) for each in (ROOT / "manifests").glob("*.yaml")]
    return load(files, "prod").system


def pod(name: str) -> dict[str, Any]:
    whole = system()
    made = objects(survey(whole), whole.services[name], "unused:1.0.0")
    (workload,) = [each for each in made if each["kind"] in ("Deployment", "StatefulSet")]
    spec: dict[str, Any] = workload["spec"]["template"]["spec"]
    return spec


def image(name: str) -> str:
    whole = system()
    return image_name(whole, whole.services[name])


@pytest.fixture(scope="session")
def built(mirror: str) -> list[str]:
    """The images, made by the command that people use."""
    program = [sys.executable, "-m", "oneway.cli.main", "build", *SERVICES, "--env", "prod"]
    options = ["--mirror", mirror, "--network", "host"]
    done = subprocess.run([*program, *options], cwd=ROOT, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def running(built: list[str]) -> Iterator[dict[str, str]]:
    """All three in one private network without a way out, with the variables and limits that their objects give."""
    started: dict[str, str] = {}
    try:
        for name in SERVICES:
            network = f"container:{started['id']}" if started else "none"
            started[name] = podman(
                "run", "--detach", f"--network={network}", *hardened(name), image(name)
            ).stdout.strip()
        yield started
    finally:
        for each in reversed(started.values()):
            podman("rm", "--force", "--time=2", each)


def hardened(name: str) -> list[str]:
    """The security context and environment of the pod, as options of podman."""
    spec = pod(name)
    (box,) = spec["containers"]
    assert box["securityContext"]["readOnlyRootFilesystem"]
    size = spec["volumes"][0]["emptyDir"]["sizeLimit"].removesuffix("i").lower()
    user = spec["securityContext"]
    options = ["--read-only", "--read-only-tmpfs=false", f"--tmpfs=/tmp:rw,mode=1777,size={size}", "--cap-drop=all"]
    options += ["--security-opt=no-new-privileges", f"--user={user['runAsUser']}:{user['runAsGroup']}"]
    for each in box["env"]:
        value = re.sub(r"http://(\w+):", "http://127.0.0.1:", each["value"]) if "value" in each else "0"
        options.append(f"--env={each['name']}={value}")
    return options


def ask(container: str, url: str, *more: str, seconds: float = 60) -> tuple[int, str]:
    answer = podman("exec", container, "python", "-c", ASK, str(seconds), url, *more).stdout
    status, _, body = answer.partition(" ")
    return int(status), body


@pytest.mark.timeout(1800)
def test_every_image_is_built_by_the_command(built: list[str]) -> None:
    assert [line.split(":")[0] for line in built] == SERVICES


@pytest.mark.parametrize("name", SERVICES)
def test_it_answers_its_health_paths(running: dict[str, str], name: str) -> None:
    (box,) = pod(name)["containers"]
    port = box["ports"][0]["containerPort"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert ask(running[name], f"http://127.0.0.1:{port}{box[probe]['httpGet']['path']}")[0] == 200


@pytest.mark.parametrize("name", SERVICES)
def test_it_is_nobody_without_rights(running: dict[str, str], name: str) -> None:
    status = podman("exec", running[name], "cat", "/proc/1/status").stdout
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert fields["Uid"].split() == ["10001"] * 4
    assert fields["Gid"].split() == ["10001"] * 4
    assert {int(fields[each], 16) for each in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert fields["NoNewPrivs"] == "1"


@pytest.mark.parametrize("name", SERVICES)
def test_it_can_write_nowhere_but_to_its_temporary_folder(running: dict[str, str], name: str) -> None:
    for place, writable in (("/srv/app/x", False), ("/srv/venv/x", False), ("/var/tmp/x", False), ("/tmp/x", True)):
        done = podman("exec", running[name], "python", "-c", f"open({place!r}, 'w')", check=False)
        assert (done.returncode == 0) is writable, done.stderr


def test_ids_are_given_out(running: dict[str, str]) -> None:
    podman("exec", running["id"], "python", "-c", "open('/tmp/empty', 'w').write(' ')")
    status, body = ask(running["id"], "http://127.0.0.1:8082/v1/ids?count=2", "/tmp/empty", "application/octet-stream")
    assert status == 200
    assert len(set(json.loads(body)["ids"])) == 2


def test_a_picture_is_captioned_with_an_id_from_the_service_beside(running: dict[str, str]) -> None:
    picture = ROOT / "services" / "caption" / "testdata" / "scene.jpg"
    feed = ["podman", "exec", "-i", running["caption"], "sh", "-c", "cat > /tmp/scene.jpg"]
    subprocess.run(feed, input=picture.read_bytes(), check=True)
    status, body = ask(running["caption"], "http://127.0.0.1:8081/v1/captions", "/tmp/scene.jpg", "image/jpeg")
    answer = json.loads(body)
    assert status == 200
    assert len(answer["captions"][0]["text"].split()) > 2
    assert int(answer["id"]) > 0


def test_the_caption_image_has_no_training_framework_in_it(built: list[str], mirror: str) -> None:
    found = podman("run", "--rm", "--network=none", image("caption"), "find", "/srv", "-iname", "*tensorflow*").stdout
    frameworks = [line for line in found.splitlines() if re.search(r"/tensorflow(-|_cpu|$)", line)]
    assert frameworks == []
    base = podman("image", "inspect", "--format", "{{.Size}}", f"{mirror}python:3.11-slim").stdout
    whole = podman("image", "inspect", "--format", "{{.Size}}", image("caption")).stdout
    added = (int(whole) - int(base)) / 1e6
    print(f"the caption image has {int(whole) / 1e6:.0f} MB, {added:.0f} MB of them on top of its base")
    assert added < MOST_MEGABYTES


@pytest.mark.timeout(900)
def test_the_same_inputs_make_the_same_image(mirror: str, tmp_path: Path) -> None:
    """Two builds without a cache, the second one from a copy made later: one id stands for all content and settings."""
    program = [sys.executable, "-m", "oneway.cli.main", "build", "id", "--env", "prod", "--mirror", mirror]
    copy = tmp_path / "copy"
    for name in _files("manifests", "services/id", "platform/servicekit"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((ROOT / name).read_bytes())
    environment = {**os.environ, "BUILDAH_LAYERS": "false"}
    found = []
    for place in (ROOT, copy):
        options = ["--network", "host", "--manifests", str(place / "manifests")]
        done = subprocess.run([*program, *options], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        found.append(done.stdout)
    assert found[0] == found[1]


def _files(*folders: str) -> list[str]:
    """What git tracks, or would."""
    program = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *folders]
    listed = subprocess.run(program, capture_output=True, text=True, check=True).stdout.split("\0")
    return [name for name in listed if name and (ROOT / name).is_file()]


def test_a_stop_ends_it_with_status_0(running: dict[str, str]) -> None:
    for name in reversed(SERVICES):
        podman("stop", "--time=30", running[name])
        assert podman("inspect", "--format", "{{.State.ExitCode}}", running[name]).stdout.strip() == "0", name
