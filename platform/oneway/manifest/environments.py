"""One manifest, seen from one environment: its overrides are merged over the rest, field by field."""

from typing import Any, Final

_KINDS: Final = ("runtime", "dockerfile", "image")


def for_environment(data: dict[str, Any], environment: str | None) -> dict[str, Any]:
    """The manifest with `environments.<environment>` merged in; mappings merge, everything else replaces."""
    overrides = data.get("environments")
    if environment is None or not isinstance(overrides, dict) or not isinstance(overrides.get(environment), dict):
        return data
    return merge(data, overrides[environment])


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """A new mapping with `over` laid on `base`; null removes a field, and what excludes another takes its place:
    `replicas` and `scale`, and the kinds of build."""
    merged = _laid_on(base, over)
    if isinstance(base.get("build"), dict) and isinstance(over.get("build"), dict):
        merged["build"] = _laid_on(_stood_in_for(base["build"], over["build"]), over["build"])
    if "replicas" in over and "scale" not in over:
        merged.pop("scale", None)
    if "scale" in over and "replicas" not in over:
        merged.pop("replicas", None)
    return merged


def _laid_on(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _laid_on(merged[key], value)
        else:
            merged[key] = value
    return merged


def _stood_in_for(build: dict[str, Any], stand_in: dict[str, Any]) -> dict[str, Any]:
    """The build without what a stand-in of another kind takes the place of: a runtime, a Dockerfile or an image, and
    what started an image or was set for its Dockerfile."""
    named = [kind for kind in _KINDS if stand_in.get(kind) is not None]
    if not named or any(kind in build for kind in named):
        return build
    gone = {*_KINDS, "strict"} | ({"start", "system"} if "runtime" not in build else set())
    return {field: value for field, value in build.items() if field not in gone}
