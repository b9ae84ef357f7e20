"""What is known of a rollout's traffic from one step to the next."""

from dataclasses import dataclass

from ..targets.base import Instance


@dataclass(slots=True)
class Traffic:
    """`first` is how the new replicas were when traffic began, at `since`; `alone` is how many seconds the slowest of
    its checks took while it had none; `looks` counts how often both releases were compared. It is `without_users` while
    none was seen. `asked_live` is when the new release was asked last whether it is alive, and `missed` how often on
    end it was not; `unready_since` is when it was first seen unready.
    """

    first: tuple[Instance, ...] = ()
    since: float = 0.0
    alone: float = float("inf")
    looks: int = 0
    without_users: bool = False
    asked_live: float = float("-inf")
    missed: int = 0
    unready_since: float | None = None
