"""The database schema, one module per subject.

`Base.metadata` is what the migrations have to arrive at; a test compares the two.
"""

from db.schema.tables.base import Base
from db.schema.tables.campaigns import (
    CAMPAIGN_APPROVALS,
    CAMPAIGN_PURPOSES,
    CAMPAIGN_REPEATS,
    CAMPAIGN_STATUSES,
    CampaignDefinition,
    CampaignStart,
    CampaignStep,
)
from db.schema.tables.contents import CONTENT_STATUSES, LanguageModelContent, LanguageModelUse
from db.schema.tables.coupons import CouponCode
from db.schema.tables.customers import CustomerProfile, StateTransition
from db.schema.tables.erasures import Erasure
from db.schema.tables.events import EVENT_STATUSES, InboxEvent
from db.schema.tables.installation import Installation
from db.schema.tables.messages import (
    MESSAGE_EVENT_KINDS,
    MESSAGE_STATUSES,
    Communication,
    MessageEvent,
    RenderedMessage,
)
from db.schema.tables.orders import CustomerOrder
from db.schema.tables.references import CustomerReference
from db.schema.tables.sending import SENDING_SCOPES, SendingRate, SendingStop
from db.schema.tables.suppressions import SUPPRESSION_REASONS, Suppression
from db.schema.tables.tokens import ApiToken

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
    "CampaignDefinition",
    "CampaignStart",
    "CampaignStep",
    "Communication",
    "CouponCode",
    "CustomerOrder",
    "CustomerProfile",
    "CustomerReference",
    "Erasure",
    "InboxEvent",
    "Installation",
    "LanguageModelContent",
    "LanguageModelUse",
    "MessageEvent",
    "RenderedMessage",
    "SendingRate",
    "SendingStop",
    "StateTransition",
    "Suppression",
]
