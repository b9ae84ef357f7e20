"""What makes two releases the same: the content, and what the running service sees of its manifest."""

import hashlib
from collections.abc import Mapping
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


def digest_of(spec: Service, content: str, environment: str) -> str:
    """Names everything that a running replica sees. What has its default is left out, so that a field which a later
    version of the tool brings changes the digest of nobody who does not use it."""
    seen = {name: value for name, value in _declared(spec).items() if name not in _UNSEEN}
    return _hash({"spec": seen, "content": content, "environment": environment})


def _declared(value: Any) -> Any:
    """Plain data without the fields that have their defaults."""
    if isinstance(value, msgspec.Struct):
        given = ((each, getattr(value, each.name)) for each in msgspec.structs.fields(type(value)))
        return {each.encode_name: _declared(said) for each, said in given if said != _default(each)}
    if isinstance(value, Mapping):
        return {key: _declared(said) for key, said in value.items()}
    if isinstance(value, list | tuple):
        return [_declared(said) for said in value]
    return msgspec.to_builtins(value, enc_hook=_written)


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


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
