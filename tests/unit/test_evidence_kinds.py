"""Kinds of systems that public repositories hold: how they name their services, and how they share code among them."""

import pytest

from oneway.evidence import Observed, SourceFile, observe

Files = dict[str, str]


def seen(files: Files) -> Observed:
    return observe([SourceFile(name, text.encode()) for name, text in files.items()])


def calls(files: Files) -> set[tuple[str, str]]:
    return set(seen(files).pairs())


SHOP = """
services:
  web: {build: ./web}
  orders: {build: ./orders}
  stock: {build: ./stock}
"""
NAMES = """
public enum Service {
  ORDERS("org.example.shop.orders"), STOCK("org.example.shop.stock");
  Service(String name) {}
}
"""


def test_a_client_that_several_share_calls_for_its_users() -> None:
    client = 'class StockLevels { int of(String id) { return client.get("http://stock/levels/" + id); } }'
    files = {
        "compose.yaml": SHOP,
        "common/src/StockLevels.java": client,
        "orders/src/Basket.java": "class Basket { int left() { return StockLevels.of(id); } }",
        "web/src/Page.java": "class Page { }",
    }
    assert calls(files) == {("orders", "stock")}


def test_a_shared_client_may_use_another_one() -> None:
    files = {
        "compose.yaml": SHOP,
        "common/src/StockLevels.kt": 'class StockLevels { fun of() = client.get("http://stock/levels") }',
        "common/src/CachedLevels.kt": "class CachedLevels(val inner: StockLevels)",
        "web/src/Page.kt": "class Page { val levels = CachedLevels(StockNames()) }",
    }
    assert calls(files) == {("web", "stock")}


def test_a_client_that_the_callee_publishes_calls_for_others() -> None:
    files = {
        "compose.yaml": SHOP,
        "orders/api/OrdersClient.java": '@FeignClient(value = "ORDERS")\ninterface OrdersClient {}',
        "web/src/Page.java": "class Page { private OrdersClient orders; }",
    }
    assert calls(files) == {("web", "orders")}


def test_a_class_that_names_everybody_is_a_list_and_no_client() -> None:
    names = [f"shop-{each}" for each in ("a", "b", "c", "d")]
    services = "services:\n  web: {build: ./web}\n" + "".join(f"  {each}: {{image: x}}\n" for each in names)
    urls = " ".join(f'urls.add("http://{each}:80/");' for each in names)
    files = {
        "compose.yaml": services,
        "common/AllServices.java": f"class AllServices {{ void all() {{ {urls} }} }}",
        "web/Page.java": "class Page { AllServices all; }",
    }
    assert calls(files) == set()


def test_modules_that_are_called_in_reverse_are_named_by_constants() -> None:
    files = {
        "compose.yaml": "services: {orders: {image: shop/orders}, stock: {image: shop/stock}}",
        "libs/names/Service.java": NAMES,
        "services/org.example.shop.orders/src/Basket.java": "class Basket { void left() { ask(Service.STOCK, 1); } }",
        "services/org.example.shop.stock/src/Stock.java": "class Stock { }",
    }
    assert calls(files) == {("orders", "stock")}


@pytest.mark.parametrize(
    "line",
    [
        'throw new TimeoutException("too late", Service.STOCK);',
        "Tracing.tracer.start(Service.STOCK);",
        "message.setFooter(sender = Service.STOCK);",
    ],
)
def test_naming_somebody_in_a_failure_a_trace_or_a_sender_is_no_call(line: str) -> None:
    files = {
        "compose.yaml": "services: {orders: {image: shop/orders}, stock: {image: shop/stock}}",
        "libs/names/Service.java": NAMES,
        "services/org.example.shop.orders/src/Basket.java": f"class Basket {{ void left() {{ {line} }} }}",
        "services/org.example.shop.stock/src/Stock.java": "class Stock { }",
    }
    assert calls(files) == set()


@pytest.mark.parametrize(
    ("objects", "own"),
    [
        ("orders-deployment", "orders"),
        ("shop-orders", "orders"),
        ("orders-statefulset", "orders"),
    ],
)
def test_one_service_under_two_names_is_one(objects: str, own: str) -> None:
    workload = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec: {{template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: a, image: x, env: {env}}}]}}}}}}
---
"""
    env = "[{name: STOCK_URL, value: 'http://stock:80'}]"
    others = "".join(workload.format(name=each, env="[]") for each in ("shop-a", "shop-b", "shop-c", "shop-d"))
    files = {
        "compose.yaml": "services: {orders: {image: x}, stock: {image: y}}",
        "k8s/all.yaml": workload.format(name=objects, env=env) + others,
    }
    observed = seen(files)
    assert set(observed.pairs()) == {("orders", "stock")}
    assert objects not in {each.name for each in observed.services}
    assert own in {each.name for each in observed.services}


def test_versions_that_run_side_by_side_have_the_same_code() -> None:
    workload = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec: {{template: {{metadata: {{labels: {{app: {app}}}}}, spec: {{containers: [{{name: a, image: x}}]}}}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: {app}}}
spec: {{selector: {{app: {app}}}}}
---
"""
    pairs = (("reviews-v1", "reviews"), ("reviews-v2", "reviews"), ("ratings-v1", "ratings"))
    files = {
        "kube.yaml": "".join(workload.format(name=name, app=app) for name, app in pairs),
        "src/reviews/app.py": 'requests.get("http://ratings:9080/ratings")\n',
    }
    assert calls(files) == {("reviews-v1", "ratings-v1"), ("reviews-v2", "ratings-v1")}


def test_a_port_of_this_machine_leads_to_whoever_publishes_it() -> None:
    compose = """
services:
  page: {image: x, ports: ["3000:80"], environment: [REACT_APP_ORDERS_URL=http://localhost:8080, OWN=http://localhost:3000]}
  orders: {image: y, ports: ["8080:8000"], environment: {HEALTH_URL: "http://localhost:8000/ok", PEER_URL: "http://localhost:9999"}}
"""
    assert calls({"compose.yaml": compose}) == {("page", "orders")}


def test_a_port_that_two_publish_leads_to_nobody_known() -> None:
    compose = """
services:
  page: {image: x, environment: [API_URL=http://localhost:8080]}
  orders: {image: y, ports: ["8080:8000"]}
  stock: {image: y, ports: ["8080:8000"]}
"""
    assert calls({"compose.yaml": compose}) == set()


def test_a_module_says_its_own_port_too() -> None:
    files = {
        "compose.yaml": "services: {config: {build: ./config}, orders: {build: ./orders}}",
        "config/src/main/resources/application.yml": "server: {port: 8888}\n",
        "orders/src/main/resources/application.yml": "spring: {cloud: {config: {uri: 'http://localhost:8888'}}}\n",
    }
    assert calls(files) == {("orders", "config")}


def test_compose_files_of_the_first_version_are_read() -> None:
    files = {"docker-compose.yml": "orders:\n  image: x\n  links: ['stock:levels']\nstock:\n  build: ./stock\n"}
    assert calls(files) == {("orders", "stock")}


def test_links_to_what_another_file_starts_give_their_names() -> None:
    files = {
        "app.yml": "services: {orders: {image: x, external_links: ['mysql:db'], environment: [DB_URL=jdbc:mysql://db:3306/x]}}",
        "env.yml": "services: {mysql: {image: mysql}}",
    }
    assert calls(files) == {("orders", "mysql")}


def test_the_folder_of_a_dockerfile_says_whose_code_is_in_a_shared_context() -> None:
    files = {
        "compose.yaml": """
services:
  front: {build: {context: ., dockerfile: Sites/Front.Web/Dockerfile}}
  ordering.api: {build: {context: ., dockerfile: Apis/Ordering/Dockerfile}}
""",
        "Sites/Front.Web/appsettings.json": '{"Api": {"OrderingUrl": "http://ordering.api:8080"}}',
    }
    assert calls(files) == {("front", "ordering-api")}


@pytest.mark.parametrize(
    ("key", "known"),
    [
        ("Tracing: {ServiceName: orders}", False),
        ("Routes: [{ServiceName: orders, Port: 80}]", True),
        ("Clusters: {a: {ServiceName: OrdersService}}", True),
        ("discover: {excluded-services: orders}", False),
        ("auth: {redirectUrl: 'http://orders:80/back'}", False),
        ("RabbitMq: {HostName: orders}", True),
    ],
)
def test_a_name_of_oneself_is_no_call_and_one_in_a_route_is(key: str, known: bool) -> None:
    files = {"compose.yaml": SHOP, "web/appsettings.yaml": key + "\n"}
    assert calls(files) == ({("web", "orders")} if known else set())


@pytest.mark.parametrize(
    ("variable", "known"),
    [
        ("OTEL_SERVICE_NAME", False),
        ("SERVICE_NAME", False),
        ("NEXT_PUBLIC_OTEL_SERVICE_NAME", False),
        ("ORDERS_SERVICE_NAME", True),
        ("STOCK_HOST_NAME", True),
        ("CUSTOMER_SELF_SERVICE_HOST", True),
        ("ALLOWED_HOSTS", False),
        ("CORS_ORIGINS", False),
        ("DOWNSTREAM_HOST", True),
    ],
)
def test_variables_say_who_is_called(variable: str, known: bool) -> None:
    compose = f"services: {{web: {{image: x, environment: {{{variable}: orders}}}}, orders: {{image: y}}}}"
    assert calls({"compose.yaml": compose}) == ({("web", "orders")} if known else set())


@pytest.mark.parametrize(
    "code",
    [
        "const OTEL_SERVICE_NAME = 'orders';\nsdk.start({url: process.env.OTEL_SERVICE_NAME});\n",
        "export const ORDERS_TOPIC = 'orders';\nbus.send(ORDERS_TOPIC);\n",
        "server.route({method: 'post', path: 'orders'});\n",
        "RouterModule.forChild([{path: 'orders'}]);\n",
    ],
)
def test_names_of_oneself_topics_verbs_and_paths_are_no_calls(code: str) -> None:
    compose = "services: {web: {build: ./web}, orders: {image: y}, post: {image: z}}"
    assert (
        calls({"compose.yaml": compose, "web/app.js": code, "web/use.js": "use(OTEL_SERVICE_NAME, ORDERS_TOPIC)"})
        == set()
    )


@pytest.mark.parametrize(
    "command",
    [
        '["./wait-for-it.sh", "orders:8010", "--timeout=9", "--", "start.sh"]',
        '["dockerize", "-wait", "tcp://orders:80", "start.sh"]',
        '"./wait-for.sh orders:80 -- start.sh"',
        "[sh, -c, 'while ! nc -z orders:80; do sleep 1; done; start.sh']",
    ],
)
def test_waiting_for_somebody_is_a_start_order_and_no_call(command: str) -> None:
    compose = f"services: {{web: {{image: x, command: {command}}}, orders: {{image: y}}}}"
    observed = seen({"compose.yaml": compose})
    assert not observed.calls
    assert {(each.source, each.target) for each in observed.hints} == {("web", "orders")}


def test_what_comes_after_the_wait_is_a_call() -> None:
    command = '["wait-for-it", "stock:1", "--", "run", "--api=http://orders"]'
    compose = f"services: {{web: {{image: x, command: {command}}}, orders: {{image: y}}, stock: {{image: z}}}}"
    assert calls({"compose.yaml": compose}) == {("web", "orders")}


def test_a_server_of_configurations_keeps_those_of_others() -> None:
    files = {
        "compose.yaml": """
services:
  config: {build: ./config-server}
  mail: {build: ./mail-service}
  broker: {image: kafka}
  ui: {image: x}
""",
        "mail-service/src/main/resources/application.properties": "spring.application.name=mailer\n",
        "config-server/src/main/resources/repo/mailer.properties": "brokers=broker:9092\n",
        "config-server/src/main/resources/repo/ui-prod.yml": "backend: {url: 'http://mail:80'}\n",
        "config-server/src/main/resources/repo/else.yml": "backend: {url: 'http://ui:80'}\n",
    }
    assert calls(files) == {("mail", "broker"), ("ui", "mail")}


def test_a_system_that_no_file_deploys_has_the_services_that_its_modules_name() -> None:
    files = {
        "prices/src/main/resources/bootstrap.yml": "spring: {application: {name: price-service}}\n",
        "tray/src/main/resources/bootstrap.yml": "spring: {application: {name: tray-service}}\n",
        "tray/src/main/java/Prices.java": '@FeignClient(value="PRICE-SERVICE", fallback=X.class)\ninterface Prices {}',
        "site/Dockerfile": "FROM nginx\nENV TRAY_URL=http://tray-service/\n",
        "docker/Dockerfile": "FROM base\n",
        "registry/src/main/resources/application.yml": "server: {port: 8761}\n",
        "tray/src/main/resources/application.yml": "eureka: {client: {defaultZone: 'http://localhost:8761/eureka'}}\n",
    }
    observed = seen(files)
    assert {each.name for each in observed.services} == {"price-service", "tray-service", "site", "registry"}
    expected = {("tray-service", "price-service"), ("site", "tray-service"), ("tray-service", "registry")}
    assert set(observed.pairs()) == expected


def test_databases_alone_do_not_describe_a_system() -> None:
    files = {
        "compose.yaml": "services: {kafka: {image: bitnami/kafka}}",
        "orders/src/main/resources/application.yml": "spring: {application: {name: orders}, kafka: {at: 'kafka:9'}}\n",
    }
    assert calls(files) == {("orders", "kafka")}


def test_placeholders_in_code_have_defaults_that_are_hosts() -> None:
    code = (
        'class A { A(@Value("${orders.service.host:orders}") String host, @Value("${greeting:stock}") String word) {} }'
    )
    assert calls({"compose.yaml": SHOP, "web/A.java": code}) == {("web", "orders")}


def test_a_copied_application_name_does_not_take_somebody_elses() -> None:
    files = {
        "compose.yaml": SHOP,
        "stock/src/main/resources/application.properties": "spring.application.name=orders\n",
        "web/app.py": 'requests.get("http://orders/x")\n',
    }
    assert calls(files) == {("web", "orders")}


def test_long_words_in_code_are_read_in_bounded_time() -> None:
    long = "Ab" * 40_000
    files = {"compose.yaml": SHOP, "common/StockNames.java": 'class StockNames { String a = "http://stock/"; }'}
    assert calls(files | {"web/a.js": f"var x = '{long}';\nuse(StockNames);\n"}) == {("web", "stock")}


def test_what_a_kustomization_generates_and_patches_is_read() -> None:
    workload = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}-deployment}}
spec:
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
        - name: a
          image: x
          env: [{{name: CACHE_HOST, valueFrom: {{configMapKeyRef: {{name: {name}-map, key: CACHE_HOST}}}}}}]
"""
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: cache-service}\nspec: {selector: {app: cache}}\n"
    files = {
        "base/cart.yaml": workload.format(name="cart"),
        "base/cache.yaml": workload.format(name="cache") + "---\n" + service,
        "overlay/patch.yaml": service.replace("selector: {app: cache}", "type: NodePort"),
        "overlay/kustomization.yaml": """
namespace: shop
configMapGenerator:
  - name: cart-map
    literals:
      - CACHE_HOST=cache-service.shared.svc.cluster.local
""",
    }
    assert calls(files) == {("cart-deployment", "cache-deployment")}


def test_a_policy_that_selects_nobody_here_is_told() -> None:
    policy = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cart-access}
spec: {podSelector: {matchLabels: {app: cart}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}
"""
    observed = seen({"policy.yaml": policy})
    assert [each.text for each in observed.found] == ["cart-access: no workload here has these labels"]
    assert not observed.whole


def test_a_collector_that_asks_a_database_makes_no_call() -> None:
    compose = """
services:
  otel: {image: otel/opentelemetry-collector-contrib, environment: {POSTGRES_HOST: db}}
  jaeger: {image: jaegertracing/jaeger, environment: {STORE_URL: "http://db:5432"}}
  db: {image: postgres}
"""
    assert calls({"compose.yaml": compose}) == {("jaeger", "db")}
