"""The API keys that hold at this moment: a file of them is watched, so that they change without a restart."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from gateway_service.keys import ApiKeys, parse_keys
from servicekit import SettingsError

LOOK = 1.0

_log = logging.getLogger("gateway_service")


class KeyRing:
    """Keys that never change, or those of `file`, looked at before they are asked for and at most each LOOK seconds.

    A file that cannot be read or understood changes nothing, and is told of: the keys of before hold. One without a key
    lets nobody in. What is mounted from a secret is exchanged by a link, which is followed.
    """

    def __init__(
        self, keys: ApiKeys | None = None, file: Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Raises SettingsError where the file cannot be used at the start."""
        self._file = file
        self._clock = clock
        self._looked = clock()
        self._known = self._stamp()
        self._keys = keys or ApiKeys()
        self._told = ""
        if file is not None:
            self._keys = self._read(file)

    @property
    def keys(self) -> ApiKeys:
        if self._file is not None and self._clock() >= self._looked + LOOK:
            self._looked = self._clock()
            self._look(self._file)
        return self._keys

    def _look(self, file: Path) -> None:
        stamp = self._stamp()
        if stamp is not None and stamp == self._known:
            return
        try:
            keys = self._read(file)
        except SettingsError as error:
            if self._told != str(error):
                _log.error("the keys of before go on to hold: %s", error)
            self._told = str(error)
            return
        self._known, self._keys, self._told = stamp, keys, ""
        _log.info("API keys were read again: there are %d", len(keys))

    def _stamp(self) -> tuple[int, ...] | None:
        try:
            said = os.stat(self._file) if self._file is not None else None
        except OSError:
            return None
        return said and (said.st_dev, said.st_ino, said.st_size, said.st_mtime_ns)

    def _read(self, file: Path) -> ApiKeys:
        try:
            return parse_keys(file.read_text(encoding="utf-8"), required=True)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise SettingsError(f"API_KEYS_FILE {file} cannot be read: {reason}") from None
