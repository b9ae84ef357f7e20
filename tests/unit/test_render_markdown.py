"""A comment on a change: within what Mermaid and a code host take, whatever the size of the change."""

import re
from dataclasses import replace

import pytest
from pictures import changed_grocer, example, picture_of

from oneway.errors import UsageError
from oneway.render import Picture, View, difference, seen
from oneway.render.markdown import LONGEST, LONGEST_DRAWING, MOST_ARROWS, MOST_CARDS, markdown
from tools.bench import lifelike

GITHUB_COMMENT = 65_536
MERMAID_TEXT, MERMAID_EDGES = 50_000, 500


def comment(before: Picture, after: Picture, link: str = "") -> str:
    return markdown(seen(difference(before, after, "REV"), View(link=link), "md"))


def big(services: int, version: str = "") -> Picture:
    files = lifelike.system(services)
    if version:
        files = {name: re.sub(r"version: \d+", f"version: {version}", text) for name, text in files.items()}
    return picture_of({name: text.encode() for name, text in files.items()})


def drawing(text: str) -> str:
    found = re.search(r"```mermaid\n(.*?)\n```", text, re.DOTALL)
    return found[1] if found else ""


def arrows(text: str) -> int:
    return len(re.findall(r"^  n\d+ (?:-->|==>|-\.->)", text, re.MULTILINE))


def test_a_small_change_is_said_and_drawn() -> None:
    text = comment(example("grocer"), picture_of(changed_grocer()))
    assert "- new: service duties 1.6.0" in text
    assert "duties" in drawing(text)
    assert "<details>" not in text


@pytest.mark.parametrize("services", [60, 120, 300, 2_000])
def test_the_largest_change_stays_within_all_limits(services: int) -> None:
    text = comment(big(services), big(services, "7"))
    assert len(text) <= LONGEST < GITHUB_COMMENT
    assert len(drawing(text)) <= LONGEST_DRAWING < MERMAID_TEXT
    assert arrows(drawing(text)) <= MOST_ARROWS == MERMAID_EDGES
    assert text.count("<details>") == text.count("</details>") == 1
    assert drawing(text) or "too large for a comment" in text
    assert len(re.findall(r"^ +n\d+[\[({]", drawing(text), re.MULTILINE)) <= MOST_CARDS
    said = len(re.findall(r"^- service ", text, re.MULTILINE))
    more = re.search(r"^- and ([\d,]+) more", text, re.MULTILINE)
    assert said + (int(more[1].replace(",", "")) if more else 0) == services


def test_what_is_too_large_to_be_drawn_is_linked_to() -> None:
    text = comment(big(2_000), big(2_000, "7"), "https://ci.example.org/a.html")
    assert "[The whole picture](<https://ci.example.org/a.html>)" in text
    assert "platform render-graph -o" not in text


def test_a_service_in_a_crowd_is_drawn_by_domain() -> None:
    whole = seen(example("grocer"), View(hubs=0), "md")
    crowd = replace(whole, edges=tuple(replace(edge, endpoint=f"e{at}") for edge in whole.edges for at in range(6)))
    text = markdown(crowd)
    assert "By domain" in text
    assert 0 < arrows(drawing(text)) <= MOST_ARROWS


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://x", "https://a b", "https://a>b"])
def test_a_link_is_an_address_of_a_page(link: str) -> None:
    from oneway.cli.picture_options import address_of

    with pytest.raises(UsageError, match="no address of a page"):
        address_of(link)
