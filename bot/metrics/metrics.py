"""Every metric of a bot, in a registry of its own."""

import platform
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector
from prometheus_client.exposition import choose_encoder

from bot.delivery import Counters
from bot.metrics.api_calls import ApiCalls
from bot.metrics.glance import Glance
from bot.metrics.loop_lag import LoopLag
from bot.metrics.slack_calls import SlackCallsCollector
from bot.metrics.state import StateCollector
from bot.transport.connected import Connected

_DISTRIBUTION = "workflow-ops"


class Metrics:
    """Counts what happens, and reads what the store holds when it is asked."""

    def __init__(self, counters: Counters, glance: Glance, connected: Connected | None) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._glance = glance
        self._connected = connected
        self.api = ApiCalls(self._registry)
        self.loop_lag = LoopLag(self._registry)
        self._slack = SlackCallsCollector(counters)
        self._state = StateCollector()
        self._registry.register(self._slack)
        self._registry.register(self._state)
        ProcessCollector(registry=self._registry)
        _tell_build(self._registry)

    async def exposition(self, accept: str) -> tuple[bytes, str]:
        """The text of this moment, in the format that is accepted, and its content type."""
        seen = await self._glance.seen()
        sockets = await self._connected() if self._connected else None
        # No await between here and the end: two scrapes must not mix what they saw.
        self._state.seen, self._slack.sockets = seen, sockets
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


def _tell_build(registry: CollectorRegistry) -> None:
    build = Gauge(
        "workflow_ops_build_info",
        "1, with the version of this program and of Python.",
        ("version", "python"),
        registry=registry,
    )
    build.labels(_version(), platform.python_version()).set(1)


def _version() -> str:
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"
