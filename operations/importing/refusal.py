"""Why a row cannot be used."""


class Refused(ValueError):
    """A row, or a value in it, cannot be used. The message is the reason, without personal data."""


class WrongFile(ValueError):
    """The file as a whole cannot be read as it was asked for; the message says what is missing."""
