"""Gateways that route to whatever registers, variables of a file that several share, hosts beside their ports, and
what is told where something was not read."""

import json
from pathlib import Path

import pytest

from oneway.application.evidence_files import observe_paths
from oneway.application.find_drift import find_drift
from oneway.evidence import CodeFiles, Observed, SourceFile, observe
from oneway.evidence.mentions import hashed
from oneway.manifest import load

COMPOSE = """\
services:
  registry: {build: registry}
  orders: {build: orders}
  stock: {build: stock}
  edge: {build: edge, ports: ["80:80"]}
"""
EUREKA = "eureka: {client: {serviceUrl: {defaultZone: 'http://registry:8761/eureka'}}}\n"
CONSUL = "spring: {cloud: {consul: {host: registry}}}\n"
ROUTES_ALL = "spring: {cloud: {gateway: {discovery: {locator: {enabled: true}}}}}\n"


def seen(files: dict[str, str], code: dict[str, str] | None = None, compose: str = COMPOSE) -> Observed:
    sources = [SourceFile(name, text.encode()) for name, text in {"compose.yaml": compose, **files}.items()]
    texts = [SourceFile(name, text.encode()) for name, text in (code or {}).items()]
    return observe(sources, code=CodeFiles([each.name for each in texts], lambda: texts))


def from_edge(observed: Observed) -> set[str]:
    return {target for source, target in observed.pairs() if source == "edge"} - {"registry"}


@pytest.mark.parametrize("registers", [EUREKA, CONSUL])
def test_a_gateway_without_a_list_routes_to_what_registers(registers: str) -> None:
    members = {f"{each}/application.yml": registers for each in ("orders", "stock")}
    assert from_edge(seen({**members, "edge/application.yml": ROUTES_ALL + EUREKA})) == {"orders", "stock"}
    zuul = {"edge/src/Edge.java": "@SpringBootApplication\n@EnableZuulProxy\nclass Edge { }\n"}
    assert from_edge(seen({**members, "edge/bootstrap.yml": EUREKA}, zuul)) == {"orders", "stock"}
    assert from_edge(seen({**members, "edge/bootstrap.yml": EUREKA})) == set()


@pytest.mark.parametrize(
    "listed",
    [
        "zuul: {ignoredServices: '*'}\n",
        "zuul: {routes: {orders: {path: '/orders/**', serviceId: orders}}}\n",
        "spring: {cloud: {gateway: {routes: [{id: a, uri: 'lb://orders'}]}}}\n",
    ],
)
def test_one_with_a_list_routes_by_that(listed: str) -> None:
    members = {f"{each}/application.yml": EUREKA for each in ("orders", "stock")}
    zuul = {"edge/src/Edge.java": "@EnableZuulProxy\nclass Edge { }\n"}
    assert "stock" not in from_edge(seen({**members, "edge/application.yml": listed}, zuul))


def test_who_stays_out_of_the_registry_is_not_routed_to() -> None:
    members = {f"{each}/application.yml": EUREKA for each in ("orders", "stock")}
    members["stock/bootstrap.yml"] = "eureka: {client: {register-with-eureka: false}}\n"
    assert from_edge(seen({**members, "edge/application.yml": ROUTES_ALL})) == {"orders"}


def test_whose_streams_are_gathered_is_called() -> None:
    assert from_edge(seen({"edge/application.yml": "turbine: {appConfig: 'orders,stock'}\n"})) == {"orders", "stock"}


def test_a_host_beside_its_port_is_an_address() -> None:
    compose = "services:\n  edge: {build: edge}\n  store: {image: elasticsearch, ports: ['9200:9200']}\n"
    beside = {"edge/application.yml": "elastic: {host: '${ELASTIC_HOST:localhost}', port: 9200}\n"}
    assert from_edge(seen(beside, compose=compose)) == {"store"}
    own = {"edge/application.yml": "server: {host: localhost, port: 9200}\n"}
    assert from_edge(seen(own, compose=compose)) == set()


SHARED = """\
services:
  orders: {build: orders, env_file: .env}
  stock: {build: stock, env_file: .env}
  edge: {build: edge, env_file: .env}
  db: {image: mysql, env_file: .env}
"""


def test_a_variable_of_a_shared_file_says_something_of_those_whose_code_reads_it() -> None:
    env = {".env": "STOCK_ADDR=stock:3000\n"}
    own = {"orders/main.go": 'package m\nvar a = os.Getenv("STOCK_ADDR")\n', "edge/main.go": "package m\n"}
    assert seen(env, own, SHARED).pairs().keys() == {("orders", "stock")}
    library = {
        "lib/common/client/grpc.go": 'package client\nvar a = os.Getenv("STOCK_ADDR")\n',
        "orders/main.go": 'package m\nimport c "example.org/lib/common/client"\n',
        "edge/main.go": "package m\n",
    }
    assert seen(env, library, SHARED).pairs().keys() == {("orders", "stock")}
    python = {
        "lib/common/client/grpc.py": 'a = os.environ["STOCK_ADDR"]\n',
        "orders/main.py": "from lib.common.client import grpc\n",
        "edge/main.py": "\n",
    }
    assert seen(env, python, SHARED).pairs().keys() == {("orders", "stock")}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("orders/big.py", b"#" * (3 << 20), "code of more than 2 MiB"),
        ("orders/Main.scala", b"object Main", "Scala, which no reader here knows"),
        ("orders/config.json", b'{"a": [', "not read"),
        ("orders/config.toml", b"a = 1\n" * 300_000, "a configuration of more than 1 MiB"),
        ("k8s/a.yaml", b"a: [", "not read"),
    ],
)
def test_what_was_not_read_is_told_and_nothing_is_said_to_agree(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    path = tmp_path / name
    path.parent.mkdir()
    path.write_bytes(content)
    observed = observe_paths([tmp_path], root=tmp_path)
    assert not observed.whole
    assert [each for each in observed.notes if told in each and name in each]


def test_the_samples_agree_with_the_logs_of_their_front_doors(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    files = {f"manifests/{path.name}": path.read_bytes() for path in (root / "manifests").glob("*.yaml")}

    def drift(changed: dict[str, bytes]) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        system = load(list({**files, **changed}.items())).system
        found, _ = find_drift(system, tmp_path, [], [], logs)
        return {(each[0].source, each[0].target) for each in found.undeclared}, set(found.missing)

    system = load(list(files.items())).system
    declared = [(name, call.to) for name, spec in system.services.items() for call in spec.calls]
    callees = {to for _, to in declared}
    lines = [("", name) for name in system.services if name not in callees] + declared
    logs = []
    for name in system.services:
        log = tmp_path / f"{name}.log"
        log.write_text("".join(_line(caller, name) for caller, to in lines if to == name))
        logs.append(log)
    assert drift({}) == (set(), set())
    gateway = files["manifests/gateway.yaml"]
    less = b"\n".join(line for line in gateway.splitlines() if b"{to: caption" not in line)
    assert drift({"manifests/gateway.yaml": less}) == ({("gateway", "caption")}, set())
    more = files["manifests/id.yaml"].replace(b"\nload:", b"\ncalls: [{to: gateway}]\nload:", 1)
    undeclared, _ = drift({"manifests/id.yaml": more})
    system = load(list({**files, "manifests/id.yaml": more}.items())).system
    found, _ = find_drift(system, tmp_path, [], [], logs)
    assert undeclared == set()
    assert ("id", "gateway") in found.unseen


def _line(caller: str, service: str) -> str:
    """A request as the front door of this machine writes it."""
    said: dict[str, object] = {"logger": f"http.log.access.access-{service}", "ts": 1.0, "status": 200, "duration": 0.1}
    if caller:
        said["caller"] = hashed(caller).name.partition(":")[2]
    return json.dumps(said) + "\n"
