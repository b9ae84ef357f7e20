"""What the records say: which release is live, which contents were taken back."""

from collections.abc import Sequence

from ..targets.base import Release, State

UNFINISHED = (State.UNDER_WAY, State.ROLLING_BACK)


def titled(release: Release) -> str:
    """The release as people tell it from others, also from those of the same version."""
    return f"{release.version} (release {release.number})"


def live(releases: Sequence[Release]) -> Release | None:
    """The release that should serve: the newest that was committed, unless it was stopped. Newest first."""
    last = last_committed(releases)
    return last if last is not None and last.state is State.LIVE else None


def last_committed(releases: Sequence[Release]) -> Release | None:
    """The release that serves, or served until it was stopped by hand."""
    return next((each for each in releases if each.committed is not None), None)


def last_good(releases: Sequence[Release]) -> Release | None:
    """The release to go back to: the newest committed one before the one that serves or was stopped, with other
    content, not taken back."""
    current = last_committed(releases)
    if current is None:
        return None
    undone = {each.undoes for each in releases if each.committed is not None}
    return next(
        (
            each
            for each in releases
            if each.committed is not None
            and each.number < current.number
            and each.digest != current.digest
            and each.number not in undone
        ),
        None,
    )


def rolled_back_contents(releases: Sequence[Release]) -> dict[str, Release]:
    """What was taken back, by digest, with the release that was: by its gate or by hand, and not taken up since. A
    restart that failed says nothing of the content, which serves on."""
    by_number = {each.number: each for each in releases}
    taken: dict[str, Release] = {}
    for each in reversed(releases):
        if each.state is State.ROLLED_BACK and each.repeats is None:
            taken[each.digest] = each
        if each.committed is not None:
            taken.pop(each.digest, None)
            if each.undoes is not None and each.undoes in by_number:
                undone = by_number[each.undoes]
                taken[undone.digest] = undone
    return taken


def undone(releases: Sequence[Release]) -> dict[int, int]:
    """Which release was rolled back by hand, by the release that did it."""
    return {each.undoes: each.number for each in releases if each.committed is not None and each.undoes is not None}


def unfinished_release(releases: Sequence[Release]) -> Release | None:
    """The release whose rollout, rollback or retirement of the old one was cut off; at most one by the lock."""
    if not releases:
        return None
    newest = releases[0]
    if newest.state in UNFINISHED:
        return newest
    return newest if newest.state is State.LIVE and not retired(newest) else None


def met_users(release: Release) -> bool:
    """Whether the release may take traffic, or has taken some: a step that shifts traffic was begun."""
    return any(step.name.startswith("shift ") for step in release.steps)


def retired(release: Release) -> bool:
    """Whether everything but this live release was cleared away."""
    return any(step.name == "retire" and step.outcome == "pass" for step in release.steps)
