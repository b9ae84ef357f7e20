"""Score files, Backstage's catalog and Envoy's configuration."""

from oneway.evidence import Observed, SourceFile, observe

SCORE = b"""\
apiVersion: score.dev/v1b1
metadata: {name: Shop}
containers:
  main:
    image: registry.example.com/shop:1.2.3
    variables:
      STOCK_URL: http://stock:8080
      BACK: "http://${resources.orders.name}:80"
      DB_PASSWORD: "${resources.db.password}"
      API_TOKEN: abcdef0123456789
    resources: {requests: {cpu: 250m, memory: 128Mi}}
service: {ports: {web: {port: 80, targetPort: 8080}}}
resources:
  orders: {type: service}
  db: {type: postgres}
  route: {type: route, params: {host: shop.example.com, path: /, port: 80}}
"""
BACKSTAGE = b"""\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop}
spec:
  type: service
  owner: team-a
  dependsOn: ["component:default/stock", resource:shop-db]
  consumesApis: [orders.v1]
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: orders}
spec: {type: service, providesApis: ["api:default/orders.v1"]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: stock}
spec: {type: website}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: words}
spec: {type: library, dependsOn: ["component:stock"]}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: orders.v1}
spec: {type: openapi}
"""
ENVOY = b"""\
static_resources:
  listeners:
    - address: {socket_address: {address: 0.0.0.0, port_value: 80}}
  clusters:
    - name: stock_cluster
      load_assignment:
        endpoints:
          - lb_endpoints:
              - endpoint: {address: {socket_address: {address: stock, port_value: 8080}}}
    - name: old
      hosts: [{socket_address: {address: orders, port_value: 81}}]
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}
"""


def seen(**files: bytes) -> Observed:
    return observe(
        [SourceFile(name.replace("__", "/").replace("_yaml", ".yaml"), text) for name, text in files.items()]
    )


def calls(observed: Observed) -> dict[tuple[str, str], tuple[str, int]]:
    return {pair: (found[0].why, found[0].place.line) for pair, found in observed.pairs().items()}


def test_a_score_file_is_a_workload_with_what_it_asks_for() -> None:
    others = [SCORE.replace(b"name: Shop", b"name: " + name) for name in (b"orders", b"stock")]
    observed = seen(score_yaml=SCORE, a__score_yaml=others[0], b__score_yaml=others[1])
    found = calls(observed)
    assert found["shop", "orders"] == ("resource orders", 14)
    assert found["shop", "stock"] == ("environment STOCK_URL", 7)
    shop = next(each for each in observed.services if each.name == "shop")
    assert (shop.image, dict(shop.ports), shop.public) == ("registry.example.com/shop:1.2.3", {"web": 8080}, True)
    assert (shop.cpu, shop.memory) == ("250m", "128Mi")
    assert "API_TOKEN" in shop.secret_env
    assert "DB_PASSWORD" not in shop.env
    assert [each for each in observed.notes if "shop: resource db is a postgres" in each]


def test_a_catalog_says_what_components_need() -> None:
    observed = seen(catalog__info_yaml=BACKSTAGE)
    assert calls(observed) == {("shop", "orders"): ("consumesApis", 8), ("shop", "stock"): ("dependsOn", 7)}
    assert {each.name for each in observed.services} == {"shop", "orders", "stock"}
    assert [each for each in observed.notes if "shop depends on resource:shop-db" in each]


def test_envoy_calls_whom_its_clusters_lead_to() -> None:
    compose = b"""
services:
  edge: {image: envoyproxy/envoy, volumes: ["./edge:/etc/envoy"]}
  stock: {build: stock}
  orders: {build: orders}
"""
    observed = seen(compose_yaml=compose, edge__envoy_yaml=ENVOY)
    assert calls(observed) == {
        ("edge", "orders"): ("cluster old", 11),
        ("edge", "stock"): ("cluster stock_cluster", 9),
    }
    assert {(each.target, each.port) for each in observed.calls} == {("stock", 8080), ("orders", 81)}


def test_odd_ones_are_told_or_passed_over() -> None:
    for text in (b"apiVersion: score.dev/v1b1\n", b"apiVersion: score.dev/v1b1\nmetadata: 3\ncontainers: []\n"):
        assert [each for each in seen(score_yaml=text).notes if "a Score file without a name" in each]
    for text in (
        b"apiVersion: backstage.io/v1alpha1\nkind: Component\nspec: []\n",
        b"static_resources: {clusters: 3}\n",
    ):
        assert seen(odd_yaml=text).services == ()
