"""Bearer tokens of the HTTP face: who holds which."""

import hmac
from collections.abc import Mapping

from mcp.server.auth.provider import AccessToken

from shared.settings import NotConfigured

_SHORTEST = 16
# Whoever holds the one token without a name.
ANONYMOUS = "token"


class Tokens:
    """Verifies tokens in a time that does not tell how much of one was right."""

    def __init__(self, subjects: Mapping[str, str]) -> None:
        """Take the subject of each token."""
        self._subjects = [(token.encode(), subject) for token, subject in subjects.items()]

    async def verify_token(self, token: str) -> AccessToken | None:
        """The holder of a token, or None."""
        given = token.encode(errors="replace")
        matches = [
            subject for known, subject in self._subjects if hmac.compare_digest(known, given)
        ]
        if not matches:
            return None
        return AccessToken(token=token, client_id=matches[0], scopes=[], subject=matches[0])


def read_tokens(written: str) -> dict[str, str]:
    """Subjects by token, from `TOKEN` or `NAME:TOKEN,NAME:TOKEN`; raises NotConfigured."""
    subjects = dict[str, str]()
    for part in filter(None, map(str.strip, written.split(","))):
        name, colon, token = part.rpartition(":")
        if len(token) < _SHORTEST or not (token.isascii() and token.isprintable()):
            raise NotConfigured(
                f"WORKFLOW_OPS_MCP_TOKEN: a token needs at least {_SHORTEST} ASCII characters; "
                "make one with: openssl rand -hex 32"
            )
        subjects[token] = name if colon and name else ANONYMOUS
    return subjects
