"""What keeps the ledger of leases, and where: the same promises from a file, from Redis and from a cluster."""

from collections.abc import Callable
from typing import Protocol

from id_service.ledger import Lease, NoLease

SECONDS = 10.0
# Seconds by which the clock of a machine may differ from that of a store which several machines share. Two of them
# may differ by twice as much, so that what a holder issued before its lease ended lies below LEAST_KNOWN of any other.
MOST_SKEW = 2.0


class LeaseStore(Protocol):
    """Each call is one step that nobody sees half of. Raises NoLease with the reason, StoreLost where it cannot be
    asked.

    `shared` tells seconds by a clock that never jumps: for how long a lease lasts. `wall` tells milliseconds since
    EPOCH, and may jump.
    """

    @property
    def shared(self) -> Callable[[], float]: ...

    @property
    def wall(self) -> Callable[[], int]: ...

    def is_replaced(self) -> bool:
        """Whether the ledger that was last written to is no more the one that others would be given a lease from.
        Asked often, and answered without waiting."""

    def take(self, holder: str, preferred: int | None) -> Lease: ...

    def renew(self, lease: Lease) -> Lease: ...

    def give_back(self, lease: Lease, used: int) -> None: ...


def check_clock(wall: float, store: float, most: float = MOST_SKEW) -> None:
    """Seconds by both clocks. Raises NoLease where this machine's is too far from the store's."""
    skew = wall - store
    if abs(skew) > most:
        raise NoLease(
            f"the clock of this machine is {abs(skew):.1f} s {'ahead of' if skew > 0 else 'behind'} the lease store's; "
            f"at most {most:g} s are allowed: set it right"
        )
