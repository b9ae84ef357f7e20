"""Two public systems, read whole: what is found equals what they document, and each difference has its reason here."""

from pathlib import Path

import pytest

from oneway.application.evidence_files import observe_paths
from oneway.evidence import Observed

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="left out: the corpus of public systems is not beside this checkout"
)

Pairs = set[tuple[str, str]]


def observed(*paths: str) -> Observed:
    return observe_paths([CORPUS / each for each in paths], root=CORPUS)


def pairs(text: str) -> Pairs:
    lines = (line.split(":") for line in text.strip().splitlines())
    return {(caller.strip(), callee) for caller, callees in lines for callee in callees.split()}


# The system's design document and its network policies, which say who may call whom.
SOCK_SHOP = pairs("""
front-end: catalogue carts orders user session-db
orders: carts orders-db payment shipping user
carts: carts-db
catalogue: catalogue-db
user: user-db
shipping: rabbitmq
queue-master: rabbitmq
""")


def test_sock_shop_calls_whom_its_policies_let_in() -> None:
    found = observed("sock-shop/kubernetes", "sock-shop/policy")
    missing = SOCK_SHOP - set(found.pairs())
    assert set(found.pairs()) <= SOCK_SHOP
    # The policies of the cart select pods with `name: cart`; the workload has `name: carts`. That is told.
    carts = {("front-end", "carts"), ("orders", "carts"), ("carts", "carts-db")}
    told = {each.text for each in found.found if each.unread}
    assert "cart-access: no workload here has these labels" in told
    # Nobody says whom front-end keeps its sessions with: `SESSION_REDIS: "true"` names no host, and no policy does.
    assert missing == carts | {("front-end", "session-db")}


def test_sock_shop_says_little_in_its_compose_file() -> None:
    # Every host name is in the code of another repository; one variable names one.
    found = observed("sock-shop/docker-compose.yml")
    assert set(found.pairs()) == {("user", "user-db")}


# The architecture page of the demo, as far as the services of this compose file go.
OTEL_DEMO = pairs("""
ad: flagd
cart: valkey-cart flagd
checkout: cart currency email flagd payment product-catalog shipping
email: flagd
flagd-ui: flagd
frontend: ad cart checkout currency flagd product-catalog recommendation shipping
frontend-proxy: flagd flagd-ui frontend image-provider telemetry-docs
load-generator: flagd frontend-proxy
payment: flagd
product-catalog: astronomy-db flagd
recommendation: flagd product-catalog
shipping: flagd quote
""")


def test_the_demo_of_opentelemetry_calls_whom_its_architecture_shows() -> None:
    found = observed("otel-demo")
    own = {pair for pair in found.pairs() if "otel-collector" not in pair}
    # flagd-ui edits the file that flagd reads: `depends_on` is all that the compose file says of it, which is no call.
    assert own == OTEL_DEMO - {("flagd-ui", "flagd")}
    assert ("flagd-ui", "flagd") in {(each.source, each.target) for each in found.hints}


def test_telemetry_goes_to_the_collector_and_its_probing_is_no_call() -> None:
    found = observed("otel-demo")
    senders = {source for source, target in found.pairs() if target == "otel-collector"}
    assert {"ad", "cart", "checkout", "frontend", "payment", "quote"} <= senders
    assert not any(source == "otel-collector" for source, _ in found.pairs())
    probed = {each.target for each in found.hints if each.source == "otel-collector"}
    assert {"astronomy-db", "image-provider", "frontend-proxy"} <= probed
