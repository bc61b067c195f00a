"""`GET /healthz`: whether the process is alive. `GET /readyz`: whether it can accept events."""

from fastapi import APIRouter
from pydantic import BaseModel

from starter.gateway.problems import unavailable
from starter.gateway.readiness import Readiness
from starter.gateway.reference import problems


class AliveAnswer(BaseModel):
    """The process is alive."""

    status: str = "alive"


class ReadyAnswer(BaseModel):
    """The state of each part. The gateway is ready even without Temporal: events wait in the inbox."""

    status: str = "ready"
    postgresql: str
    identity_key: str
    backlog: str
    temporal: str


def health(readiness: Readiness) -> APIRouter:
    """The routes for health checks."""
    router = APIRouter(tags=["health"])

    @router.head("/healthz", include_in_schema=False)
    @router.get("/healthz")
    async def alive() -> AliveAnswer:
        """Whether this process answers, independent of any server."""
        return AliveAnswer()

    @router.head("/readyz", include_in_schema=False)
    @router.get("/readyz", responses=problems())
    async def ready() -> ReadyAnswer:
        """Whether events can be accepted; 503 names what is missing."""
        state = await readiness.check()
        if state.missing:
            raise unavailable(f"not ready: {', '.join(state.missing)}", **state.parts)
        return ReadyAnswer(**state.parts)

    return router
