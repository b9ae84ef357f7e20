"""The kit of a FastAPI application that runs as a service. See README.md for the contract that it keeps."""

from servicekit.breaker import BreakerTerms
from servicekit.call_failures import CallFailed, UndeclaredCall
from servicekit.calls import Calls
from servicekit.context import RequestContext, current_request
from servicekit.id_blocks import IdBlocks
from servicekit.problem import Problem, unavailable
from servicekit.service import Service
from servicekit.settings import DeclaredCall, Settings, SettingsError

__all__ = [
    "BreakerTerms",
    "CallFailed",
    "Calls",
    "DeclaredCall",
    "IdBlocks",
    "Problem",
    "RequestContext",
    "Service",
    "Settings",
    "SettingsError",
    "UndeclaredCall",
    "current_request",
    "unavailable",
]
