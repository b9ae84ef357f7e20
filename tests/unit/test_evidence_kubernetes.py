"""What Kubernetes objects show: workloads through Services, policies in both directions, variables."""

from oneway.evidence import SourceFile, draft_manifests, observe
from oneway.evidence.observed import TakenSecret

OBJECTS = b"""
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      containers:
        - name: web
          image: example/web:1.0.0
          ports: [{name: http, containerPort: 8080}]
          resources: {requests: {cpu: 100m, memory: 64Mi}}
          env:
            - {name: ORDERS_URL, value: "http://order-service.shop.svc.cluster.local:80"}
            - {name: API_TOKEN, value: abc}
            - {name: KEY, valueFrom: {secretKeyRef: {name: web, key: k}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: orders}
spec:
  template:
    metadata: {labels: {app: orders}}
    spec: {containers: [{name: c, image: o, ports: [{containerPort: 80}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ledger}
spec: {template: {metadata: {labels: {app: ledger}}, spec: {containers: [{name: c, image: l}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: order-service}
spec: {selector: {app: orders}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: door}
spec:
  rules:
    - http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web-service, port: {number: 80}}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: web-service}
spec: {selector: {tier: front}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: orders-out}
spec: {podSelector: {matchLabels: {app: orders}}, egress: [{to: [{podSelector: {matchLabels: {app: ledger}}}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all}
spec: {podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}
"""


def test_reads_workloads_behind_their_services() -> None:
    observed = observe([SourceFile("all.yaml", OBJECTS)])
    web = observed.services[2]
    assert [each.name for each in observed.services] == ["ledger", "orders", "web"]
    assert (web.ports, web.replicas, web.cpu, web.memory, web.public) == ({"http": 8080}, 2, "100m", "64Mi", True)
    assert web.secret_env == {
        "API_TOKEN": TakenSecret("its name says so"),
        "KEY": TakenSecret("", "web", "k"),
    }
    assert "API_TOKEN" not in web.env


def test_calls_come_with_their_reasons() -> None:
    pairs = observe([SourceFile("all.yaml", OBJECTS)]).pairs()
    assert {pair: [each.why for each in calls] for pair, calls in pairs.items()} == {
        ("orders", "ledger"): ["network policy orders-out"],
        ("web", "orders"): ["environment ORDERS_URL"],
    }


def test_objects_of_odd_shape_are_passed_over() -> None:
    odd = (
        b"apiVersion: v1\nkind: Deployment\nspec: {template: [1]}\n---\napiVersion: v1\nkind: NetworkPolicy\nspec: 3\n"
    )
    assert observe([SourceFile("odd.yaml", odd)]).calls == ()


def test_references_to_secrets_keep_their_name_and_key() -> None:
    objects = b"""
apiVersion: apps/v1
kind: Deployment
metadata: {name: front}
spec:
  template:
    metadata: {labels: {app: front}}
    spec:
      containers:
        - name: front
          image: front:1.0.0
          env:
            - {name: SESSION, valueFrom: {secretKeyRef: {name: front-tok, key: token}}}
            - {name: OTHER, valueFrom: {secretKeyRef: {name: Front.Tok, key: tls.key}}}
"""
    draft = draft_manifests(observe([SourceFile("front.yaml", objects)]), "shop")["front.yaml"]
    assert '  SESSION: {name: front-tok, key: "token"}\n' in draft
    assert '  OTHER: {name: front-tok, key: "tls.key"}    # it is Front.Tok where it was found\n' in draft
