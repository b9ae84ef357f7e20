"""What code says of calls, in each language; and what looks like a call and is none."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from oneway.evidence import SourceFile, observe
from oneway.evidence.mentions import Kind

COMPOSE = SourceFile(
    "compose.yaml",
    b"""
services:
  web: {build: ./web}
  orders-service: {build: ./orders, expose: ["8080"]}
  cart: {build: ./cart}
  user-mongodb: {image: "mongo:7"}
""",
)


def calls(*files: tuple[str, str]) -> dict[tuple[str, str], str]:
    observed = observe([COMPOSE, *(SourceFile(name, text.encode()) for name, text in files)])
    return {pair: f"{found[0].kind} {found[0].place}" for pair, found in observed.pairs().items()}


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("web/app.py", 'import httpx\nhttpx.get("http://orders-service:8080/v1")\n', "2:11"),
        ("web/app.py", 'URL = f"http://orders-service/{number}"\n', "1:7"),
        ("web/calls.py", 'client.request("orders-service", "GET", "/v1")\n', "1:16"),
        (
            "web/src/A.java",
            'class A { void a() { rest.getForObject("http://orders-service/x" + id, X.class); } }',
            "1:40",
        ),
        ("web/src/F.java", '@FeignClient(name = "orders-service")\ninterface F {}\n', "1:21"),
        ("web/src/D.java", 'class D { void a() { discovery.getInstances("orders-service"); } }', "1:45"),
        ("web/src/A.kt", 'fun a() { client.get("http://orders-service/x") }\n', "1:22"),
        ("web/main.go", 'package main\nfunc a() { http.Get("http://orders-service/x") }\n', "2:21"),
        ("web/main.go", 'package main\nfunc a() { dialer.Dial("orders-service") }\n', "2:24"),
        ("web/app.js", "axios.get(`http://orders-service:8080/${id}`)\n", "1:11"),
        ("web/app.ts", 'const ordersUrl: string = "http://orders-service"\n', "1:27"),
        ("web/App.cs", 'class A { void B() { http.BaseAddress = new Uri("http://orders-service"); } }', "1:49"),
        ("web/a.php", '<?php $c->get("http://orders-service/x");\n', "1:15"),
        ("web/a.rb", 'Net::HTTP.get(URI("http://orders-service/x"))\n', "1:19"),
        ("web/src/main.rs", 'fn a() { reqwest::get("http://orders-service/x"); }\n', "1:23"),
        ("web/a.cpp", 'void a() { auto addr = config["orders-service"]["addr"]; }\n', "1:31"),
        ("web/a.lua", 'pool:connection(Client, "orders-service", 9090)\n', "1:25"),
    ],
)
def test_each_language_says_whom_it_calls(name: str, text: str, place: str) -> None:
    assert calls((name, text)) == {("web", "orders-service"): f"code {name}:{place}"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("web/app.py", '"""Talks to http://orders-service some day."""\n'),
        ("web/app.py", "# http://orders-service\n"),
        ("web/app.py", 'log.info("orders-service")\n'),
        ("web/app.py", 'import cart\nx = {"cart": 1}\nif name == "cart":\n    pass\n'),
        ("web/app.js", 'const cart = require("cart")\nimport x from "cart"\n'),
        ("web/src/A.java", 'class A { Logger log = LoggerFactory.getLogger("orders-service"); }'),
        ("web/tests/test_app.py", 'httpx.get("http://orders-service")\n'),
        ("web/src/test/java/ATest.java", 'class ATest { String a = "http://orders-service"; }'),
        ("web/main_test.go", 'package main\nvar a = "http://orders-service"\n'),
        ("web/gen/x.pb.go", 'package main\nvar a = "http://orders-service"\n'),
        ("orders/app.py", 'SELF = "http://orders-service"\n'),
        ("shared/urls.py", 'ORDERS = "http://orders-service"\n'),
        ("web/app.py", 'httpx.get("http://orders-service.example.com")\n'),
    ],
)
def test_what_is_no_call_of_anybody(name: str, text: str) -> None:
    assert calls((name, text)) == {}


@pytest.mark.parametrize(
    ("server", "client"),
    [
        (
            ("cart/main.go", "package m\nfunc a() { pb.RegisterCartServer(s, x) }"),
            ("web/m.go", "package m\nvar c = pb.NewCartClient(x)"),
        ),
        (("cart/s.py", "add_CartServicer_to_server(x, s)"), ("web/c.py", "stub = pb.CartStub(channel)")),
        (
            ("cart/S.java", "class S extends CartGrpc.CartImplBase {}"),
            ("web/C.java", "class C { Object o = CartGrpc.newBlockingStub(x); }"),
        ),
        (("cart/S.cs", "class S : Cart.CartBase {}"), ("web/C.cs", "class C { object o = new Cart.CartClient(x); }")),
        (
            ("cart/S.cpp", "void a() { TSimple s(std::make_shared<CartProcessor>(x)); }"),
            ("web/c.cpp", "ClientPool<ThriftClient<CartClient>> p;"),
        ),
        (("cart/s.rs", "fn a() { CartServer::new(x); }"), ("web/c.rs", "fn a() { CartClient::connect(x); }")),
        (("cart/s.rb", "class S < Shop::Cart::Service\nend"), ("web/c.rb", "Shop::Cart::Stub.new(x)")),
    ],
)
def test_a_stub_calls_whoever_serves_its_contract(server: tuple[str, str], client: tuple[str, str]) -> None:
    found = observe([COMPOSE, *(SourceFile(name, text.encode()) for name, text in (server, client))]).calls
    assert {(each.source, each.target, each.kind) for each in found} == {("web", "cart", Kind.CONTRACT)}


def test_names_of_registries_and_configurations_are_followed() -> None:
    properties = ("config/app.json", '{"OrdersAddress": "orders-service:8080"}')
    assert calls(properties, ("web/a.go", 'package m\nfunc a() { dial(result["OrdersAddress"]) }')).keys() == {
        ("web", "orders-service")
    }
    spring = ("cart/src/main/resources/application.yml", "spring: {application: {name: basket}}")
    assert calls(spring, ("web/A.java", 'class A { String u = "lb://basket/x"; }')).keys() == {("web", "cart")}


def test_a_name_and_a_technology_are_a_backing_service() -> None:
    code = 'void a() { auto pool = init_mongodb_client_pool(config, "user", 128); }'
    assert calls(("cart/s.cpp", code)).keys() == {("cart", "user-mongodb")}


def test_one_tree_for_several_services_is_divided_by_folders() -> None:
    compose = SourceFile(
        "compose.yaml",
        b"services:\n  geo: {build: ., entrypoint: geo}\n  rate: {build: ., entrypoint: rate}\n  search: {build: .}\n",
    )
    files = [
        ("services/search/server.go", 'package m\nfunc a() { initGeoClient("srv-geo"); initRateClient("srv-rate") }'),
        ("services/geo/server.go", 'package m\nconst name = "srv-geo"\n'),
        ("services/rate/server.go", "package m\n"),
        ("pkg/lib/geo.go", 'package m\nvar a = "http://rate"\n'),
    ]
    observed = observe([compose, *(SourceFile(name, text.encode()) for name, text in files)])
    assert observed.pairs().keys() == {("search", "geo"), ("search", "rate")}


def test_the_samples_are_as_their_code_and_a_call_taken_away_is_found(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    shutil.copytree(root / "services", tmp_path / "services", ignore=shutil.ignore_patterns(".venv*", "*.tflite"))
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    for path in (root / "manifests").glob("*.yaml"):
        (manifests / path.name).write_text(path.read_text())
    command = [sys.executable, "-m", "oneway.cli.main", "drift", "--code", "services/", "--manifests", "manifests"]
    clean = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (clean.returncode, clean.stdout) == (0, "declared and seen agree\n"), clean.stdout + clean.stderr
    gateway = manifests / "gateway.yaml"
    lines = gateway.read_text().splitlines()
    gateway.write_text("\n".join(line for line in lines if "{to: caption" not in line))
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert "gateway calls caption, which its manifest does not declare" in found.stdout
    gateway.write_text("\n".join(lines))
    ids = manifests / "id.yaml"
    ids.write_text(ids.read_text().replace("\nload:", "\ncalls: [{to: gateway}]\nload:", 1))
    assert "to: gateway" in ids.read_text()
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert "id declares a call to gateway that was not seen, though its caller was looked at" in found.stdout


def test_constants_are_followed_across_files() -> None:
    names = ("shared/src/Service.java", 'enum Service { ORDERS("orders-service"), CART("cart"); }')
    urls = ("shared/urls.py", 'ORDERS_SERVICE_HOST = "orders-service"\n')
    assert calls(names, ("web/src/A.java", "class A { void a() { balancer.ask(Service.ORDERS, 1); } }")) == {
        ("web", "orders-service"): "code web/src/A.java:1:35"
    }
    assert calls(urls, ("web/a.py", "get(urls.ORDERS_SERVICE_HOST)\n")).keys() == {("web", "orders-service")}
    assert calls(names, ("web/src/A.java", "class A { int ORDERS = 1; }")) == {}


def test_a_variable_that_many_get_shows_a_call_only_of_those_whose_code_reads_it() -> None:
    objects = b"""
apiVersion: v1
kind: ConfigMap
metadata: {name: addresses}
data: {ORDERS_ADDR: "orders:80", RATES_ADDR: "rates:80"}
""" + b"".join(
        b"""---
apiVersion: apps/v1
kind: Deployment
metadata: {name: %s}
spec:
  template:
    metadata: {labels: {app: %s}}
    spec: {containers: [{name: c, image: i, envFrom: [{configMapRef: {name: addresses}}]}]}
"""
        % (name, name)
        for name in (b"web", b"orders", b"rates")
    )
    code = [
        SourceFile("src/web/a.py", b'call(os.environ["ORDERS_ADDR"])\n'),
        SourceFile("src/orders/a.py", b'call(os.environ["RATES_ADDR"])\n'),
        SourceFile("src/rates/a.py", b"pass\n"),
    ]
    observed = observe([SourceFile("config.yaml", objects), *code])
    assert observed.pairs().keys() == {("web", "orders"), ("orders", "rates")}


def test_a_server_of_configurations_keeps_files_of_others() -> None:
    compose = SourceFile(
        "compose.yaml", b"services: {config: {build: config}, registry: {}, web: {}, orders: {}, orders-db: {}}"
    )
    shared = "config/src/main/resources/shared"
    files = [
        SourceFile(f"{shared}/orders.yml", b"spring: {data: {mongodb: {host: orders-db}}}"),
        SourceFile(f"{shared}/web.yml", b"zuul: {routes: {orders: {serviceId: orders}}}"),
        SourceFile(f"{shared}/application.yml", b'eureka: {client: {url: "http://registry:8761/eureka"}}'),
    ]
    assert observe([compose, *files]).pairs().keys() == {
        ("orders", "orders-db"),
        ("orders", "registry"),
        ("web", "orders"),
        ("web", "registry"),
    }
