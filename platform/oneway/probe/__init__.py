"""What healthy means: run checks, judge the answers. Gate, smoke and monitor use the same."""

from .answer import Answer, Kind, NoAnswer, Outgoing, Send
from .attended import attended
from .check import CheckResult, Verdict, ask_check, judge, run_check, unanswered
from .check_words import asked_of, expected_of
from .described import checks_of_description
from .http import Address, HttpSend, Sessions, http_sender
from .match import Failure, Unusable
from .metric import metric_value
from .outgoing import ReadFile, deadline_of, outgoing_of
from .reading import MAX_BODY, read_answer, text_of, too_large
from .ready_rule import as_readiness
from .suite import SuiteResult, run_suite

__all__ = [
    "MAX_BODY",
    "Address",
    "Answer",
    "CheckResult",
    "Failure",
    "HttpSend",
    "Kind",
    "NoAnswer",
    "Outgoing",
    "ReadFile",
    "Send",
    "Sessions",
    "SuiteResult",
    "Unusable",
    "Verdict",
    "as_readiness",
    "ask_check",
    "asked_of",
    "attended",
    "checks_of_description",
    "deadline_of",
    "expected_of",
    "http_sender",
    "judge",
    "metric_value",
    "outgoing_of",
    "read_answer",
    "run_check",
    "run_suite",
    "text_of",
    "too_large",
    "unanswered",
]
