"""What keeps messages back from everybody, or from most."""

from collections.abc import Iterable

from db.messages.sending_stops import Stop
from operations.readiness.finding import Finding, amber, green, red
from operations.readiness.scope import Scope
from settings import Settings


def check_recipients(settings: Settings) -> list[Finding]:
    """Who gets messages at all."""
    return [_dry_run(settings), _allow_list(settings)]


def _dry_run(settings: Settings) -> Finding:
    name = "dry run"
    if settings.dry_run:
        return amber(name, "messages are written to files and reach nobody", "unset DRY_RUN to send")
    return green(name, "off")


def _allow_list(settings: Settings) -> Finding:
    name = "allow-list"
    if settings.recipient_allow_list:
        told = f"only {len(settings.recipient_allow_list)} addresses or domains get messages"
        return amber(name, told, "unset RECIPIENT_ALLOW_LIST to write to everybody")
    return green(name, "everybody may get messages")


def check_stops(stops: Iterable[Stop], scope: Scope) -> Finding:
    """Somebody turned the switch."""
    name = "sending"
    for stop in stops:
        if stop.scope == "ALL" or scope.marketing:
            what = "all sending" if stop.scope == "ALL" else "marketing"
            why = f": {stop.reason}" if stop.reason else ""
            since = f"{stop.stopped_at:%Y-%m-%d %H:%M}"
            return red(name, f"{what} is stopped since {since}{why}", "`retention sending start` lets it go on")
    return green(name, "is not stopped")
