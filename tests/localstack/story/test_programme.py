"""The programme: characters play at once, and are read one after the other."""

from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from lifecycle.messages import MessageStatus
from lifecycle.states import State
from localstack.story.programme import Programme
from localstack.story.scene import Character, Message, Scene

NOW = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
VISITS = Scene("visits", State.VISITOR)
BUYS = Scene("buys", State.CUSTOMER, messages=(Message("care-guide"), Message("win-back", MessageStatus.SKIPPED, 2)))
ADA = Character("Ada Adams", "ada@example.com", 1, "comes first", (VISITS, BUYS))
BEN = Character("Ben Brown", "ben@example.com", 2, "comes second", (VISITS,))


def test_who_is_not_on_yet_waits() -> None:
    screen, programme = _programme()
    programme.told(BEN, VISITS, NOW)
    programme.told(ADA, VISITS, NOW)
    assert "Ben" not in screen.getvalue()
    programme.told(ADA, BUYS, NOW)
    assert _words(screen) == [
        "Ada Adams: comes first",
        "2026-03-01 10:30 visits VISITOR",
        "2026-03-01 10:30 buys CUSTOMER care guide",
        "win back 2: skipped",
        "Ben Brown: comes second",
        "2026-03-01 10:30 visits VISITOR",
    ]


def test_a_story_that_broke_off_holds_nobody_up() -> None:
    screen, programme = _programme()
    programme.told(ADA, VISITS, NOW)
    programme.told(BEN, VISITS, NOW)
    programme.finish()
    assert [line for line in _words(screen) if ":" in line.split()[1]] == [
        "Ada Adams: comes first",
        "2026-03-01 10:30 visits VISITOR",
        "Ben Brown: comes second",
        "2026-03-01 10:30 visits VISITOR",
    ]


def _programme() -> tuple[StringIO, Programme]:
    screen = StringIO()
    return screen, Programme((ADA, BEN), Console(file=screen, width=160))


def _words(screen: StringIO) -> list[str]:
    return [" ".join(line.split()) for line in screen.getvalue().splitlines() if line.strip()]
