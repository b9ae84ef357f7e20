"""However hostile the uploads, the service's memory stays within what its manifest asks for."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
import yaml
from caption_pictures import body, packed, png_of_size, sixteen_bit_grey
from PIL import Image
from service_process import REPOSITORY, running

from caption_service import settings
from caption_service.pictures import LARGEST_BYTES, MOST_PIXELS

SIDE = 5099
LIMIT = 512
FRUGAL = {"PILLOW_BLOCK_SIZE": "64m", "OPENBLAS_NUM_THREADS": "1"}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the most memory a process ever had")


def hostile() -> dict[str, tuple[bytes, set[int]]]:
    """Bodies that want much memory, and the statuses that may answer them. 503: the queue was full."""
    plain = Image.new("RGB", (SIDE, SIDE), (40, 90, 160))
    deep = np.zeros((SIDE, SIDE), np.uint16)
    noise = np.random.default_rng(0).bytes(LARGEST_BYTES)
    return {
        "the largest PNG": (packed(plain), {200, 503}),
        "the largest PNG with transparency": (packed(plain.convert("RGBA")), {200, 503}),
        "the largest PNG with 16 bits": (sixteen_bit_grey(deep), {200, 503}),
        "the largest palette": (packed(plain.quantize(4)), {200, 503}),
        "the largest JPEG": (packed(plain, "JPEG"), {200, 503}),
        "the largest progressive JPEG": (packed(plain, "JPEG", progressive=True), {200, 503}),
        "the largest CMYK": (packed(plain.convert("CMYK"), "JPEG"), {200, 503}),
        "a long thin picture": (packed(Image.new("RGB", (60_000, 400)), "JPEG"), {200, 503}),
        "a bomb": (png_of_size(60_000, 60_000), {413, 503}),
        "noise": (noise, {415, 503}),
        "noise that begins like a picture": (b"\xff\xd8\xff\xe0" + noise[4:], {400, 415, 503}),
        "too many bytes": (b"\xff\xd8" + bytes(2 * LARGEST_BYTES), {413, 503}),
    }


@pytest.mark.parametrize("megabytes", [LIMIT, 2 * LIMIT])
def test_hostile_uploads_leave_memory_within_its_limit_however_many_cores_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, megabytes: int
) -> None:
    assert SIDE**2 <= MOST_PIXELS
    manifest = (REPOSITORY / "manifests" / "caption.yaml").read_text()
    assert f"memory: {LIMIT}Mi" in manifest
    assert yaml.safe_load(manifest)["env"] == FRUGAL
    monkeypatch.setattr(settings, "usable_cores", lambda: 16)
    monkeypatch.setattr(settings, "usable_memory", lambda: megabytes << 20)
    lanes = settings.CaptionSettings.from_environment({}).lanes
    environ = FRUGAL | {"CAPTION_LANES": str(lanes)}
    bodies, at_once = hostile(), 4 + 2 * lanes
    with (
        running("caption_service.app:app", tmp_path / "log", environ, memory=megabytes << 20) as service,
        ThreadPoolExecutor(at_once) as pool,
    ):
        for name, (content, statuses) in bodies.items():
            answers = set(pool.map(lambda _, content=content: post(service.url, content), range(2 * at_once)))
            most = most_megabytes(service.process.pid)
            print(f"{lanes} lanes, {name}: {sorted(answers)}, at most {most:.0f} MB so far")
            assert answers <= statuses, name
            assert most < megabytes, name
        answer = httpx.post(f"{service.url}/v1/captions", content=body("scene.jpg"), headers=JPEG, trust_env=False)
        assert answer.json()["source"] == "scenes"


JPEG = {"Content-Type": "image/jpeg"}


def post(url: str, content: bytes) -> int:
    return httpx.post(f"{url}/v1/captions", content=content, headers=JPEG, timeout=60, trust_env=False).status_code


def most_megabytes(pid: int) -> float:
    """The most resident memory that the process ever had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"/proc/{pid}/status has no VmHWM")
