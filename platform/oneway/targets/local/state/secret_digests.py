"""What the secrets are, told so that nobody learns their values: keyed digests, under a key of this machine's user."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ....model import SecretRef
from . import secrets_file
from .home import write_whole

_KEY: Final = "digest.key"
_LENGTH: Final = 32


def digests(wanted: Mapping[str, SecretRef], path: Path | None) -> dict[str, str]:
    """A digest for each secret by its variable; none for those that are not there.

    The key is made once for a user of this machine, beside the secrets: without it a digest in a record says nothing of
    a value, not even to somebody who tries all short ones.
    """
    if not wanted or path is None:
        return {}
    key = _key()
    return {
        variable: hmac.new(key, f"{variable}\0{value}".encode(), hashlib.sha256).hexdigest()[:_LENGTH]
        for variable, ref in sorted(wanted.items())
        for value in secrets_file.values({variable: ref}, path)
    }


def _key() -> bytes:
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "oneway"
    file = folder / _KEY
    if not file.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(file, secrets.token_bytes(_LENGTH))
    return file.read_bytes()
