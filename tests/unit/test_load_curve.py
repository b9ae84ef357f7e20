"""The picture of a measurement."""

import xml.etree.ElementTree as ElementTree

import pytest

from oneway.model import Measured, Point, decode_measured, encode_measured
from oneway.render import load_png, load_svg

CURVE = tuple(
    Point(
        offered=rate,
        answered=min(rate, 100.0),
        requests=int(rate * 4),
        p50=0.02 if rate <= 100 else 0.4,
        p99=0.03 if rate <= 100 else 0.9,
        errors=0.0 if rate < 150 else 0.1,
        concurrency=rate * 0.02,
        processor=rate / 120,
        memory=84 << 20,
        held=rate <= 100,
    )
    for rate in (25.0, 50.0, 96.0, 104.0, 104.0, 200.0)
)
NAMESPACE = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter(f"{NAMESPACE}text")]


def test_it_says_what_was_found_and_draws_every_rate_once_in_each_diagram() -> None:
    svg = load_svg("id <1.0.0>: a replica carries 98/s", "in local", CURVE, {"p99": 0.5}, 98.0)
    said = texts(svg)
    assert "id <1.0.0>: a replica carries 98/s" in said
    assert said.count("carries 98/s") == 3
    assert "p99 at most 500ms" in said
    assert "Cores that the replica kept busy; memory at most 84 MB" in said
    assert "failed" in said
    assert svg.count(" hollow") == 11


def test_what_cannot_be_seen_is_not_drawn_as_nothing() -> None:
    blind = [Point(offered=each.offered, answered=each.answered, requests=1, p50=0.1, p99=0.2) for each in CURVE]
    said = texts(load_svg("id", "", blind, {}, None))
    assert "Cores that the replica kept busy; memory cannot be seen" in said
    assert "its processor time cannot be seen" in said
    assert not any("carries" in each or "at most" in each for each in said)


@pytest.mark.parametrize("curve", [(), CURVE[:1], (Point(offered=5, answered=0, requests=0),)])
def test_a_curve_of_hardly_anything_is_drawn_too(curve: tuple[Point, ...]) -> None:
    assert texts(load_svg("id", "", curve, {"p99": 0.5}, None))
    assert load_png("id", "", curve, {}, 3.0).startswith(b"\x89PNG")


def test_equal_curves_give_equal_bytes_in_any_order() -> None:
    assert load_svg("id", "", CURVE, {}, 98.0) == load_svg("id", "", CURVE[::-1], {}, 98.0)


def test_a_measurement_is_read_back_as_it_was() -> None:
    made = Measured(
        service="id",
        version="1.0.0",
        environment="local",
        against="front",
        measured="2026-11-25",
        on="Linux",
        goal="p99=1s",
        per_replica=98.0,
        rounds=(96.0, 98.0, 100.0),
        curve=CURVE,
    )
    assert decode_measured(encode_measured(made)) == made
    assert made.spread == pytest.approx(4 / 98)
    with pytest.raises(ValueError, match="other"):
        decode_measured(encode_measured(made).replace(b'"per_replica"', b'"other"'))
