"""What prevents messages to all or most customers."""

from collections.abc import Iterable

from db.messages.sending_stops import Stop
from operations.messages.sending import describe_stop
from operations.readiness.finding import Finding, amber, green, red
from operations.readiness.scope import ReadinessScope
from settings import Settings


def check_recipients(settings: Settings) -> list[Finding]:
    """The findings on dry run and allow-list."""
    return [_dry_run(settings), _allow_list(settings)]


def _dry_run(settings: Settings) -> Finding:
    name = "dry run"
    if settings.dry_run:
        return amber(name, "messages are written to files and not sent", "unset DRY_RUN to send")
    return green(name, "off")


def _allow_list(settings: Settings) -> Finding:
    name = "allow-list"
    if settings.recipient_allow_list:
        seen = f"only {len(settings.recipient_allow_list)} addresses or domains get messages"
        return amber(name, seen, "unset RECIPIENT_ALLOW_LIST to send to every customer")
    return green(name, "every customer may get messages")


def check_stops(stops: Iterable[Stop], scope: ReadinessScope) -> Finding:
    """Whether an operator has stopped sending."""
    name = "sending"
    for stop in stops:
        if stop.scope == "ALL" or scope.marketing:
            return red(name, describe_stop(stop), "`retention sending start` resumes it")
    return green(name, "is not stopped")
