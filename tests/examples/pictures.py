"""Example systems as pictures, and the layout that tests use: the wheel's, which is the same everywhere."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from oneway.application.layout_engine import LayoutChoice, layout_engines
from oneway.graph import build
from oneway.manifest import load
from oneway.render import Picture, draw

FOLDER = Path(__file__).parent
(WHEEL,) = layout_engines(LayoutChoice.WHEEL)


def contents(name: str) -> dict[str, bytes]:
    """The manifests of an example by file name."""
    found = sorted((FOLDER / name / "manifests").glob("*.yaml"))
    assert found
    return {f"manifests/{file.name}": file.read_bytes() for file in found}


def picture_of(files: Mapping[str, bytes] | Iterable[tuple[str, bytes]], environment: str | None = None) -> Picture:
    """The full picture of some manifests, which must be readable."""
    loaded = load(files.items() if isinstance(files, Mapping) else files, environment)
    assert not loaded.findings
    return draw(build(loaded.system))


def example(name: str) -> Picture:
    """The full picture of an example."""
    return picture_of(contents(name))


def changed_grocer() -> dict[str, bytes]:
    """The grocer after a change: a service replaced by another, calls new, gone and other, a ring made."""
    files = contents("grocer")
    del files["manifests/taxes.yaml"]
    files["manifests/duties.yaml"] = files["manifests/ids.yaml"].replace(b"ids", b"duties")
    files["manifests/pricing.yaml"] = files["manifests/pricing.yaml"].replace(b"{to: taxes,", b"{to: duties,")
    files["manifests/orders.yaml"] = files["manifests/orders.yaml"].replace(b"version: 1.", b"version: 2.")
    files["manifests/vault.yaml"] = files["manifests/vault.yaml"].replace(b"calls:\n", b"calls:\n  - {to: cards}\n")
    checkout = files["manifests/checkout.yaml"].replace(b"{to: fraud-check,", b"{to: fraud-check, retries: 2,")
    files["manifests/checkout.yaml"] = checkout.replace(b"  - {to: vouchers, timeout: 250ms, parallel: true}\n", b"")
    return files
