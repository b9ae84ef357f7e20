"""Signatures of bundles: Ed25519, with keys as `ssh-keygen -t ed25519` or OpenSSL write them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
    load_ssh_private_key,
    load_ssh_public_key,
)

from ...errors import OnewayError, UsageError

_WANTED = "make a pair of keys with `ssh-keygen -t ed25519 -N '' -f site-key`: it is signed with `site-key`"


def sign(digest: str, key: Path) -> bytes:
    """The signature of a bundle's digest with the private key in the file. UsageError where that is none."""
    content = _read(key)
    load = load_ssh_private_key if b"OPENSSH PRIVATE KEY" in content else load_pem_private_key
    found = _parse(lambda: load(content, None), key)
    if not isinstance(found, Ed25519PrivateKey):
        raise UsageError(f"{key} is not an Ed25519 private key", _WANTED)
    return found.sign(_words(digest))


def prove(digest: str, signature: bytes, key: Path) -> None:
    """OnewayError where the signature is not one of the digest with the public key in the file."""
    content = _read(key)
    load = load_ssh_public_key if content.startswith(b"ssh-") else load_pem_public_key
    found = _parse(lambda: load(content), key)
    if not isinstance(found, Ed25519PublicKey):
        raise UsageError(f"{key} is not an Ed25519 public key", _WANTED)
    try:
        found.verify(signature, _words(digest))
    except InvalidSignature:
        raise OnewayError(f"the signature is not of {key}", "ask whoever made the bundle") from None


def _words(digest: str) -> bytes:
    """What is signed says what it is, so that the signature is good for nothing else."""
    return f"oneway bundle {digest}\n".encode()


def _read(key: Path) -> bytes:
    try:
        return key.read_bytes()
    except OSError as error:
        raise UsageError(f"the key {key} cannot be read: {error.strerror}", _WANTED) from None


def _parse(load: Callable[[], Any], key: Path) -> Any:
    try:
        return load()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UsageError(f"{key} is not a key that can be used, or it has a passphrase", _WANTED) from None
