"""What the caption service answers, as models: its interface is described from them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCENE: dict[str, Any] = {
    "id": "187302984512307200",
    "captions": [
        {"text": "three bees above a sunflower on the grass", "probability": 0.9612},
        {"text": "two bees above a sunflower on the grass", "probability": 0.0211},
        {"text": "three bees above a star on the grass", "probability": 0.0048},
    ],
    "source": "scenes",
    "model": {"name": "scenes", "version": "1.0.0"},
    "timings_ms": {"wait": 0.021, "open": 1.42, "frame": 0.41, "encode": 4.9, "decode": 1.2},
    "degraded": [],
}
PHOTO: dict[str, Any] = {
    "id": "187302984512307202",
    "captions": [
        {"text": "a photo of a tabby cat", "probability": 0.6103},
        {"text": "a photo of an Egyptian cat", "probability": 0.2871},
        {"text": "a photo of a tiger cat", "probability": 0.0712},
    ],
    "source": "labels",
    "model": {"name": "scenes", "version": "1.0.0"},
    "timings_ms": {"wait": 0.02, "open": 6.1, "frame": 1.1, "encode": 4.9, "label": 9.8},
    "degraded": [],
}
UNKNOWN: dict[str, Any] = {
    "id": "187302984512307201",
    "captions": [],
    "source": "unknown",
    "model": {"name": "scenes", "version": "1.0.0"},
    "timings_ms": {"wait": 0.02, "open": 2.1, "frame": 0.8, "encode": 4.9, "label": 9.8},
    "degraded": [],
}
MODEL: dict[str, Any] = {
    "name": "scenes",
    "version": "1.0.0",
    "runtime": "LiteRT 2.3.0",
    "picture": {"width": 160, "height": 160},
    "words": 166,
    "most_beams": 3,
    "most_words": 20,
    "labels": 1000,
    "lanes": 2,
    "files": {"words.txt": "5f2b6c1e8d3a49700c1de5a4b7f6382915ce0d4fa8b36e7219d0c5b84f7a6e13"},
}


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Caption(_Answer):
    """One sentence about the picture."""

    text: Annotated[str, Field(min_length=1)]
    probability: Annotated[
        float,
        Field(ge=0, le=1, description="Of this very sentence among all sentences, or of this label among all labels."),
    ]


class ModelName(_Answer):
    """The model that said it."""

    name: str
    version: str


class Captions(_Answer):
    """What the picture shows."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [SCENE, PHOTO, UNKNOWN]})

    id: Annotated[
        str | None, Field(pattern="^[0-9]+$", description="The number of this answer, from id; null without it.")
    ]
    captions: Annotated[list[Caption], Field(description="Likeliest first; none when the source is unknown.")]
    source: Annotated[
        Literal["scenes", "labels", "unknown"],
        Field(
            description="scenes: sentences of the captioning model. labels: names from an ImageNet classifier. "
            "unknown: neither is sure enough."
        ),
    ]
    model: ModelName
    timings_ms: Annotated[
        dict[str, Annotated[float, Field(ge=0)]],
        Field(description="Milliseconds of each stage: wait, open, frame, encode, and decode or label."),
    ]
    degraded: Annotated[list[Literal["id"]], Field(description="Services that the answer had to do without.")]


class Size(_Answer):
    """Pixels."""

    width: Annotated[int, Field(ge=1)]
    height: Annotated[int, Field(ge=1)]


class Model(_Answer):
    """The model that answers."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [MODEL]})

    name: str
    version: str
    runtime: str
    picture: Annotated[Size, Field(description="What the model looks at.")]
    words: Annotated[int, Field(ge=1, description="Size of its vocabulary.")]
    most_beams: Annotated[int, Field(ge=1)]
    most_words: Annotated[int, Field(ge=1)]
    labels: Annotated[int, Field(ge=0, description="Names that it has for pictures from outside its domain.")]
    lanes: Annotated[int, Field(ge=1, description="Pictures that are described at the same time.")]
    files: Annotated[dict[str, str], Field(description="SHA-256 of every file that answers depend on.")]
