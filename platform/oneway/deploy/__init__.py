"""The deploy engine: written once, against `targets.base` alone."""

from .context import Context, Interrupted, Origin
from .events import Event, EventKind, Report
from .fleet import Done, Result, run
from .history import last_committed, live, rolled_back_contents, titled, undone
from .plan import Action, Plan, Wish, make_plan
from .preconditions import find_unmet
from .recovery import bring_up, stop, unfinished
from .refusals import Refusal
from .restart import restart_action
from .rollback import rollback_action
from .running_configuration import changed_secrets

__all__ = [
    "Action",
    "Context",
    "Done",
    "Event",
    "EventKind",
    "Interrupted",
    "Origin",
    "Plan",
    "Refusal",
    "Report",
    "Result",
    "Wish",
    "bring_up",
    "changed_secrets",
    "find_unmet",
    "last_committed",
    "live",
    "make_plan",
    "restart_action",
    "rollback_action",
    "rolled_back_contents",
    "run",
    "stop",
    "titled",
    "undone",
    "unfinished",
]
