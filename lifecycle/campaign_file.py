"""The file in which marketers write campaigns, and its rows: one per step.

```yaml
campaigns:
  - slug: abandoned-cart
    name: Abandoned cart
    trigger_event: CART_ABANDONED
    channel: EMAIL
    purpose: marketing
    exit_on: [cart_closed, purchase]
    expires_hours: 24
    steps:
      - {delay_hours: 0, subject: Still thinking it over?, body: "<p>…</p>"}
      - {delay_hours: 23, subject: Your cart is still here, body: "<p>…</p>"}
```

A campaign of one step may write `delay_hours`, `subject`, `preheader`, `body`, `locales` and `variants` without
`steps`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from lifecycle.campaigns import Approval, Channel, Conditions, Exit, Purpose, Repeat, TriggerEvent
from lifecycle.gate import SMS_CLOSES, SMS_OPENS
from lifecycle.wording import Translation, Variant, Wording
from retention_client.reasons import plain_reason

MOST_HOURS = 24 * 366
MOST_BODY = 64_000
SHORTHAND = ("delay_hours", "subject", "preheader", "body", "locales", "variants")
EXIT_NEEDS = {Exit.CART_CLOSED: "CART_ABANDONED", Exit.REFUND: "ORDER_PAID", Exit.LEFT_STATE: "ENTERED_STATE_"}
"""Exits that only one kind of trigger can ever meet."""

PLAIN_WORDS = {
    "extra_forbidden": "is not a field here",
    "string_type": "must be text; put it in quotes",
    "int_parsing": "must be a whole number",
}
PATTERNS = {
    "slug": "must be lower-case letters, digits and hyphens, such as spring-sale",
    "coupon_pool": "must be lower-case letters, digits and hyphens, such as spring-sale",
    "[key]": "must be a language, such as de or de-AT",
    "trigger_event": "must be ORDER_PAID, CART_ABANDONED, CUSTOM:<name> or ENTERED_STATE_<STATE>",
}
"""Pydantic's messages in plain words: by the kind of problem, and by the field that does not match its pattern."""


def _reject_boolean(value: object) -> object:
    """YAML reads `no` and `off` as false, which Python would take for 0."""
    if isinstance(value, bool):
        raise ValueError("must be a number; leave the field out for none")
    return value


Number = Annotated[int, BeforeValidator(_reject_boolean)]
Hours = Annotated[Number, Field(ge=0, le=MOST_HOURS)]
Line = Annotated[str, Field(min_length=1, max_length=500)]
Body = Annotated[str, Field(min_length=1, max_length=MOST_BODY)]
LocaleName = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")]
PoolName = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]


@dataclass(frozen=True)
class CampaignRow:
    """One step of a campaign with everything that its campaign says, without its id and status."""

    slug: str
    name: str
    trigger_event: str
    channel: Channel
    purpose: Purpose
    wording: Wording
    step: int = 1
    delay_hours: int = 0
    expires_hours: int = 72
    repeat: Repeat = Repeat.ALWAYS
    repeat_after_days: int | None = None
    exit_on: tuple[Exit, ...] = ()
    max_products: int | None = None
    priority: int = 100
    conditions: dict[str, Any] = field(default_factory=dict)
    send_at_hour: int | None = None
    holdout: int = 0
    coupon_pool: str | None = None
    coupon_fallback: str | None = None
    approval: Approval = Approval.NONE


class InvalidCampaignFile(ValueError):
    """One line per problem, each naming the campaign and the field."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class FileWords(BaseModel):
    """Texts, or the texts that differ."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Line | None = None
    preheader: Line | None = None
    body: Body | None = None

    def translation(self) -> Translation:
        """Convert it to the value that the rules use."""
        return Translation(self.subject, self.preheader, self.body)


class FileVariant(FileWords):
    """One arm of an A/B test: the texts in which it differs from its step."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,20}$")]
    weight: Annotated[Number, Field(ge=1, le=100)] = 1
    locales: dict[LocaleName, FileWords] = Field(default_factory=dict)

    def variant(self) -> Variant:
        """Convert it to the value that the rules use."""
        locales = {name: words.translation() for name, words in self.locales.items()}
        return Variant(self.name, self.weight, self.subject, self.preheader, self.body, locales)


class FileStep(FileWords):
    """One message of a campaign. `locales` are translations, `variants` the arms of an A/B test."""

    delay_hours: Hours = 0
    body: Body
    locales: dict[LocaleName, FileWords] = Field(default_factory=dict)
    variants: Annotated[tuple[FileVariant, ...], Field(max_length=5)] = ()

    @model_validator(mode="after")
    def _tests_something(self) -> "FileStep":
        names = [arm.name for arm in self.variants]
        if len(names) == 1 or len(set(names)) < len(names):
            raise ValueError("variants: need two or more, each with a name of its own")
        return self

    def every_words(self) -> Iterator[FileWords]:
        """The step's own words, its translations, its variants and theirs."""
        yield from (self, *self.locales.values())
        for arm in self.variants:
            yield from (arm, *arm.locales.values())

    def wording(self, prompt: str | None) -> Wording:
        """Convert it to the value that the rules use."""
        locales = {name: words.translation() for name, words in self.locales.items()}
        variants = tuple(arm.variant() for arm in self.variants)
        return Wording(self.body, self.subject, self.preheader, prompt, locales, variants)


class FileCampaign(BaseModel):
    """A campaign as it is written in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    trigger_event: Annotated[TriggerEvent, Field(max_length=50)]
    channel: Channel
    purpose: Purpose
    repeat: Repeat = Repeat.ALWAYS
    repeat_after_days: Annotated[Number, Field(ge=1, le=3650)] | None = None
    conditions: Conditions = Conditions()
    exit_on: tuple[Exit, ...] = ()
    priority: Annotated[Number, Field(ge=0, le=1000)] = 100
    max_products: Annotated[Number, Field(ge=1, le=10)] | None = None
    expires_hours: Annotated[Hours, Field(ge=1)] = 72
    send_at_hour: Annotated[Number, Field(ge=0, le=23)] | None = None
    holdout: Annotated[Number, Field(ge=0, le=50)] = 0
    coupon_pool: PoolName | None = None
    coupon_fallback: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = None
    prompt: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    approval: Approval = Approval.NONE
    steps: Annotated[tuple[FileStep, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="before")
    @classmethod
    def _take_shorthand(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "steps" in given or not given.keys() & set(SHORTHAND):
            return given
        step = {name: given[name] for name in SHORTHAND if name in given}
        return {**{name: value for name, value in given.items() if name not in SHORTHAND}, "steps": [step]}

    @model_validator(mode="after")
    def _fits_together(self) -> "FileCampaign":
        if (self.repeat is Repeat.AFTER_DAYS) != (self.repeat_after_days is not None):
            raise ValueError("repeat_after_days: goes with repeat: after_days, and only with it")
        if self.max_products is not None and self.trigger_event != "ORDER_PAID":
            raise ValueError("max_products: is for ORDER_PAID only")
        for exit_ in self.exit_on:
            if not self.trigger_event.startswith(EXIT_NEEDS.get(exit_, "")):
                raise ValueError(f"exit_on: {exit_} never happens after {self.trigger_event}")
        return self

    @model_validator(mode="after")
    def _fits_its_channel(self) -> "FileCampaign":
        if self.channel == "SMS" and self.prompt:
            raise ValueError("prompt: is for e-mail only")
        hour = self.send_at_hour
        if self.channel == "SMS" and hour is not None and not SMS_OPENS.hour <= hour < SMS_CLOSES.hour:
            raise ValueError(f"send_at_hour: text messages go out from {SMS_OPENS.hour} to {SMS_CLOSES.hour} o'clock")
        for number, step in enumerate(self.steps, start=1):
            if self.channel == "EMAIL" and step.subject is None:
                raise ValueError(f"steps.{number}.subject: an e-mail needs one")
            if self.channel == "SMS" and any(words.subject or words.preheader for words in step.every_words()):
                raise ValueError(f"steps.{number}.subject: a text message has none")
        return self

    @model_validator(mode="after")
    def _goes_with(self) -> "FileCampaign":
        if self.holdout and self.purpose is not Purpose.MARKETING:
            raise ValueError("holdout: is for marketing only; every customer gets a transactional message")
        if self.coupon_fallback and not self.coupon_pool:
            raise ValueError("coupon_fallback: goes with coupon_pool, and only with it")
        if self.approval is Approval.REQUIRED and not self.prompt:
            raise ValueError("approval: goes with prompt, and only with it")
        return self

    def rows(self) -> Iterator[CampaignRow]:
        """One row per step, numbered from 1."""
        for number, step in enumerate(self.steps, start=1):
            yield CampaignRow(
                slug=self.slug,
                step=number,
                name=self.name,
                trigger_event=self.trigger_event,
                channel=self.channel,
                purpose=self.purpose,
                delay_hours=step.delay_hours,
                expires_hours=self.expires_hours,
                repeat=self.repeat,
                repeat_after_days=self.repeat_after_days,
                exit_on=tuple(sorted(set(self.exit_on))),
                max_products=self.max_products,
                priority=self.priority,
                wording=step.wording(self.prompt),
                conditions=self.conditions.model_dump(mode="json", exclude_defaults=True),
                send_at_hour=self.send_at_hour,
                holdout=self.holdout,
                coupon_pool=self.coupon_pool,
                coupon_fallback=self.coupon_fallback,
                approval=self.approval,
            )


def read_campaigns(text: str) -> tuple[CampaignRow, ...]:
    """The rows of a file's text. Raises `InvalidCampaignFile` with every problem in it, or `yaml.YAMLError`."""
    written = _campaign_list(yaml.safe_load(text))
    problems: list[str] = []
    found: list[FileCampaign] = []
    for number, given in enumerate(written, start=1):
        name = str(given.get("slug", f"campaign {number}")) if isinstance(given, dict) else f"campaign {number}"
        try:
            found.append(FileCampaign.model_validate(given))
        except ValidationError as error:
            problems += [f"{name}: {problem}" for problem in _problems(error)]
    slugs = [campaign.slug for campaign in found]
    problems += [f"{slug}: slug: is used twice in the file" for slug in dict.fromkeys(slugs) if slugs.count(slug) > 1]
    if problems:
        raise InvalidCampaignFile(problems)
    return tuple(row for campaign in found for row in campaign.rows())


def _campaign_list(document: object) -> list[object]:
    if not isinstance(document, dict) or set(document) != {"campaigns"} or not isinstance(document["campaigns"], list):
        raise InvalidCampaignFile(["the file: must hold one list named campaigns"])
    return document["campaigns"]


def _problems(error: ValidationError) -> Iterator[str]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    in_steps = any(problem["loc"][:1] == ("steps",) and len(problem["loc"]) > 1 for problem in found)
    for problem in found:
        if in_steps and problem["loc"] == ("steps",):
            continue  # Invalid steps are not counted, so that pydantic also reports too few.
        if problem["type"] == "value_error" and not problem["loc"]:
            yield problem["msg"].removeprefix("Value error, ")
        else:
            place = [part for part in problem["loc"] if part != "[key]"]
            path = ".".join(str(part + 1 if isinstance(part, int) else part) for part in place)
            yield f"{path or 'campaign'}: {_said(problem)}"


def _said(problem: ErrorDetails) -> str:
    kind, place = problem["type"], problem["loc"]
    plain = PATTERNS.get(str(place[-1])) if kind == "string_pattern_mismatch" else PLAIN_WORDS.get(kind)
    return plain or plain_reason(problem)
