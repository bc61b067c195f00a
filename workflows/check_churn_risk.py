"""CheckChurnRisk: the daily churn check. It also restarts customer workflows that are missing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.churn import CheckPage, CheckResult, ChurnCheck

PAGE_LIMIT = timedelta(minutes=30)
HEARTBEAT = timedelta(minutes=1)
RETRY = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=2))


@dataclass(frozen=True)
class CheckRequest:
    """Check as of a time, by default now. The other fields are the progress of a long check."""

    as_of: datetime | None = None
    dry_run: bool = False
    signalled: int = 0
    restarted: int = 0
    signalling: bool = True
    after: str = ""


@dataclass(frozen=True)
class CheckReport:
    """The number of customers signalled, and of missing workflows restarted."""

    as_of: datetime
    signalled: int
    restarted: int
    dry_run: bool


@workflow.defn(name="CheckChurnRisk")
class CheckChurnRisk:
    """Pages through PostgreSQL twice: first for customers who are due, then for customers without a workflow."""

    @workflow.run
    async def run(self, request: CheckRequest | None = None) -> CheckReport:
        """Run to the end, continuing as new when needed."""
        state = request or CheckRequest()
        as_of = state.as_of or workflow.now()
        state = replace(state, as_of=as_of)
        while state.signalling:
            result = await self._page(ChurnCheck.signal_due, state, as_of, "customers who are due")
            state = replace(state, signalled=state.signalled + result.found, after=result.last or "")
            state = replace(state, signalling=result.last is not None)
            self._continue_if_suggested(state)
        while True:
            result = await self._page(ChurnCheck.restart_missing, state, as_of, "customers without a workflow")
            state = replace(state, restarted=state.restarted + result.found, after=result.last or "")
            if result.last is None:
                return CheckReport(as_of, state.signalled, state.restarted, state.dry_run)
            self._continue_if_suggested(state)

    async def _page(
        self,
        activity: Callable[[ChurnCheck, CheckPage], Awaitable[CheckResult]],
        state: CheckRequest,
        as_of: datetime,
        summary: str,
    ) -> CheckResult:
        return await workflow.execute_activity_method(
            activity,
            CheckPage(as_of, state.after, state.dry_run),
            start_to_close_timeout=PAGE_LIMIT,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=RETRY,
            summary=summary,
        )

    def _continue_if_suggested(self, state: CheckRequest) -> None:
        if workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(state)
