"""The frame around the body of an e-mail: logo or name, colours, postal address, unsubscribe link.

The frame is made of HTML tables, with styles that css-inline moves into `style` attributes. MJML would generate similar
tables, but only for a whole message; the body of a campaign is plain HTML with three filters, and is styled by the same
sheet as the frame. Rules that cannot be inlined (media queries for narrow screens and dark mode) stay in the head.
"""

import css_inline
from markupsafe import Markup

from activities.content.color import palette
from activities.content.layouts import layout
from activities.content.message_draft import ShopDetails
from activities.content.phrases import locale_of, phrases


class EmailFrame:
    """The frame of one shop's e-mails."""

    def __init__(self, shop: ShopDetails) -> None:
        self._shop = shop
        self._palette = palette(shop.color)
        self._inliners = {"ltr": self._inliner("left", "right"), "rtl": self._inliner("right", "left")}

    def wrap(
        self,
        body: Markup,
        *,
        subject: str,
        preheader: str,
        language: str,
        unsubscribe_url: str | None,
        pixel_url: str | None,
    ) -> str:
        """The complete HTML of an e-mail. `language` is the body's; it decides the text direction."""
        text = phrases(language)
        direction = locale_of(language).text_direction
        html = layout(
            "email.html.j2",
            shop=self._shop,
            palette=self._palette,
            language=language.replace("_", "-"),
            direction=direction,
            subject=subject,
            preheader=preheader,
            body=body,
            why=text.why.format(shop=self._shop.name),
            unsubscribe=text.unsubscribe,
            unsubscribe_url=unsubscribe_url,
            pixel_url=pixel_url,
        )
        return self._inliners[direction].inline(html)

    def _inliner(self, start: str, end: str) -> css_inline.CSSInliner:
        """Styles for text that begins at `start`. Mail programs support `left` and `right`, not logical sides."""
        sheet = layout("inlined.css.j2", palette=self._palette, start=start, end=end)
        return css_inline.CSSInliner(extra_css=sheet, load_remote_stylesheets=False)
