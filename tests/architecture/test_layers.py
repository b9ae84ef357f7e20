"""The layers of the tool hold, and the check that says so can fail."""

import subprocess
import sys
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
    package = tmp_path / "oneway"
    for layer in ("errors", "model", "manifest", "graph", "rules"):
        (package / layer).mkdir(parents=True)
        (package / layer / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "model" / "__init__.py").write_text("import oneway.rules\n")
    config = (ROOT / "platform/pyproject.toml").read_text()
    start = config.index("[tool.importlinter]")
    contract = config[start : config.index('[[tool.importlinter.contracts]]\nname = "Deploy')]
    for absent in ("cli", "monitor", "deploy", "targets | workspace | store", "probe", "generate | render"):
        contract = contract.replace(f'    "{absent}",\n', "")
    (tmp_path / "pyproject.toml").write_text(contract)
    done = lint_imports(tmp_path / "pyproject.toml", tmp_path)
    assert done.returncode == 1, done.stdout
    assert "oneway.model -> oneway.rules" in done.stdout
