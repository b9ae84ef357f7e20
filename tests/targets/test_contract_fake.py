"""The target in memory keeps the contract, so what the engine's tests show on it means something."""

import pytest
from fake_target import FakeTarget, spec_of
from fake_world import Behaviour, World
from target_contract import CALLEE, CALLER, Place, TargetContract

from oneway.targets.base import Release

_MODES = {
    "good": Behaviour(),
    "crashes": Behaviour(starts=False),
    "never ready": Behaviour(ready_after=None),
    "wrong": Behaviour(check=500),
    "ready elsewhere": Behaviour(ready_at="/livez"),
    "ready nowhere": Behaviour(ready_after=None),
}


class FakePlace:
    def __init__(self) -> None:
        self.target = FakeTarget(World())

    def draft(self, service: str, version: str, mode: str = "good", replicas: int = 1) -> Release:
        content = f"{service}-{version}-{mode}"
        self.target.world.behaviours[content] = _MODES[mode]
        calls = [{"to": CALLEE}] if service == CALLER else []
        spec = spec_of(service, version, replicas=replicas, calls=calls)
        return Release(
            service=service,
            number=0,
            version=version,
            content=content,
            digest=content,
            spec=spec,
            environment="local",
            author="a test",
            started=1.0,
        )

    def users(self, service: str, count: int) -> list[str]:
        return self.target.users(service, count)

    def sleep(self, seconds: float) -> None:
        self.target.clock.sleep(seconds)


class TestFakeTarget(TargetContract):
    @pytest.fixture
    def place(self) -> Place:
        return FakePlace()
