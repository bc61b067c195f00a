"""What is examined: everything, or what the campaigns that are about to go live need."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from lifecycle.campaign_file import CampaignRow
from lifecycle.campaigns import Purpose


@dataclass(frozen=True)
class ReadinessScope:
    """Everything, or, with `rows`, what their channels, purposes and texts need."""

    email: bool = True
    sms: bool = True
    marketing: bool = True
    language_model: bool = True
    rows: tuple[CampaignRow, ...] = ()

    @classmethod
    def of(cls, rows: Iterable[CampaignRow]) -> Self:
        """What these steps of campaigns need."""
        steps = tuple(rows)
        return cls(
            email=any(row.channel == "EMAIL" for row in steps),
            sms=any(row.channel == "SMS" for row in steps),
            marketing=any(row.purpose is Purpose.MARKETING for row in steps),
            language_model=any(row.wording.prompt is not None for row in steps),
            rows=steps,
        )
