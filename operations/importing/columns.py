"""Mapping a file's columns to our fields."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from operations.importing.refusal import InvalidFile

_PLACE = re.compile(r"\{([^{}]+)\}")

# Spreadsheets mark text that is not a number or formula like this; a name such as 't Hart keeps its apostrophe.
_TEXT_MARK = re.compile(r"^'(?=[-+=@\d])")


@dataclass(frozen=True)
class Format:
    """A kind of file: its fields, the required ones, and the presets of shop systems.

    A preset has the columns by which a shop system's export is recognised, and the source of each field: a column, a
    template with `{Column}`, or several of them separated by `|`, of which the first that is not empty counts.
    """

    fields: frozenset[str]
    required: tuple[str, ...]
    presets: Mapping[str, tuple[frozenset[str], Mapping[str, str]]]


class Columns:
    """The mapping for one header: turns a row's cells into our fields. Raises `InvalidFile`."""

    def __init__(self, header: Sequence[str], format_: Format, given: Mapping[str, str]) -> None:
        self.shop, sources = _detected(header, format_)
        for field in given:
            if field not in format_.fields:
                known = ", ".join(sorted(format_.fields))
                raise InvalidFile(f"{field} is not a field; the fields are {known}", field="map")
        places = {name.casefold(): place for place, name in reversed(list(enumerate(header)))}
        self._readers = {
            field: [_Reader.of(part, places, given=field in given) for part in source.split("|")]
            for field, source in {**sources, **given}.items()
        }
        missing = [field for field in format_.required if field not in self._readers]
        if missing:
            if not any(header):
                raise InvalidFile("has no header: its first line must name the columns", field="file")
            named = ", ".join(name for name in header if name)
            raise InvalidFile(f"has no column for {missing[0]}: map one; its columns are {named[:500]}", field="file")

    def read(self, cells: Sequence[str]) -> dict[str, str]:
        """Our fields, without the empty ones; runs of white space become one space."""
        clean = [" ".join(_TEXT_MARK.sub("", cell.strip()).split()) for cell in cells]
        found = {
            field: next((text for reader in readers if (text := reader.read(clean))), "")
            for field, readers in self._readers.items()
        }
        return {field: text for field, text in found.items() if text}


@dataclass(frozen=True)
class _Reader:
    """One source of a field: positions of cells with the text between them."""

    texts: tuple[str, ...]
    places: tuple[int, ...]

    @staticmethod
    def of(source: str, places: Mapping[str, int], *, given: bool) -> "_Reader":
        source = source.strip()
        names = _PLACE.findall(source) if "{" in source else [source]
        texts = tuple(_PLACE.sub("\0", source).split("\0")) if "{" in source else ("", "")
        known = [places.get(" ".join(name.split()).casefold()) for name in names]
        if any(place is None for place in known) or not names:
            if given:
                raise InvalidFile(f"the file has no column {source[:100]!r}", field="map")
            return _Reader((), ())
        return _Reader(texts, tuple(place for place in known if place is not None))

    def read(self, cells: Sequence[str]) -> str:
        """The text; empty when one of its cells is empty."""
        values = [cells[place] for place in self.places]
        if not values or not all(values):
            return ""
        whole = [self.texts[0]]
        for value, text in zip(values, self.texts[1:], strict=True):
            whole += [value, text]
        return "".join(whole)


def _detected(header: Sequence[str], format_: Format) -> tuple[str | None, dict[str, str]]:
    """The shop system whose export it is, if any, and the source of each field."""
    names = frozenset(name.casefold() for name in header)
    for shop, (signs, sources) in format_.presets.items():
        if {sign.casefold() for sign in signs} <= names:
            return shop, dict(sources)
    return None, {field: field for field in format_.fields if field in names}


def parse_map(options: Sequence[str], text: str | None) -> dict[str, str]:
    """A column mapping from `field=column` options and a YAML file's text; an option takes precedence.

    Raises `InvalidFile`, or `YAMLError`.
    """
    # As text, as in the CSV file: a column may be called No, or 1.
    document = yaml.load(text, Loader=yaml.BaseLoader) if text is not None else {}  # noqa: S506 - it makes text alone
    if not isinstance(document, dict) or not all(isinstance(part, str) for pair in document.items() for part in pair):
        raise InvalidFile("must be lines of `field: column`", field="map_file")
    found: dict[str, str] = dict(document)
    for option in options:
        field, separator, source = option.partition("=")
        if not separator or not field.strip() or not source.strip():
            raise InvalidFile("must be FIELD=COLUMN or FIELD=TEMPLATE, such as order_id=InvoiceNo", field="map")
        found[field.strip()] = source
    return found
