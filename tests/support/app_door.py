"""The door of a GitHub App: what only the App's own signature opens, and what only its installation's token opens."""

from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.loopback_github import Refusal

FUTURE = "2099-01-01T00:00:00Z"


def a_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@dataclass
class AppDoor:
    """App 12 with installation 34 in ``o/r``; tokens are numbered, and each holds until ``expires``."""

    key: RSAPrivateKey
    expires: str = FUTURE
    installed: bool = True
    given: list[str] = field(default_factory=list)

    def __call__(self, verb: str, path: str, authorization: str) -> tuple[int, Any] | None:
        """An answer, or None for what lies behind the door.  Raises Refusal."""
        asked = f"{verb} {path}"
        if asked in ("GET /app", "GET /repos/o/r/installation") or path.startswith("/app/"):
            self._signed(authorization)
            return self._of_the_app(asked)
        if authorization not in [f"token {token}" for token in self.given]:
            raise Refusal(401, "Bad credentials")
        return None

    def _signed(self, authorization: str) -> None:
        kind, _, token = authorization.partition(" ")
        try:
            jwt.decode(token, self.key.public_key(), ["RS256"], issuer="12", options={"require": ["iat", "exp", "iss"]})
        except jwt.InvalidTokenError:
            raise Refusal(401, "A JSON web token could not be decoded") from None
        if kind != "Bearer":
            raise Refusal(401, "A JSON web token could not be decoded")

    def _of_the_app(self, asked: str) -> tuple[int, Any]:
        if asked == "GET /app":
            return 200, {"id": 12, "slug": "our-reviewer", "name": "Our reviewer"}
        if asked == "GET /repos/o/r/installation" and self.installed:
            return 200, {"id": 34, "app_id": 12}
        if asked == "POST /app/installations/34/access_tokens":
            self.given.append("-".join(["no", "token", str(len(self.given))]))
            return 201, {"token": self.given[-1], "expires_at": self.expires}
        raise Refusal(404, "Not Found")
