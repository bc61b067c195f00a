"""A message explained, line by line, for whoever has a customer on the telephone."""

from collections.abc import Iterator

from operations.customers.message_explanation import ExplainedMessage, Words
from starter.commands.output import moment


def message_lines(message: ExplainedMessage) -> Iterator[tuple[str, object]]:
    """Names and values, in the order in which things happened; what became of it comes first."""
    sent = f" ({moment(message.sent_at)})" if message.sent_at else ""
    yield f"  {message.step}. {message.status}", message.why + sent
    yield "     because of", _occasion(message)
    yield "     planned", f"{moment(message.planned_at)}, for {_span(message)}"
    for decision in message.decisions:
        until = f" until {moment(decision.until)}" if decision.until else ""
        yield f"     {decision.decision}", f"{moment(decision.at)}{until}: {decision.reason}"
    if message.variant:
        yield "     variant", message.variant
    if message.words:
        yield "     words", _words(message.words)
    for reaction in message.reactions:
        yield "     after that", f"{moment(reaction.at)}: {reaction.told}"
    if message.provider_message_id:
        yield "     provider", f"{message.provider} calls it {message.provider_message_id}"
    yield from _others(message)


def _occasion(message: ExplainedMessage) -> str:
    if message.event is None:
        return f"{message.occurrence or 'an unknown occasion'}"
    named = f" (event {message.event.event_id})" if message.event.event_id else ""
    return f"{message.event.what}, {moment(message.event.at)}{named}"


def _span(message: ExplainedMessage) -> str:
    # Of one that was put off the first plan is not kept: what it waited for stands in the decisions.
    return f"{moment(message.due_at)}, good until {moment(message.expires_at)}"


def _words(words: Words) -> str:
    if words.model is None:
        return f"as the campaign has them: {words.reason}"
    used = f"{words.tokens} tokens, {words.cost}"
    return f"by {words.model}, " + (f"written before for {used}" if words.reused else used)


def _others(message: ExplainedMessage) -> Iterator[tuple[str, object]]:
    """What else the same event did, and did not, set off."""
    answered = [f"{one.slug} ({one.why})" for one in message.candidates if one.answered]
    silent = [f"{one.slug} ({one.why})" for one in message.candidates if not one.answered]
    if len(answered) > 1:
        yield "     answered", ", ".join(answered)
    if silent:
        yield "     did not", ", ".join(silent)
