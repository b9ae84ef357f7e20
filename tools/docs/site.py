"""The documentation as a site in site/, without one warning and without anything that it would fetch: `make docs`."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from .reference import pages

ROOT: Final = Path(__file__).resolve().parents[2]
_MKDOCS: Final = ROOT / ".venv-docs" / "bin" / "mkdocs"
_FETCHED: Final = re.compile(r'<(?:script|img|iframe|link rel="stylesheet")[^>]*(?:src|href)="(https?:[^"]+)"')
_LINK: Final = re.compile(r"\[([^\]]+)\]\(((?:\.\./)+[^)\s]*)\)")


def main() -> None:
    """Build the site from a copy of the pages, with the reference beside them."""
    with tempfile.TemporaryDirectory(prefix="oneway-docs-") as folder:
        docs = Path(folder, "docs")
        shutil.copytree(ROOT / "platform" / "docs", docs)
        for name, text in pages().items():
            (docs / name).write_text(text, encoding="utf-8")
        for page in docs.rglob("*.md"):
            page.write_text(_inside(page.read_text(encoding="utf-8"), page, docs), encoding="utf-8")
        shutil.copy(ROOT / "tools" / "docs" / "mkdocs.yml", folder)
        (docs / "assets").mkdir()
        shutil.copy(ROOT / "tools" / "docs" / "iframe-worker.js", docs / "assets")
        words = ["build", "--strict", "--quiet", "--site-dir", str(ROOT / "site")]
        done = subprocess.run([str(_MKDOCS), *words], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    texts = [page.read_text(encoding="utf-8") for page in (ROOT / "site").rglob("*.html")]
    fetched = sorted({address for text in texts for address in _FETCHED.findall(text)})
    if fetched:
        sys.exit(f"a reader of the site would fetch {', '.join(fetched)}: take out what asks for it")
    print("wrote site/: open site/index.html")


def _inside(text: str, page: Path, docs: Path) -> str:
    """A link to a file of the repository, which the site does not have, becomes the name of that file."""

    def outside(match: re.Match[str]) -> str:
        target = (page.parent / match[2].partition("#")[0]).resolve()
        return match[0] if target.is_relative_to(docs.resolve()) else match[1]

    return _LINK.sub(outside, text)


if __name__ == "__main__":
    main()
