"""The queue before the model: order, bounds, deadlines, callers who go."""

import asyncio
import os
import sys
import threading

import pytest
from caption_pictures import SCENES, body

from caption_service.captioner import ModelFolder
from caption_service.engine import NICER, Busy, CallerGone, Engine, Job, Lanes
from caption_service.settings import MODEL, CaptionSettings
from servicekit import SettingsError

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def wanted() -> bool:
    return True


async def unwanted() -> bool:
    return False


async def test_as_many_as_there_are_lanes_enter_at_once() -> None:
    lanes = Lanes(2, 0)
    await lanes.enter(1.0)
    await lanes.enter(1.0)
    with pytest.raises(Busy, match="queue full"):
        await lanes.enter(1.0)


async def test_those_who_wait_enter_in_order() -> None:
    lanes, order = Lanes(1, 3), []

    async def enter(name: str) -> None:
        await lanes.enter(10.0)
        order.append(name)
        lanes.leave(0.001)

    await lanes.enter(10.0)
    waiting = [asyncio.create_task(enter(name)) for name in "abc"]
    await asyncio.sleep(0)
    assert len(lanes.line) == 3
    lanes.leave(0.001)
    await asyncio.gather(*waiting)
    assert order == ["a", "b", "c"]
    assert lanes.busy == 0


async def test_who_would_be_served_too_late_is_told_at_once() -> None:
    lanes = Lanes(1, 5)
    await lanes.enter(1.0)
    lanes.leave(0.5)
    await lanes.enter(1.0)
    with pytest.raises(Busy, match="deadline") as busy:
        await lanes.enter(0.9)
    assert busy.value.again_after >= 0.5
    assert not lanes.line


@pytest.mark.parametrize("turn_given", [False, True])
async def test_who_gives_up_waiting_leaves_no_gap(turn_given: bool) -> None:
    lanes = Lanes(1, 2)
    await lanes.enter(10.0)
    waiting = asyncio.create_task(lanes.enter(10.0))
    await asyncio.sleep(0)
    if turn_given:
        lanes.leave(0.001)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    if not turn_given:
        lanes.leave(0.001)
    assert (lanes.busy, len(lanes.line)) == (0, 0)
    await asyncio.wait_for(lanes.enter(10.0), 1)


async def test_describes_and_frees_its_lane() -> None:
    async with Engine(ModelFolder.read(MODEL), 2, 2) as engine:
        assert engine.is_open
        job = Job(body("scene.jpg"), 3, 18)
        description, waited = await engine.describe(job, 30.0, wanted)
        assert description.captions[0].text in SCENES["scene.jpg"]["sentences"]
        assert {"open", "frame", "encode", "decode"} <= set(description.timings_ms)
        assert waited >= 0
        assert engine.lanes.busy == 0
    assert not engine.is_open


async def test_alone_or_among_others_the_answer_is_the_same() -> None:
    async with Engine(ModelFolder.read(MODEL), 2, 16) as engine:
        jobs = [Job(body(name), 3, 18) for name in SCENES]
        alone = [(await engine.describe(job, 60.0, wanted))[0].captions for job in jobs]
        together = await asyncio.gather(*(engine.describe(job, 60.0, wanted) for job in jobs))
        for one, (other, _) in zip(alone, together, strict=True):
            assert [c.text for c in one] == [c.text for c in other.captions]
            assert [c.probability for c in one] == pytest.approx([c.probability for c in other.captions], rel=1e-3)
        assert engine.lanes.busy == 0


async def test_a_picture_nobody_waits_for_is_not_described() -> None:
    async with Engine(ModelFolder.read(MODEL), 1, 1) as engine:
        with pytest.raises(CallerGone):
            await engine.describe(Job(body("scene.jpg"), 3, 18), 30.0, unwanted)
        assert engine.lanes.busy == 0


async def test_a_lane_stays_taken_until_abandoned_work_has_ended() -> None:
    async with Engine(ModelFolder.read(MODEL), 1, 4) as engine:
        job = Job(body("scene.jpg"), 3, 18)
        abandoned = asyncio.create_task(engine.describe(job, 30.0, wanted))
        while engine.lanes.busy == 0:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        abandoned.cancel()
        with pytest.raises(asyncio.CancelledError):
            await abandoned
        description, _ = await engine.describe(job, 30.0, wanted)
        assert description.captions
        assert engine.lanes.busy == 0


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"CAPTION_LANES": "0"}, "CAPTION_LANES"),
        ({"CAPTION_WAITING": "many"}, "CAPTION_WAITING"),
        ({"MODEL_DIR": "/nowhere"}, "model.json"),
    ],
)
async def test_settings_that_cannot_be_used_are_named(environ: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        CaptionSettings.from_environment(environ)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no priority of their own")
async def test_describing_stands_back_before_answering() -> None:
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    async with Engine(ModelFolder.read(MODEL), 2, 0) as engine:
        await asyncio.gather(*(engine.describe(Job(body("scene.jpg"), 1, 5), 30.0, wanted) for _ in range(2)))
        describing = [each.native_id for each in threading.enumerate() if each.name.startswith("captioner")]
        assert {os.getpriority(os.PRIO_PROCESS, each or 0) for each in describing} == {own + NICER}
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == own
