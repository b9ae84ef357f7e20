"""Every rule by its id: the name of its module in `catalog`. A new rule is one new module and one line here."""

from importlib import import_module
from typing import Final, cast

from .rule import Rule

_ALWAYS: Final = (
    "manifest_syntax",
    "manifest_schema",
    "duplicate_service",
    "self_call",
    "call_cycle",
    "accepted_unused",
    "baseline_stale",
)
_BY_DEFAULT: Final = (
    "unknown_service",
    "unknown_endpoint",
    "unknown_owner",
    "unknown_domain",
    "unknown_channel",
    "unknown_external",
    "feedback_loop",
    "layer_violation",
    "forbidden_call",
    "version_range",
    "version_unbumped",
    "contract_broken",
    "timeout_budget",
    "retry_amplification",
    "availability_ceiling",
    "latency_ceiling",
    "capacity",
    "measured_stale",
    "fan_in",
    "depth",
    "single_owner",
    "orphan",
    "smoke_missing",
    "smoke_broken",
    "openapi_missing",
    "health_missing",
    "port_mismatch",
    "port_shared",
    "kind_unfit",
    "state_at_risk",
    "target_unfit",
    "build_missing",
    "never_built",
    "secret_literal",
)


def _id(module: str) -> str:
    return module.replace("_", "-")


RULES: Final[dict[str, Rule]] = {
    _id(module): cast(Rule, import_module(f".catalog.{module}", __package__)) for module in (*_ALWAYS, *_BY_DEFAULT)
}

FIXED: Final = frozenset(map(_id, _ALWAYS))
"""Rules that nobody can switch off, soften or accept: without them nothing else that is said can be trusted."""
