"""A user sees: a check declares `content-type: application/vnd.api+json`, and the service is sent something else."""

from typing import Any

import pytest

from oneway.manifest.decode import decode
from oneway.model import Check
from oneway.probe.outgoing import outgoing_of


def sent(**request: Any) -> dict[str, list[str]]:
    """All values of each header that the check sends, by its name in lower case."""
    check = decode({"name": "asks", "request": {"path": "/", "method": "POST", **request}}, Check)
    found: dict[str, list[str]] = {}
    for name, value in outgoing_of(check, lambda _: b"", {}).headers.items():
        found.setdefault(name.lower(), []).append(value)
    return found


@pytest.mark.parametrize("name", ["Content-Type", "content-type", "CONTENT-TYPE", "Content-type"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"json": {"a": 1}}, "application/vnd.api+json"),
        ({"body": "a%5B%5D=id"}, "application/x-www-form-urlencoded"),
        ({"file": "scene.jpg"}, "image/jpeg"),
    ],
)
def test_its_own_type_is_sent_once_however_it_is_written(name: str, body: dict[str, Any], kind: str) -> None:
    assert sent(**body, headers={name: kind})["content-type"] == [kind]


@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
def test_type_says_the_same_and_goes_before(name: str) -> None:
    assert sent(body="x", type="text/csv", headers={name: "text/plain"})["content-type"] == ["text/csv"]


def test_json_without_a_type_is_json() -> None:
    assert sent(json=[], headers={"Accept": "text/html"}) == {
        "accept": ["text/html"],
        "content-type": ["application/json"],
    }
    assert sent(body="x") == {}
