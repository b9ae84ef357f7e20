"""What never goes into a build or an image: secrets, the repository itself, and what can be made again.

One list for builds on this machine, for images and for the ignore files beside generated Dockerfiles. Each pattern is
of one name in a path, in the words that `fnmatch` and ignore files share. A certificate that everybody may read can be
named under `config`.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from fnmatch import fnmatchcase, translate
from functools import cache, lru_cache
from typing import Final


class NeverBuilt(StrEnum):
    """Why something is left out."""

    SECRET = "may hold secrets"
    REPOSITORY = "is the repository's own"
    REMADE = "can be made again"


PATTERNS: Final[dict[NeverBuilt, tuple[str, ...]]] = {
    NeverBuilt.SECRET: (
        *(".env", ".env.*", "*.env", ".envrc", ".envrc.*", ".direnv", ".secrets", "*.secrets", "secrets.y*ml"),
        *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*"),
        *("*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.ppk", "*.kdb", "*.kdbx", "*.gpg"),
        *(".netrc", "_netrc", ".npmrc", ".yarnrc", ".yarnrc.yml", ".pypirc", "pip.conf", ".pip"),
        *(".git-credentials", ".gitconfig", ".htpasswd", ".pgpass", ".my.cnf", ".mylogin.cnf", ".boto", ".s3cfg"),
        *(".aws", ".azure", ".gcloud", ".kube", ".docker", ".dockercfg", ".ssh", ".gnupg", ".password-store"),
        *("kubeconfig", "*.kubeconfig", "*.tfstate", "*.tfstate.*", "*.tfvars", ".terraform", ".terraformrc"),
        *("credentials.json", "client_secret*.json", "service-account*.json", "service_account*.json"),
        *(".vault-token", ".vault_pass*", ".op", ".bash_history", ".zsh_history", ".python_history", ".psql_history"),
    ),
    NeverBuilt.REPOSITORY: (".git", ".hg", ".svn", ".bzr", ".jj", ".platform"),
    NeverBuilt.REMADE: (
        *("__pycache__", "*.pyc", ".venv", ".venv-*", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"),
        *(".tox", ".nox", ".ipynb_checkpoints", ".eggs", "*.egg-info", ".coverage", ".DS_Store", "node_modules"),
        *(".gradle", ".terragrunt-cache", ".parcel-cache", ".turbo", ".cache", "*.swp", "*~"),
    ),
}
HARMLESS: Final = (".env.example", ".env.sample", ".env.template", ".env.dist", "*.pub")
"""Names that a pattern of a secret meets, and that are written to be read by everybody."""

CERTIFICATES: Final = ("*.pem",)
"""Names that may be of public certificates: left out of builds, and welcome where a manifest names them one by one."""

VIRTUAL_ENVIRONMENT: Final = "pyvenv.cfg"
"""A folder that holds this file is a virtual environment, whatever its name."""

_ONLY_WITH_TOKENS: Final = {
    name: re.compile(rb"(?i)(auth|token|password|passwd|secret)|://[^/\s@]+@")
    for name in (".npmrc", ".yarnrc", ".yarnrc.yml", "pip.conf")
}


def why_never_built(path: Sequence[str]) -> NeverBuilt | None:
    """Why a path, given by its parts, never goes into a build, for the first part that says so; None where it may."""
    reasons = (_why(part.casefold()) for part in path)
    return next((reason for reason in reasons if reason is not None), None)


def is_certificate(name: str) -> bool:
    """Whether the name may be of a public certificate."""
    return any(fnmatchcase(name.casefold(), each) for each in CERTIFICATES)


def is_read_first(name: str) -> bool:
    """Whether the file's content decides: it is a secret only where `has_secret` finds one in it."""
    return name.casefold() in _ONLY_WITH_TOKENS


def has_secret(name: str, content: bytes) -> bool:
    """Whether the content of such a file names a token or a password."""
    return _ONLY_WITH_TOKENS[name.casefold()].search(content) is not None


@lru_cache(maxsize=16384)
def _why(name: str) -> NeverBuilt | None:
    return next((reason for reason, names in _names() if names.match(name)), None)


@cache
def _names() -> tuple[tuple[NeverBuilt | None, re.Pattern[str]], ...]:
    """All patterns of a reason as one, those of harmless names first: thousands of names are looked at."""
    reasons: list[tuple[NeverBuilt | None, tuple[str, ...]]] = [(None, HARMLESS), *PATTERNS.items()]
    return tuple(
        (reason, re.compile("|".join(translate(each.casefold()) for each in some))) for reason, some in reasons
    )
