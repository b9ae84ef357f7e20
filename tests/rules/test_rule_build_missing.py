"""Builds of what is not there."""

from collections.abc import Callable

import pytest

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("text", "there", "told"),
    [
        ("build: {path: services/idd}", {"services/id/"}, ["id.yaml:6:9 id is built with services/idd"]),
        ("build: {path: services/id}", {"services/id"}, ["id.yaml:6:9 id is built with services/id"]),
        ("build: {path: services/id}", {"services/id/"}, []),
        ("build: {path: x, dockerfile: x/Dockerfile}", {"x/"}, ["id.yaml:6:18 id is built with x/Dockerfile"]),
        ("build: {path: x, dockerfile: x/Dockerfile}", {"x/", "x/Dockerfile"}, []),
        (
            "build: {path: x, include: [lib, go.mod, nothing]}",
            {"x/", "lib/", "go.mod"},
            ["id.yaml:6:41 id is built with nothing"],
        ),
        ("config: {app.yaml: conf/app.yaml}", set(), ["id.yaml:6:10 id is built with conf/app.yaml"]),
        ("config: {app.yaml: conf/app.yaml}", {"conf/app.yaml"}, []),
        ("build: {path: gone, image: nginx}", set(), []),
        ("summary: x", set(), []),
    ],
)
def test_paths(system: System, places: Places, text: str, there: set[str], told: list[str]) -> None:
    found = places("build-missing", system(id=f"{text}\n"), exists=there.__contains__)
    assert found == [f"{each}, which is not there" for each in told]
