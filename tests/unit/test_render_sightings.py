"""What was seen of the calls, drawn: seen, not seen, not declared, and what nothing given could show."""

import json
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from pictures import WHEEL, example, picture_of

from oneway.render import By, Picture, Sight, Sighting, View, seen, sighted
from oneway.render.merging import bundled
from oneway.render.picture import Edge
from oneway.render.svg import svg

HEAD = "apiVersion: oneway/v1\n"


def shop(folder: Path) -> None:
    """web calls orders and stock, orders calls stock and the external maps; mail calls web."""
    (folder / "manifests").mkdir()
    platform = f"{HEAD}platform: shop\nowners: {{a: {{}}}}\ndomains: {{d: {{}}, e: {{}}}}\nexternals: {{maps: {{}}}}\n"
    (folder / "manifests/platform.yaml").write_text(platform)
    calls = {"web": ("orders", "stock"), "orders": ("stock", "maps"), "stock": (), "mail": ("web",)}
    for name, callees in calls.items():
        domain = "e" if name == "stock" else "d"
        made = f"service: {name}\nversion: 1.0.0\nowner: a\ndomain: {domain}\nendpoints: [{{name: http, port: 80}}]\n"
        listed = ", ".join(f"{{to: {each}}}" for each in callees)
        (folder / f"manifests/{name}.yaml").write_text(HEAD + made + f"calls: [{listed}]\n")


def trace(calls: dict[tuple[str, str], tuple[int, int]]) -> str:
    """OTLP: so many calls of each pair, so many of them failed."""
    spans: dict[str, list[dict[str, Any]]] = {}
    number = 0
    for (source, target), (count, errors) in calls.items():
        for at in range(count):
            number += 1
            for service, id, parent, kind in ((source, 1, 0, 3), (target, 2, 1, 2)):
                span = {"traceId": f"{number:032x}", "spanId": f"{id:016x}", "kind": kind}
                span |= {"parentSpanId": f"{parent:016x}" if parent else "", "startTimeUnixNano": str(10**18)}
                span |= {"endTimeUnixNano": str(10**18 + 2 * 10**7), "status": {"code": 2 if at < errors else 0}}
                spans.setdefault(service, []).append(span)
    resources = [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": name}}]},
            "scopeSpans": [{"spans": each}],
        }
        for name, each in spans.items()
    ]
    return json.dumps({"resourceSpans": resources})


SEEN = {("web", "orders"): (40, 4), ("orders", "maps"): (3, 0), ("stock", "web"): (2, 0), ("ghost", "web"): (1, 0)}


def render(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oneway.cli.main", "render-graph", "--layout", "wheel", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shop(tmp_path)
    (tmp_path / "traces.json").write_text(trace(SEEN))
    return tmp_path


def test_each_call_says_how_it_was_seen(folder: Path) -> None:
    done = render(folder, "--traffic", "traces.json", "-o", "x.json")
    assert done.returncode == 0, done.stderr
    edges = json.loads((folder / "x.json").read_text())["edges"]
    sights = {(each["from"], each["to"]): each.get("sighting", {}) for each in edges if each["kind"] == "call"}
    assert {pair: each.get("sight") for pair, each in sights.items()} == {
        ("web", "orders"): "seen",
        ("orders", "external:maps"): "seen",
        ("web", "stock"): "missing",
        ("orders", "stock"): "missing",
        ("mail", "web"): None,
        ("stock", "web"): "undeclared",
        ("external:ghost", "web"): "undeclared",
    }
    assert (sights["web", "orders"]["count"], sights["web", "orders"]["errors"]) == (40, 4)
    assert 0.015 < sights["web", "orders"]["p99"] < 0.025
    assert "stock calls web: not declared, but seen, 2 calls" in done.stdout
    assert "web calls stock: not seen" in done.stdout
    assert "ghost exists, and no manifest declares it" in done.stdout
    assert "maps exists" not in done.stdout
    assert "2 seen" in done.stderr


def test_the_drawing_shows_how_often_how_badly_and_how_fast(folder: Path) -> None:
    assert render(folder, "--traffic", "traces.json", "-o", "x.svg").returncode == 0
    drawn = (folder / "x.svg").read_text()
    assert re.search(r">40× · 10 % err · p99 \d\d ms</text>", drawn)
    assert re.search(r'class="edge [^"]*undeclared"[^>]*data-from="stock" data-to="web"', drawn)
    assert re.search(r'class="edge [^"]*missing"[^>]*data-from="web" data-to="stock"', drawn)
    assert ">seen, but not declared</text>" in drawn
    weight = {
        pair: float(found[1])
        for pair in (("web", "orders"), ("stock", "web"))
        if (found := re.search(rf'data-from="{pair[0]}" data-to="{pair[1]}">.*?--weight:([\d.]+)px', drawn, re.DOTALL))
    }
    assert weight["web", "orders"] > weight["stock", "web"]


def test_a_comment_and_a_page_tell_it_too(folder: Path) -> None:
    for name in ("x.md", "x.html", "x.mmd"):
        assert render(folder, "--traffic", "traces.json", "-o", name).returncode == 0
    assert "- stock calls web: not declared, but seen" in (folder / "x.md").read_text()
    assert "undeclared" in (folder / "x.mmd").read_text()
    assert '"drift":{"declared":false' in (folder / "x.html").read_text()


def test_code_is_evidence_too(folder: Path) -> None:
    (folder / "docker-compose.yaml").write_text(
        "services:\n  web: {environment: {STOCK: 'http://stock:80'}}\n  stock: {}\n"
    )
    assert render(folder, "--drift", "docker-compose.yaml", "-o", "x.json").returncode == 0
    edges = json.loads((folder / "x.json").read_text())["edges"]
    sights = {(each["from"], each["to"]): each.get("sighting", {}).get("sight") for each in edges}
    assert sights["web", "stock"] == "seen"
    assert sights["mail", "web"] is None


@pytest.mark.parametrize("options", [("--diff", "HEAD"), ("--verify", "x.svg")])
def test_what_cannot_be_drawn_together_is_refused(folder: Path, options: tuple[str, str]) -> None:
    done = render(folder, "--traffic", "traces.json", *options)
    assert done.returncode == 2
    assert "--drift" in done.stderr


def test_what_could_not_be_read_is_said_on_the_picture(folder: Path) -> None:
    (folder / "traces.json").write_text("nothing of it")
    assert render(folder, "--traffic", "traces.json", "-o", "x.svg").returncode == 0
    assert "could not be read" in (folder / "x.svg").read_text()


def accept(folder: Path, service: str, rule: str, until: str = "2999-01-01") -> None:
    manifest = folder / f"manifests/{service}.yaml"
    manifest.write_text(manifest.read_text() + f"accept: [{{rule: {rule}, reason: known, until: {until}}}]\n")


def drawn_sights(folder: Path, *options: str) -> dict[tuple[str, str], tuple[str, bool]]:
    """By call: what was seen of it, and whether its caller accepts that."""
    done = render(folder, "--traffic", "traces.json", "-o", "x.json", *options)
    assert done.returncode == 0, done.stderr
    edges = json.loads((folder / "x.json").read_text())["edges"]
    known = {(each["from"], each["to"]): each["sighting"] for each in edges if each.get("sighting")}
    return {pair: (each["sight"], each.get("accepted", False)) for pair, each in known.items()}


@pytest.mark.parametrize(
    ("service", "rule", "until", "pair", "accepted"),
    [
        ("stock", "drift-undeclared-call", "2999-01-01", ("stock", "web"), True),
        ("stock", "drift-undeclared-call", "2020-01-01", ("stock", "web"), False),
        ("stock", "drift-unseen-call", "2999-01-01", ("stock", "web"), False),
        ("orders", "drift-unseen-call", "2999-01-01", ("orders", "stock"), True),
        ("mail", "drift-unseen-call", "2999-01-01", ("orders", "stock"), False),
    ],
)
def test_what_a_caller_accepts_is_told_and_not_marked(
    folder: Path, service: str, rule: str, until: str, pair: tuple[str, str], accepted: bool
) -> None:
    accept(folder, service, rule, until)
    assert drawn_sights(folder)[pair][1] is accepted
    done = render(folder, "--traffic", "traces.json", "-o", "x.svg")
    drawn = (folder / "x.svg").read_text()
    (classes,) = re.findall(rf'class="edge ([^"]*)" data-from="{pair[0]}" data-to="{pair[1]}"', drawn)
    assert bool({"undeclared", "missing"} & set(classes.split())) is not accepted
    assert ("accepted" in classes.split()) is accepted
    assert (f"{pair[0]} calls {pair[1]}: " in done.stdout) is not accepted
    assert ("accepted" in done.stderr) is accepted
    assert ("its caller accepts that" in drawn) is accepted


def test_a_block_of_accepted_calls_is_not_marked_and_one_open_call_is() -> None:
    open, accepted = Sighting(Sight.MISSING), Sighting(Sight.MISSING, accepted=True)
    assert bundle_of(accepted, accepted).standing == "accepted"
    assert bundle_of(accepted, open).standing == "missing"
    assert bundle_of(Sighting(Sight.UNDECLARED, 1, accepted=True), Sighting(Sight.SEEN, 2)) == Sighting(Sight.SEEN, 3)


@pytest.mark.parametrize(("since", "seen_then"), [("2001-01-01", True), ("2001-09-09T01:46:41+00:00", False)])
def test_traffic_from_before_a_time_is_not_drawn(folder: Path, since: str, seen_then: bool) -> None:
    sights = drawn_sights(folder, "--since", since)
    assert (sights.get(("web", "orders")) == ("seen", False)) is seen_then
    assert (("stock", "web") in sights) is seen_then


@pytest.mark.parametrize("options", [("--since", "7d"), ("--traffic", "traces.json", "--since", "yesterday")])
def test_a_time_without_traffic_and_a_time_that_is_none_are_refused(folder: Path, options: tuple[str, ...]) -> None:
    done = render(folder, *options)
    assert done.returncode == 2
    assert "hint" in done.stderr


def bundle_of(*sightings: Sighting) -> Sighting:
    edges = [Edge(f"a{at}", "b", sighting=each) for at, each in enumerate(sightings)]
    (bundle,) = bundled(edges, {"b": "home-b"} | {edge.source: "home-a" for edge in edges})
    assert bundle.sighting
    return bundle.sighting


def grocer(sight: Sight, count: int = 0) -> Picture:
    """The grocer with the same seen of every call."""
    whole = example("grocer")
    return sighted(
        whole,
        {(each.source, each.target.partition(":")[2] or each.target): Sighting(sight, count) for each in whole.edges},
    )


def test_arrows_for_several_calls_tell_a_mixture_from_none() -> None:
    two = "apiVersion: oneway/v1\nservice: {}\nversion: 1.0.0\nowner: o\ndomain: {}\ncalls: [{}]\n"
    platform = b"apiVersion: oneway/v1\nplatform: p\nowners: {o: {}}\ndomains: {a: {}, b: {}}\n"
    calls = {"one": ("a", "{to: end}"), "two": ("a", "{to: end}"), "end": ("b", "")}
    files = {f"manifests/{name}.yaml": two.format(name, *each).encode() for name, each in calls.items()}
    whole = picture_of({"manifests/platform.yaml": platform, **files})

    def between(first: Sight, second: Sight) -> Sighting | None:
        found = sighted(whole, {("one", "end"): Sighting(first, 5, 1), ("two", "end"): Sighting(second, 2)})
        (edge,) = seen(found, View(by=By.DOMAIN)).edges
        return edge.sighting

    assert between(Sight.SEEN, Sight.SEEN) == Sighting(Sight.SEEN, 7, 1)
    assert between(Sight.SEEN, Sight.MISSING) == Sighting(Sight.PARTLY, 7, 1)
    assert between(Sight.MISSING, Sight.UNSEEN) == Sighting(Sight.MISSING, 7, 1)
    assert between(Sight.UNDECLARED, Sight.SEEN) == Sighting(Sight.UNDECLARED, 7, 1)


def test_labels_of_a_busy_picture_keep_off_each_other() -> None:
    drawn = svg(seen(grocer(Sight.SEEN, 1234), View()), WHEEL.run)
    places = [(float(x), float(y)) for x, y in re.findall(r'class="edge-label seen" x="([\d.]+)" y="([\d.]+)"', drawn)]
    assert len(places) > 20
    assert [
        pair
        for pair in combinations(places, 2)
        if abs(pair[0][0] - pair[1][0]) < 30 and abs(pair[0][1] - pair[1][1]) < 12
    ] == []


def test_a_call_that_differs_is_drawn_where_others_become_names() -> None:
    drawn = seen(grocer(Sight.UNDECLARED), View(hubs=2), "dot")
    assert {edge.kind for edge in drawn.folded} == set()
    assert seen(grocer(Sight.SEEN), View(hubs=2), "dot").folded
