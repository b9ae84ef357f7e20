"""The words of a model and their ids, in the format of im2txt's word_counts.txt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

START, END, UNKNOWN = "<S>", "</S>", "<UNK>"
_BYTES_LITERAL = re.compile(r"^b'(.*)'$")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words by id. The id of a word is its line number in the file; the reader appends the unknown word."""

    words: tuple[str, ...]
    start: int
    end: int
    unknown: int

    @classmethod
    def of(cls, words: Sequence[str], where: str = "the vocabulary") -> Vocabulary:
        listed = tuple(words) if UNKNOWN in words else (*words, UNKNOWN)
        for marker in (START, END):
            if marker not in listed:
                raise ValueError(
                    f"{where} has no {marker}; a captioning model needs both {START} and {END} among its words"
                )
        return cls(listed, listed.index(START), listed.index(END), listed.index(UNKNOWN))

    @classmethod
    def counted(cls, sentences: Iterable[str]) -> tuple[Vocabulary, Counter[str]]:
        """The vocabulary of these sentences, most frequent word first, with the counts."""
        counts: Counter[str] = Counter()
        for sentence in sentences:
            counts.update((START, *sentence.split(), END))
        return cls.of([word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]), counts

    @classmethod
    def read(cls, path: Path) -> Vocabulary:
        """Reads `word count` lines; words written as bytes literals (b'word') are taken for the words they hold."""
        words = [line.split()[0] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return cls.of([_BYTES_LITERAL.sub(r"\1", word) for word in words], str(path))

    def write(self, path: Path, counts: Counter[str]) -> None:
        path.write_text("".join(f"{word} {counts[word]}\n" for word in self.words if word != UNKNOWN), encoding="utf-8")

    def padded(self, rows: int) -> Vocabulary:
        """With as many words as a model has rows for: published models have more rows than words."""
        if rows < len(self):
            raise ValueError(
                f"the model has room for {rows} words, but there are {len(self)}; these words are of another model"
            )
        return replace(self, words=self.words + (UNKNOWN,) * (rows - len(self)))

    def encode(self, sentence: str) -> list[int]:
        """Ids of the sentence with both markers."""
        index = _index(self.words)
        return [self.start, *(index.get(word, self.unknown) for word in sentence.split()), self.end]

    def decode(self, ids: Iterable[int]) -> str:
        """The sentence without markers, up to the end marker."""
        words: list[str] = []
        for i in ids:
            if i == self.end:
                break
            if i != self.start:
                words.append(self.words[i])
        return " ".join(words)

    def __len__(self) -> int:
        return len(self.words)


@lru_cache(maxsize=8)
def _index(words: tuple[str, ...]) -> dict[str, int]:
    """Ids by word; of words that are there several times the first."""
    return {word: i for i, word in reversed(list(enumerate(words)))}
