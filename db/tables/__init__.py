"""The database schema, one module per subject.

`Base.metadata` is what the migrations have to arrive at; a test compares the two.
"""

from db.tables.base import Base
from db.tables.campaigns import CAMPAIGN_PURPOSES, CAMPAIGN_REPEATS, CAMPAIGN_STATUSES, Campaign
from db.tables.customers import CustomerProfile, StateTransition
from db.tables.erasures import Erasure
from db.tables.events import EVENT_STATUSES, InboxEvent
from db.tables.installation import Installation
from db.tables.messages import MESSAGE_EVENT_KINDS, MESSAGE_STATUSES, Communication, MessageEvent, RenderedMessage
from db.tables.references import CustomerReference
from db.tables.suppressions import SUPPRESSION_REASONS, Suppression
from db.tables.tokens import ApiToken

__all__ = [
    "CAMPAIGN_PURPOSES",
    "CAMPAIGN_REPEATS",
    "CAMPAIGN_STATUSES",
    "EVENT_STATUSES",
    "MESSAGE_EVENT_KINDS",
    "MESSAGE_STATUSES",
    "SUPPRESSION_REASONS",
    "ApiToken",
    "Base",
    "Campaign",
    "Communication",
    "CustomerProfile",
    "CustomerReference",
    "Erasure",
    "InboxEvent",
    "Installation",
    "MessageEvent",
    "RenderedMessage",
    "StateTransition",
    "Suppression",
]
