"""The model that is evaluated, run as the service runs it."""

from __future__ import annotations

import sys
from pathlib import Path

SERVICE = Path(__file__).resolve().parents[2] / "services" / "caption"


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

    def caption(self, body: bytes) -> tuple[str, bool]:
        """The likeliest caption, and whether the picture is taken for one of the model's domain."""
        folder = self._captioner.folder
        picture = self._open(body, self._sharp * folder.framing.resize)
        captions, familiar = self._captioner.caption(picture, folder.widest, folder.longest - 2)
        return (captions[0].text if captions else ""), familiar
