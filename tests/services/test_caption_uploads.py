"""All bodies together have bounded room, and whoever sends slowly takes only what was sent."""

import pytest
from starlette.requests import Request
from starlette.types import Message

from caption_service.engine import Busy
from caption_service.uploads import Uploads

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def request(*chunks: bytes) -> Request:
    left = list(chunks)

    async def receive() -> Message:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


async def test_a_body_is_refused_when_there_is_no_room_for_it() -> None:
    uploads = Uploads(most=10)
    with uploads.counted(request(b"1234", b"5678")) as first:
        assert await first.body() == b"12345678"
        with uploads.counted(request(b"12")) as second:
            assert await second.body() == b"12"
            with uploads.counted(request(b"1")) as third, pytest.raises(Busy, match="bytes"):
                await third.body()


async def test_room_comes_back_when_a_body_is_done_with_and_when_it_was_refused() -> None:
    uploads = Uploads(most=8)
    for _ in range(3):
        with uploads.counted(request(b"12345678")) as whole:
            assert len(await whole.body()) == 8
        with pytest.raises(Busy), uploads.counted(request(b"12345", b"67890")) as too_long:
            await too_long.body()


async def test_a_slow_body_takes_only_what_has_come() -> None:
    uploads = Uploads(most=8)
    with uploads.counted(request(b"1", bytes(1000))) as slow:
        await slow.receive()
        with uploads.counted(request(b"1234567")) as quick:
            assert len(await quick.body()) == 7
