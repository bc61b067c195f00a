"""The player: leads one character through their scenes, and waits after each for what has to come of it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from db.customers.records import load_story
from localstack.story.clock import CustomerClock
from localstack.story.scene import Character, Message, Scene, settled
from localstack.story.shopify import Undelivered
from localstack.story.stage import Stage
from retention_client.identity import workflow_id
from workflows.check_churn_risk import CheckChurnRisk, CheckRequest

PATIENCE_SECONDS = 60
"""For one scene, with the jump in time before it; a healthy one takes two or three."""

LOOK_SECONDS = 0.1


class WentWrong(Exception):
    """The story took another turn; the message says where, and what was missing."""


Told = Callable[[Character, Scene, datetime], None]
"""Called when a scene has come out as it should, with the customer's time."""


class Player:
    """Plays one character. Several may play at once: each customer has a clock of their own."""

    def __init__(self, stage: Stage, character: Character, told: Told) -> None:
        self._stage = stage
        self._character = character
        self._told = told
        self._customer_id = stage.storefront.customer_id(character.email)
        self._clock = CustomerClock(stage.client, workflow_id(self._customer_id))
        self._expected: Counter[Message] = Counter()

    async def play(self) -> None:
        """From the first scene to the last. Raises `WentWrong`."""
        for number, scene in enumerate(self._character.scenes, start=1):
            self._expected.update(scene.messages)
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    now = await self._let_time_pass(scene, first=number == 1)
                    await self._act(scene, now)
                    await self._come_out(scene)
            except TimeoutError:
                raise WentWrong(await self._what_is_wrong(scene)) from None
            except Undelivered as error:
                raise WentWrong(f"{self._character.first_name} {scene.told}: {error}") from None
            self._told(self._character, scene, now)

    async def _let_time_pass(self, scene: Scene, *, first: bool) -> datetime:
        if first:
            # Who is not known yet has no clock but everybody's.
            return datetime.now(UTC)
        begins = scene.begins(self._stage.first_day)
        if begins is not None:
            await self._clock.forward(begins)
        return await self._clock.now()

    async def _act(self, scene: Scene, now: datetime) -> None:
        if scene.happens is not None:
            await self._stage.shopify.deliver(scene.happens(self._character, now))
        if scene.churn_check:
            await self._stage.client.execute_workflow(
                CheckChurnRisk.run,
                CheckRequest(as_of=now),
                id=f"check-churn-risk/story/{self._character.first_name.lower()}",
                task_queue=self._stage.task_queue,
            )

    async def _come_out(self, scene: Scene) -> None:
        """Wait until PostgreSQL shows what the scene has to come to."""
        while await self._lacking(scene):  # noqa: ASYNC110 - PostgreSQL tells nobody that a row has changed
            await asyncio.sleep(LOOK_SECONDS)

    async def _lacking(self, scene: Scene) -> list[str]:
        story = await load_story(self._stage.engine, self._customer_id)
        missing = (self._expected - Counter(settled(story))).elements()
        state = story.profile.state if story.profile else "nobody yet"
        wrong = [] if state == scene.state else [f"is {state}, not {scene.state}"]
        waiting = [event for event in story.events if event.status == "RECEIVED"]
        return [
            *wrong,
            *(f"{message} is missing" for message in missing),
            *(f"{event.type} is not applied" for event in waiting),
        ]

    async def _what_is_wrong(self, scene: Scene) -> str:
        lacking = await self._lacking(scene) or ["time stands still"]
        stands = f"{await self._clock.now():%Y-%m-%d %H:%M}"
        return f"{self._character.first_name} {scene.told} (day {scene.day}), at {stands}: {'; '.join(lacking)}"
