"""Reads the tensors of a PyTorch state dict without PyTorch, and without running what a pickle asks for.

The file is the older of PyTorch's two formats: five pickles (magic number, protocol, system facts, the state dict
with storages by reference, the storages' keys) followed by the raw storages, each preceded by its element count.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
TYPES: dict[str, np.dtype[Any]] = {
    "FloatStorage": np.dtype("<f4"),
    "LongStorage": np.dtype("<i8"),
    "HalfStorage": np.dtype("<f2"),
}


class TorchFileError(ValueError):
    """The file is not a state dict in the format that this reader knows."""


def read_state_dict(path: Path) -> dict[str, np.ndarray]:
    """All tensors of the state dict by name. Raises TorchFileError for anything but plain tensors."""
    with path.open("rb") as file:
        if _Reader(file, {}).load() != MAGIC:
            raise TorchFileError(
                f"{path}: not a PyTorch file of the older format; save it with _use_new_zipfile_serialization=False"
            )
        _Reader(file, {}).load()
        _Reader(file, {}).load()
        storages: dict[str, _Storage] = {}
        tensors = _Reader(file, storages).load()
        for key in _Reader(file, {}).load():
            storages[key].fill(file)
    return {name: tensor.array() for name, tensor in tensors.items()}


class _Storage:
    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self.values: np.ndarray = np.empty(0, dtype)

    def fill(self, file: BinaryIO) -> None:
        count = int.from_bytes(file.read(8), "little")
        self.values = np.frombuffer(file.read(count * self.dtype.itemsize), self.dtype)


class _Tensor:
    def __init__(
        self, storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
    ) -> None:
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self) -> np.ndarray:
        step = self.storage.dtype.itemsize
        values = self.storage.values[self.offset :]
        return np.lib.stride_tricks.as_strided(values, self.shape, [s * step for s in self.strides]).copy()


class _Reader(pickle.Unpickler):
    def __init__(self, file: BinaryIO, storages: dict[str, _Storage]) -> None:
        super().__init__(file)
        self.storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if module == "torch" and name in TYPES:
            return name
        raise TorchFileError(f"the file asks for {module}.{name}, which is no part of a state dict")

    def persistent_load(self, reference: Any) -> _Storage:
        kind, storage_type, key, *_ = reference
        if kind != "storage":
            raise TorchFileError(f"unknown reference {kind!r} in the file")
        return self.storages.setdefault(key, _Storage(TYPES[storage_type]))
