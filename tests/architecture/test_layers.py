"""The layers of the tool hold, and the check that says so can fail."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def lint_imports(config: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", str(config), "--no-cache"]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_every_layer_imports_only_what_is_below() -> None:
    done = lint_imports(ROOT / "platform/pyproject.toml", ROOT / "platform")
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_an_import_upward_is_caught(tmp_path: Path) -> None:
    contracts = tomllib.loads((ROOT / "platform/pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(each for each in contracts if each["type"] == "layers")
    for name in " | ".join(layers["layers"]).split(" | "):
        package = tmp_path / "oneway" / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("import oneway.rules\n" if name == "model" else "")
    (tmp_path / "oneway/__init__.py").write_text("")
    listed = "".join(f"    {layer}\n" for layer in layers["layers"])
    (tmp_path / ".importlinter").write_text(
        "[importlinter]\nroot_package = oneway\n"
        f"[importlinter:contract:1]\nname = layers\ntype = layers\ncontainers = oneway\nlayers =\n{listed}"
    )
    done = lint_imports(tmp_path / ".importlinter", tmp_path)
    assert done.returncode == 1, done.stdout
    assert "oneway.model -> oneway.rules" in done.stdout
