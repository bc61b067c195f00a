"""The words of one step of a campaign, in the languages and variants it is written in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter


@dataclass(frozen=True)
class Translation:
    """The texts that differ; what is None is as in the original."""

    subject: str | None = None
    preheader: str | None = None
    body: str | None = None


@dataclass(frozen=True)
class Variant:
    """One arm of an A/B test: the texts that differ, in the languages it is written in."""

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
        """Return the texts for one reader: in their language if there is a translation, else in the original one.

        A variant applies in the languages it is written in: the reader of a translation gets the variant's own
        translation, or else the step's.
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
        """Return the name of the translation that such a reader gets; None for the original."""
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
    """`de-AT` for a reader of German in Austria, else `de`. Upper and lower case are the same."""
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
