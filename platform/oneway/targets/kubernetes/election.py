"""Which of several pods leads: the one that holds a Lease, which its label shows to the Service in front of them."""

import time
from contextlib import ExitStack, suppress
from typing import Final

from ...errors import OnewayError
from ...generate.kubernetes import LEADS
from ..base import Holder, Locked
from .api import Api
from .kinds import POD
from .lease import Leases

SECONDS: Final = 10
_RENEW_EVERY: Final = 2.0


class PodElection:
    """One pod's part in it. Whoever cannot be heard for ten seconds leads no more, and knows it."""

    def __init__(
        self, api: Api, name: str, pod: str, seconds: int = SECONDS, renew_every: float = _RENEW_EVERY
    ) -> None:
        self._api, self._name, self._pod = api, name, pod
        self._leases = Leases(api, seconds, renew_every)
        self._held = ExitStack()
        self._shown: bool | None = None

    def try_to_lead(self) -> bool:
        """Lead from now on, unless somebody does. OnewayError where the cluster cannot be asked."""
        try:
            self._held.enter_context(self._leases.hold(self._name, Holder(self._pod, time.time())))
        except Locked:
            self._show(False)
            return False
        self._show(True)
        return True

    def leads(self) -> bool:
        """Whether nobody else can be leading."""
        return self._leases.is_certain(self._name)

    def resign(self) -> None:
        """Let another one lead at once."""
        with suppress(OnewayError):
            self._show(False)
            self._held.close()

    def _show(self, leads: bool) -> None:
        """A pod whose container was started again may still carry the label of before."""
        if self._shown is not leads:
            self._api.merge(POD, self._pod, {"metadata": {"labels": {LEADS: "true" if leads else None}}})
            self._shown = leads
