"""Which attribute names promise a secret: ``db_password`` does, ``password_length`` and ``secret_arn`` do not.

A name is read as words; the last word says what the value is, the words before say of what.
"""

import re
from functools import lru_cache

# One of these words alone makes the value a secret.
WORDS = frozenset(
    "password passwords passwd pwd passphrase secret secrets token credential credentials apikey accesskey privatekey "
    "secretkey connectionstring kubeconfig sas dsn jwt htpasswd psk".split()
)
# `key` alone is mostly a name; after one of these words it is a secret.
KEY_OF = frozenset(
    "private api access secret account shared primary secondary encryption signing auth license admin master "
    "client storage host service host ssl tls hmac session integration".split()
)
PAIRS = frozenset({("connection", "string"), ("kube", "config"), ("auth", "header"), ("webhook", "url")})
PAIRS_KEY = frozenset({("key", "data"), ("key", "pem"), ("key", "value"), ("key", "base64"), ("key", "json")})

# A last word that turns the secret into a fact about it.
FACTS = frozenset(
    "id ids name names arn arns version versions length ttl enabled disabled type types policy policies uri url "
    "urls path paths file files prefix suffix rotation day days hour hours minute minutes second seconds count "
    "counter size duration expiration expiry expires expire period date time at algorithm required status mode "
    "format ref refs reference references selector endpoint endpoints issuer audience fingerprint location region "
    "provider providers store manager namespace labels annotations tags window age minimum maximum min max reuse "
    "prevention complexity method methods scope scopes bits spec usage source from to by metadata management "
    "permission permissions validity vault manager class group groups rule rules list lookup exists state alias "
    "thumbprint review kind driver operator server service account role roles user users username bucket topic "
    "key_id engine backend project key keys".split()
)
SWITCHES = frozenset("enable enabled disable use has is allow require create manage generate min max validate".split())
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@lru_cache(maxsize=8192)
def is_secret_name(name: str) -> bool:
    """Does ``name`` promise a secret value?  Case and separators do not matter: dbPassword, DB_PASSWORD."""
    words = [word.lower() for word in _WORD.findall(name[:200])]
    if not words:
        return False
    if words[-1] == "wo":  # Terraform's own ending of write-only arguments
        return True
    if words[0] in SWITCHES or "public" in words:
        return False
    return _ends_as_secret(words)


def _ends_as_secret(words: list[str]) -> bool:
    pair = tuple(words[-2:])
    if pair in PAIRS or (pair[-1] == "key" and pair[0] in KEY_OF):
        return True
    if pair in PAIRS_KEY and len(words) > 2 and words[-3] in KEY_OF:
        return True
    if len(words) > 1 and words[-1] in FACTS:
        return False
    return any(word in WORDS for word in words) or words == ["pass"] or pair[-1] == "pass"
