"""What the gateway counts, for Prometheus. No label holds anything that a client chose."""

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""Where several processes on one port keep what they count, so that each can tell the sum."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Figures:
    """The figures of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "retention_gateway_requests", "Requests answered", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "retention_gateway_request_seconds",
            "Time from a request's head to the end of its answer",
            ("method", "route"),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._events = Counter(
            "retention_gateway_events", "Events told, by who told them", ("source", "outcome"), registry=self._registry
        )
        self._provider_events = Counter(
            "retention_provider_events",
            "What providers told of messages, and what became of that",
            ("provider", "kind", "outcome"),
            registry=self._registry,
        )
        self._backlog = Gauge(
            "retention_gateway_backlog_events",
            "Events that wait to be signalled or applied; counted to one past INBOX_LIMIT",
            registry=self._registry,
            multiprocess_mode="mostrecent",
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; 499 stands for one that its client gave up."""
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(method, route).observe(seconds)

    def told(self, source: str, outcome: str) -> None:
        """An event came in."""
        self._events.labels(source, outcome).inc()

    def told_by_provider(self, provider: str, kind: str, outcome: str) -> None:
        """A provider told of a message."""
        self._provider_events.labels(provider, kind, outcome).inc()

    def waiting(self, count: int) -> None:
        """So many events wait."""
        self._backlog.set(count)

    def text(self) -> bytes:
        """Everything counted so far, by all processes of this gateway, in Prometheus' text format."""
        if DIRECTORY not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)
