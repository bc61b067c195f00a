"""`GET /healthz`: this process lives. `GET /readyz`: it can take events in."""

from fastapi import APIRouter
from pydantic import BaseModel

from starter.gateway.problems import unavailable
from starter.gateway.readiness import Readiness
from starter.gateway.reference import problems


class Alive(BaseModel):
    """The process answers."""

    status: str = "alive"


class Ready(BaseModel):
    """Each part in words. Without Temporal the gateway is ready too: the inbox keeps what is told meanwhile."""

    status: str = "ready"
    postgresql: str
    identity_key: str
    backlog: str
    temporal: str


def health(readiness: Readiness) -> APIRouter:
    """The routes for whoever watches over this process."""
    router = APIRouter(tags=["health"])

    @router.head("/healthz", include_in_schema=False)
    @router.get("/healthz")
    async def alive() -> Alive:
        """Whether this process answers; it says nothing of anybody else."""
        return Alive()

    @router.head("/readyz", include_in_schema=False)
    @router.get("/readyz", responses=problems())
    async def ready() -> Ready:
        """Whether events can be taken in; 503 names what is missing."""
        state = await readiness.look()
        if state.missing:
            raise unavailable(f"not ready: {', '.join(state.missing)}", **state.parts)
        return Ready(**state.parts)

    return router
