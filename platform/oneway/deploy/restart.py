"""The live release anew, with the configuration of now: a new replica beside the old one, through the same gate."""

from msgspec.structs import replace

from ..errors import OnewayError
from .context import Context
from .history import live
from .plan import FRESH, Action, Wish
from .running_configuration import changed_secrets, configuration_of


def restart_action(context: Context, service: str) -> Action:
    """The action that starts the live release anew, with the configuration of now. OnewayError when none is live."""
    old = live(context.records.releases(service))
    if old is None:
        raise OnewayError(
            f"nothing of {service} serves", f"`platform up {service}` or `platform deploy {service}` starts it"
        )
    draft = replace(
        old,
        **{**FRESH, "repeats": old.number},
        author=context.who,
        started=context.clock.now(),
        previous=old.number,
        configuration=configuration_of(context, old.spec),
    )
    said = changed_secrets(draft.configuration, old) or ("started anew, with nothing changed",)
    return Action(service, Wish.RESTART, draft, old, (), said)
