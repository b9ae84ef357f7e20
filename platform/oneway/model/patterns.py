"""The patterns that people write: in checks, in filters. RE2 matches them in time that grows with the text alone."""

from functools import lru_cache
from typing import Final

_REPLACED: Final = {
    "(?=": "there is no look-ahead: write what is wanted instead, or two conditions",
    "(?!": "there is no look-ahead: write what is wanted instead, or two conditions",
    "(?<": "there is no look-behind: write what is wanted instead, or two conditions",
    "\\Z": "the end of the text is \\z",
    "repetition size": "a part may be repeated at most 1000 times, parts within parts included",
}
_REFERENCES: Final = tuple(f"\\{digit}" for digit in "123456789")


class Pattern:
    """One pattern, ready to search texts with."""

    __slots__ = ("_searched", "text")

    def __init__(self, text: str) -> None:
        """ValueError says in one line what is wrong with the pattern."""
        import re2

        options = re2.Options()
        options.log_errors = False
        self.text = text
        try:
            self._searched = re2.compile(text, options)
        except re2.error as error:
            raise ValueError(_reason(text, error.args[0])) from None
        except UnicodeEncodeError:
            raise ValueError(f"{text!r} is not a pattern: it holds half of a character") from None

    def found_in(self, text: str) -> bool:
        """Whether some part of the text matches."""
        return self._searched.search(text.encode("utf-8", "replace").decode()) is not None


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> Pattern:
    """Read a pattern; ValueError says in one line what is wrong with it and what to write instead."""
    return Pattern(text)


def _reason(text: str, error: bytes | str) -> str:
    said = error.decode("utf-8", "replace") if isinstance(error, bytes) else error
    hint = next((words for sign, words in _REPLACED.items() if sign in said), "")
    if any(sign in said for sign in _REFERENCES):
        hint = "there are no references back to a group"
    return f"{text!r} is not a pattern: {said}" + (f" ({hint})" if hint else "")
