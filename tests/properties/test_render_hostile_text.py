"""No text of a manifest is ever more than text in a picture, and no secret or setting is in one at all."""

import html
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import graphviz
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import WHEEL, example, picture_of

from oneway.render import FORMATS, Picture
from oneway.render.html import html as page
from oneway.render.mermaid import mermaid
from oneway.render.svg import svg

LINES = st.text(
    st.characters(codec="utf-8", exclude_characters=[*map(chr, range(9)), *map(chr, range(10, 32)), "\x7f"]),
    max_size=60,
)
SPITEFUL = st.sampled_from(
    [
        "</title><script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "]]></svg>",
        "</script><b>",
        "<!--",
        '"];n0->n1;"',
        "<b>x</b>",
        "\\N\\L\\G",
        'a"|b"',
        "end\n  click n0",
        "```",
        "${x}",
        "{{ 7*7 }}",
        "&lt;",
        "%%{init}%%",
        "\ufffe\uffff",
        "<svg onload=alert(1)>",
        "'",
        "\\",
        "\u202e\u2028",
    ]
).map(lambda text: text.replace("\n", " "))
HOSTILE = st.one_of(SPITEFUL, LINES)
PICTURE = example("channels")


def tainted(text: str) -> Picture:
    """The channels example with the same text wherever a manifest may write any."""
    return replace(
        PICTURE,
        nodes=tuple(replace(node, summary=text, details=(("kind", text), ("host", text))) for node in PICTURE.nodes),
        groups=tuple(replace(group, summary=text) for group in PICTURE.groups),
        owners=tuple(replace(owner, name=text or owner.id) for owner in PICTURE.owners),
    )


def skeleton(drawing: str) -> list[str]:
    return [element.tag for element in ElementTree.fromstring(drawing).iter()]


@settings(max_examples=25, deadline=None)
@given(HOSTILE)
def test_svg_keeps_its_elements(text: str) -> None:
    root = ElementTree.fromstring(svg(tainted(text), WHEEL.run))
    plain = ElementTree.fromstring(svg(tainted("plain"), WHEEL.run))
    assert {element.tag for element in root.iter()} == {element.tag for element in plain.iter()}
    assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)


@settings(max_examples=25, deadline=None)
@given(HOSTILE)
def test_html_has_no_script_but_ours_and_the_data_is_whole(text: str) -> None:
    drawn = page(tainted(text), WHEEL.run)
    ours = page(tainted("plain"), WHEEL.run)
    assert drawn.lower().count("<script") == ours.lower().count("<script")
    assert drawn.lower().count("</script") == ours.lower().count("</script")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', drawn, re.DOTALL)
    assert data
    assert {node["summary"] for node in json.loads(data[1])["nodes"]} == {text}


@settings(max_examples=25, deadline=None)
@given(HOSTILE)
def test_mermaid_keeps_its_lines(text: str) -> None:
    drawn, plain = mermaid(tainted(text)), mermaid(tainted("plain"))
    assert len(drawn.splitlines()) == len(plain.splitlines())
    assert drawn.count('"') == plain.count('"')
    assert not re.search(
        r"[<>`](?!br/>)", drawn.replace("<br/>", "").replace("-->", "").replace("-.->", "").replace("==>", "")
    )


@settings(max_examples=25, deadline=None)
@given(HOSTILE)
def test_dot_keeps_its_statements(text: str) -> None:
    drawn = FORMATS["dot"].draw(tainted(text), WHEEL.run).decode()
    laid_out = json.loads(WHEEL.run(re.sub(r"label=<<TABLE .*?</TABLE>>", "", drawn)))
    nodes = {each["name"] for each in laid_out["objects"] if not each["name"].startswith("cluster_")}
    assert nodes == {node.id.replace(":", "/") for node in PICTURE.nodes}
    assert len(laid_out["edges"]) == len(PICTURE.edges)


@settings(max_examples=25, deadline=None)
@given(HOSTILE)
def test_markdown_is_no_markup(text: str) -> None:
    drawn = FORMATS["md"].draw(replace(tainted("x"), difference=True, words=(text,), remarks=()), WHEEL.run).decode()
    (line,) = [line for line in drawn.splitlines() if line.startswith("- ")]
    bare = re.sub(r"&#\d+;|\\.", "", line[2:])
    assert not set("<>`*_[]@") & set(bare)


def test_graphviz_package_escapes_as_expected() -> None:
    assert str(graphviz.escape("\\N <b>")) == "\\\\N <b>"


def test_no_setting_and_no_secret_reaches_any_picture() -> None:
    service = b"""apiVersion: oneway/v1
service: keeper
version: 1.0.0
owner: o
domain: d
env: {DATABASE_URL: "postgres://user:SETTING-a81f@db"}
secrets: {API_KEYS: {name: secret-name-77ab, key: secret-key-77ab}}
endpoints: [{name: http, port: 8080}]
"""
    platform = b"apiVersion: oneway/v1\nplatform: p\nowners: {o: {email: mail-55cd@example.org}}\ndomains: {d: {}}\n"
    picture = picture_of([("manifests/platform.yaml", platform), ("manifests/keeper.yaml", service)])
    for format in FORMATS:
        drawn = html.unescape(FORMATS[format].draw(picture, WHEEL.run).decode("utf-8", "replace"))
        for hidden in ("SETTING-a81f", "DATABASE_URL", "secret-name-77ab", "secret-key-77ab", "API_KEYS", "mail-55cd"):
            assert hidden not in drawn, (format, hidden)
