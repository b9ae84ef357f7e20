"""The names of the variables in im2txt checkpoints, with the aliases that its versions use."""

from __future__ import annotations

ENCODER = "InceptionV3"
NORM = ("BatchNorm/beta", "BatchNorm/moving_mean", "BatchNorm/moving_variance")

# What the network calls a tensor: what checkpoints call it, newest TensorFlow first.
ALIASES: dict[str, tuple[str, ...]] = {
    "image_embedding": ("image_embedding/weights",),
    "words": ("seq_embedding/map",),
    "kernel": (
        "lstm/basic_lstm_cell/kernel",
        "lstm/basic_lstm_cell/weights",
        "lstm/BasicLSTMCell/Linear/Matrix",
        "lstm/basic_lstm_cell/linear/matrix",
    ),
    "bias": (
        "lstm/basic_lstm_cell/bias",
        "lstm/basic_lstm_cell/biases",
        "lstm/BasicLSTMCell/Linear/Bias",
        "lstm/basic_lstm_cell/linear/bias",
    ),
    "logits_kernel": ("logits/weights",),
    "logits_bias": ("logits/biases",),
}


def encoder_scopes() -> list[str]:
    """The scopes of the 94 convolutions, in the order in which Keras' InceptionV3 creates them."""
    stem = ["Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "Conv2d_3b_1x1", "Conv2d_4a_3x3"]
    blocks = [
        *_five("5b"),
        *_five("5c", ("Conv2d_0b_1x1", "Conv_1_0c_5x5")),
        *_five("5d"),
        *_within("6a", {0: ["1a_1x1"], 1: ["0a_1x1", "0b_3x3", "1a_1x1"]}),
        *(scope for letter in "bcde" for scope in _six(f"6{letter}")),
        *_within("7a", {0: ["0a_1x1", "1a_3x3"], 1: ["0a_1x1", "0b_1x7", "0c_7x1", "1a_3x3"]}),
        *_seven("7b", "0b_3x1"),
        *_seven("7c", "0c_3x1"),
    ]
    return [f"{ENCODER}/{scope}" for scope in (*stem, *blocks)]


def _five(block: str, branch_1: tuple[str, str] = ("Conv2d_0a_1x1", "Conv2d_0b_5x5")) -> list[str]:
    rest = _within(block, {2: ["0a_1x1", "0b_3x3", "0c_3x3"], 3: ["0b_1x1"]})
    return [*_within(block, {0: ["0a_1x1"]}), *(f"Mixed_{block}/Branch_1/{name}" for name in branch_1), *rest]


def _six(block: str) -> list[str]:
    return _within(
        block,
        {
            0: ["0a_1x1"],
            1: ["0a_1x1", "0b_1x7", "0c_7x1"],
            2: ["0a_1x1", "0b_7x1", "0c_1x7", "0d_7x1", "0e_1x7"],
            3: ["0b_1x1"],
        },
    )


def _seven(block: str, last: str) -> list[str]:
    branches = {
        0: ["0a_1x1"],
        1: ["0a_1x1", "0b_1x3", last],
        2: ["0a_1x1", "0b_3x3", "0c_1x3", "0d_3x1"],
        3: ["0b_1x1"],
    }
    return _within(block, branches)


def _within(block: str, branches: dict[int, list[str]]) -> list[str]:
    return [f"Mixed_{block}/Branch_{branch}/Conv2d_{name}" for branch, names in branches.items() for name in names]
