"""Beam search as im2txt publishes it, word for word in plain Python: what every other path is compared with."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

LEAST = 1e-12
Step = Callable[[Sequence[int], Sequence[Any]], tuple[Sequence[Sequence[float]], Sequence[Any]]]


@dataclass(order=True, slots=True)
class Caption:
    """A sentence so far; ordered by score alone. `words` hold both markers once complete."""

    score: float
    words: tuple[int, ...] = field(compare=False)
    state: Any = field(compare=False, repr=False)
    log_probability: float = field(compare=False)


class Best:
    """Keeps the `size` best captions that were pushed."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.heap: list[Caption] = []

    def push(self, caption: Caption) -> None:
        if len(self.heap) < self.size:
            heapq.heappush(self.heap, caption)
        else:
            heapq.heappushpop(self.heap, caption)

    def ordered(self) -> list[Caption]:
        return sorted(self.heap, reverse=True)


def search(
    step: Step, state: Any, start: int, end: int, beams: int = 3, longest: int = 20, length_factor: float = 0.0
) -> list[Caption]:
    """The best captions, best first. `step` takes the last words and the states and gives the next words'
    probabilities and the new states. Partial captions are returned only if none was completed within `longest`
    words, markers included."""
    partial, complete = Best(beams), Best(beams)
    partial.push(Caption(0.0, (start,), state, 0.0))
    for _ in range(longest - 1):
        captions = list(partial.heap)
        partial = Best(beams)
        probabilities, states = step(
            [caption.words[-1] for caption in captions], [caption.state for caption in captions]
        )
        for caption, row, new_state in zip(captions, probabilities, states, strict=True):
            for word in sorted(range(len(row)), key=lambda i: -row[i])[:beams]:
                if row[word] < LEAST:
                    continue
                words = (*caption.words, word)
                log_probability = caption.log_probability + math.log(row[word])
                if word == end:
                    complete.push(
                        Caption(log_probability / len(words) ** length_factor, words, new_state, log_probability)
                    )
                else:
                    partial.push(Caption(log_probability, words, new_state, log_probability))
        if not partial.heap:
            break
    return (complete if complete.heap else partial).ordered()
