"""The fixed phrases of the layout (unsubscribe, total …), by language."""

from dataclasses import dataclass

from babel import Locale, UnknownLocaleError

ENGLISH = Locale("en")


@dataclass(frozen=True)
class Phrases:
    """`why` has the placeholder `{shop}`; `more` has `{count}`, the number of lines that a table leaves out."""

    unsubscribe: str
    why: str
    total: str
    more: str


BY_LANGUAGE = {
    "en": Phrases("Unsubscribe", "You receive this as a customer of {shop}.", "Total", "and {count} more"),
    "de": Phrases("Abmelden", "Sie erhalten diese Nachricht als Kunde von {shop}.", "Summe", "und {count} weitere"),
    "es": Phrases("Darse de baja", "Recibes este mensaje como cliente de {shop}.", "Total", "y {count} más"),
    "fr": Phrases(
        "Se désabonner", "Vous recevez ce message en tant que client de {shop}.", "Total", "et {count} de plus"
    ),
    "it": Phrases("Annulla iscrizione", "Ricevi questo messaggio come cliente di {shop}.", "Totale", "e altri {count}"),
    "nl": Phrases("Uitschrijven", "Je ontvangt dit bericht als klant van {shop}.", "Totaal", "en nog {count}"),
    "pt": Phrases("Cancelar inscrição", "Você recebe esta mensagem como cliente de {shop}.", "Total", "e mais {count}"),
    "ar": Phrases("إلغاء الاشتراك", "تصلك هذه الرسالة لأنك من عملاء {shop}.", "الإجمالي", "و{count} أخرى"),
    "he": Phrases("הסרה מרשימת התפוצה", "ההודעה נשלחת ללקוחות של {shop}.", 'סה"כ', "ועוד {count}"),
}


def phrases(language: str | None) -> Phrases:
    """The phrases in a language such as `de` or `pt-BR`; English when there are none."""
    return BY_LANGUAGE.get(locale_of(language).language, BY_LANGUAGE["en"])


def locale_of(*tags: str | None) -> Locale:
    """The locale of the first valid tag, such as `en-GB` or `pt_BR`; else English."""
    for tag in filter(None, tags):
        try:
            return Locale.parse(tag.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            continue
    return ENGLISH
