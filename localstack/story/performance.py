"""The performance: all characters play at once, and then everything is counted."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from temporalio.service import RPCError

from db.customers.records import CustomerRecord, load_story
from localstack.story.player import Player, Told, WentWrong
from localstack.story.scene import Character
from localstack.story.stage import Stage
from localstack.story.verdict import problems


async def perform(stage: Stage, story: tuple[Character, ...], told: Told) -> tuple[str, ...]:
    """Play the story. What went wrong, a line for each character with whom it did; the others play to the end."""
    ends = await asyncio.gather(*(_play(stage, character, told) for character in story))
    return tuple(line for line in ends if line is not None)


async def lives(stage: Stage, story: tuple[Character, ...]) -> dict[str, CustomerRecord]:
    """What PostgreSQL knows of each character, by address."""
    return {
        character.email: await load_story(stage.engine, stage.storefront.customer_id(character.email))
        for character in story
    }


def judge(
    story: tuple[Character, ...], lived: Mapping[str, CustomerRecord], mails: Path, texts: Path
) -> tuple[str, ...]:
    """What is missing, or too much, a line each; empty when every expected message came, and no other."""
    return tuple(line for character in story for line in problems(character, lived[character.email], mails, texts))


async def _play(stage: Stage, character: Character, told: Told) -> str | None:
    try:
        await Player(stage, character, told).play()
    except WentWrong as error:
        return str(error)
    except RPCError as error:
        return f"{character.first_name}: Temporal answers {error.status.name.lower().replace('_', ' ')}"
    return None
