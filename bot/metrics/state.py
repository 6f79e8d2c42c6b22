"""Gauges of what the store holds."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.metrics.glance import Seen
from shared.alerts.finding import Kind
from shared.doctor.standing import DEAD, MOVING, Many, Standing


class StateCollector(Collector):
    """`seen` is set before each exposition; without a store only `store_up` is told."""

    def __init__(self) -> None:
        self.seen: Seen | None = None

    def collect(self) -> Iterator[Metric]:
        """The families of what was seen last."""
        if self.seen is None:
            return
        standing = self.seen.standing
        yield _gauge("store_up", "Whether the store answers.", standing is not None)
        yield _found(self.seen)
        if standing is not None:
            yield from _messages(standing)
            yield _groups(standing)
            yield _leases(standing)
            yield from _sweeps(standing)
            yield from _followed(standing)


def _found(seen: Seen) -> Metric:
    family = CounterMetricFamily(
        "workflow_ops_findings",
        "What sweeps of any replica found since this process began, by kind.",
        labels=("kind",),
    )
    for kind in Kind:
        family.add_metric((kind,), seen.found[kind])
    return family


def _messages(standing: Standing) -> Iterator[Metric]:
    family = _labelled("outbox_messages", "Messages on their way to Slack, and dead ones.", "state")
    for state in (*MOVING, DEAD):
        family.add_metric((state,), standing.messages.get(state, Many()).count)
    yield family
    oldest = standing.oldest_waiting
    yield _gauge(
        "outbox_oldest_waiting_seconds",
        "How long the oldest message on its way has waited; 0 where nothing waits.",
        max(oldest.total_seconds(), 0) if oldest else 0,
    )


def _groups(standing: Standing) -> Metric:
    family = _labelled("alert_groups", "Alerts that are not over.", "kind", "state")
    for labels, count in sorted(standing.groups.items()):
        family.add_metric(labels, count)
    return family


def _leases(standing: Standing) -> Metric:
    family = _labelled("leases", "Leases held by any replica, by what they are for.", "work")
    for work, count in sorted(standing.leases.items()):
        family.add_metric((work,), count)
    return family


def _sweeps(standing: Standing) -> Iterator[Metric]:
    lag = _labelled(
        "sweep_lag_seconds", "Seconds since the last complete sweep, by part of it.", "part"
    )
    failing = _labelled("sweep_failing", "Whether the part could not look lately.", "part")
    for name, part in sorted(standing.sweep.parts.items()):
        if part.last_complete_at is not None:
            age = (standing.read_at - part.last_complete_at).total_seconds()
            lag.add_metric((name,), max(age, 0))
        failing.add_metric((name,), part.last_error is not None)
    yield lag
    yield failing


def _followed(standing: Standing) -> Iterator[Metric]:
    yield _gauge("lease_owners", "Replicas that hold leases.", standing.owners)
    yield _gauge("watches", "Executions shown live, by channel.", standing.watches)
    yield _gauge("subscriptions", "Active subscriptions.", standing.subscriptions.count)
    yield _gauge(
        "subscriptions_failing",
        "Active subscriptions whose channel cannot be written to.",
        standing.failing_subscriptions,
    )


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"workflow_ops_{name}", words, value=value)


def _labelled(name: str, words: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"workflow_ops_{name}", words, labels=labels)
