"""The deploy engine: written once, against `targets.base` alone."""

from .desk import Desk, Interrupted
from .events import Event, Kind, Report
from .fleet import Done, Result, run
from .heal import heal, stop, unfinished
from .history import last_committed, live, rolled_back_contents
from .plan import Action, Plan, Wish, make_plan
from .refusals import Refusal
from .rollback import rollback_action

__all__ = [
    "Action",
    "Desk",
    "Done",
    "Event",
    "Interrupted",
    "Kind",
    "Plan",
    "Refusal",
    "Report",
    "Result",
    "Wish",
    "heal",
    "last_committed",
    "live",
    "make_plan",
    "rollback_action",
    "rolled_back_contents",
    "run",
    "stop",
    "unfinished",
]
