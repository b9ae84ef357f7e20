"""Container engines, on small programs that stand in for them and write down how they were called."""

import json
import stat
from pathlib import Path

import pytest

from oneway.errors import OnewayError
from oneway.model import Build, Service
from oneway.workspace.engine import Engine, Recipe, build_command, find_engine
from oneway.workspace.image_context import lay_out

DIGEST = "sha256:" + "a" * 64
RECIPE = Recipe(Path("/d/Dockerfile"), Path("/c"), "r/a:1", {"MIRROR": "m/"}, "host", 7)


def program(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "$@" >> "{folder}/calls"\n{script}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines()


def test_the_first_engine_that_works_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_engine() is None
    program(tmp_path, "buildah", "exit 0")
    assert find_engine() == Engine("buildah", str(tmp_path / "buildah"))
    program(tmp_path, "podman", "exit 0")
    program(tmp_path, "docker", "exit 1")
    assert find_engine() == Engine("podman", str(tmp_path / "podman"))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (
            "docker",
            "docker buildx build --progress=plain --output=type=docker,rewrite-timestamp=true "
            "--build-arg=SOURCE_DATE_EPOCH=7 --build-arg=MIRROR=m/ --network=host --file=/d/Dockerfile --tag=r/a:1 /c",
        ),
        (
            "podman",
            "podman build --timestamp=7 --build-arg=MIRROR=m/ --network=host --file=/d/Dockerfile --tag=r/a:1 /c",
        ),
        (
            "buildah",
            "buildah build --layers --timestamp=7 --build-arg=MIRROR=m/ --network=host --file=/d/Dockerfile "
            "--tag=r/a:1 /c",
        ),
    ],
)
def test_every_engine_is_told_the_time_of_the_image(name: str, wanted: str) -> None:
    assert build_command(Engine(name, name), RECIPE) == wanted.split()


def test_output_comes_line_by_line_and_the_id_at_the_end(tmp_path: Path) -> None:
    script = 'case $1 in build) echo one; echo two >&2;; *) echo "the-id";; esac'
    lines: list[str] = []
    made = Engine("podman", str(program(tmp_path, "podman", script))).build(RECIPE, lines.append)
    assert (made, lines) == ("the-id", ["one", "two"])


def test_a_failed_build_says_why(tmp_path: Path) -> None:
    engine = Engine("podman", str(program(tmp_path, "podman", "echo no such base; exit 125")))
    with pytest.raises(OnewayError, match=r"podman build ended with status 125:\n  no such base"):
        engine.build(RECIPE, lambda line: None)


def test_a_push_tells_the_digest_that_the_registry_keeps(tmp_path: Path) -> None:
    script = f'echo {DIGEST} > "$3"'
    assert Engine("podman", str(program(tmp_path, "podman", script))).push("r/a:1", lambda line: None) == DIGEST
    assert calls(tmp_path)[0].split()[:2] == ["push", "--digestfile"]


def test_docker_is_asked_for_the_digest_after_the_push(tmp_path: Path) -> None:
    known = json.dumps([f"other/a@{DIGEST.replace('a', 'b')}", f"r/a@{DIGEST}"])
    engine = Engine("docker", str(program(tmp_path, "docker", f"[ $1 = push ] || echo '{known}'")))
    assert engine.push("r/a:1", lambda line: None) == DIGEST
    assert calls(tmp_path)[0] == "push r/a:1"


def test_an_image_that_no_registry_knows_has_no_digest(tmp_path: Path) -> None:
    engine = Engine("podman", str(program(tmp_path, "podman", "[ $1 = pull ] || echo '[]'")))
    with pytest.raises(OnewayError, match="podman knows no digest of base:1"):
        engine.base_digest("base:1", lambda line: None)


def test_the_context_is_exactly_the_build_with_one_time(tmp_path: Path) -> None:
    root, context = tmp_path / "root", tmp_path / "context"
    for name in ("services/a/app.py", "services/b/other.py", "lib/kit/kit.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "services/a/app.py").chmod(0o700)
    context.mkdir()
    build = Build(path="services/a", runtime="python3.11", include=("lib/kit",))
    lay_out(root, service(build), context, 7)
    found = {each.relative_to(context).as_posix(): each.stat() for each in context.rglob("*")}
    files = {name: oct(each.st_mode)[-3:] for name, each in found.items() if stat.S_ISREG(each.st_mode)}
    assert files == {"services/a/app.py": "755", "lib/kit/kit.py": "644"}
    assert {each.st_mtime for each in found.values()} == {7}


def test_ones_own_dockerfile_sees_its_folder_as_the_root(tmp_path: Path) -> None:
    root, context = tmp_path / "root", tmp_path / "context"
    (root / "services/a").mkdir(parents=True)
    (root / "services/a/Dockerfile").write_text("FROM scratch\n")
    context.mkdir()
    lay_out(root, service(Build(path="services/a", dockerfile="services/a/Dockerfile")), context, 7)
    assert [each.name for each in context.iterdir()] == ["Dockerfile"]


def service(build: Build) -> Service:
    return Service(api_version="oneway/v1", name="a", version="1.0.0", owner="o", domain="d", build=build)
