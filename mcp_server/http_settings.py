"""What the HTTP face needs to know before it opens its port."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mcp_server.tokens import read_tokens
from shared.address import is_loopback
from shared.settings import NotConfigured

_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Where it listens, which host names it answers to, and the subject of each token."""

    host: str
    port: int
    allowed_hosts: tuple[str, ...] = ()
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def accepted_hosts(self) -> tuple[str, ...] | None:
        """The names in a Host header that pass; None for any, which only a token may protect."""
        if is_loopback(self.host):
            return (*_LOOPBACK_NAMES, *self.allowed_hosts)
        return self.allowed_hosts or None


def read_http_settings(host: str, port: int, environment: Mapping[str, str]) -> HttpSettings:
    """The settings; raises NotConfigured where the world could reach a server without a token."""
    settings = HttpSettings(
        host=host,
        port=port,
        allowed_hosts=_words(environment.get("WORKFLOW_OPS_MCP_ALLOWED_HOSTS", "")),
        tokens=read_tokens(environment.get("WORKFLOW_OPS_MCP_TOKEN", "")),
    )
    if not settings.tokens and not is_loopback(host):
        raise NotConfigured(
            f"{host} can be reached from other machines: set WORKFLOW_OPS_MCP_TOKEN to a token "
            "that clients must send, or listen on 127.0.0.1."
        )
    return settings


def _words(written: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, written.split(","))))
