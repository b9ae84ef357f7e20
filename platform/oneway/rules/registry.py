"""Every rule by its id. A new rule is one new module and one line here."""

from typing import Final

from . import (
    accepted_unused,
    baseline_stale,
    call_cycle,
    duplicate_service,
    manifest_schema,
    manifest_syntax,
    self_call,
    unknown_channel,
    unknown_domain,
    unknown_endpoint,
    unknown_external,
    unknown_owner,
    unknown_service,
)
from .rule import Rule

RULES: Final[dict[str, Rule]] = {
    "manifest-syntax": manifest_syntax,
    "manifest-schema": manifest_schema,
    "duplicate-service": duplicate_service,
    "unknown-service": unknown_service,
    "unknown-endpoint": unknown_endpoint,
    "unknown-owner": unknown_owner,
    "unknown-domain": unknown_domain,
    "unknown-channel": unknown_channel,
    "unknown-external": unknown_external,
    "self-call": self_call,
    "call-cycle": call_cycle,
    "accepted-unused": accepted_unused,
    "baseline-stale": baseline_stale,
}

FIXED: Final = frozenset({"manifest-syntax", "manifest-schema", "duplicate-service", "self-call", "call-cycle",
                          "accepted-unused", "baseline-stale"})  # fmt: skip
"""Rules that nobody can switch off, soften or accept: without them nothing else that is said can be trusted."""
