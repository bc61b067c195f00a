"""The gateway's metrics for Prometheus. No label contains a value that a client chose."""

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""The directory in which several processes share their counts, so that each can report the sum."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class GatewayMetrics:
    """The metrics of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "retention_gateway_requests", "Requests answered", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "retention_gateway_request_seconds",
            "Seconds from a request's head to the end of its response",
            ("method", "route"),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._events = Counter(
            "retention_gateway_events",
            "Events received, by source and outcome",
            ("source", "outcome"),
            registry=self._registry,
        )
        self._provider_events = Counter(
            "retention_provider_events",
            "Events received from providers, by kind and outcome",
            ("provider", "kind", "outcome"),
            registry=self._registry,
        )
        self._backlog = Gauge(
            "retention_gateway_backlog_events",
            "Events waiting to be signalled or applied, counted up to one more than INBOX_LIMIT",
            registry=self._registry,
            multiprocess_mode="mostrecent",
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; status 499 means that the client disconnected."""
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(method, route).observe(seconds)

    def event(self, source: str, outcome: str) -> None:
        """Count an event."""
        self._events.labels(source, outcome).inc()

    def provider_event(self, provider: str, kind: str, outcome: str) -> None:
        """Count an event from a provider."""
        self._provider_events.labels(provider, kind, outcome).inc()

    def backlog(self, count: int) -> None:
        """Set the number of waiting events."""
        self._backlog.set(count)

    def text(self) -> bytes:
        """All metrics of all processes of this gateway, in Prometheus' text format."""
        if DIRECTORY not in os.environ:
            return generate_latest(self._registry)
        total = CollectorRegistry()
        MultiProcessCollector(total)  # type: ignore[no-untyped-call]
        return generate_latest(total)
