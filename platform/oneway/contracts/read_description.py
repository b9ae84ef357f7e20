"""An API's description as it stands in the repository: OpenAPI as JSON or YAML."""

import json
from collections.abc import Callable
from typing import Any, Final

_MAX_BYTES: Final = 8 << 20


def read_description(path: str, read_file: Callable[[str], bytes]) -> Any:
    """The document. OSError where it is not there; ValueError for one that is neither JSON nor YAML, too large, or uses
    aliases."""
    content = read_file(path)
    if len(content) > _MAX_BYTES:
        raise ValueError(f"more than {_MAX_BYTES:,} bytes")
    if not path.endswith((".yaml", ".yml")):
        return json.loads(content)
    import yaml

    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(content, Loader=yaml.CSafeLoader)):
            raise ValueError("YAML with aliases is not read")
        return yaml.load(content, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None
