from typing import Any

import pytest
from generated_systems import DIGEST, HTTP, NO_IMAGES, system

from oneway.errors import OnewayError
from oneway.generate import Images, base_images, dockerfiles
from oneway.generate.runtimes import RUNTIMES
from oneway.model.never_built import PATTERNS

BUILD = {"path": "services/a", "runtime": "python3.11", "start": ["run"]}


def dockerfile(build: dict[str, Any], images: Images = NO_IMAGES, pins: bool = True, **fields: Any) -> str:
    whole = system({"service": "a", "build": build, **fields})
    made = dockerfiles(whole, whole.services["a"], images, lambda path: pins)
    assert [each.path for each in made] == ["docker/a/Dockerfile", "docker/a/Dockerfile.dockerignore"]
    return made[0].content


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_runtime_is_nobody_in_two_stages(runtime: str) -> None:
    text = dockerfile({**BUILD, "runtime": runtime})
    assert text.count("\nFROM ") == 2
    assert "\nUSER 10001:10001\n" in text
    assert 'CMD ["run"]\n' in text
    assert f"FROM ${{MIRROR}}{RUNTIMES[runtime].base}\n" in text


JOBS = {
    "tidy": {"command": ["tidy", "--all"], "schedule": "0 3 * * *"},
    "count": {"command": ["count"], "schedule": "0 4 * * *"},
}


@pytest.mark.parametrize("runtime", ["python3.11", "node24", "java21", "binary"])
def test_an_image_of_jobs_does_its_first_by_name_where_nothing_else_is_said(runtime: str) -> None:
    build = {"path": "services/a", "runtime": runtime}
    assert 'CMD ["count"]\n' in dockerfile(build, kind="job", jobs=JOBS)
    assert 'CMD ["run"]\n' in dockerfile({**build, "start": ["run"]}, kind="job", jobs=JOBS)
    with pytest.raises(OnewayError, match="a does not say how it starts"):
        dockerfile(build, jobs=JOBS)


def test_dependencies_are_installed_before_the_code_is_copied() -> None:
    text = dockerfile(BUILD)
    assert "--require-hashes" in text
    assert text.index("requirements.txt") < text.index('COPY ["services/a/"')


def test_without_pins_nothing_is_installed() -> None:
    assert "pip" not in dockerfile(BUILD, pins=False).replace("--without-pip", "")
    assert "npm" not in dockerfile({**BUILD, "runtime": "node24"}, pins=False)
    assert "go mod" not in dockerfile({**BUILD, "runtime": "go1.24"}, pins=False)


def test_a_known_digest_pins_the_base_in_both_stages() -> None:
    assert dockerfile(BUILD, Images(bases={"python:3.11-slim": DIGEST})).count(f"python:3.11-slim@{DIGEST}") == 2


def test_included_folders_are_on_the_path_in_order() -> None:
    text = dockerfile({**BUILD, "include": ["lib/b", "lib/a"]})
    assert 'PYTHONPATH="/srv/app:/srv/include/lib/b:/srv/include/lib/a"' in text
    assert 'COPY ["lib/b/", "/srv/include/lib/b/"]' in text


@pytest.mark.parametrize("folder", ["wheels", "third_party/wheels"])
def test_a_folder_of_wheels_is_where_pins_are_found_and_nothing_else(folder: str) -> None:
    text = dockerfile({**BUILD, "include": ["lib/a", folder]})
    before = text[: text.index("--require-hashes")]
    assert f'COPY ["{folder}/", "./wheels/"]' in before
    assert before.rstrip().endswith("--find-links wheels")
    assert f"include/{folder}" not in text
    assert 'PYTHONPATH="/srv/app:/srv/include/lib/a"' in text
    assert "wheels" not in dockerfile({**BUILD, "include": ["lib/wheels-of-ours"]}).replace("wheels-of-ours", "")


@pytest.mark.parametrize(("packages", "waived"), [(["tzdata"], True), (["tzdata=2026b-0"], False), ([], False)])
def test_only_unpinned_packages_need_a_waiver(packages: list[str], waived: bool) -> None:
    text = dockerfile({**BUILD, "system": packages})
    assert ("hadolint ignore=DL3008" in text) is waived
    assert all(each in text for each in packages)


def test_the_health_of_an_http_service_is_asked() -> None:
    assert "HEALTHCHECK NONE" in dockerfile(BUILD)
    text = dockerfile(BUILD, endpoints=[HTTP], health={"live": "/livez"})
    assert '"http://127.0.0.1:8080/livez"]' in text


def test_only_what_is_copied_gets_into_the_context() -> None:
    whole = system({"service": "a", "build": {**BUILD, "include": ["lib/b"]}})
    ignored = dockerfiles(whole, whole.services["a"], NO_IMAGES, lambda path: True)[1].content.splitlines()
    assert ignored[1:4] == ["*", "!lib/b", "!services/a"]


@pytest.mark.parametrize("build", [{"image": "x/y:1"}, {"dockerfile": "services/a/Dockerfile", "path": "services/a"}])
def test_nothing_is_generated_for_what_brings_its_own(build: dict[str, Any]) -> None:
    whole = system({"service": "a", "build": build})
    assert dockerfiles(whole, whole.services["a"], NO_IMAGES, lambda path: True) == ()


@pytest.mark.parametrize("path", ["a$b", "a*", "a[b]", 'a"b', "a?b", "a b ", "-a", "a/#b", "a;b", "a`b`", "a'b"])
def test_paths_that_docker_would_read_differently_are_refused(path: str) -> None:
    for build in ({**BUILD, "path": path}, {**BUILD, "include": [path]}):
        whole = system({"service": "a", "build": build})
        with pytest.raises(OnewayError, match="characters that mean something else in a Dockerfile"):
            dockerfiles(whole, whole.services["a"], NO_IMAGES, lambda path: True)


def test_a_service_that_does_not_say_how_it_starts_is_refused() -> None:
    with pytest.raises(OnewayError, match="a does not say how it starts") as caught:
        dockerfile({"path": "services/a", "runtime": "python3.11"})
    assert "manifests/a.yaml" in caught.value.hint


def test_the_ignore_file_keeps_out_what_no_build_takes() -> None:
    whole = system({"service": "a", "build": {**BUILD, "include": ["lib/kit"]}})
    lines = dockerfiles(whole, whole.services["a"], NO_IMAGES, lambda path: True)[1].content.splitlines()
    assert lines.index("*") < lines.index("!services/a") < lines.index("**/.git")
    assert {f"**/{each}" for patterns in PATTERNS.values() for each in patterns} <= set(lines)
    assert lines.index("**/.env.*") < lines.index("!lib/kit/**/.env.example")


@pytest.mark.parametrize(("vendored", "flag"), [(False, "-mod=readonly"), (True, "-mod=vendor")])
def test_go_is_built_apart_from_what_it_runs_in(vendored: bool, flag: str) -> None:
    whole = system({"service": "a", "build": {**BUILD, "runtime": "go1.24"}})
    there = {"services/a/go.mod", "services/a/go.sum"} | ({"services/a/vendor/modules.txt"} if vendored else set())
    images = Images(bases={"golang:1.24-trixie": DIGEST})
    text = dockerfiles(whole, whole.services["a"], images, there.__contains__)[0].content
    assert f"FROM ${{MIRROR}}golang:1.24-trixie@{DIGEST} AS build\n" in text
    assert f"GOFLAGS={flag}" in text
    assert ("go mod download" in text) is not vendored
    assert "COPY --from=build /srv/bin/ /srv/bin/" in text


@pytest.mark.parametrize(
    ("project", "base"), [(True, "maven:3.9-eclipse-temurin-21"), (False, "eclipse-temurin:21-jre")]
)
def test_java_is_built_by_maven_where_there_is_a_project(project: bool, base: str) -> None:
    whole = system({"service": "a", "build": {**BUILD, "runtime": "java21"}})
    text = dockerfiles(whole, whole.services["a"], NO_IMAGES, lambda path: project)[0].content
    assert text.count("FROM ${MIRROR}" + base) == (1 if project else 2)
    assert ("mvn --batch-mode" in text) is project
    assert ("COPY --from=build /srv/app/target/ /srv/app/target/" in text) is project
    assert base_images(whole.services["a"], lambda path: project)[0] == "eclipse-temurin:21-jre"
