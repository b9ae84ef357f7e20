"""What healthy means: run checks, judge the answers. Gate, smoke and monitor use the same."""

from .answer import Answer, NoAnswer, Outgoing, Send
from .check import CheckResult, ReadFile, Verdict, run_check
from .http import http_sender
from .match import Failure
from .suite import SuiteResult, run_suite

__all__ = [
    "Answer",
    "CheckResult",
    "Failure",
    "NoAnswer",
    "Outgoing",
    "ReadFile",
    "Send",
    "SuiteResult",
    "Verdict",
    "http_sender",
    "run_check",
    "run_suite",
]
