"""What compose files show, and drafts that the manifest reader accepts."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from oneway.evidence import Observed, SourceFile, compare, draft_manifests, observe
from oneway.graph import build
from oneway.manifest import load

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"

COMPOSE = b"""
x-common: &common {restart: always}
services:
  web:
    <<: *common
    image: example/web:2.4.1
    ports: ["80:8080"]
    depends_on: {api: {condition: service_started}}
    environment:
      - API_URL=http://${API_HOST:-api}:9000/v1
      - DB_PASSWORD=hunter2
      - SELF=http://web:8080
      - NOTE=api is a word here
  api:
    image: example/api:latest
    expose: ["9000"]
    environment: {CACHE_ADDR: cache, DEBUG: true, DSN: "postgres://u:secret@db:5432/x"}
    deploy: {replicas: 3, resources: {limits: {cpus: "0.5", memory: 300M}}}
  cache: {image: redis}
  worker:
    build: {context: ./jobs, dockerfile: worker.Dockerfile}
    volumes: ["./x:/x"]
    environment: {PAY: "https://api.pay.example.com/v1", BROKER_URL: "amqp://cache:6379"}
  db: {image: "postgres:16"}
"""


def seen(content: bytes, *more: SourceFile) -> Observed:
    return observe([*more, SourceFile("compose.yaml", content)])


def test_finds_services_and_the_reason_for_every_call() -> None:
    observed = seen(COMPOSE)
    assert [each.name for each in observed.services] == ["api", "cache", "db", "web", "worker"]
    assert {pair: [each.why for each in calls] for pair, calls in observed.pairs().items()} == {
        ("api", "cache"): ["environment CACHE_ADDR"],
        ("api", "db"): ["environment DSN"],
        ("web", "api"): ["environment API_URL"],
        ("worker", "cache"): ["environment BROKER_URL"],
    }
    web = observed.services[3]
    assert (web.ports, web.public, web.image) == ({"port-8080": 8080}, True, "example/web:2.4.1")
    api = observed.services[0]
    assert (api.replicas, api.cpu, api.memory, api.public) == (3, "0.5", "300Mi", False)


def test_variables_come_from_the_env_file() -> None:
    env = SourceFile(".env", b"# names\nAPI_HOST=db\nexport OTHER=${API_HOST}:1\n")
    assert ("web", "db") in seen(COMPOSE, env).pairs()


def test_says_what_a_person_has_to_carry_over() -> None:
    assert seen(COMPOSE).notes == (
        "compose.yaml: worker: `volumes` is not carried over; see `health`, `config`, `secrets` and `build.start`",
        "compose.yaml:23:24: worker: PAY addresses api.pay.example.com, outside: declare it under `externals`",
    )


def test_endpoints_come_from_those_who_call_as_well() -> None:
    drafts = draft_manifests(seen(COMPOSE), "shop")
    assert "{name: port-9000, port: 9000, protocol: http}" in drafts["api.yaml"]
    assert "{name: port-5432, port: 5432, protocol: tcp}" in drafts["db.yaml"]
    assert 'build: {path: "jobs", dockerfile: "jobs/worker.Dockerfile"}' in drafts["worker.yaml"]


def test_drafts_are_manifests_without_secrets() -> None:
    drafts = draft_manifests(seen(COMPOSE), "shop")
    loaded = load([(f"manifests/{name}", text.encode()) for name, text in drafts.items()])
    assert loaded.findings == ()
    assert loaded.system.services["web"].version == "2.4.1"
    assert [each.to for each in loaded.system.services["web"].calls] == ["api"]
    assert set(loaded.system.services["api"].secrets) == {"DSN"}
    text = "".join(drafts.values())
    assert "hunter2" not in text
    assert "secret@" not in text


def test_drift_tells_what_either_side_lacks() -> None:
    observed = seen(COMPOSE)
    drafts = draft_manifests(observed, "shop")
    drafts["web.yaml"] = drafts["web.yaml"].replace("{to: api}", "{to: cache}")
    del drafts["db.yaml"]
    drafts["api.yaml"] = "\n".join(line for line in drafts["api.yaml"].splitlines() if "{to: db}" not in line)
    system = load([(name, text.encode()) for name, text in drafts.items()]).system
    drift = compare(build(system), observed)
    assert [(calls[0].source, calls[0].target) for calls in drift.undeclared] == [("web", "api")]
    assert drift.unseen == (("web", "cache"),)
    assert drift.unknown_services == ("db",)
    assert drift.any


@pytest.mark.parametrize(
    "content",
    [
        b"services: [a, b]",
        b"services: {a: null, b: 3}",
        b"services: {a: {environment: 7, ports: x, depends_on: 1, deploy: []}}",
        b"\xff\xfe",
        b"a: [" * 5000,
        b"a: !!python/object:os.system {}",
        b"- x\n- y\n",
    ],
)
def test_odd_files_are_noted_and_nothing_breaks(content: bytes) -> None:
    observed = seen(content)
    assert all(each.name == "a" for each in observed.services)
    assert observed.calls == ()


@pytest.mark.skipif(not CORPUS.is_dir(), reason="left out: the corpus of public systems is not beside this checkout")
@pytest.mark.parametrize(
    ("system", "services", "known"),
    [
        ("sock-shop", 16, [("orders", "payment"), ("front-end", "catalogue"), ("shipping", "rabbitmq")]),
        ("otel-demo", 20, [("checkout", "cart"), ("frontend", "ad"), ("shipping", "quote")]),
    ],
)
def test_public_systems_become_manifests(
    system: str, services: int, known: list[tuple[str, str]], tmp_path: Path
) -> None:
    shutil.copytree(CORPUS / system, tmp_path / system)
    command = [sys.executable, "-m", "oneway.cli.main", "import", system, "-o", "manifests"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"wrote {services} services" in done.stdout
    files = [(path.name, path.read_bytes()) for path in (tmp_path / "manifests").iterdir()]
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.stdout == done.stdout
    assert files == [(path.name, path.read_bytes()) for path in (tmp_path / "manifests").iterdir()]
    check = [sys.executable, "-m", "oneway.cli.main", "check"]
    checked = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert "nothing found" in checked.stdout
    loaded = load(files)
    assert loaded.findings == ()
    edges = {(edge.source, edge.target) for edge in build(loaded.system).edges}
    assert set(known) <= edges


def test_the_draft_says_which_values_it_took_as_secrets_and_shows_none() -> None:
    env = SourceFile(
        ".env",
        b"DB=Host=db;Username=u;Password=hunter2   # the old one\nPW='p$1 hunter2' # quoted\nPLAIN=info # how much\n",
    )
    compose = b"""
services:
  api:
    image: https://u:hunter2@registry.example.com/api:1.0.0
    environment:
      - DATABASE=${DB}
      - ADMIN_PW=${PW}
      - LOG=${PLAIN}
      - GITHUB_PAT=x
      - CACHE=redis://:hunter2@cache:6379
  cache: {image: redis}
"""
    drafts = draft_manifests(seen(compose, env), "shop")
    assert "hunter2" not in "".join(drafts.values())
    lines = drafts["api.yaml"].splitlines()
    assert '  LOG: "info"' in lines
    assert '  ADMIN_PW: {name: api, key: "ADMIN_PW"}    # taken as a secret: its name says so' in lines
    assert '  DATABASE: {name: api, key: "DATABASE"}    # taken as a secret: it says Password inside' in lines
    assert '  CACHE: {name: api, key: "CACHE"}    # taken as a secret: a password is inside its address' in lines
    assert any(line.startswith("  GITHUB_PAT: {") for line in lines)
    assert ("api", "cache") in seen(compose, env).pairs()
