"""The smoke loop: the checks at their interval, for ever; changes of state, a status page, metrics, alerts."""

from .loop import Board, Watched, overall, run_round, watch
from .state import Change, Health, Standing, observe

__all__ = ["Board", "Change", "Health", "Standing", "Watched", "observe", "overall", "run_round", "watch"]
