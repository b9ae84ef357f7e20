"""Views of the page: neighbours around a service, a link to where a hand moved the picture, and what comes on paper."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from picture_pages import generated, opened, overlapping, samples
from pictures import WHEEL, example
from playwright.sync_api import Page, expect

from oneway.render import Picture
from oneway.render.html import html

pytest_plugins = ("chromium",)

PICTURES: Final[dict[str, Callable[[], Picture]]] = {
    "samples": samples,
    "grocer": lambda: example("grocer"),
    "lifelike": lambda: generated(300),
}
BESIDE: Final = """() => [...document.querySelectorAll("#neighbours .node")].map((node) => {
    const box = node.getBoundingClientRect();
    return { id: node.dataset.beside, left: box.left, right: box.right, top: box.top, bottom: box.bottom };
  })"""
TEXTS: Final = """() => [...document.querySelectorAll("#neighbours text")]
  .filter((text) => text.checkVisibility() && text.getBoundingClientRect().width)
  .map((text) => parseFloat(getComputedStyle(text).fontSize) * stage.transform().k)"""
THROUGH: Final = """() => { const found = [];
  const nodes = [...document.querySelectorAll("#neighbours .node")];
  const boxes = nodes.map((node) => [node.dataset.beside, node.getBoundingClientRect()]);
  for (const path of document.querySelectorAll("#neighbours .edge path")) {
    const matrix = path.getScreenCTM();
    for (let at = 0; at <= path.getTotalLength(); at += 3) {
      const point = path.getPointAtLength(at).matrixTransform(matrix);
      const [across, down] = [(box) => [box.left + 4, box.right - 4], (box) => [box.top + 4, box.bottom - 4]];
      const within = (value, [low, high]) => value > low && value < high;
      const hit = boxes.filter(([, box]) => within(point.x, across(box)) && within(point.y, down(box)));
      found.push(...hit.map(([id]) => id));
    }
  }
  return found; }"""
MIDDLE: Final = """() => { const { k, x, y } = stage.transform();
  return [(stage.canvas.clientWidth / 2 - x) / k, (stage.canvas.clientHeight / 2 - y) / k, k]; }"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for name, picture in PICTURES.items():
        (folder / f"{name}.html").write_text(html(picture(), WHEEL.run), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in PICTURES}


def beside(page: Page) -> dict[str, dict[str, float]]:
    return {each["id"]: each for each in page.evaluate(BESIDE)}


def near(page: Page, id: str) -> tuple[set[str], set[str]]:
    """What comes in and what goes out, as the data have it."""
    ends = "(id) => [graph.incoming.get(id).map((edge) => edge.from), graph.outgoing.get(id).map((edge) => edge.to)]"
    incoming, outgoing = page.evaluate(ends, id)
    return set(incoming), set(outgoing)


DESKTOP: Final = (1400, 900)
PHONE: Final = (390, 844)


@pytest.mark.parametrize(
    ("name", "id", "shape"),
    [
        ("samples", "caption", DESKTOP),
        ("grocer", "payments", DESKTOP),
        ("lifelike", "ids", DESKTOP),
        ("grocer", "checkout", PHONE),
        ("lifelike", "ids", PHONE),
    ],
)
def test_callers_stand_left_and_callees_right_where_they_can_be_read(
    page: Page, files: dict[str, Path], name: str, id: str, shape: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": shape[0], "height": shape[1]})
    opened(page, files[name], f"#at={id}&show=neighbours")
    cards = beside(page)
    incoming, outgoing = near(page, id)
    assert set(cards) <= {id} | incoming | outgoing
    assert len(cards) == min(len(incoming), 60) + min(len(outgoing), 60) + 1
    middle = cards[id]
    assert all(cards[each]["right"] < middle["left"] for each in cards if each in incoming)
    assert all(cards[each]["left"] > middle["right"] for each in cards if each in outgoing)
    assert overlapping([{"text": each["id"], **each} for each in cards.values()]) == []
    assert page.evaluate(THROUGH) == []
    assert min(page.evaluate(TEXTS)) > 10.95


def test_neighbours_can_be_walked_undone_and_linked_to(page: Page, files: dict[str, Path]) -> None:
    opened(page, files["grocer"], "#at=payments")
    assert page.locator("#neighbours").count() == 0
    page.keyboard.press("n")
    expect(page.get_by_role("button", name="Callers left, callees right")).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("at=payments&show=neighbours"))
    address = page.url
    page.locator("#neighbours .node[data-beside=ledger]").click(position={"x": 60, "y": 8})
    expect(page.locator("#neighbours .node.chosen")).to_have_attribute("data-beside", "ledger")
    page.keyboard.press("Shift+ArrowLeft")
    assert page.locator("#neighbours .node.chosen").get_attribute("data-beside") in near(page, "ledger")[0]
    page.keyboard.press("u")
    page.keyboard.press("u")
    expect(page.locator("#neighbours .node.chosen")).to_have_attribute("data-beside", "payments")
    page.keyboard.press("u")
    expect(page.locator("#neighbours")).to_have_count(0)
    opened(page, files["grocer"], address[address.index("#") :])
    expect(page.locator("#neighbours .node.chosen")).to_have_attribute("data-beside", "payments")
    page.keyboard.press("Escape")
    expect(page.locator("#neighbours")).to_have_count(0)


def test_where_only_domains_are_drawn_a_service_comes_with_its_neighbours(page: Page, files: dict[str, Path]) -> None:
    opened(page, files["lifelike"])
    page.keyboard.press("/")
    page.keyboard.type("offers-2")
    page.keyboard.press("Enter")
    expect(page.locator("#neighbours .node.chosen")).to_have_attribute("data-beside", "offers-2")
    assert Axe().run(page).violations_count == 0
    page.get_by_role("button", name="Callers left, callees right").click()
    expect(page.locator("#neighbours")).to_have_count(0)


def test_neighbours_of_a_hidden_owner_stay_away(page: Page, files: dict[str, Path]) -> None:
    opened(page, files["grocer"], "#at=payments&show=neighbours&without=dana")
    owners = "(ids) => ids.map((id) => graph.nodes.get(id).owner)"
    assert "dana" not in page.evaluate(owners, [each for each in beside(page) if each != "payments"])


def test_neighbours_come_back_when_another_plan_is_drawn(page: Page, files: dict[str, Path]) -> None:
    opened(page, files["grocer"], "#at=payments&show=neighbours")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("floor.plan() === 'tall'")
    expect(page.locator("#neighbours .node.chosen")).to_have_attribute("data-beside", "payments")


def drag(page: Page, right: int, down: int) -> None:
    page.mouse.move(700, 840)
    page.mouse.down()
    page.mouse.move(700 + right, 840 + down, steps=4)
    page.mouse.up()


@pytest.mark.parametrize(("name", "how"), [("samples", "drag"), ("grocer", "wheel"), ("lifelike", "keys")])
def test_a_view_that_a_hand_has_moved_can_be_linked_to(page: Page, files: dict[str, Path], name: str, how: str) -> None:
    opened(page, files[name])
    if how == "drag":
        drag(page, -120, -60)
    elif how == "wheel":
        page.mouse.move(600, 400)
        page.mouse.wheel(0, -500)
    else:
        page.locator("#picture").focus()
        page.keyboard.press("+")
        page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("view=wide"))
    was, address = page.evaluate(MIDDLE), page.url
    opened(page, files[name], address[address.index("#") :])
    assert page.evaluate(MIDDLE) == pytest.approx(was, abs=2, rel=0.01)
    page.set_viewport_size({"width": 1500, "height": 1000})
    opened(page, files[name], address[address.index("#") :])
    assert page.evaluate(MIDDLE) == pytest.approx(was, abs=2, rel=0.01)


def test_a_row_of_moves_is_one_step_of_undo(page: Page, files: dict[str, Path]) -> None:
    opened(page, files["grocer"])
    first = page.evaluate(MIDDLE)
    drag(page, -100, -50)
    expect(page).to_have_url(re.compile("view="))
    page.locator("#picture").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("u")
    assert page.evaluate(MIDDLE) == pytest.approx(first, abs=1)
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_what_moves_the_picture_otherwise_ends_the_view_of_the_hand(page: Page, files: dict[str, Path]) -> None:
    opened(page, files["grocer"])
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("view="))
    page.get_by_role("button", name="Fit").click()
    assert "#" not in page.url
    opened(page, files["grocer"], "#view=wide,nowhere,3,1")
    assert "asking" not in (page.locator("#floor").get_attribute("class") or "")
    opened(page, files["grocer"], "#view=tall,1,1,1")
    expect(page.locator("#floor")).to_have_attribute("data-level", "names")


SHEETS: Final[dict[str, dict[str, Any]]] = {
    "portrait": {"width": 720, "height": 1010},
    "landscape": {"width": 1060, "height": 700},
}


@pytest.mark.parametrize(
    ("name", "sheet"),
    [("samples", "portrait"), ("grocer", "portrait"), ("grocer", "landscape"), ("lifelike", "landscape")],
)
def test_it_prints_the_whole_picture_in_vectors_filling_the_sheet(
    page: Page, files: dict[str, Path], name: str, sheet: str
) -> None:
    opened(page, files[name])
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.set_viewport_size(SHEETS[sheet])  # type: ignore[arg-type]
    page.emulate_media(media="print")
    drawing = page.locator("#printed svg:visible")
    expect(drawing).to_have_count(1)
    expect(drawing).to_have_class(sheet)
    share = drawing.evaluate(
        """(svg) => { const room = svg.getBoundingClientRect(); const { width, height } = svg.viewBox.baseVal;
          const zoom = Math.min(room.width / width, room.height / height);
          return Math.min(zoom * width / innerWidth, zoom * height / innerHeight); }"""
    )
    assert share > (0.35 if name == "samples" else 0.55)
    assert drawing.evaluate(
        "(svg) => [...svg.querySelectorAll('polygon')].every((head) => "
        "head.getBoundingClientRect().left < svg.getBoundingClientRect().right + 2)"
    )
    expect(page.locator(".tools")).to_be_hidden()
    paper = "A3" if name == "lifelike" else "A4"
    assert page.pdf(format=paper, landscape=sheet == "landscape").count(b"/Type /Page\n") == 1


def test_what_is_too_small_for_paper_is_printed_by_domain(page: Page, files: dict[str, Path]) -> None:
    opened(page, files["lifelike"])
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator("#printed svg:visible")).to_have_attribute("data-level", "domains")
    names = page.locator("#printed svg:visible .big-name")
    assert names.count() == page.evaluate("graph.groups.size")
