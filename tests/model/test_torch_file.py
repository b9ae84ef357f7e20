"""Published weights are read without PyTorch, and nothing else that a pickle may hold is run."""

import collections
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from tools.model.lite0 import build_trunk, published_weights
from tools.model.torch_file import MAGIC, TorchFileError, read_state_dict


def test_reads_every_published_tensor() -> None:
    weights = published_weights()
    tensors = {name: value for name, value in weights.items() if not name.endswith("num_batches_tracked")}
    assert len(tensors) == 247
    assert tensors["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert tensors["_fc.weight"].shape == (1000, 1280)
    assert all(np.isfinite(value).all() for value in tensors.values())


def test_the_trunk_tells_a_corner_from_a_plain_field() -> None:
    trunk = build_trunk(64)
    picture = np.zeros((1, 64, 64, 3), np.float32)
    plain = trunk(picture).numpy()
    picture[:, :32, :32] = 1.0
    assert trunk.output.shape == (None, 4, 4, 112)
    assert np.abs(trunk(picture).numpy() - plain).max() > 1.0


class Malicious:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("exit 1",)


@pytest.mark.parametrize("content", [Malicious(), collections.Counter("abc")])
def test_refuses_to_run_what_a_file_asks_for(tmp_path: Path, content: object) -> None:
    file = tmp_path / "weights.pth"
    file.write_bytes(b"".join(pickle.dumps(part, 2) for part in (MAGIC, 1001, {}, content, [])))
    with pytest.raises(TorchFileError, match="no part of a state dict"):
        read_state_dict(file)


def test_refuses_what_is_no_such_file(tmp_path: Path) -> None:
    file = tmp_path / "weights.pth"
    file.write_bytes(pickle.dumps(1))
    with pytest.raises(TorchFileError, match="not a PyTorch file"):
        read_state_dict(file)
