"""Reads an im2txt checkpoint into a network, and writes a network as one, names and all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from tools.model.convert.names import ALIASES, NORM, encoder_scopes
from tools.model.inception import convolutions
from tools.model.network import Network

FORGET_BIAS = 1.0


class CheckpointError(ValueError):
    """The checkpoint is not of an im2txt model; the message says what is missing or misshapen."""


def read_checkpoint(network: Network, prefix: Path) -> int:
    """Sets the network's variables from the checkpoint `prefix`; returns its step. Raises CheckpointError naming
    every fault."""
    reader = tf.train.load_checkpoint(str(prefix))
    shapes: dict[str, list[int]] = reader.get_variable_to_shape_map()
    wanted = [(variable, name) for variable, names in _variables(network) if (name := _found(names, shapes))]
    faults = [f"{names[0]} is missing" for _, names in _variables(network) if not _found(names, shapes)]
    faults += [
        f"{name} is {shapes[name]}, but the network has {variable.shape.as_list()}"
        for variable, name in wanted
        if shapes[name] != variable.shape.as_list()
    ]
    if faults:
        raise CheckpointError(f"{prefix} does not fit: {'; '.join(faults[:8])}" + (" …" if len(faults) > 8 else ""))
    for variable, name in wanted:
        variable.assign(_from_checkpoint(name, reader.get_tensor(name)))
    return int(reader.get_tensor("global_step")) if "global_step" in shapes else 0


def word_rows(prefix: Path) -> int:
    """How many words the checkpoint has room for. Raises CheckpointError."""
    shapes = tf.train.load_checkpoint(str(prefix)).get_variable_to_shape_map()
    name = _found(ALIASES["words"], shapes)
    if name is None:
        raise CheckpointError(f"{prefix} does not fit: {ALIASES['words'][0]} is missing")
    return int(shapes[name][0])


def write_checkpoint(network: Network, prefix: Path, step: int, alias: int = 1) -> None:
    """Writes the network under the names of an im2txt checkpoint; `alias` chooses among the names of the LSTM's
    tensors."""
    tensors = {names[min(alias, len(names) - 1)]: variable.numpy() for variable, names in _variables(network)}
    tensors = {name: _to_checkpoint(name, value) for name, value in tensors.items()} | {"global_step": np.int32(step)}
    names = sorted(tensors)
    prefix.parent.mkdir(parents=True, exist_ok=True)
    tf.raw_ops.SaveV2(
        prefix=str(prefix),
        tensor_names=names,
        shape_and_slices=[""] * len(names),
        tensors=[tf.constant(tensors[name]) for name in names],
    )


def _variables(network: Network) -> list[tuple[tf.Variable, tuple[str, ...]]]:
    """Every variable with the names that it may have."""
    variables: list[tuple[tf.Variable, tuple[str, ...]]] = []
    for (convolution, norm), scope in zip(convolutions(network.encoder), encoder_scopes(), strict=True):
        variables.append((convolution.kernel.value, (f"{scope}/weights",)))
        parts = (norm.beta, norm.moving_mean, norm.moving_variance)
        variables += [(part.value, (f"{scope}/{name}",)) for part, name in zip(parts, NORM, strict=True)]
    embedding = network.encoder.get_layer("image_embedding").kernel.value
    variables.append((embedding, ALIASES["image_embedding"]))
    decoder = network.decoder
    for name in ("words", "kernel", "bias", "logits_kernel", "logits_bias"):
        variables.append((getattr(decoder, name), ALIASES[name]))
    return variables


def _found(names: tuple[str, ...], shapes: dict[str, list[int]]) -> str | None:
    return next((name for name in names if name in shapes), None)


def _from_checkpoint(name: str, value: np.ndarray) -> np.ndarray:
    """BasicLSTMCell orders its gates i, j, f, o and adds the forget bias when it runs; here they are i, f, c, o with
    it added."""
    if not name.startswith("lstm/"):
        return value
    into, candidate, forget, out = np.split(value, 4, axis=-1)
    return np.concatenate([into, forget + (FORGET_BIAS if value.ndim == 1 else 0.0), candidate, out], axis=-1)


def _to_checkpoint(name: str, value: np.ndarray) -> np.ndarray:
    if not name.startswith("lstm/"):
        return value
    into, forget, candidate, out = np.split(value, 4, axis=-1)
    return np.concatenate([into, candidate, forget - (FORGET_BIAS if value.ndim == 1 else 0.0), out], axis=-1)
