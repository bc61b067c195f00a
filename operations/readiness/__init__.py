"""Is everything ready to write to customers? One idea per file: what is looked at, and what it means."""

from operations.readiness.examination import examine
from operations.readiness.finding import Finding, Light, by_light
from operations.readiness.scope import Scope

__all__ = ["Finding", "Light", "Scope", "by_light", "examine"]
