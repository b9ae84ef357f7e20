"""What a target cannot run, told before anybody deploys it."""

from collections.abc import Callable
from typing import get_args

import pytest

from oneway.errors import Finding
from oneway.model import Service
from oneway.model.fitness import Misfit
from oneway.model.service import RuntimeName

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]
Said = Callable[..., list[Finding]]

ENVIRONMENTS = """\
environments:
  here: {target: local}
  prod: {target: kubernetes, context: c, namespace: n, registry: r.example.com/x, host: example.com}
"""
GOOD = "build: {path: x, runtime: python3.12, start: [run]}\nendpoints: [{name: http, port: 80, public: true}]\n"


@pytest.mark.parametrize("env", [None, "here", "prod"])
def test_a_plain_service_fits_everywhere(system: System, places: Places, env: str | None) -> None:
    assert places("target-unfit", system(ENVIRONMENTS, id=GOOD), env=env) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("build: {path: x, runtime: node22}", "id.yaml:6:1 id does not say how it starts"),
        ("build: {path: x}", "id.yaml:6:1 id does not say what it is built from"),
        ("build: {path: x, runtime: python3.12}", "id.yaml:6:1 id does not say how it starts"),
        (
            "build: {path: x, runtime: python3.12, start: [run]}\nendpoints: [{name: t, port: 1, protocol: tcp}]",
            "id.yaml:7:13 id has the endpoint t of tcp, and this machine serves http and grpc only",
        ),
    ],
)
def test_what_this_machine_cannot_run(system: System, places: Places, text: str, told: str) -> None:
    files = system(ENVIRONMENTS, id=f"{text}\n")
    (found,) = places("target-unfit", files, env="here")
    assert found.startswith(told)
    assert places("target-unfit", files) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("build: {path: x}", "id.yaml:6:1 id does not say which image it is"),
        ("build: {path: x, runtime: node22}", "id.yaml:6:1 id does not say how it starts"),
        (
            "build: {image: x}\nendpoints: [{name: a, port: 1}, {name: t, port: 2, protocol: tcp, public: true}]",
            "id.yaml:7:33 id has the public endpoint t of tcp, which an Ingress cannot reach",
        ),
        (
            "build: {image: x}\nendpoints: [{name: t, port: 2, protocol: udp, public: true}]",
            "id.yaml:7:13 id has the public endpoint t of udp, which an Ingress cannot reach",
        ),
        ("build: {image: 'postgres:17'}", "id.yaml:6:9 id keeps data (postgres:17), and its root is read-only"),
        ("build: {image: 'r.io:5000/a/Redis@sha256:abc'}", "id.yaml:6:9 id keeps data"),
        ("build: {image: mysql}\nidentity: stable", "id.yaml:6:9 id keeps data (mysql)"),
    ],
)
def test_what_a_cluster_cannot_run(system: System, places: Places, text: str, told: str) -> None:
    files = system(ENVIRONMENTS, id=f"{text}\n")
    (found,) = places("target-unfit", files, env="prod")
    assert found.startswith(told)
    assert places("target-unfit", files) == []


@pytest.mark.parametrize("image", ["postgres-exporter:1", "example.com/redis/web", "x:postgres", "myredisapp"])
def test_images_that_only_sound_like_it(system: System, places: Places, image: str) -> None:
    assert places("target-unfit", system(ENVIRONMENTS, id=f"build: {{image: '{image}'}}\n"), env="prod") == []


def test_routes_of_a_gateway_that_nobody_names(system: System, places: Places) -> None:
    files = system(ENVIRONMENTS.replace("host: ex", "routes: gateway, host: ex"), id=GOOD)
    (found,) = places("target-unfit", files, env="prod")
    assert found.startswith("platform.yaml:7:83 environment prod wants routes of the Gateway API, but names no gateway")


def test_where_it_does_not_run_it_may_be_accepted(system: System, places: Places) -> None:
    accept = "environments: {here: {accept: [{rule: target-unfit, reason: runs in the cluster only}]}}\n"
    files = system(ENVIRONMENTS, db=f"build: {{path: x}}\n{accept}")
    assert places("target-unfit", files, env="here") == []


@pytest.mark.parametrize("runtime", ["node24", "java21", "binary", "command", "python3.14"])
def test_runtimes_that_this_machine_can_run(system: System, places: Places, runtime: str) -> None:
    files = system(ENVIRONMENTS, id=f"build: {{path: x, runtime: {runtime}, start: [run]}}\n")
    assert places("target-unfit", files, env="here") == []


def test_every_runtime_is_listed_where_none_is_named(system: System, said: Said) -> None:
    (found,) = said("target-unfit", system(ENVIRONMENTS, id="build: {path: x}\n"), env="here")
    assert all(name in found.hint for name in get_args(RuntimeName))


def lacks_a_tool(service: Service) -> list[Misfit]:
    return [Misfit(("build", "runtime"), "needs a tool, which is not on this machine", "install it")]


@pytest.mark.parametrize(("env", "count"), [(None, 0), ("prod", 0), ("here", 1)])
def test_what_this_machine_lacks_is_said_where_the_service_is_to_run_on_it(
    system: System, places: Places, env: str | None, count: int
) -> None:
    found = places("target-unfit", system(ENVIRONMENTS, id=GOOD), env=env, lacks=lacks_a_tool)
    assert found == ["id.yaml:6:18 id needs a tool, which is not on this machine"] * count


LEFT_OUT = "build: {image: 'x/y:1'}\nendpoints: [{name: http, port: 81}]\nenvironments: {here: {deploy: false}}\n"


@pytest.mark.parametrize(
    ("call", "env", "told"),
    [
        ("{to: db}", "here", ["id.yaml:8:9 id needs db, which here leaves out (`deploy: false`)"]),
        ("{to: db}", "prod", []),
        ("{to: db}", None, []),
        ("{to: db, required: false}", "here", []),
    ],
)
def test_who_needs_what_the_environment_leaves_out_is_told(
    system: System, places: Places, call: str, env: str | None, told: list[str]
) -> None:
    files = system(ENVIRONMENTS, id=f"{GOOD}calls: [{call}]\n", db=LEFT_OUT)
    assert places("target-unfit", files, env=env) == told


def test_what_is_left_out_fits_and_lacks_nothing(system: System, places: Places) -> None:
    udp = "endpoints: [{name: u, port: 9, protocol: udp}]\nenvironments: {here: {deploy: false}}\n"
    assert places("target-unfit", system(ENVIRONMENTS, db=udp), env="here", lacks=lacks_a_tool) == []
