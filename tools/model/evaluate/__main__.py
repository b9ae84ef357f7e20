"""Says how good the captions of a model folder are: exact match, BLEU-4 and CIDEr-D, in all and per kind of picture.

Examples:
  python -m tools.model.evaluate services/caption/caption_service/model --scenes 3000 --outside build/model/photos
  python -m tools.model.evaluate build/model/scenes-int8 --scenes 3000 --against build/model/scenes-float
  python -m tools.model.evaluate build/model/im2txt-int8 --pictures photos/ --captions captions.jsonl
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.model.evaluate.metrics import bleu4, cider_d, exact_match
from tools.model.evaluate.outside import judge_outside
from tools.model.evaluate.subject import Subject
from tools.progress import Progress


@dataclass(frozen=True, slots=True)
class Example:
    """A picture's bytes, its kind, and sentences that are true of it, the preferred one first."""

    body: bytes
    kind: str
    sentences: tuple[str, ...]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tools.model.evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, help="folder of the model, as tools.model.freeze --service writes it")
    parser.add_argument("--scenes", type=int, default=0, help="evaluate on this many held-out scenes")
    parser.add_argument("--size", type=int, default=320, help="side of the scenes in pixels (default: %(default)s)")
    parser.add_argument("--pictures", type=Path, help="evaluate on the pictures of this folder …")
    parser.add_argument("--captions", type=Path, help='… with these JSON lines: {"picture", "captions", "kind"}')
    parser.add_argument("--against", type=Path, help="another model folder: also count how often both say the same")
    parser.add_argument(
        "--outside", type=Path, help="folder of pictures from outside the domain: also count confusions"
    )
    parser.add_argument(
        "--folder", type=Path, default=Path("build/model"), help="of the sprites (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    if not options.scenes and not (options.pictures and options.captions):
        parser.error("say on what: --scenes N, or --pictures FOLDER with --captions FILE")
    subject = Subject(options.model)
    if options.scenes:
        examples, count = scene_examples(options.folder, options.scenes, options.size), options.scenes
    else:
        listed = options.captions.read_text(encoding="utf-8").splitlines()
        examples, count = picture_examples(options.pictures, listed), len(listed)
    print(evaluate(subject, examples, count, Subject(options.against) if options.against else None))
    if options.outside:
        print(judge_outside(subject, options.outside))


def evaluate(subject: Subject, examples: Iterator[Example], count: int, other: Subject | None) -> str:
    """The table, as Markdown."""
    said: list[str] = []
    kinds: list[str] = []
    references: list[tuple[str, ...]] = []
    refused = same = 0
    progress = Progress("captions", count)
    for example in examples:
        caption, is_said = subject.caption(example.body)
        refused += not is_said
        same += other is not None and other.caption(example.body)[0] == caption
        said.append(caption)
        kinds.append(example.kind)
        references.append(example.sentences)
        progress.step()
    rows = ["| kind | pictures | exact match | BLEU-4 | CIDEr-D |", "|---|---|---|---|---|"]
    for kind in [*sorted(set(kinds)), "all"]:
        chosen = [i for i, k in enumerate(kinds) if kind in ("all", k)]
        part, known = [said[i] for i in chosen], [references[i] for i in chosen]
        scores = (exact_match(part, known), bleu4(part, known), cider_d(part, known))
        rows.append(f"| {kind} | {len(chosen)} | {scores[0]:.3f} | {scores[1]:.3f} | {scores[2]:.2f} |")
    rows.append(
        f"\n{refused} of {count} would get no caption: taken for pictures from outside the domain, or too unsure."
    )
    if other is not None:
        rows.append(f"Both models say the same of {same} of {count} ({same / count:.2%}).")
    return "\n".join(rows)


def scene_examples(folder: Path, count: int, size: int) -> Iterator[Example]:
    """Held-out scenes that training has not checked with either, as JPEG pictures."""
    from tools.model.scenes.__main__ import jpeg, read_scenes
    from tools.model.scenes.draw import draw
    from tools.model.scenes.sprites import Sprites, fetch

    sprites = Sprites(fetch(folder / "sprites"), held_out=True)
    for scene in read_scenes("held-out", count, first=100_000):
        yield Example(jpeg(draw(scene, sprites, size)), scene.kind, scene.sentences)


def picture_examples(pictures: Path, lines: list[str]) -> Iterator[Example]:
    for line in lines:
        facts = json.loads(line)
        captions = facts.get("captions") or [facts["caption"]]
        yield Example((pictures / facts["picture"]).read_bytes(), facts.get("kind", "picture"), tuple(captions))


if __name__ == "__main__":
    main()
