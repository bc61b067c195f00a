"""The database schema, one module per subject.

`Base.metadata` is what the migrations have to arrive at; a test compares the two.
"""

from db.tables.base import Base
from db.tables.campaigns import (
    CAMPAIGN_APPROVALS,
    CAMPAIGN_PURPOSES,
    CAMPAIGN_REPEATS,
    CAMPAIGN_STATUSES,
    Campaign,
    CampaignStart,
)
from db.tables.contents import CONTENT_STATUSES, LanguageModelUse, WrittenContent
from db.tables.coupons import CouponCode
from db.tables.customers import CustomerProfile, StateTransition
from db.tables.erasures import Erasure
from db.tables.events import EVENT_STATUSES, InboxEvent
from db.tables.installation import Installation
from db.tables.messages import MESSAGE_EVENT_KINDS, MESSAGE_STATUSES, Communication, MessageEvent, RenderedMessage
from db.tables.references import CustomerReference
from db.tables.sending import SENDING_SCOPES, SendingRate, SendingStop
from db.tables.suppressions import SUPPRESSION_REASONS, Suppression
from db.tables.tokens import ApiToken

__all__ = [
    "CAMPAIGN_APPROVALS",
    "CAMPAIGN_PURPOSES",
    "CAMPAIGN_REPEATS",
    "CAMPAIGN_STATUSES",
    "CONTENT_STATUSES",
    "EVENT_STATUSES",
    "MESSAGE_EVENT_KINDS",
    "MESSAGE_STATUSES",
    "SENDING_SCOPES",
    "SUPPRESSION_REASONS",
    "ApiToken",
    "Base",
    "Campaign",
    "CampaignStart",
    "Communication",
    "CouponCode",
    "CustomerProfile",
    "CustomerReference",
    "Erasure",
    "InboxEvent",
    "Installation",
    "LanguageModelUse",
    "MessageEvent",
    "RenderedMessage",
    "SendingRate",
    "SendingStop",
    "StateTransition",
    "Suppression",
    "WrittenContent",
]
