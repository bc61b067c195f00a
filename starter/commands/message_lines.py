"""A message explained, line by line."""

from collections.abc import Iterator

from operations.customers.message_explanation import ExplainedMessage, ExplainedText
from starter.commands.output import moment


def message_lines(message: ExplainedMessage) -> Iterator[tuple[str, object]]:
    """Names and values in the order in which things happened; the outcome comes first."""
    sent = f" ({moment(message.sent_at)})" if message.sent_at else ""
    yield f"  {message.step}. {message.status}", message.why + sent
    yield "     because of", _cause(message)
    yield "     planned", f"{moment(message.planned_at)}, for {_period(message)}"
    for decision in message.decisions:
        until = f" until {moment(decision.until)}" if decision.until else ""
        yield f"     {decision.decision}", f"{moment(decision.at)}{until}: {decision.reason}"
    if message.variant:
        yield "     variant", message.variant
    if message.words:
        yield "     text", _text(message.words)
    for reaction in message.reactions:
        yield "     after that", f"{moment(reaction.at)}: {reaction.description}"
    if message.provider_message_id:
        yield "     provider", f"{message.provider}, as {message.provider_message_id}"
    yield from _others(message)


def _cause(message: ExplainedMessage) -> str:
    if message.event is None:
        return f"{message.occurrence or 'an unknown event'}"
    event_id = f" (event {message.event.event_id})" if message.event.event_id else ""
    return f"{message.event.what}, {moment(message.event.at)}{event_id}"


def _period(message: ExplainedMessage) -> str:
    # The first plan of a deferred message is not stored; the decisions show why it was deferred.
    return f"{moment(message.due_at)}, good until {moment(message.expires_at)}"


def _text(text: ExplainedText) -> str:
    if text.model is None:
        return f"the campaign's own body: {text.reason}"
    used = f"{text.tokens} tokens, {text.cost}"
    return f"by {text.model}, " + (f"written before for {used}" if text.reused else used)


def _others(message: ExplainedMessage) -> Iterator[tuple[str, object]]:
    """The other campaigns on the same event, with and without messages."""
    answered = [f"{one.slug} ({one.why})" for one in message.candidates if one.answered]
    silent = [f"{one.slug} ({one.why})" for one in message.candidates if not one.answered]
    if len(answered) > 1:
        yield "     also sent by", ", ".join(answered)
    if silent:
        yield "     not sent by", ", ".join(silent)
