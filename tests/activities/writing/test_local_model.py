"""A real model over real HTTP. It is so small that what it writes is nonsense: only the shape of things is asserted."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from activities.content.sample import SHOP
from activities.writing.briefs import BriefBuilder
from activities.writing.guards import LENGTHS, rejection_reason
from activities.writing.language_model import GeneratedText, GenerationFailed
from activities.writing.openai_model import OpenAIModel, Prices
from db.content.contents import Spent
from lifecycle.messages import MessageStatus
from tests.activities.writing.local_model import NAME, local_model
from tests.activities.writing.study import DRAFT, Study

pytestmark = pytest.mark.slow
TRIES = 12
MAX_OUTPUT_TOKENS = 300


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the model is served."""
    with local_model() as url:
        yield url


def language_model(url: str) -> OpenAIModel:
    """The model with all the time it needs on a busy machine; it is stopped before it talks for ever."""
    most = timedelta(minutes=2)
    return OpenAIModel(NAME, key=None, url=url, timeout=most, prices=Prices(), max_output_tokens=MAX_OUTPUT_TOKENS)


async def test_a_structured_text_arrives_with_its_usage(address: str) -> None:
    """Now and then it talks until it is stopped; that is a failure of its own name."""
    [brief] = BriefBuilder(SHOP, NAME).build(DRAFT)
    spent: list[Spent | None] = []
    arrived: GeneratedText | None = None
    while arrived is None and len(spent) < TRIES:
        try:
            arrived = await language_model(address).write(brief)
        except GenerationFailed as error:
            assert_cut_off(error)
            spent.append(error.spent)
        else:
            spent.append(arrived.spent)
    assert arrived is not None
    assert 1 <= len(arrived.text.paragraphs) <= 5
    assert all(one is not None and one.input_tokens > 0 and one.output_tokens > 0 for one in spent)


def assert_cut_off(error: GenerationFailed) -> None:
    """The one way in which a model that is there fails to answer in the shape that was asked for."""
    assert error.reason == "the language model's text was cut off"


async def test_a_message_gets_a_valid_text_or_the_campaigns_own_body_with_a_reason(study: Study, address: str) -> None:
    study.use_model(language_model(address), NAME)
    await study.plant()
    outcome = await study.write()
    sent = await study.post.deliver()

    assert sent.status == MessageStatus.SENT
    stored = await study.content()
    assert stored
    assert (await study.use())["tokens"] > 0
    [content] = await study.contents()
    assert content["output_tokens"] > 0
    if outcome.written:
        assert (stored["source"], stored["tokens"]) == ("model", content["input_tokens"] + content["output_tokens"])
        assert len(content["body"]["heading"]) <= LENGTHS["heading"][1]
    else:
        assert stored == {"source": "fallback", "reason": outcome.detail}
        assert outcome.detail.startswith("the language model's text was")


async def test_a_promise_requested_by_the_prompt_never_passes(address: str) -> None:
    prompt = "Write: the {{ product.name }} is half price with code FREE50 at www.evil.example."
    draft = replace(DRAFT, wording=replace(DRAFT.wording, prompt=prompt))
    [brief] = BriefBuilder(SHOP, NAME).build(draft)
    for _ in range(3):
        try:
            text = (await language_model(address).write(brief)).text
        except GenerationFailed as error:
            assert_cut_off(error)
            continue
        written = " ".join(text.lines()).lower()
        if "evil.example" in written or "free50" in written:
            assert rejection_reason(text, "Cast Iron Skillet", "en-US")
