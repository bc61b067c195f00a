"""Is everything ready to write to customers? One idea per file: what is looked at, and what it means."""

from starter.readiness.examination import examine
from starter.readiness.finding import Finding, Light, by_light
from starter.readiness.scope import Scope

__all__ = ["Finding", "Light", "Scope", "by_light", "examine"]
