"""The page of `render-graph` with a live layer over it: frames, words and arrows follow states, places never move."""

import base64
import re
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from typing import Final

_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_OWN_POLICY: Final = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_NOTHING: Final = "<!DOCTYPE html><html lang=en><title>None</title><p>The picture cannot be drawn here.</p></html>"


@dataclass(frozen=True, slots=True)
class LivePicture:
    """The page, and the policy under which a browser may show it: its own scripts, and no other."""

    page: str
    policy: str


def live_picture(drawn: str) -> LivePicture:
    """The drawn page made live. It is shown inside the monitor's page, which tells it the states."""
    page = _OWN_POLICY.sub("", drawn or _NOTHING, 1)
    head, body = page.partition("</head>")[::2]
    tail = f"<script>\n{_file('picture.js')}</script>\n"
    before, after = body.rpartition("</body>")[::2] if "</body>" in body else (body, "")
    page = f"{head}<style>\n{_file('picture.css')}</style>\n</head>{before}{tail}</body>{after}" if drawn else page
    hashes = " ".join(f"'sha256-{_digest(each)}'" for each in _SCRIPT.findall(page)) or "'none'"
    return LivePicture(
        page,
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'",
    )


def _digest(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
