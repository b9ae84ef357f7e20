"""What a check asks and what it expects, each in one line."""

from ..model import Check, Matcher
from .match import wanted_words
from .shown import shown


def asked_of(check: Check) -> str:
    """`POST /v1/ids`; without what stands for a secret of the environment there is nothing to hide."""
    request = check.request
    where = request.base or ""
    if request.tcp:
        return f"TCP {where or request.endpoint or ''}".rstrip()
    if request.grpc is not None:
        return f"gRPC health {request.grpc} {where}".replace("  ", " ").rstrip()
    if request.dns is not None:
        return f"DNS {request.dns}"
    return f"{request.method} {where}{request.path}"


def expected_of(check: Check) -> str:
    """`status 200, within 800ms, ids[0] text that matches ^[0-9]+$`."""
    expect = check.expect
    parts = [f"status {expect.status}", f"within {expect.within}" if expect.within is not None else ""]
    if expect.certificate_days is not None:
        parts.append(f"a certificate valid for {expect.certificate_days} days")
    named = [(f"header {name}", wanted) for name, wanted in expect.headers.items()]
    for name, wanted in (*named, *expect.body.items()):
        words = wanted_words(wanted) if isinstance(wanted, Matcher) else shown(wanted, name)
        parts.append(f"{name} {words}")
    return ", ".join(filter(None, parts))
