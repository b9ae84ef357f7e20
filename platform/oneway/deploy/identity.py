"""What makes two releases the same: the content, and what the running service sees of its manifest."""

import hashlib
from typing import Any, Final

import msgspec

from ..model import Duration, Service
from ..model.secrets import redact, shown

# Fields that the running service cannot notice: judging it, drawing it and owning it.
_UNSEEN: Final = frozenset(
    {
        *("summary", "owner", "domain", "load", "slo", "smoke", "rollout", "monitoring"),
        *("accept", "environments", "apiVersion", "deploy"),
    }
)
_OPTIONAL: Final = frozenset({"volumes", "connection", "before", "jobs"})


def digest_of(spec: Service, content: str, environment: str) -> str:
    """Names everything that a running replica sees."""
    return _hash(
        {
            "spec": {k: v for k, v in _told(plain(spec)).items() if k not in _UNSEEN},
            "content": content,
            "environment": environment,
        }
    )


def _told(spec: dict[str, Any]) -> dict[str, Any]:
    """Without the fields that say nothing: a manifest that has none of them keeps the digest that it had before there
    were any."""
    health = {name: value for name, value in spec["health"].items() if value or name not in ("command", "metric")}
    said = {name: value for name, value in spec.items() if name != "kind" and (value or name not in _OPTIONAL)}
    return {**said, "health": health, **({"kind": spec["kind"]} if spec["kind"] != "service" else {})}


def plain(spec: Service) -> dict[str, Any]:
    """The manifest as plain data."""
    written: dict[str, Any] = msgspec.to_builtins(spec, enc_hook=_written)
    return written


def changes(new: Service, old: Service) -> tuple[str, ...]:
    """What differs between two manifests, field by field: `env.LEVEL: debug -> info`."""
    return tuple(_differences("", plain(old), plain(new)))


def _differences(path: str, old: Any, new: Any) -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        keys = sorted(old.keys() | new.keys())
        inner = [_differences(f"{path}.{key}".lstrip("."), old.get(key), new.get(key)) for key in keys]
        return [line for lines in inner for line in lines]
    return [] if old == new else [f"{path}: {_shown(path, old)} -> {_shown(path, new)}"]


def _shown(path: str, value: Any) -> str:
    if value is None:
        return "nothing"
    *_, parent, name = ("", *path.split("."))
    if isinstance(value, str) and parent == "env":
        value = shown(name, value)
    return redact(msgspec.json.encode(value).decode())


def _hash(value: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()


def _written(value: object) -> object:
    if isinstance(value, Duration):
        return str(value)
    raise TypeError(f"no encoding for {type(value)}")
