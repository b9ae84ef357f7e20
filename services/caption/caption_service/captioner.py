"""A captioning model on LiteRT: pixels to sentences, with how sure it is of each. No TensorFlow."""

from __future__ import annotations

import hashlib
import json
import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from caption_service.articles import with_article
from caption_service.pictures import Framing, Pixels

Source = Literal["scenes", "labels", "unknown"]


@dataclass(frozen=True, slots=True)
class Labels:
    """Names for pictures from outside the model's domain, and from which probability on one is worth saying."""

    names: tuple[str, ...]
    framing: Framing
    least: float
    at_most: int = 3


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """What model.json says. `familiar` is the least familiarity of a picture from the model's domain; None: every
    picture is. `least` is the probability below which a caption is not worth saying."""

    path: Path
    name: str
    version: str
    framing: Framing
    words: tuple[str, ...]
    end: int
    widest: int
    longest: int
    familiar: float | None
    least: float
    labels: Labels | None

    @classmethod
    def read(cls, path: Path) -> ModelFolder:
        facts = json.loads((path / "model.json").read_text(encoding="utf-8"))
        words = tuple((path / "words.txt").read_text(encoding="utf-8").splitlines())
        labels = facts.get("labels")
        return cls(
            path=path,
            name=facts["name"],
            version=facts["version"],
            framing=Framing(**facts["framing"]),
            words=words,
            end=words.index("</S>"),
            widest=facts["beams"],
            longest=facts["longest"],
            familiar=facts.get("familiar"),
            least=facts.get("least", 0.0),
            labels=labels and Labels(_lines(path / "labels.txt"), Framing(**labels["framing"]), labels["least"]),
        )

    def digests(self) -> dict[str, str]:
        """The SHA-256 of every file that answers depend on."""
        return {
            file.name: hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(self.path.glob("*"))
            if file.suffix != ".md"
        }


@dataclass(frozen=True, slots=True)
class Caption:
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Description:
    """Captions, likeliest first, where they come from, and the milliseconds that each stage took."""

    captions: tuple[Caption, ...]
    source: Source
    timings_ms: dict[str, float] = field(default_factory=dict)


class Captioner:
    """One set of interpreters; to be used by one thread at a time."""

    def __init__(self, folder: ModelFolder, threads: int) -> None:
        self.folder = folder
        self._encoder = _Model(folder.path / "encoder.tflite", threads)
        self._decoder = _Model(folder.path / "decoder.tflite", threads)
        self._labeller = _Model(folder.path / "labels.tflite", threads) if folder.labels else None

    def describe(self, picture: Image.Image, beams: int, max_words: int) -> Description:
        """`beams` 1..widest; `max_words` 1..longest - 2."""
        watch = _Stopwatch()
        pixels = self.folder.framing.pixels(picture)
        watch.lap("frame")
        encoded = self._encoder.run(picture=pixels)
        watch.lap("encode")
        if self._is_familiar(encoded):
            captions = self._say(encoded["embedding"], beams, max_words)
            watch.lap("decode")
            if captions and captions[0].probability >= self.folder.least:
                return Description(captions, "scenes", watch.laps)
        return self._name(picture, watch)

    def caption(self, picture: Image.Image, beams: int, max_words: int) -> tuple[tuple[Caption, ...], bool]:
        """The captions whatever the picture is of, and whether it is from the model's domain."""
        encoded = self.encode(picture)
        return self._say(encoded["embedding"], beams, max_words), self._is_familiar(encoded)

    def encode(self, picture: Image.Image) -> dict[str, np.ndarray]:
        """The picture's embedding, and its familiarity where the model knows that."""
        return self._encoder.run(picture=self.folder.framing.pixels(picture))

    def warm_up(self) -> None:
        """Runs every model once, so that the first request finds all memory in place."""
        picture = Image.new("RGB", (64, 64), (128, 128, 128))
        encoded = self.encode(picture)
        self._say(encoded["embedding"], self.folder.widest, self.folder.longest - 2)
        self._name(picture, _Stopwatch())

    def _is_familiar(self, encoded: dict[str, np.ndarray]) -> bool:
        return self.folder.familiar is None or float(encoded["familiarity"][0]) >= self.folder.familiar

    def _say(self, embedding: np.ndarray, beams: int, max_words: int) -> tuple[Caption, ...]:
        said = self._decoder.run(embedding=embedding, beams=np.int32(beams), steps=np.int32(max_words + 1))
        found = [(row, log) for row, log in zip(said["words"], said["logs"], strict=True) if log > -1e29]
        return tuple(Caption(self._sentence(row), math.exp(min(0.0, float(log)))) for row, log in found)

    def _sentence(self, ids: np.ndarray) -> str:
        rest = ids[1:].tolist()
        return " ".join(
            self.folder.words[i] for i in (rest[: rest.index(self.folder.end)] if self.folder.end in rest else rest)
        )

    def _name(self, picture: Image.Image, watch: _Stopwatch) -> Description:
        labels = self.folder.labels
        if labels is None or self._labeller is None:
            return Description((), "unknown", watch.laps)
        probabilities = self._labeller.run(picture=labels.framing.pixels(picture))["probabilities"][0]
        watch.lap("label")
        likeliest = np.argsort(-probabilities, kind="stable")[: labels.at_most]
        if probabilities[likeliest[0]] < labels.least:
            return Description((), "unknown", watch.laps)
        named = (Caption(f"a photo of {with_article(labels.names[i])}", float(probabilities[i])) for i in likeliest)
        return Description(tuple(named), "labels", watch.laps)


class _Model:
    """One file with one signature."""

    def __init__(self, file: Path, threads: int) -> None:
        self._interpreter = Interpreter(str(file), num_threads=threads)
        self._runner: Any = self._interpreter.get_signature_runner()

    def run(self, **inputs: Pixels | np.ndarray | np.int32) -> dict[str, np.ndarray]:
        outputs: dict[str, np.ndarray] = self._runner(**inputs)
        return outputs


class _Stopwatch:
    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = round(1000 * (now - self._last), 3)
        self._last = now


def _lines(file: Path) -> tuple[str, ...]:
    return tuple(file.read_text(encoding="utf-8").splitlines())
