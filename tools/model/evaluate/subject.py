"""The model that is evaluated, run as the service runs it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

SERVICE = Path(__file__).resolve().parents[3] / "services" / "caption"


class Subject:
    """A model folder on the service's runtime. Labels are not asked: what counts is whether a caption would be said."""

    def __init__(self, folder: Path) -> None:
        if str(SERVICE) not in sys.path:
            sys.path.append(str(SERVICE))
        from caption_service.captioner import Captioner, ModelFolder
        from caption_service.engine import SHARP
        from caption_service.pictures import open_picture

        self._open = open_picture
        self._captioner = Captioner(ModelFolder.read(folder), threads=1)
        self._sharp = SHARP

    def captions(self, body: bytes) -> list[tuple[str, float]]:
        """All captions with their probabilities, whatever the picture is of."""
        folder = self._captioner.folder
        captions, _ = self._captioner.caption(self._picture(body), folder.widest, folder.longest - 2)
        return [(caption.text, caption.probability) for caption in captions]

    def embedding(self, body: bytes) -> np.ndarray:
        return self._captioner.encode(self._picture(body))["embedding"]

    def caption(self, body: bytes) -> tuple[str, bool]:
        """The likeliest caption, and whether the service would say it: the picture is taken for one of the model's
        domain, and the caption is sure enough."""
        folder = self._captioner.folder
        captions, familiar = self._captioner.caption(self._picture(body), folder.widest, folder.longest - 2)
        if not captions:
            return "", False
        return captions[0].text, familiar and captions[0].probability >= folder.least

    def _picture(self, body: bytes) -> Image.Image:
        return self._open(body, self._sharp * self._captioner.folder.framing.resize)
