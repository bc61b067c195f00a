"""Security headers of every response, unless the route sets its own."""

import base64
import hashlib

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "Content-Security-Policy"
STRICT = {
    "Cache-Control": "no-store",
    POLICY: "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Nothing may be loaded, run, framed or cached."""

ONLY_ENCRYPTED = {"Strict-Transport-Security": "max-age=31536000"}


def policy_for(style: str, *, form: bool = False) -> dict[str, str]:
    """The policy for a page with one inline style and, with `form`, a form that is sent to us.

    The policy allows only this style, by its digest.
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"{STRICT[POLICY]}; style-src 'sha256-{digest}'"
    return {POLICY: policy.replace("form-action 'none'", "form-action 'self'") if form else policy}


class ResponseHeaders:
    """Adds missing headers to each response. With an HTTPS PUBLIC_URL browsers must use HTTPS from then on."""

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        self._headers = {**STRICT, **(ONLY_ENCRYPTED if public_url.startswith("https://") else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, answer)
