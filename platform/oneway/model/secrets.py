"""What is a secret: by the name it stands under, by its shape, or by how random it looks. In doubt it is one.

Everything that shows, drafts, compares or logs values asks here. The formats of tokens are held by a test against the
rules of detect-secrets.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final

from .secret_words import (
    ABOUT,
    CONNECTION,
    DIGESTS,
    DOUBTFUL,
    FILES,
    GLUED,
    HARMLESS_KEYS,
    HARMLESS_NAMES,
    IDS,
    PASSWORDS,
    SECRETS,
    SHAPES,
)

HIDDEN: Final = "•••"

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_USERINFO: Final = re.compile(r"://([^/\s:@?#]*):([^/\s]*)@")
_LONE_USER: Final = re.compile(r"://([A-Za-z0-9_-]{16,})@")
_USER_AND_HOST: Final = re.compile(r"(?:^|[\s,;=])[\w.+-]+:([^\s:@/,;]+)@(?:tcp|udp|unix|[\w-]+[.:(])", re.IGNORECASE)
_NAME_BEFORE: Final = re.compile(
    r"""["']?(?P<name>[A-Za-z][\w. -]{0,60}?)["']?\s{0,3}(?:=>|[:=])\s{0,3}(?!//)"""
    r"""|(?:^|[\s"',\[])--?(?P<option>[A-Za-z][\w.-]{0,60})["']?[\s,]{1,5}(?!-)"""
)
_VALUE_BEHIND: Final = re.compile(r""""[^"]*"|'[^']*'|\$\{[^}]*\}|[^\s;,&"'}\]]+""")
_RUN: Final = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_QUIET: Final = re.compile(r"(?:[a-z]{1,10}://)?[a-z0-9_.-]{0,19}(?::[0-9]{1,5})?(?:/[a-z0-9_.-]{0,19})*")
_SHORT_TOKENS: Final = ("xox", "xapp", "sk_", "rk_", "pk_", "npm_")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_REFERENCE: Final = re.compile(
    r"|\$\{[^{}]*\}|\$\w+|\$\([\w.]+\)|\{\{.*\}\}|\{\w+\}|%\w+%|@\w+@|<[^<>]*>|\*+|•+|x{3,}"
    r"|(?:file|vault|op|arn:aws[\w-]*|ref\+\w+|projects/[\w-]+/secrets|secretref|keyvaultref):.*|/run/secrets/.*",
    re.IGNORECASE | re.DOTALL,
)
_YES_OR_NO: Final = re.compile(r"true|false|yes|no|on|off|none|null|nil|0|1|~", re.IGNORECASE)
_NUMBER: Final = re.compile(r"-?[0-9]{1,6}(?:\.[0-9]+)?\s*(?:ms|s|m|h|d|k|kb|mb|gb|ki|mi|gi|%)?", re.IGNORECASE)
_PATH: Final = re.compile(r"(?:\.{1,2}|~|[A-Za-z]:)?(?:[/\\][\w.@ -]{1,60}){2,}[/\\]?|(?:\.{1,2}|~)/[\w.@-]{1,60}")
_FILE_LIKE: Final = re.compile(r"[^\s]*[/\\][^\s]*|[\w.-]+\.[A-Za-z]\w{0,9}|[\w.-]+")
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^\s@]*|[a-z0-9][\w.-]*:[0-9]{1,5}(?:/\S*)?", re.IGNORECASE)
_METHOD: Final = re.compile(
    r"tls|ssl|starttls|start_tls|basic|digest|bearer|oauth2?|oidc|saml|ldap|jwt|mtls|trust|md5|scram\S*|plain|password"
    r"|token|default|auto|optional|required|enabled|disabled|anonymous|aes(?:-?[0-9]+)?(?:-\w+)?|mit|apache-2\.0|trial"
    r"|accept(?:ed)?|keep-alive|close|upgrade",
    re.IGNORECASE,
)


def looks_secret(name: str, value: str) -> bool:
    """Whether nobody should read this value of this name."""
    return bool(why_secret(name, value))


def why_secret(name: str, value: str) -> str:
    """What makes it a secret, in words that show nothing of it; empty where nothing does."""
    if _is_quiet(value):
        return "its name says so" if names_secret(name) and not _is_harmless(name, value) else ""
    if SHAPES.search(value):
        return "it has the form of a token or key"
    if _password_in_address(value):
        return "a password is inside its address"
    for inner, _, _ in _named_inside(value):
        return f"it says {inner} inside"
    if names_secret(name) and not _is_harmless(name, value):
        return "its name says so"
    return "it looks random" if _looks_random(name, value) else ""


@lru_cache(maxsize=8192)
def names_secret(name: str) -> bool:
    """Whether a value of this name is one that nobody may see, unless it is obviously plain."""
    words = _words(name)
    if not words or HARMLESS_NAMES.fullmatch(name):
        return False
    if words[-1] in ABOUT and "webhook" not in words and "webhooks" not in words:
        return False
    if words[-1] in ("key", "keys") and len(words) > 1 and words[-2] in HARMLESS_KEYS:
        return False
    if any(word in PASSWORDS or word in SECRETS for word in words):
        return True
    return words[-1] in DOUBTFUL or bool(GLUED.search(name) or CONNECTION.search(name))


def redact(text: str) -> str:
    """The text without what is a secret by its shape or by the name that stands before it.

    What only looks random stays: in lines that people read, those are ids of requests, digests and commits.
    """
    text = _USERINFO.sub(lambda match: _without(match, 2), text)
    text = _LONE_USER.sub(lambda match: _without(match, 1), text)
    text = _USER_AND_HOST.sub(lambda match: _without(match, 1), text)
    text = SHAPES.sub(HIDDEN, text)
    for _, start, end in reversed(list(_named_inside(text))):
        text = text[:start] + HIDDEN + text[end:]
    return text


def shown(name: str, value: str) -> str:
    """The value as it may be shown under this name."""
    return HIDDEN if looks_secret(name, value) else value


def _is_quiet(value: str) -> bool:
    """Whether the value is so plain (a word, a number, a path, an address) that only its name can say more."""
    return bool(_QUIET.fullmatch(value)) and not value.startswith(_SHORT_TOKENS) and "hook" not in value


@lru_cache(maxsize=8192)
def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD.findall(name))


def _is_harmless(name: str, value: str) -> bool:
    """Whether a value under a secret's name is plainly none."""
    value = value.strip()
    if _REFERENCE.fullmatch(value) or _YES_OR_NO.fullmatch(value):
        return True
    words = _words(name)
    if words[-1] in FILES and _FILE_LIKE.fullmatch(value) and not _is_random(value):
        return True
    if (_PATH.fullmatch(value) or (words[-1] == "pwd" and value.startswith("/"))) and not _is_random(value):
        return True
    if PASSWORDS.intersection(words):
        return False
    if _NUMBER.fullmatch(value):
        return True
    certain = SECRETS.intersection(words) or GLUED.search(name)
    return not certain and bool(_ADDRESS.fullmatch(value) or _METHOD.fullmatch(value))


def _password_in_address(value: str) -> bool:
    passwords = [match[2] for match in _USERINFO.finditer(value)]
    passwords += [match[1] for match in _USER_AND_HOST.finditer(value)]
    return any(not _REFERENCE.fullmatch(each) for each in passwords) or bool(_LONE_USER.search(value))


def _named_inside(text: str) -> Iterator[tuple[str, int, int]]:
    """Names inside the text that a secret follows, with where it stands: `Host=db;Password=x`, `--password x`."""
    for match in _NAME_BEFORE.finditer(text):
        name = (match["name"] or match["option"]).strip()
        value = _VALUE_BEHIND.match(text, match.end()) if names_secret(name) else None
        if value and not _is_harmless(name, value[0].strip("\"'")):
            yield name, value.start(), value.end()


def _looks_random(name: str, value: str) -> bool:
    words = _words(name)
    last = words[-1] if words else ""
    if DIGESTS.intersection(words) or "sha256:" in value or last in IDS:
        return False
    if _UUID.fullmatch(value):
        return True
    return any(_is_random(each[0]) for each in _RUN.finditer(value))


def _is_random(text: str) -> bool:
    """Whether a run of at least twenty characters mixes letters and digits as words and paths do not."""
    bare = text.strip("=")
    if re.fullmatch(r"[0-9a-fA-F]{32,}", bare):
        return True
    if len(bare) < 20 or not re.search(r"[0-9]", bare) or not re.search(r"[A-Za-z]", bare):
        return False
    kinds = ["d" if each.isdigit() else "u" if each.isupper() else "l" if each.islower() else "-" for each in bare]
    changes = sum(1 for one, other in pairwise(kinds) if one != other and "-" not in (one, other))
    return changes >= 0.3 * len(bare)


def _without(match: re.Match[str], group: int) -> str:
    whole, start, end = match[0], match.start(group) - match.start(), match.end(group) - match.start()
    if _REFERENCE.fullmatch(match[group]):
        return whole
    return whole[:start] + HIDDEN + whole[end:]
