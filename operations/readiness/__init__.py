"""Whether everything is ready for sending to customers. One module per check: what it looks at, and its findings."""

from operations.readiness.examination import examine
from operations.readiness.finding import Finding, Light, by_light
from operations.readiness.scope import ReadinessScope

__all__ = ["Finding", "Light", "ReadinessScope", "by_light", "examine"]
