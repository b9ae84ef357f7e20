"""What code said is known the next time, as long as nothing that it rests on has changed."""

from pathlib import Path

import pytest

from oneway.application.evidence_files import observe_paths

SERVICES = "services:\n  apple: {build: apple}\n  bread: {build: bread}\n  cream: {build: cream}\n"
CALLS = "import kafka\nrequests.get('http://bread/')\nproducer.send('made', b'')\n"
MEMORY = Path(".platform/cache/code.msgpack")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "compose.yaml").write_text(SERVICES)
    for folder in ("apple", "bread", "cream"):
        (tmp_path / folder).mkdir()
        for number in range(120):
            (tmp_path / folder / f"m{number}.py").write_text("x = 1\n")
    (tmp_path / "apple" / "main.py").write_text(
        "import kafka\nrequests.get('http://bread/')\nproducer.send('made', b'')\n"
    )
    return tmp_path


def seen(root: Path) -> tuple[set[tuple[str, str]], tuple[object, ...], frozenset[str]]:
    observed = observe_paths([root], root=root)
    return set(observed.pairs()), observed.channels, observed.searched


def test_it_says_the_same_again_without_reading(root: Path) -> None:
    first = seen(root)
    assert first[0] == {("apple", "bread")}
    assert len(first[1]) == 1
    stored = (root / MEMORY).read_bytes()
    assert seen(root) == first
    assert (root / MEMORY).read_bytes() == stored
    # That it is used: what it is made to say is said.
    (root / MEMORY).write_bytes(stored.replace(b"bread", b"cream"))
    assert seen(root)[0] == {("apple", "cream")}


def test_a_changed_file_a_new_one_and_a_new_name_are_read(root: Path) -> None:
    seen(root)
    (root / "apple" / "main.py").write_text("requests.get('http://cream/')\n")
    assert seen(root)[0] == {("apple", "cream")}
    (root / "bread" / "more.py").write_text("requests.get('http://cream/')\n")
    assert seen(root)[0] == {("apple", "cream"), ("bread", "cream")}
    (root / "bread" / "more.py").write_text("requests.get('http://dates/')\n")
    assert seen(root)[0] == {("apple", "cream")}
    (root / "compose.yaml").write_text(SERVICES + "  dates: {image: x}\n")
    assert seen(root)[0] == {("apple", "cream"), ("bread", "dates")}
    (root / "bread" / "more.py").unlink()
    assert seen(root)[0] == {("apple", "cream")}


@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x92\xa1x\x90", b"[]"])
def test_a_memory_that_is_no_longer_one_does_not_exist(root: Path, content: bytes) -> None:
    first = seen(root)
    (root / MEMORY).write_bytes(content)
    assert seen(root) == first


def test_a_few_files_leave_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {apple: {build: apple}, bread: {build: bread}}\n")
    (tmp_path / "apple").mkdir()
    (tmp_path / "apple" / "main.py").write_text("requests.get('http://bread/')\n")
    assert seen(tmp_path)[0] == {("apple", "bread")}
    assert not (tmp_path / ".platform").exists()
