"""What the service learns about its own work from environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from caption_service.cores import usable_cores, usable_memory
from servicekit import SettingsError

MODEL = Path(__file__).parent / "model"
MOST_LANES = 64
# Measured under the most hostile uploads with 2, 8 and 16 lanes: what the service needs without any, and what each adds
# besides its models, of which LiteRT keeps copies in other layouts.
BASE_BYTES = 250_000_000
LANE_BYTES = 120_000_000
COPIES = 3


@dataclass(frozen=True, slots=True)
class CaptionSettings:
    """`lanes` pictures are described at the same time, each by one thread; `waiting` more may wait for their turn."""

    model: Path
    lanes: int
    waiting: int

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> CaptionSettings:
        """MODEL_DIR, CAPTION_LANES and CAPTION_WAITING, all optional. Raises SettingsError naming every fault."""
        faults: list[str] = []
        model = Path(environ.get("MODEL_DIR") or MODEL)
        if not (model / "model.json").is_file():
            faults.append(
                f"MODEL_DIR is {model}, but has no model.json; "
                "write one with `python -m tools.model.freeze … --service`"
            )
        lanes = _number(environ, "CAPTION_LANES", min(usable_cores(), _lanes_in_memory(model)), 1, faults)
        waiting = _number(environ, "CAPTION_WAITING", max(1, lanes // 2), 0, faults)
        if faults:
            raise SettingsError("; ".join(faults))
        return cls(model, lanes, waiting)


def _lanes_in_memory(model: Path) -> int:
    models = sum(file.stat().st_size for file in model.glob("*.tflite"))
    return max(1, min(MOST_LANES, (usable_memory() - BASE_BYTES) // (LANE_BYTES + COPIES * models)))


def _number(environ: Mapping[str, str], name: str, default: int, least: int, faults: list[str]) -> int:
    text = environ.get(name)
    if not text:
        return default
    if text.isascii() and text.isdigit() and least <= int(text) <= MOST_LANES:
        return int(text)
    faults.append(f"{name} is {text!r}, but must be an integer from {least} to {MOST_LANES}")
    return default
