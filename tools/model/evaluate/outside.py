"""Whether pictures from outside the model's domain are recognised as such."""

from __future__ import annotations

from pathlib import Path

from tools.model.evaluate.subject import Subject

ENDINGS = frozenset({".jpg", ".jpeg", ".png"})


def judge_outside(subject: Subject, folder: Path) -> str:
    """How many of the pictures in the folder would get a caption, and which."""
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in ENDINGS)
    taken = [
        (file.name, caption) for file in files for caption, is_said in [subject.caption(file.read_bytes())] if is_said
    ]
    lines = [f"{len(taken)} of {len(files)} pictures from outside the domain would get a caption."]
    return "\n".join([*lines, *(f"  {name}: {caption}" for name, caption in taken)])
