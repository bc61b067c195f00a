"""`python -m tests.histories.record [NAME …]`: live the stored histories again on real servers, and keep them.

Names are the characters of the demo's story in small letters, and the lives of `tests.histories.lives`; all when left
out. Record anew only what may break: an old history that still replays is what these files are for.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from localstack.stack.stack import Stack
from localstack.story.figures import story_settings
from localstack.story.performance import perform
from localstack.story.script import STORY
from localstack.story.stage import Stage, set_up
from settings import Settings
from tests.fixtures.shop import Shop
from tests.histories.files import write
from tests.histories.lives import LIVES
from tests.histories.runs import runs_of

CHARACTERS = {character.first_name.lower(): character for character in STORY}
NAMES = (*CHARACTERS, *LIVES)


async def record(names: Sequence[str]) -> None:
    """Record lives. Raises `SystemExit` with what went wrong when the story took another turn."""
    with tempfile.TemporaryDirectory() as directory:
        settings = story_settings(Settings(_env_file=None), Path(directory))
        async with Stack(settings, directory=Path(directory)) as stack, set_up(stack) as stage:
            await _live(stack, stage, [name for name in names if name in LIVES])
            await _play(stage, [name for name in names if name in CHARACTERS])


async def _live(stack: Stack, stage: Stage, names: Sequence[str]) -> None:
    """The short lives, each kept at once: the story's daily check would come by them too."""
    assert stack.mail is not None
    assert stack.settings.database_admin_url is not None
    shop = Shop(stage.client, stage.engine, stack.mail, stack.settings)
    for name in names:
        email = f"{name}@example.com"
        workflow_id = await LIVES[name](shop, email, stack.settings.database_admin_url)
        if workflow_id == shop.handle(email).id:
            await shop.quiet(email)
        await _keep(stage, name, workflow_id)


async def _play(stage: Stage, names: Sequence[str]) -> None:
    """The characters of the story."""
    problems = await perform(stage, tuple(CHARACTERS[name] for name in names), lambda *_: None)
    if problems:
        raise SystemExit("\n".join(problems))
    for name in names:
        await _keep(stage, name, stage.storefront.handle(CHARACTERS[name].email).id)


async def _keep(stage: Stage, name: str, workflow_id: str) -> None:
    runs = await runs_of(stage.client, workflow_id)
    write(name, runs)
    print(f"{name}: {len(runs)} runs, {sum(len(run.events) for run in runs)} events")


def main(names: Sequence[str]) -> None:
    """Record what the command line names."""
    unknown = set(names) - set(NAMES)
    if unknown:
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(NAMES)}")
    asyncio.run(record(names or NAMES))


if __name__ == "__main__":
    main(sys.argv[1:])
