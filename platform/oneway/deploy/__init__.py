"""The deploy engine: written once, against `targets.base` alone."""

from .context import Context, Interrupted
from .events import Event, EventKind, Report
from .fleet import Done, Result, run
from .history import last_committed, live, rolled_back_contents
from .plan import Action, Plan, Wish, make_plan
from .recovery import bring_up, stop, unfinished
from .refusals import Refusal
from .rollback import rollback_action

__all__ = [
    "Action",
    "Context",
    "Done",
    "Event",
    "EventKind",
    "Interrupted",
    "Plan",
    "Refusal",
    "Report",
    "Result",
    "Wish",
    "bring_up",
    "last_committed",
    "live",
    "make_plan",
    "rollback_action",
    "rolled_back_contents",
    "run",
    "stop",
    "unfinished",
]
