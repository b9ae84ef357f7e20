"""For how many days a certificate is valid still, and why one is not trusted."""

import os
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from .match import Failure

_DAY: Final = 86_400


def certificate_failures(days: int, ends: float | None, now: float) -> list[Failure]:
    """What is wrong with a certificate that ends then and has to be valid for so many days; None: there is none."""
    expected = f"valid for {days} day{'' if days == 1 else 's'} or more"
    if ends is None:
        return [Failure("certificate", expected, "none: the connection is not secured by TLS")]
    if ends - now >= days * _DAY:
        return []
    left = int((ends - now) // _DAY)
    date = datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return [Failure("certificate", expected, f"{left} day{'' if left == 1 else 's'}: it ends on {date}")]


def why_untrusted(error: Exception) -> str:
    """Why a certificate is not trusted, in a person's words."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return str(error)
    known: Iterable[tuple[str, str]] = (
        ("chain", f"nobody here knows who signed it; {_trusted()}"),
        ("self", f"it is signed by itself; {_trusted()}"),
        ("issuer", f"nobody here knows who signed it; {_trusted()}"),
        ("expired", "it has expired"),
        ("not yet valid", "it is not valid yet"),
        ("mismatch", "it was made for another name"),
        ("not valid for", "it was made for another name"),
    )
    said = error.verify_message or str(error)
    return next((words for sign, words in known if sign in said.lower()), said)


def _trusted() -> str:
    """What to do so that an authority of one's own is trusted, or why the one that is named is not."""
    named = os.environ.get("SSL_CERT_FILE")
    if not named:
        return "set SSL_CERT_FILE to the file of the authority that you trust"
    if not os.access(named, os.R_OK) or os.path.isdir(named):
        return f"SSL_CERT_FILE names {named}, which is no file that can be read"
    return f"the authorities in {named}, which SSL_CERT_FILE names, did not"
