"""BLEU-4 and CIDEr-D over a set of sentences with references each. Sentences are words separated by spaces."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

LONGEST = 4
SIGMA = 6.0
Grams = Counter[tuple[str, ...]]


def exact_match(said: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """The share of sentences that equal one of their references."""
    return sum(sentence in known for sentence, known in zip(said, references, strict=True)) / len(said)


def bleu4(said: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Of the whole set (Papineni et al. 2002), unsmoothed, with the closest reference's length."""
    matched, total = [0] * LONGEST, [0] * LONGEST
    length = reference_length = 0
    for sentence, known in zip(said, references, strict=True):
        words = len(sentence.split())
        length += words
        reference_length += min((abs(len(r.split()) - words), len(r.split())) for r in known)[1]
        for n in range(1, LONGEST + 1):
            grams = _grams(sentence, n)
            most: Grams = Counter()
            for reference in known:
                most |= _grams(reference, n)
            matched[n - 1] += (grams & most).total()
            total[n - 1] += grams.total()
    if min(matched) == 0:
        return 0.0
    brevity = min(1.0, math.exp(1 - reference_length / length))
    return brevity * math.exp(sum(math.log(m / t) for m, t in zip(matched, total, strict=True)) / LONGEST)


def cider_d(said: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """CIDEr-D (Vedantam et al. 2015), at most 10, with document frequencies from these references."""
    frequency: Grams = Counter()
    for known in references:
        frequency.update({gram for reference in known for n in range(1, LONGEST + 1) for gram in _grams(reference, n)})
    vectors = _Vectors(frequency, len(references))
    scores = [
        sum(vectors.similarity(sentence, reference) for reference in known) / len(known)
        for sentence, known in zip(said, references, strict=True)
    ]
    return 10 * sum(scores) / len(scores)


class _Vectors:
    """Sentences as vectors of n-grams weighted by how rare they are."""

    def __init__(self, frequency: Grams, documents: int) -> None:
        self.frequency, self.log_documents = frequency, math.log(documents)

    def similarity(self, sentence: str, reference: str) -> float:
        apart = len(sentence.split()) - len(reference.split())
        penalty = math.exp(-(apart**2) / (2 * SIGMA**2))
        return penalty * sum(self._cosine(sentence, reference)) / LONGEST

    def _cosine(self, sentence: str, reference: str) -> Iterator[float]:
        """Per n, with the sentence's weights clipped to the reference's."""
        for n in range(1, LONGEST + 1):
            a, b = self._weights(sentence, n), self._weights(reference, n)
            norms = math.sqrt(sum(x * x for x in a.values()) * sum(x * x for x in b.values()))
            yield sum(min(x, b[gram]) * b[gram] for gram, x in a.items() if gram in b) / norms if norms else 0.0

    def _weights(self, sentence: str, n: int) -> dict[tuple[str, ...], float]:
        return {
            gram: count * (self.log_documents - math.log(max(1, self.frequency[gram])))
            for gram, count in _grams(sentence, n).items()
        }


def _grams(sentence: str, n: int) -> Grams:
    words = sentence.split()
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))
