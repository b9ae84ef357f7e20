"""Node.js: the packages that package-lock.json names."""

import json
import os
import shutil
from pathlib import Path

from .tools import Tool, require_program, run_tool


def find_unpinned(app: Path) -> str:
    """Why the packages are not pinned; nothing where they are, or none is wanted."""
    try:
        named = json.loads((app / "package.json").read_bytes()).get("dependencies")
    except (OSError, ValueError, AttributeError):
        return ""
    pinned = (app / "package-lock.json").exists() or not named
    return "" if pinned else "package.json names packages, and nothing pins them"


def run_npm(node: Tool, folder: Path, *words: str) -> None:
    """TargetError with npm's last lines when it fails."""
    npm = require_program("npm", node.folder, "install npm beside node")
    path = {"PATH": f"{node.folder}:{os.environ.get('PATH', '')}"}
    hint = "check package.json, its lock file and npm's settings"
    run_tool([npm, *words, "--no-audit", "--no-fund"], folder, path, hint)


def install(folder: Path, app: Path, node: Tool) -> None:
    """As the generated Dockerfile does: what the lock file names, and no scripts of packages."""
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(app / name, folder / name)
    run_npm(node, folder, "ci", "--omit=dev", "--ignore-scripts")
    (folder / "node_modules").mkdir(exist_ok=True)
