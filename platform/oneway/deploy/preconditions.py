"""What a release needs before it is worth a record: files of its checks, its secrets, its lock file."""

from ..errors import OnewayError
from ..targets.base import Release
from .context import Context
from .refusals import Refusal


def find_unmet(context: Context, draft: Release) -> list[Refusal]:
    """Why the release could not even be built or asked, each with what to do."""
    found: list[Refusal] = []
    for check in draft.spec.checks:
        if check.request.file is None:
            continue
        try:
            context.read_file(check.request.file)
        except (OnewayError, OSError) as error:
            said = error.message if isinstance(error, OnewayError) else (error.strerror or type(error).__name__)
            reason = f"{draft.service}'s check {check.name!r} sends {check.request.file}, which cannot be read: {said}"
            found.append(Refusal(draft.service, reason, "name a file of the repository, relative to its root"))
    try:
        context.target.require_runnable(draft)
    except OnewayError as error:
        found.append(Refusal(draft.service, error.message, error.hint))
    return found


def require_met(context: Context, draft: Release) -> None:
    """OnewayError with the first of them."""
    for each in find_unmet(context, draft):
        raise OnewayError(each.reason, each.hint)
