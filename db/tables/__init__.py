"""The database schema, one module per subject.

`Base.metadata` is what the migrations have to arrive at; a test compares the two.
"""

from db.tables.base import Base
from db.tables.campaigns import CAMPAIGN_PURPOSES, CAMPAIGN_REPEATS, CAMPAIGN_STATUSES, Campaign
from db.tables.customers import CustomerProfile, StateTransition
from db.tables.events import EVENT_STATUSES, InboxEvent
from db.tables.installation import Installation
from db.tables.messages import MESSAGE_STATUSES, Communication, RenderedMessage
from db.tables.suppressions import SUPPRESSION_REASONS, Suppression

__all__ = [
    "CAMPAIGN_PURPOSES",
    "CAMPAIGN_REPEATS",
    "CAMPAIGN_STATUSES",
    "EVENT_STATUSES",
    "MESSAGE_STATUSES",
    "SUPPRESSION_REASONS",
    "Base",
    "Campaign",
    "Communication",
    "CustomerProfile",
    "InboxEvent",
    "Installation",
    "RenderedMessage",
    "StateTransition",
    "Suppression",
]
