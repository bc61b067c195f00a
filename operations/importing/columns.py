"""Which of a file's columns are which of ours."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from operations.importing.refusal import WrongFile

_PLACE = re.compile(r"\{([^{}]+)\}")

# Spreadsheets mark so what is text and no number or formula; a name such as 't Hart keeps what is its own.
_TEXT_MARK = re.compile(r"^'(?=[-+=@\d])")


@dataclass(frozen=True)
class Format:
    """A kind of file: the fields we know, the ones it cannot do without, and whose export is told by which columns.

    `presets` has, for each shop system, where our fields come from. A field comes from a column, from a template with
    `{Column}`, or, with `|` between them, from the first of several that is not empty.
    """

    fields: frozenset[str]
    required: tuple[str, ...]
    presets: Mapping[str, tuple[frozenset[str], Mapping[str, str]]]


class Columns:
    """A header, understood: turns a row's cells into our fields."""

    def __init__(self, header: Sequence[str], format_: Format, given: Mapping[str, str]) -> None:
        self.shop, sources = _detected(header, format_)
        for field in given:
            if field not in format_.fields:
                raise WrongFile(f"--map: {field} is no field; known are {', '.join(sorted(format_.fields))}")
        places = {name.casefold(): place for place, name in reversed(list(enumerate(header)))}
        self._readers = {
            field: [_Reader.of(part, places, given=field in given) for part in source.split("|")]
            for field, source in {**sources, **given}.items()
        }
        missing = [field for field in format_.required if field not in self._readers]
        if missing:
            named = ", ".join(name for name in header if name) or "none"
            raise WrongFile(f"FILE has no column for {missing[0]}: say which by --map; its columns are {named[:500]}")

    def read(self, cells: Sequence[str]) -> dict[str, str]:
        """Our fields, without the empty ones; white space in them is single."""
        clean = [" ".join(_TEXT_MARK.sub("", cell.strip()).split()) for cell in cells]
        found = {
            field: next((text for reader in readers if (text := reader.read(clean))), "")
            for field, readers in self._readers.items()
        }
        return {field: text for field, text in found.items() if text}


@dataclass(frozen=True)
class _Reader:
    """One source of a field: places of cells with the text between them."""

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
                raise WrongFile(f"--map: FILE has no column {source[:100]!r}")
            return _Reader((), ())
        return _Reader(texts, tuple(place for place in known if place is not None))

    def read(self, cells: Sequence[str]) -> str:
        """The text; empty when one of the cells it is made of is empty."""
        values = [cells[place] for place in self.places]
        if not values or not all(values):
            return ""
        whole = [self.texts[0]]
        for value, text in zip(values, self.texts[1:], strict=True):
            whole += [value, text]
        return "".join(whole)


def _detected(header: Sequence[str], format_: Format) -> tuple[str | None, dict[str, str]]:
    """Whose export it is, if a shop system's, and where the fields come from."""
    names = frozenset(name.casefold() for name in header)
    for shop, (signs, sources) in format_.presets.items():
        if {sign.casefold() for sign in signs} <= names:
            return shop, dict(sources)
    return None, {field: field for field in format_.fields if field in names}


def parse_map(options: Sequence[str], text: str | None) -> dict[str, str]:
    """A column mapping from `field=column` options and a YAML file's text; an option goes over the file.

    Raises `WrongFile`, or `YAMLError`.
    """
    # As bare text, as in the CSV file: a column may well be called No, or 1.
    document = yaml.load(text, Loader=yaml.BaseLoader) if text is not None else {}  # noqa: S506 - it makes text alone
    if not isinstance(document, dict) or not all(isinstance(part, str) for pair in document.items() for part in pair):
        raise WrongFile("--map-file: must be lines of `field: column`")
    found: dict[str, str] = dict(document)
    for option in options:
        field, separator, source = option.partition("=")
        if not separator or not field.strip() or not source.strip():
            raise WrongFile("--map: must be FIELD=COLUMN or FIELD=TEMPLATE, such as order_id=InvoiceNo")
        found[field.strip()] = source
    return found
