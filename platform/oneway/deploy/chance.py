"""How likely it is that chance alone made the new release look so bad. Exact tests; pure functions over counts."""

from math import exp, lgamma, log, log1p
from typing import Final

_TOO_SMALL: Final = 1e-17


def compare_shares(bad: int, of: int, bad_before: int, of_before: int) -> float:
    """Fisher's exact test, one-sided: the probability that at least `bad` of the bad ones fall among these, if both
    releases fail the same share of what they are asked. 1 where these are no worse."""
    if not of or not of_before or bad * of_before <= bad_before * of:
        return 1.0
    every_bad, every = bad + bad_before, of + of_before
    highest = min(every_bad, of)
    term = exp(_choose(every_bad, bad) + _choose(every - every_bad, of - bad) - _choose(every, of))
    total, count = term, bad
    while count < highest and term > total * _TOO_SMALL:
        term *= (every_bad - count) * (of - count) / ((count + 1) * (every - every_bad - of + count + 1))
        total, count = total + term, count + 1
    return min(1.0, total)


def exceed_share(bad: int, of: int, share: float) -> float:
    """The exact binomial test, one-sided: the probability of at least `bad` bad ones of so many, where each is bad with
    the probability `share`. 1 where no more are bad than that."""
    if not of or bad <= share * of:
        return 1.0
    term = exp(_choose(of, bad) + bad * log(share) + (of - bad) * log1p(-share))
    total, count = term, bad
    while count < of and term > total * _TOO_SMALL:
        term *= (of - count) / (count + 1) * share / (1 - share)
        total, count = total + term, count + 1
    return min(1.0, total)


def spend(false_alarms: float, look: int) -> float:
    """The part of all the false alarms allowed that the look of that number (1, 2, …) may use: however many looks there
    are, the parts add up to no more than all of it."""
    return false_alarms / (look * (look + 1))


def _choose(of: int, some: int) -> float:
    return lgamma(of + 1) - lgamma(some + 1) - lgamma(of - some + 1)
