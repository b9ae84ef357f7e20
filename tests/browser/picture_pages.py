"""Pages of the picture for tests: systems to draw, and what a person sees on them."""

from itertools import combinations
from pathlib import Path
from typing import Any, Final

from pictures import picture_of
from playwright.sync_api import Page

from oneway.render import Picture, View, seen
from tools.bench import lifelike

ROOT: Final = Path(__file__).resolve().parents[2]
WORDS: Final = """() => [...document.querySelectorAll("#floor text")]
  .filter((text) => text.checkVisibility({ opacityProperty: true }) && text.getBoundingClientRect().width)
  .map((text) => { const box = text.getBoundingClientRect();
    return { text: text.textContent, size: parseFloat(getComputedStyle(text).fontSize) * stage.transform().k,
             left: box.left, right: box.right, top: box.top, bottom: box.bottom }; })"""
ARROWS_THROUGH_BOXES: Final = """() => {
  const seen = (element) => element.checkVisibility() && element.getBoundingClientRect().width;
  const domains = floor.root.dataset.level === "domains";
  const boxes = [...document.querySelectorAll(domains ? "#floor .block[data-group]" : "#floor .node")].filter(seen)
    .map((element) => ({ id: element.dataset.id ?? element.dataset.group, box: element.getBoundingClientRect() }));
  const edges = [...document.querySelectorAll("#floor .edge")].filter(seen);
  const through = [];
  for (const edge of edges) {
    const path = edge.querySelector("path");
    const matrix = path.getScreenCTM();
    const length = path.getTotalLength();
    for (let at = 0; at <= length; at += 4) {
      const point = path.getPointAtLength(at).matrixTransform(matrix);
      for (const { id, box } of boxes) {
        if ([edge.dataset.from, edge.dataset.to].includes(id)) continue;
        if (point.x > box.left + 3 && point.x < box.right - 3 && point.y > box.top + 3 && point.y < box.bottom - 3) {
          through.push(`${edge.dataset.from} to ${edge.dataset.to} through ${id}`);
        }
      }
    }
  }
  return { arrows: edges.length, through: [...new Set(through)] };
}"""


def samples() -> Picture:
    return picture_of([(file.name, file.read_bytes()) for file in sorted((ROOT / "manifests").glob("*.yaml"))])


def generated(services: int) -> Picture:
    files = {name: text.encode() for name, text in lifelike.system(services, 1).items()}
    return seen(picture_of(files), View(), "html")


def overlapping(words: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Pairs of words that lie on each other by more than a pixel and a half."""
    slack = 1.5
    return [
        (a["text"], b["text"])
        for a, b in combinations(words, 2)
        if min(a["right"], b["right"]) - max(a["left"], b["left"]) > slack
        and min(a["bottom"], b["bottom"]) - max(a["top"], b["top"]) > slack + 2
    ]


def opened(page: Page, file: Path, fragment: str = "") -> Page:
    page.goto("about:blank")
    page.goto(file.as_uri() + fragment)
    page.wait_for_selector("html[data-ready=true]")
    return page


def visible(page: Page) -> set[str]:
    """The ids of all nodes whose drawing can be seen."""
    return set(
        page.evaluate(
            """() => [...document.querySelectorAll("#floor .node")].filter((node) => node.getClientRects().length
                 && node.checkVisibility() && [...node.children].some((part) => part.getBoundingClientRect().width))
                 .map((node) => node.dataset.id)"""
        )
    )


def click(page: Page, id: str) -> None:
    """Press where the node is on the screen."""
    page.locator(f"#floor .node[data-id='{id}']").click(position={"x": 12, "y": 12})


def lit(page: Page) -> set[str]:
    return set(page.evaluate("[...document.querySelectorAll('#floor .node.lit')].map((node) => node.dataset.id)"))
