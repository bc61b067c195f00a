"""Whether the language model can be used, where one is configured."""

from operations.readiness.finding import Finding, amber, green, red
from operations.readiness.scope import ReadinessScope
from operations.readiness.web import NoAnswer, WebAnswer, ask, items
from settings import Settings

NAME = "language model"
OPENAI = "https://api.openai.com/v1"


async def check_language_model(settings: Settings, scope: ReadinessScope) -> Finding:
    """Check the key and the model against the server's list of models."""
    if settings.openai_api_key is None and settings.openai_base_url is None:
        if not scope.rows:
            return green(NAME, "none is configured: texts are sent as written")
        return amber(
            NAME, "none is configured: the campaign's own body is sent", "set OPENAI_API_KEY or OPENAI_BASE_URL"
        )
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
    answer = await ask(f"{settings.openai_base_url or OPENAI}/models", token=key)
    if isinstance(answer, NoAnswer):
        return red(NAME, answer.reason, "check OPENAI_BASE_URL, and whether this machine can reach it")
    return _judged(answer, settings.openai_model)


def _judged(answer: WebAnswer, wanted: str) -> Finding:
    models = items(answer, "data")
    if answer.status in (401, 403):
        return red(NAME, f"rejects the key ({answer.status})", "check OPENAI_API_KEY")
    if answer.status != 200 or models is None:
        return red(NAME, f"does not answer with a list of models ({answer.status})", "check OPENAI_BASE_URL")
    if all(model.get("id") != wanted for model in models):
        return amber(NAME, f"does not list {wanted}", "check OPENAI_MODEL")
    return green(NAME, f"offers {wanted}")
