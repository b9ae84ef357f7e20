"""The tables of the detector of secrets: words of names, and forms of values."""

import re
from typing import Final


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


# The names of passwords: whatever stands under them but a reference, a file or a yes or no is secret.
PASSWORDS: Final = _listed(
    "password passwords passwd pwd pass passphrase passphrases passcode passkey pw pswd psw pin otp totp"
)
# Names of other secrets: numbers, durations and words for "not set" under them are harmless.
SECRETS: Final = _listed(
    "secret secrets token tokens credential credentials creds cred key keys pat webhook webhooks jwt jws bearer cookie "
    "cookies salt salts pepper seed mnemonic hmac sas sid apikey apikeys signature sig authorization nonce psk "
    "kubeconfig dockerconfigjson htpasswd netrc pfx pem"
)
# Names that a method, a plain address or a product's word may stand under as well.
DOUBTFUL: Final = _listed("dsn auth private license licence encryption connection conn sentry vault")
CONNECTION: Final = re.compile(r"conn(?:ection)?[_.-]?str(?:ing)?s?", re.IGNORECASE)
GLUED: Final = re.compile(
    r"passw(?:or)?d|passphrase|secret(?!ar)|token(?!i[sz])|credential|(?:api|access|private|secret|auth|signing|encryption"
    r"|master|ssh|license)[_-]?keys?|webhook|masterauth|(?:db|sql|root|user|admin|require|ssh|my|pg|redis|mongo|rabbit"
    r"|smtp|mail|ftp|ldap)(?:pass|pwd|pw)$",
    re.IGNORECASE,
)
# Words behind a secret's name that make it a name for something about the secret.
ABOUT: Final = _listed(
    "ttl timeout expiry expire expires expiration lifetime age duration interval rotation length len size limit count "
    "max min policy algorithm algo alg type kind mode name names url uri urls endpoint host hostname hosts addr "
    "address port service server domain enabled disabled required enable allowed issuer audience header headers field "
    "prefix suffix format encoding version provider backend store manager region realm scope scopes strategy driver "
    "class handler validator location source samesite httponly secure rounds cost iterations bits curve method methods "
    "namespace ip ips subnet subnets network networks registry cidr through"
)
FILES: Final = _listed("file files path paths dir directory folder mount location store keystore")
HARMLESS_KEYS: Final = _listed("primary foreign sort partition routing cache shard group row range hash")
HARMLESS_NAMES: Final = re.compile(r"proxy[_-]?pass|oracle[_-]?sid|(?:max|min|num|total|n)[_-].*tokens", re.IGNORECASE)
DIGESTS: Final = _listed("sha sha1 sha256 commit digest checksum revision rev hash etag md5 image ref")
IDS: Final = _listed("id ids uuid guid")

SHAPES: Final = re.compile(
    r"(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|A3T[A-Z0-9])[A-Z0-9]{16}"
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|gl(?:pat|dt|ft|soat|rt|imt|agent|ptt|cbt|oas|ffct)-[\w-]{18,}"
    r"|GR1348941[\w-]{20,}|xox[a-z](?:\.xox[a-z])?-[\w-]+|xapp-[\w-]{10,}"
    r"|hooks\.slack\.com/(?:services|workflows)/[\w/-]+"
    r"|discord(?:app)?\.com/api/webhooks/[\w/-]+|\.webhook\.office\.com/[\w/@-]+|[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27}"
    r"|[rsp]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,}|sk-[A-Za-z0-9_-]{20,}|AIza[\w-]{35}"
    r"|ya29\.[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|npm_[A-Za-z0-9]{30,}|_authToken\s*=\s*\S+|pypi-[\w-]{30,}"
    r"|(?<![A-Za-z0-9])(?:AC|SK)[a-z0-9]{32}|(?<![0-9])[0-9]{8,10}:[\w-]{35}|(?<![0-9a-z])[0-9a-z]{32}-us[0-9]{1,2}"
    r"|sq0[a-z]{3}-[\w\\-]{22,}|EAAA[\w-]{60}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|dop_v1_[a-f0-9]{64}|hf_[A-Za-z0-9]{30,}"
    r"|dckr_pat_[\w-]{20,}|hv[sbr]\.[\w-]{20,}|AGE-SECRET-KEY-1[0-9A-Z]{58}|PuTTY-User-Key-File-[0-9]"
    r"|AKC[a-zA-Z0-9]{10,}|(?<![A-Za-z0-9])AP[0-9A-F][a-zA-Z0-9]{8,}(?![A-Za-z0-9])"
    r"|BEGIN [A-Z0-9 ]*PRIVATE KEY|(?<![A-Za-z0-9_])eyJ[\w=-]{1,4000}\.[\w=-]+\.?[\w.+/=-]*"
    r"|api\.softlayer\.com/soap/v3(?:\.1)?/[a-z0-9]{64}"
    r"|(?i:bearer|negotiate|apikey)\s+[\w.~+/=-]{8,}|(?i:basic|digest)\s+(?=\S*[0-9A-Z=])[\w.~+/=-]{8,}"
)
