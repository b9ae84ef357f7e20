"""Which names announce a secret. What stands under such a name is never shown."""

import re
from typing import Final

_NAME: Final = re.compile(
    r"(?:^|[_-])(?:PASSWORDS?|PASSWD|PWD|PASS(?:PHRASE)?|SECRETS?|TOKENS?|CREDENTIALS?|API_?KEYS?|PRIVATE_?KEY|"
    r"ACCESS_?KEY|AUTH_?KEY|ENCRYPTION_?KEY|SIGNING_?KEY|COOKIE)(?:_?ID)?$|^(?:authorization|x-api-key|cookie)$",
    re.IGNORECASE,
)


def names_secret(name: str) -> bool:
    """Whether a value of this name is one that nobody may see."""
    return bool(_NAME.search(name))
