"""Pictures as they were looked at and found good. `--update-golden` draws them anew: look at every one again."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from pictures import WHEEL, changed_grocer, contents, example, picture_of

from oneway.render import FORMATS, By, Direction, Picture, View, difference, seen, words

FOLDER: Final = Path(__file__).parent / "pictures"


def viewed(name: str, view: View) -> Callable[[], Picture]:
    return lambda: seen(example(name), view)


def compared() -> Picture:
    return seen(difference(example("grocer"), picture_of(changed_grocer()), "last week"), View())


PICTURES: Final[dict[str, Callable[[], Picture]]] = {
    "ring": viewed("ring", View(labels=True)),
    "channels": viewed("channels", View()),
    "grocer": viewed("grocer", View()),
    "grocer-diff": compared,
    "grocer-by-domain": viewed("grocer", View(by=By.DOMAIN)),
    "grocer-by-owner": viewed("grocer", View(by=By.OWNER)),
    "grocer-checkout": viewed("grocer", View(focus="checkout", labels=True)),
    "grocer-ledger-callers": viewed("grocer", View(focus="ledger", depth=2, direction=Direction.CALLERS)),
}
OTHERS: Final = [
    (name, format) for name in ("ring", "channels", "grocer-diff") for format in ("dot", "mmd", "json", "md")
]


@pytest.mark.parametrize(("name", "format"), [*((name, "svg") for name in PICTURES), *OTHERS])
def test_pictures_are_as_they_were_found_good(name: str, format: str, update_golden: bool) -> None:
    file = FOLDER / f"{name}.{format}"
    drawn = FORMATS[format].draw(PICTURES[name](), WHEEL.run)
    if update_golden:
        file.write_bytes(drawn)
    assert drawn.decode() == file.read_text(encoding="utf-8"), f"{file.name}: look at it, then run with --update-golden"


def test_the_committed_picture_of_the_samples_is_true(update_golden: bool) -> None:
    root = Path(__file__).resolve().parents[2]
    manifests = [(f"manifests/{file.name}", file.read_bytes()) for file in (root / "manifests").glob("*.yaml")]
    drawn = FORMATS["svg"].draw(picture_of(manifests), WHEEL.run)
    committed = root / "platform/docs/architecture.svg"
    if update_golden:
        committed.write_bytes(drawn)
    assert drawn == committed.read_bytes(), (
        "renew it: platform render-graph --layout wheel -o platform/docs/architecture.svg"
    )


def test_the_readme_shows_pictures_that_are_held_here_and_a_difference_in_its_own_words() -> None:
    root = FOLDER.parents[2]
    readme = (root / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^\]]*\]\((tests/golden/pictures/[^)]*)\)", readme)
    assert {"grocer.svg", "grocer-diff.svg"} <= {Path(each).name for each in shown}
    assert {Path(each).stem for each in shown} <= set(PICTURES)
    assert "".join(f"    {line}\n" for line in words(compared()).splitlines()) in readme


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_order_of_manifests_does_not_reach_the_picture(format: str) -> None:
    files = list(contents("channels").items())
    one = FORMATS[format].draw(picture_of(files), WHEEL.run)
    assert FORMATS[format].draw(picture_of(reversed(files)), WHEEL.run) == one
