"""The core takes and returns values: what import contracts cannot see, and that the contracts can fail."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ONEWAY = Path(__file__).resolve().parents[2] / "platform" / "oneway"
PURE = ("errors.py", "model", "manifest", "graph", "rules", "generate", "render", "deploy/plan.py")
CALLS = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint", "exit", "quit"}
METHODS = {
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "unlink",
    "mkdir",
    "utcnow",
    "today",
    "sleep",
    "getenv",
}


def modules() -> list[Path]:
    paths = [ONEWAY / each for each in PURE]
    return sorted(file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path]))


def impure(text: str) -> Iterator[str]:
    """Everything in a module that touches the world, with its line; a package's own data is part of it."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id=name) if name in CALLS:
                yield f"{node.lineno}: {name}"
            case ast.Attribute(attr=name, value=value) if name in METHODS and not _own_data(value):
                yield f"{node.lineno}: {name}"
            case ast.Attribute(attr="now", value=ast.Name(id="datetime")):
                yield f"{node.lineno}: datetime.now"


def _own_data(value: ast.expr) -> bool:
    return "resources.files(__package__)" in ast.unparse(value)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ONEWAY)))
def test_nothing_touches_the_world(path: Path) -> None:
    assert list(impure(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        "open('x')",
        "print('x')",
        "Path('x').read_text()",
        "datetime.now()",
        "date.today()",
        "__import__('os')",
        "a.b.write_bytes(b'')",
        "resources.files('else').joinpath('x').read_text()",
    ],
)
def test_what_touches_the_world_is_seen(line: str) -> None:
    assert list(impure(f"def f():\n    {line}\n"))


@pytest.mark.parametrize(("module", "imported"), [("graph", "time"), ("render", "subprocess"), ("model", "os.path")])
def test_the_contract_can_fail(tmp_path: Path, module: str, imported: str) -> None:
    settings = tomllib.loads((ONEWAY.parent / "pyproject.toml").read_text())["tool"]["importlinter"]
    pure = next(each for each in settings["contracts"] if each["name"].startswith("The core is pure"))
    for name in (each.removeprefix("oneway.") for each in pure["source_modules"]):
        (tmp_path / "oneway" / name).mkdir(parents=True)
        (tmp_path / "oneway" / name / "__init__.py").write_text(f"import {imported}\n" if name == module else "")
    (tmp_path / "oneway" / "__init__.py").write_text("")
    lines = ["[importlinter]", "root_package = oneway", "include_external_packages = True"]
    lines += ["[importlinter:contract:1]", "name = pure", "type = forbidden"]
    for key in ("source_modules", "forbidden_modules"):
        lines += [f"{key} =", *(f"    {each}" for each in pure[key])]
    (tmp_path / ".importlinter").write_text("\n".join(lines))
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", str(tmp_path / ".importlinter")]
    done = subprocess.run(
        [*command, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1, done.stdout
    assert f"oneway.{module} -> {imported.partition('.')[0]}" in done.stdout
