"""One manifest, seen from one environment: its overrides are merged over the rest, field by field."""

from typing import Any


def for_environment(data: dict[str, Any], environment: str | None) -> dict[str, Any]:
    """The manifest with `environments.<environment>` merged in; mappings merge, everything else replaces."""
    overrides = data.get("environments")
    if environment is None or not isinstance(overrides, dict) or not isinstance(overrides.get(environment), dict):
        return data
    return merge(data, overrides[environment])


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """A new mapping with `over` laid on `base`; null removes a field, `replicas` and `scale` exclude each other."""
    merged = dict(base)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = value
    if "replicas" in over and "scale" not in over:
        merged.pop("scale", None)
    if "scale" in over and "replicas" not in over:
        merged.pop("replicas", None)
    return merged
