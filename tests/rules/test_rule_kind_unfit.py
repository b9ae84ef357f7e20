"""What a manifest says that its kind cannot have."""

from collections.abc import Callable

import pytest

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]

JOB = "kind: job\nbuild: {runtime: binary, start: [./x]}\n"
DB = 'kind: backing\nbuild: {image: "postgres:17"}\nvolumes: [{name: d, path: /d}]\n'
PORT = "endpoints: [{name: sql, port: 5432, protocol: tcp}]\n"


def texts(found: list[str]) -> list[str]:
    return [each.partition(" ")[2] for each in found]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("", "x is a job, and has no `jobs`"),
        (
            "jobs: {a: {}}\nendpoints: [{name: h, port: 1}]\n",
            "x is a job and has endpoints, but nothing of it runs all",
        ),
        ("jobs: {a: {}}\nreplicas: 2\n", "x is a job and has replicas, but runs by schedule alone"),
        ("jobs: {a: {}}\nscale: {max: 2}\n", "x is a job and has scale, but runs by schedule alone"),
        ('jobs: {a: {schedule: "30 25 * * *"}}\n', "x cannot run a: '30 25 * * *' is no schedule (bad hour"),
        ('jobs: {a: {schedule: "0 0 31 2 *"}}\n', "x cannot run a: '0 0 31 2 *' is no schedule (bad"),
        ('jobs: {a: {schedule: "61 * * * *"}}\n', "x cannot run a: '61 * * * *' is no schedule (bad minute"),
        ("jobs: {a: {zone: Mars/Base}}\n", "x cannot run a: 'Mars/Base' is no time zone"),
        (
            "jobs: {a: {concurrency: allow}}\nvolumes: [{name: d, path: /d}]\n",
            "x lets a run twice at once, and one at most may write to what it keeps",
        ),
    ],
)
def test_jobs(system: System, places: Places, more: str, told: str) -> None:
    (found,) = texts(places("kind-unfit", system(x=JOB + more)))
    assert found.startswith(told)


def test_a_job_needs_a_command(system: System, places: Places) -> None:
    assert texts(places("kind-unfit", system(x="kind: job\njobs: {a: {}}\n"))) == ["x does not say what runs as a"]


def test_jobs_beside_a_service_are_good(system: System, places: Places) -> None:
    text = 'jobs: {a: {command: [x], schedule: "*/5 1-3 * * mon", zone: Europe/Berlin}, b: {command: [y]}}\n'
    assert places("kind-unfit", system(x=text)) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"kind: backing\n{PORT}", "x is a backing service without an image"),
        (DB, "x is a backing service that nobody can reach"),
        (f"{DB}endpoints: [{{name: sql, port: 1, public: true}}]\n", "x would show its endpoint sql to everybody"),
        (f"{DB}{PORT}calls: [{{to: y}}]\n", "x is a backing service that calls others"),
        (
            f"{DB}{PORT}connection: {{variable: U, url: 'postgres://a:${{password}}@${{address}}/a'}}\n",
            "x names a password in its connection, and not where it is kept",
        ),
        (
            f"{DB}{PORT}connection: {{variable: U, url: 'postgres://a:hunter2@${{address}}/a'}}\n",
            "x has a password in its connection's address",
        ),
        ("connection: {variable: U, url: 'http://${address}'}\n", "x declares a connection and is no backing service"),
    ],
)
def test_backing_services(system: System, places: Places, text: str, told: str) -> None:
    assert texts(places("kind-unfit", system(x=text))) == [told]


def test_a_whole_backing_service_is_good(system: System, places: Places) -> None:
    told = "connection: {variable: U, url: 'postgres://a:${password}@${address}/a', secret: {name: a, key: b}}\n"
    assert places("kind-unfit", system(x=DB + PORT + told)) == []


def test_a_metric_is_read_somewhere(system: System, places: Places) -> None:
    told = ["x is ready by a metric, and has no endpoint of http to read it at"]
    assert texts(places("kind-unfit", system(x="health: {metric: {name: up}}\n"))) == told
    assert texts(places("kind-unfit", system(x=PORT + "health: {metric: {name: up}}\n"))) == told
    http = "endpoints: [{name: metrics, port: 9000}]\n"
    assert places("kind-unfit", system(x=http + "health: {metric: {name: up}}\n")) == []
