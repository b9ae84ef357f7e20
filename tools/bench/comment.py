"""Whether a comment reads as on a code host: Markdown by markdown-it, GitHub's stylesheet, and Mermaid with its limits.

npm install --prefix build/comment markdown-it@14 mermaid@11 github-markdown-css@5
platform render-graph --diff origin/main -o change.md
python -m tools.bench.comment --packages build/comment/node_modules change.md

Each comment is drawn in Chromium ($CHROMIUM, or the one on the PATH) into a picture beside it, for somebody to look at.
"""

import argparse
import os
import shutil
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

_LIBRARIES: Final = (
    "markdown-it/dist/markdown-it.min.js",
    "mermaid/dist/mermaid.min.js",
)
_STYLE: Final = "github-markdown-css/github-markdown-light.css"
_DRAW: Final = """async (text) => {
  const rendered = window.markdownit({ html: true }).render(text);
  document.querySelector("article").innerHTML = rendered;
  mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
  for (const code of document.querySelectorAll("code.language-mermaid")) {
    const drawn = await mermaid.render("drawing", code.textContent);
    code.parentElement.outerHTML = drawn.svg;
  }
  return document.querySelectorAll("article svg .node").length;
}"""
_PAGE: Final = '<body style="margin:24px"><article class="markdown-body" style="max-width:860px"></article>'


def main() -> None:
    """Print one line per comment and write its picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="where npm has put the packages")
    parser.add_argument("comments", type=Path, nargs="+")
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=["--no-sandbox"]
        )
        for comment in arguments.comments:
            page = browser.new_page(viewport={"width": 920, "height": 900})
            print(_drawn(page, comment, arguments.packages), flush=True)
            page.close()
        browser.close()


def _drawn(page: Page, comment: Path, packages: Path) -> str:
    text = comment.read_text(encoding="utf-8")
    page.set_content(_PAGE)
    page.add_style_tag(path=packages / _STYLE)
    for library in _LIBRARIES:
        page.add_script_tag(path=packages / library)
    nodes = page.evaluate(_DRAW, text)
    picture = comment.with_suffix(".comment.png")
    page.screenshot(path=picture, full_page=True)
    return f"{comment}: {len(text):,} characters, {nodes} nodes drawn, {picture}"


if __name__ == "__main__":
    main()
