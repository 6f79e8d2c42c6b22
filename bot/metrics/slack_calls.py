"""Calls to Slack, from the counters that the delivery keeps."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.delivery import Counters


class SlackCallsCollector(Collector):
    """What was sent to Slack, and how it was taken; `sockets` is set before each exposition."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self.sockets: int | None = None

    def collect(self) -> Iterator[Metric]:
        """The families of this moment."""
        yield self._answers()
        yield self._shown()
        yield from self._plain()
        if self.sockets is not None:
            yield GaugeMetricFamily(
                "workflow_ops_slack_sockets",
                "Socket Mode connections that Slack can use now.",
                value=self.sockets,
            )

    def _answers(self) -> Metric:
        family = CounterMetricFamily(
            "workflow_ops_slack_calls",
            "Calls to Slack by method and outcome: ok, limited, refused or unreachable.",
            labels=("method", "outcome"),
        )
        for (method, outcome), count in sorted(self._counters.answers.items()):
            family.add_metric((method, outcome), count)
        return family

    def _shown(self) -> Metric:
        family = CounterMetricFamily(
            "workflow_ops_slack_messages",
            "Messages shown by family, such as alert, and act: post or update.",
            labels=("family", "act"),
        )
        for family_and_act in _EVERY:
            family.add_metric(family_and_act, self._counters.shown[family_and_act])
        return family

    def _plain(self) -> Iterator[Metric]:
        for name, words, count in (
            ("slack_limited", "Answers of Slack that asked for patience.", self._counters.limited),
            ("slack_dead_messages", "Messages that were given up.", self._counters.dead),
            ("slack_doubtful_posts", "Posts that may have arrived.", self._counters.ambiguous),
            (
                "slack_possible_duplicates",
                "Posts that were repeated without being able to look for the first.",
                self._counters.possible_duplicates,
            ),
            ("slack_unchanged", "Versions of messages not worth a call.", self._counters.unchanged),
        ):
            yield CounterMetricFamily(f"workflow_ops_{name}", words, value=count)


_EVERY = tuple(
    (family, act) for family in ("alert", "card", "question", "other") for act in ("post", "update")
)
