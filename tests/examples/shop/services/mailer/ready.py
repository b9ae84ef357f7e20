"""Ends with 0 where the worker has looked at its channel just now."""

import os
import sys
import time
from pathlib import Path

alive = Path(os.environ["TMPDIR"]) / "alive"
if os.environ.get("MODE") == "deaf" or not alive.exists() or time.time() - float(alive.read_text() or 0) > 10:
    sys.exit("it has not looked at its channel lately")
