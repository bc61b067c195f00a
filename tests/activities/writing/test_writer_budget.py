"""The daily budget of requests and tokens holds, however many requests are concurrent."""

import asyncio
from dataclasses import replace

import pytest
from temporalio.exceptions import ApplicationError

from db.content.language_model_use import Budget
from lifecycle.messages import MessageStatus
from tests.activities.writing.model_server import GUIDE, ModelResponse, said
from tests.activities.writing.study import Study


@pytest.mark.parametrize(
    ("budget", "requests"),
    [(Budget(2, 1_000_000), 2), (Budget(0, 1_000_000), 0), (Budget(100, 100), 0), (Budget(100, 6_000), 1)],
)
async def test_without_budget_the_campaigns_own_body_is_sent(study: Study, budget: Budget, requests: int) -> None:
    items = [{"sku": f"PAN-{number}", "name": f"Pan of iron {'abcdef'[number]}"} for number in range(6)]
    await study.plant(message={"context": {"order": {"items": items}}, "products": ["PAN-0"]})
    study.terms = replace(study.terms, budget=budget)
    study.model.answers = [
        said(GUIDE, usage={"prompt_tokens": 2_000, "completion_tokens": 1_000, "total_tokens": 3_000})
    ]
    outcomes = []
    for item in items:
        await study.post.rows(f"UPDATE communications_log SET products = '[\"{item['sku']}\"]' RETURNING id")
        outcomes.append(await study.write())

    assert len(study.model.asked) == requests
    assert [outcome.written for outcome in outcomes] == [True] * requests + [False] * (6 - requests)
    reason = f"the daily budget of {budget.requests:,} requests and {budget.tokens:,} tokens is used up"
    assert outcomes[-1].detail == reason
    assert (await study.post.deliver()).status == MessageStatus.SENT
    assert await study.content() == {"source": "fallback", "reason": reason}


async def test_concurrent_requests_never_exceed_the_budget(study: Study) -> None:
    await study.plant(
        message={
            "context": {"order": {"items": [{"sku": f"P{n}", "name": f"Pan {n}"} for n in range(10)]}},
            "products": [f"P{n}" for n in range(10)],
        }
    )
    study.terms = replace(study.terms, budget=Budget(3, 1_000_000))
    await asyncio.gather(study.write(), study.write(), study.write())
    assert len(study.model.asked) == 3
    assert (await study.use())["requests"] == 3


async def test_the_reservation_stays_if_the_usage_is_unknown(study: Study) -> None:
    await study.plant()
    study.model.answers = [ModelResponse(said(GUIDE).body, cut=250)]
    with pytest.raises(ApplicationError):
        await study.write()
    assert (await study.use())["tokens"] > 3_000
