"""The words of one step of a campaign, in the languages and variants it is written in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter


@dataclass(frozen=True)
class Translation:
    """What is said differently; what is left out is said as before."""

    subject: str | None = None
    preheader: str | None = None
    body: str | None = None


@dataclass(frozen=True)
class Variant:
    """One arm of an A/B test: how its words differ, in the languages it is written in."""

    name: str
    weight: int = 1
    subject: str | None = None
    preheader: str | None = None
    body: str | None = None
    locales: Mapping[str, Translation] = field(default_factory=dict)


@dataclass(frozen=True)
class Wording:
    """The templates of one step. A text message has a body alone; with a `prompt` the body is the fallback.

    `locales` are translations by language (`de`) or by language and country (`de-AT`).
    """

    body: str
    subject: str | None = None
    preheader: str | None = None
    prompt: str | None = None
    locales: Mapping[str, Translation] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()

    def for_reader(self, locale: str | None, variant: str | None) -> "Wording":
        """The words for one reader: in their language where there is one, else as first written.

        A variant counts in the languages it is written in: who reads a translation gets the variant's own translation,
        or else the common one.
        """
        arm = self._arm(variant)
        plain = replace(self, locales={}, variants=())
        translation = _nearest(self.locales, locale)
        if translation is not None:
            plain = _said(plain, translation)
            own = _nearest(arm.locales, locale) if arm else None
            return _said(plain, own) if own else plain
        if arm is None:
            return plain
        own = _nearest(arm.locales, locale)
        return _said(plain, own or Translation(arm.subject, arm.preheader, arm.body))

    def language_for(self, locale: str | None, variant: str | None) -> str | None:
        """The translation that such a reader gets, by its name; None when they read the words as first written."""
        arm = self._arm(variant)
        return _nearest_name(self.locales, locale) or (_nearest_name(arm.locales, locale) if arm else None)

    def languages(self) -> tuple[str, ...]:
        """Every language that the words, or those of a variant, are translated into."""
        return tuple(dict.fromkeys([*self.locales, *(name for arm in self.variants for name in arm.locales)]))

    def _arm(self, variant: str | None) -> Variant | None:
        return next((arm for arm in self.variants if arm.name == variant), None)


def wording_of(row: Mapping[str, Any]) -> Wording:
    """The words in a row of `campaigns`."""
    return _wording.validate_python(
        {
            "body": row["template_body"] or "",
            **{name: row[name] for name in ("subject", "preheader", "prompt", "locales", "variants")},
        }
    )


_wording = TypeAdapter(Wording)


def _nearest(locales: Mapping[str, Translation], locale: str | None) -> Translation | None:
    name = _nearest_name(locales, locale)
    return None if name is None else locales[name]


def _nearest_name(locales: Mapping[str, Translation], locale: str | None) -> str | None:
    """`de-AT` for who reads German in Austria, else `de`. Locales are told apart without regard to case."""
    tag = (locale or "").replace("_", "-").lower()
    known = {name.lower(): name for name in locales}
    while tag:
        if tag in known:
            return known[tag]
        tag = tag.rpartition("-")[0]
    return None


def _said(wording: Wording, news: Translation) -> Wording:
    return replace(
        wording,
        subject=wording.subject if news.subject is None else news.subject,
        preheader=wording.preheader if news.preheader is None else news.preheader,
        body=wording.body if news.body is None else news.body,
    )
