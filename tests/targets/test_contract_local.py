"""The local target keeps the contract, on real processes and a real Caddy."""

from collections.abc import Iterator

import pytest
from local_place import LocalPlace
from target_contract import Place, TargetContract


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPlace]:
    place = LocalPlace(tmp_path_factory.mktemp("checkout"))
    yield place
    place.close()


class TestLocalTarget(TargetContract):
    @pytest.fixture
    def place(self, checkout: LocalPlace) -> Place:
        return checkout
