"""What a provider does with a message, by chance."""

from collections import Counter
from enum import StrEnum
from random import Random


class Fate(StrEnum):
    """Taken and answered, most of the time."""

    ANSWERED = "taken and answered"
    ANSWERED_LATE = "taken, answered too late"
    ANSWER_LOST = "taken, hung up without an answer"
    ANSWERED_WRONGLY = "taken, answered with 500"
    REFUSED = "refused for now"


WEIGHTS = {
    Fate.ANSWERED: 86,
    Fate.ANSWERED_LATE: 4,
    Fate.ANSWER_LOST: 3,
    Fate.ANSWERED_WRONGLY: 3,
    Fate.REFUSED: 4,
}


class Fates:
    """Draws fates out of those that a provider knows, and counts them."""

    def __init__(self, random: Random, *known: Fate) -> None:
        self._random = random
        self._known = known
        self.counts: Counter[Fate] = Counter()

    def draw(self) -> Fate:
        """What becomes of the next message."""
        fate = self._random.choices(self._known, weights=[WEIGHTS[fate] for fate in self._known])[0]
        self.counts[fate] += 1
        return fate

    def moment(self) -> float:
        """Seconds that a provider thinks."""
        return self._random.uniform(0.02, 0.2)
