"""How many clicks and how long until a reader's questions are answered on the page, and how smoothly it moves.

python -m tools.bench.questions

Six systems, each as a page that compares it with itself before a small change, in Chromium ($CHROMIUM or the one on
the PATH), on a desktop and on a phone. A click is a press of the mouse or a finger; what is typed is told apart. Times
are those of the page from the press to the painted answer; finding the place with the eye is not in them.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

from oneway.application.layout_engine import LayoutChoice, layout_engines
from oneway.graph import build
from oneway.manifest import load
from oneway.render import Picture, View, difference, draw, seen
from oneway.render.html import html
from tools.bench import lifelike

ROOT: Final = Path(__file__).resolve().parents[2]
SHAPES: Final = {"desktop": (1440, 900), "phone": (390, 844)}
_SHARE: Final = 12
_STEPS: Final = 90
_ASK: Final = """async ([script, wanted]) => {
  const started = performance.now();
  (0, eval)(script);
  const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  await painted();
  if (!document.body.innerText.includes(wanted)) throw new Error(`${wanted} is not on the page`);
  return performance.now() - started;
}"""
_AT_REST: Final = """() => {
  const room = stage.canvas.getBoundingClientRect();
  const named = new Set();
  for (const text of document.querySelectorAll("#floor .inmate[data-id], #floor .node text")) {
    const box = text.getBoundingClientRect();
    const across = box.width && box.left >= room.left - 1 && box.right <= room.right + 1;
    if (!across || box.bottom > room.bottom + 1 || !text.checkVisibility()) continue;
    named.add(text.dataset.id || text.closest(".node")?.dataset.id);
  }
  const services = graph.data.nodes.filter((node) => node.kind === "service");
  const far = (id) => [...graph.reached(id, true)].filter((end) => graph.nodes.get(end).kind === "service").at(-1);
  return { named: services.filter((node) => named.has(node.id)).length, services: services.length,
           drawn: performance.getEntriesByName("drawn")[0].startTime, level: floor.root.dataset.level,
           pairs: services.map((node) => [node.id, far(node.id)]).filter(([, end]) => end) };
}"""


def main() -> None:
    """Print one line per system and shape."""
    print(f"{'system':<8} {'shape':<8} {'drawn s':>8} {'named at first':>15} {'level':<8} clicks/ms: ", end="")
    print("whom it calls · between two · what breaks · owner · what changed; frames/s")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, files in _systems():
            page = Path(folder) / f"{name}.html"
            page.write_text(html(_compared(files), layout_engines(LayoutChoice.WHEEL)[0].run), encoding="utf-8")
            for shape, size in SHAPES.items():
                print(f"{name:<8} {shape:<8} {_line(browser, page, size)}", flush=True)
        browser.close()


def _systems() -> Iterator[tuple[str, Mapping[str, bytes]]]:
    for name, folder in (("samples", ROOT / "manifests"), ("grocer", ROOT / "tests/examples/grocer/manifests")):
        yield name, {file.name: file.read_bytes() for file in sorted(folder.glob("*.yaml"))}
    for services in (60, 120, 300, 2_000):
        yield str(services), {file: text.encode() for file, text in lifelike.system(services).items()}


def _compared(files: Mapping[str, bytes]) -> Picture:
    """The system beside what it was before two services got a new version."""
    names = [name for name, text in files.items() if re.search(rb"^version:", text, re.MULTILINE)][:2]
    older = {name: re.sub(rb"(?m)^version: .*", b"version: 0.0.1", files[name]) for name in names}
    before, after = (draw(build(load(list(each.items())).system)) for each in ({**files, **older}, files))
    return seen(difference(before, after, "before"), View(), "html")


def _line(browser: Browser, file: Path, size: tuple[int, int]) -> str:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready=true]")
    first: dict[str, Any] = page.evaluate(_AT_REST)
    answers = " · ".join(_answers(page, first, size[0] < size[1]))
    frames = _frames(page, size)
    page.close()
    named = f"{first['named']:,} of {first['services']:,}"
    return f"{first['drawn'] / 1000:>8.2f} {named:>15} {first['level']:<8} {answers}; {frames:.0f}"


def _answers(page: Page, first: dict[str, Any], phone: bool) -> Iterator[str]:
    """Clicks and milliseconds of each question, the time as the median over some services."""
    pairs = first["pairs"][:: max(1, len(first["pairs"]) // _SHARE)]
    at_hand = first["named"] == first["services"]
    reach = 1 if at_hand else 2
    times: dict[str, list[float]] = {"calls": [], "ways": [], "breaks": [], "owner": []}
    for service, far in pairs:
        times["calls"].append(_asked(page, f"document.querySelector('[data-id=\"{service}\"]').click()", "Calls ("))
        owner = page.evaluate("(id) => graph.owners.get(graph.nodes.get(id).owner)?.name ?? ''", service)
        times["owner"].append(_asked(page, "0", owner))
        times["breaks"].append(_asked(page, "document.querySelector('[data-show=impact]').click()", "Stops without it"))
        script = f"(() => {{ const box = document.getElementById('path'); box.value = '{far}';"
        times["ways"].append(_asked(page, script + " box.dispatchEvent(new Event('change')); })()", "between"))
        page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    changed = _asked(page, "document.getElementById('lists').click()" if phone else "0", "What is different")
    yield f"{reach}/{median(times['calls']):.0f}"
    yield f"{reach + 1}+name/{median(times['ways']):.0f}"
    yield f"{reach + 1}/{median(times['breaks']):.0f}"
    yield f"{reach}/{median(times['owner']):.0f}"
    yield f"{int(phone)}/{changed:.0f}"
    if phone:
        page.locator("#lists").click()


def _asked(page: Page, script: str, wanted: str) -> float:
    return float(page.evaluate(_ASK, [script, wanted]))


def _frames(page: Page, size: tuple[int, int]) -> float:
    """Frames a second while the picture is dragged about."""
    page.keyboard.press("0")
    counting = "window.frames_ = []; const tick = (at) => { frames_.push(at); requestAnimationFrame(tick); };"
    page.evaluate(counting + " requestAnimationFrame(tick)")
    x, y = size[0] * 0.6, size[1] * 0.6
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("frames_.length = 0")
    for step in range(_STEPS):
        page.mouse.move(x - step * 2, y - step)
    times: list[float] = page.evaluate("frames_")
    page.mouse.up()
    return 1000 * (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0


if __name__ == "__main__":
    main()
