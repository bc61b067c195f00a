"""A misbehaving model, a study that requests texts, and a post office that sends them."""

from collections.abc import AsyncIterator

import pytest

from tests.activities.delivery.conftest import PostOffice, mail, post
from tests.activities.writing.model_server import ModelServer, model_server
from tests.activities.writing.study import Study

__all__ = ["mail", "post"]


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    """A model that writes a care guide, until a test changes its mind."""
    async with model_server() as server:
        yield server


@pytest.fixture
def study(post: PostOffice, model: ModelServer) -> Study:
    """Where the post office has its texts written."""
    return Study(post, model)
