"""What is wrong with a system before anything runs: one module per rule, and the runner."""

from . import baseline
from .audit import audit
from .facts import Before, Facts
from .fingerprint import fingerprints
from .registry import FIXED, RULES
from .rule import Rule

__all__ = ["FIXED", "RULES", "Before", "Facts", "Rule", "audit", "baseline", "fingerprints"]
