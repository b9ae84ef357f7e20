"""The checkout that tests of the commands on this machine are given when they name this module as their plugin."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from local_checkout import Checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A checkout of which nothing runs any more when the test is over."""
    made = Checkout(tmp_path)
    yield made
    stopped = made.run("stop", "--all")
    assert stopped.returncode == 0, stopped.stderr
