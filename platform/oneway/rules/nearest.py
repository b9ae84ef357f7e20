"""The known name that a misspelt one probably meant."""

import difflib
from collections.abc import Iterable
from typing import Final

_MOST_LOOKUPS: Final = 40
_SHOWN: Final = 12


class Nearest:
    """Looks names up among known ones; gives up quietly after many, so that a broken system costs no minutes."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = sorted(known)
        self._answers: dict[str, str] = {}

    def name(self, wrong: str) -> str:
        """The nearest known name, or nothing."""
        if wrong not in self._answers and len(self._answers) < _MOST_LOOKUPS:
            self._answers[wrong] = next(iter(difflib.get_close_matches(wrong, self._candidates(wrong), 1, 0.7)), "")
        return self._answers.get(wrong, "")

    def hint(self, wrong: str, otherwise: str) -> str:
        """A question with the nearest name; the known names where they are few; what to do otherwise."""
        near = self.name(wrong)
        if near:
            return f"did you mean {near}?"
        if 0 < len(self._known) <= _SHOWN:
            return f"declared: {', '.join(self._known)}; {otherwise}"
        return otherwise

    def _candidates(self, wrong: str) -> list[str]:
        return [
            each
            for each in self._known
            if abs(len(each) - len(wrong)) <= 3
            and (each[:2] == wrong[:2] or each[-2:] == wrong[-2:] or sorted(each) == sorted(wrong))
        ]
