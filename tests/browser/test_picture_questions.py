"""What a reader asks the page: filters, domains pointed at, the keyboard alone, links, and the first view."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from picture_pages import generated, lit, opened, samples, visible
from pictures import WHEEL, example
from playwright.sync_api import Page, expect

from oneway.render import Picture
from oneway.render.html import html

pytest_plugins = ("chromium",)

PICTURES: Final[dict[str, Callable[[], Picture]]] = {
    "samples": samples,
    "grocer": lambda: example("grocer"),
    "lifelike": lambda: generated(120),
}
PHONE: Final = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for name, picture in PICTURES.items():
        (folder / f"{name}.html").write_text(html(picture(), WHEEL.run), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in PICTURES}


def of_version(page: Page, prefix: str) -> set[str]:
    return set(
        page.evaluate(
            "(prefix) => graph.data.nodes.filter((node) => node.version?.startsWith(prefix)).map((node) => node.id)",
            prefix,
        )
    )


@pytest.mark.parametrize(
    ("asked", "prefix"),
    [("2", "2."), ("v2", "2."), ("=1", "1."), (">=2, <3", "2."), (">1.9999 <2.9999", "2."), ("<2", "1.")],
)
def test_versions_are_filtered_by_number_and_by_range(
    page: Page, files: dict[str, Path], asked: str, prefix: str
) -> None:
    opened(page, files["grocer"])
    page.get_by_label("version").fill(asked)
    page.get_by_label("version").press("Enter")
    expect(page.locator(".asking")).to_have_count(1)
    assert lit(page) == of_version(page, prefix)
    assert len(lit(page)) > 5
    assert set(page.evaluate("[...document.querySelectorAll('#outline .link')].map((each) => each.dataset.id)")) == lit(
        page
    )
    expect(page.get_by_role("status")).to_contain_text(f"{len(lit(page))} of ")
    found = lit(page)
    expect(page).to_have_url(re.compile("version="))
    address = page.url
    opened(page, files["grocer"], address[address.index("#") :])
    assert lit(page) == found


def test_versions_are_compared_as_numbers(page: Page, files: dict[str, Path]) -> None:
    opened(page, files["grocer"])
    passes = "([version, asked]) => questions.range(asked)(version)"
    assert page.evaluate(passes, ["1.10.0", ">=1.9"])
    assert not page.evaluate(passes, ["1.10.0", "1.1"])
    assert page.evaluate(passes, ["1.1.7", "1.1"])
    assert page.evaluate(passes, ["2.0.0-rc.1", "2"])
    assert not page.evaluate(passes, ["3.0.0", ">1,<=2.9"])


@pytest.mark.parametrize("nonsense", ["latest", "1.2.3.4", "> ", "2,x"])
def test_what_is_no_version_is_said_and_hides_nothing(page: Page, files: dict[str, Path], nonsense: str) -> None:
    opened(page, files["grocer"])
    page.get_by_label("version").fill(nonsense)
    page.get_by_label("version").press("Enter")
    expect(page.locator("#version-said")).to_have_text("Not a version: write 2, 2.1, or >=1.4,<2.")
    assert page.locator(".asking").count() == 0


def test_a_domain_alone_and_together_with_other_filters(page: Page, files: dict[str, Path]) -> None:
    opened(page, files["grocer"])
    page.get_by_label("domain", exact=True).select_option("payments")
    assert lit(page) == set(page.evaluate("graph.members.get('payments').map((node) => node.id)"))
    page.locator("[data-only=optional]").check()
    both = lit(page)
    assert 0 < len(both) < 9
    expect(page).to_have_url(re.compile("domain=payments"))
    page.keyboard.press("u")
    expect(page.locator("[data-only=optional]")).not_to_be_checked()
    page.keyboard.press("u")
    expect(page.locator(".asking")).to_have_count(0)
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.keyboard.press("u")
    expect(page.get_by_role("button", name="Fit")).to_be_visible()


@pytest.mark.parametrize(("kind", "test"), [("required", "edge.required"), ("optional", "!edge.required")])
def test_calls_that_are_required_or_not_are_shown_alone(
    page: Page, files: dict[str, Path], kind: str, test: str
) -> None:
    opened(page, files["grocer"], f"#only={kind}")
    wanted = set(
        page.evaluate(
            f"graph.data.edges.filter((edge) => edge.kind === 'call' && {test}).flatMap((edge) => [edge.from, edge.to])"
        )
    )
    assert lit(page) == wanted
    arrows = page.evaluate(
        """[...document.querySelectorAll('.block .edge.lit, #asked .edge')]
             .map((each) => each.classList.contains('optional'))"""
    )
    assert arrows
    assert set(arrows) == {kind == "optional"}


def test_a_domain_pointed_at_shows_whom_it_calls_and_who_calls_it(page: Page, files: dict[str, Path]) -> None:
    opened(page, files["lifelike"])
    page.locator(".block[data-group=ordering]").hover()
    expect(page.get_by_role("status")).to_contain_text("ordering: calls")
    around = page.evaluate(
        """(() => { const { to, from } = graph.around('ordering');
             return [...new Set([...to.keys(), ...from.keys()])]; })()"""
    )
    near = set(page.evaluate("[...document.querySelectorAll('.block.near')].map((each) => each.dataset.group)"))
    assert near == {"ordering", *around}
    bright = page.locator("#between .bundle.near, #nearby .edge").count()
    assert bright >= len(around)
    page.locator("#search").hover()
    expect(page.locator(".block.near")).to_have_count(0)
    page.locator("[data-domain=ordering]").focus()
    expect(page.get_by_role("status")).to_contain_text("ordering: calls")


def test_a_domain_too_small_for_cards_names_its_services(page: Page, files: dict[str, Path]) -> None:
    opened(page, files["lifelike"])
    expect(page.locator("#floor")).to_have_attribute("data-level", "domains")
    said = page.evaluate("""[...document.querySelectorAll('.block:not([data-group=""])')].map((block) => {
        const texts = [...block.querySelectorAll('.inmate')].map((each) => each.textContent);
        const more = /^\\+ (\\d+) more$/.exec(texts.at(-1) ?? "");
        return [block.dataset.group, more ? texts.length - 1 + Number(more[1]) : texts.length];
      })""")
    sizes = dict(page.evaluate("[...graph.members].map(([id, members]) => [id, members.length])"))
    assert all(count in (0, sizes[id]) for id, count in said)
    assert sum(count > 0 for _, count in said) > 8
    page.locator(".inmate[data-id=fraud-check]").click()
    expect(page.locator("#card-name")).to_have_text("fraud-check")


def test_an_opened_domain_can_be_linked_to_and_undone(page: Page, files: dict[str, Path]) -> None:
    opened(page, files["lifelike"])
    page.locator(".block[data-group=stock] .big-name").click(force=True)
    expect(page.locator("#floor")).not_to_have_attribute("data-level", "domains")
    expect(page).to_have_url(re.compile("open=stock"))
    address = page.url
    page.keyboard.press("u")
    expect(page.locator("#floor")).to_have_attribute("data-level", "domains")
    opened(page, files["lifelike"], address[address.index("#") :])
    assert {"reservations", "warehouses"} <= visible(page)


def test_everything_can_be_reached_by_keyboard_alone(page: Page, files: dict[str, Path]) -> None:
    opened(page, files["grocer"])
    page.keyboard.press("Shift+ArrowRight")
    first = page.locator("#card-name").inner_text()
    page.keyboard.press("Shift+ArrowRight")
    second = page.locator("#card-name").inner_text()
    assert first != second
    assert page.evaluate("([a, b]) => floor.place(b).x > floor.place(a).x", [first, second])
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#card-name")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#card') !== null")
    page.keyboard.press("Escape")
    expect(page.locator("#card")).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("ledger")
    page.keyboard.press("Enter")
    page.locator("[data-show=impact]").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("at=ledger&show=impact"))
    focusable = page.evaluate("""[...document.querySelectorAll('button, input, select, summary, a')]
        .filter((each) => each.checkVisibility() && !each.disabled).every((each) => each.tabIndex >= 0)""")
    assert focusable


def test_a_filter_keeps_the_keyboard_where_it_is(page: Page, files: dict[str, Path]) -> None:
    opened(page, files["grocer"])
    page.locator("[data-only=public]").focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-only=public]")).to_be_focused()
    page.get_by_label("version").focus()
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.get_by_label("version")).to_be_focused()


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("viewport", [{"width": 1440, "height": 900}, PHONE], ids=["desktop", "phone"])
def test_the_first_view_uses_the_canvas(
    page: Page, files: dict[str, Path], name: str, viewport: dict[str, int]
) -> None:
    page.set_viewport_size(viewport)  # type: ignore[arg-type]
    opened(page, files[name])
    drawn, room = page.evaluate("[floor.root.getBoundingClientRect(), stage.canvas.getBoundingClientRect()]")
    share = max(drawn["width"] / room["width"], drawn["height"] / room["height"])
    assert share > 0.75
    assert drawn["left"] >= room["left"] - 1
    assert drawn["right"] <= room["right"] + 1


def test_on_a_phone_calls_of_a_small_system_go_down(page: Page, files: dict[str, Path]) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    opened(page, files["samples"])
    tops = [page.locator(f".node[data-id={id}]").bounding_box()["y"] for id in ("gateway", "caption", "id")]  # type: ignore[index]
    assert tops == sorted(tops)
    expect(page.locator("#floor")).to_have_attribute("data-level", "all")
