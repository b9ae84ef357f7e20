"""Which callers a break concerns: those that were made for what was, and do not say that they take what comes."""

from ..model import Call
from ..model.versions import accepts, version_key

RULE = "contract-broken"


def is_prepared(call: Call, old: str, new: str) -> bool:
    """Whether the caller's range says that it knows: it leaves the old version out, or takes a new first number."""
    if call.version is None:
        return False
    try:
        takes_old, takes_new = accepts(call.version, old), accepts(call.version, new)
    except ValueError:
        return False
    return takes_new and (not takes_old or version_key(new)[0][0] != version_key(old)[0][0])
