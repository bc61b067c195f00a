"""The gateway's routes for providers, of which these tests use the database."""

from tests.starter.gateway.provider_routes import providers

__all__ = ["providers"]
