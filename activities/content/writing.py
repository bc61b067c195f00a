"""Writing: the activity in which a language model writes about the products of one message."""

from temporalio import activity

from activities.content.messages import ContentOutcome, ContentRequest


class Writing:
    """Has texts written, each once, and keeps them."""

    @activity.defn(name="write_content")
    async def write(self, request: ContentRequest) -> ContentOutcome:  # noqa: ARG002 - to be told apart from no model
        """Write what is missing. Whatever goes wrong, there is the campaign's own body to fall back on."""
        return ContentOutcome(written=False, detail="no language model is set up")
