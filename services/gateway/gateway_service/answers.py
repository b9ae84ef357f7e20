"""What the gateway takes and answers: its interface is described from this."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

TYPES = ("image/jpeg", "image/png")
FORM = "multipart/form-data"
MOST_BEAMS = 3
MOST_WORDS = 20

Number = Annotated[str | None, Field(pattern="^[0-9]{1,19}$")]

CAPTIONS: dict[str, Any] = {
    "id": "118377916890361856",
    "captions": [{"text": "a red car on the beach", "probability": 0.93}],
    "source": "scenes",
    "request_id": "6f1d0c5a9be24d6c8f0a7b3e2d4c1f90",
    "upload_id": "118377916890361857",
    "degraded": [],
}
LIMITS: dict[str, Any] = {
    "key_required": False,
    "types": list(TYPES),
    "largest_picture_bytes": 8388608,
    "requests_per_second": 2.0,
    "burst": 20,
    "requests_per_day": 5000,
    "counted_by": "replica",
}


class Caption(BaseModel):
    """One sentence about the picture."""

    text: str
    probability: Annotated[float, Field(ge=0, le=1)]


class Captions(BaseModel):
    """What the picture shows, most probable first: caption's answer, with the numbers of the upload and the request."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [CAPTIONS]})

    id: Annotated[Number, Field(description="The number of this caption; null when id had none to give.")] = None
    captions: list[Caption]
    source: Annotated[
        str, Field(description="What the sentence comes from: the scenes model, or labels for other pictures.")
    ] = ""
    request_id: str
    upload_id: Annotated[Number, Field(description="The number of this upload; null when id had none to give.")]
    degraded: Annotated[list[str], Field(description="Services that this answer had to do without; empty when none.")]


class Limits(BaseModel):
    """What is accepted here of whoever asks."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [LIMITS]})

    key_required: Annotated[bool, Field(description="false: the public demo, which anybody may use at a lower rate.")]
    types: list[str]
    largest_picture_bytes: Annotated[int, Field(ge=1)]
    requests_per_second: Annotated[float, Field(gt=0)]
    burst: Annotated[int, Field(ge=1)]
    requests_per_day: Annotated[int | None, Field(ge=1, description="null where no such number is agreed.")]
    counted_by: Annotated[
        Literal["replica", "all replicas"],
        Field(description="Whether each replica of the gateway counts for itself, or all of them count together."),
    ]


RATE_LIMITS: dict[str, Any] = {
    "RateLimit-Policy": {
        "description": "The limits that hold, as in draft-ietf-httpapi-ratelimit-headers-10.",
        "schema": {"type": "string", "examples": ['"rate";q=100;w=5']},
    },
    "RateLimit": {
        "description": "How many requests are left of each, and the seconds until all of them are there again.",
        "schema": {"type": "string", "examples": ['"rate";r=99;t=1']},
    },
}
COUNTED: dict[int | str, dict[str, Any]] = {
    200: {"headers": RATE_LIMITS},
    401: {
        "description": "A valid API key is needed.",
        "headers": {"WWW-Authenticate": {"schema": {"type": "string"}}} | RATE_LIMITS,
    },
    429: {"description": "Too many requests.", "headers": RATE_LIMITS},
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "The body is no picture that can be read, or an option makes no sense."},
    **COUNTED,
    413: {"description": "The picture is too large."},
    415: {"description": "The body is neither a JPEG or PNG picture nor a form with one."},
    422: {"description": "The picture cannot be captioned."},
    502: {"description": "The captioning service failed."},
    503: {"description": "The captioning service is busy or not there, or too many pictures are being uploaded."},
}


def picture(largest: int) -> dict[str, Any]:
    """The body of a request, described so that a fuzzer can tell a picture from other bytes."""
    bytes_of_picture = {"type": "string", "format": "binary", "maxLength": largest}
    return {
        "required": True,
        "description": f"The bytes of a JPEG or PNG picture, at most {largest:,}. A form (`{FORM}`) with such a "
        "picture as its one file is accepted too; it is not described further, as OpenAPI cannot say of a form's file "
        "that it must be a picture.",
        "content": {kind: {"schema": bytes_of_picture | {"contentMediaType": kind}} for kind in TYPES},
    }
