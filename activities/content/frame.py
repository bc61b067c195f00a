"""The frame around a message's body: the shop's name or logo, its colours, its postal address, the way out.

It is built by hand, from tables, with the styles in a sheet that css-inline puts into `style` attributes. MJML would
make the same tables of a markup of its own, but only for a whole message; a campaign's body is plain HTML with three
filters, written by people who know no MJML, and is styled by the same sheet as the frame. What cannot stand in an
attribute, narrow screens and dark programs, stays in the head.
"""

import css_inline
from markupsafe import Markup

from activities.content.color import palette
from activities.content.layouts import layout
from activities.content.letter import Shop
from activities.content.phrases import locale_of, phrases


class Frame:
    """One shop's frame."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._palette = palette(shop.color)
        self._inliners = {"ltr": self._inliner("left", "right"), "rtl": self._inliner("right", "left")}

    def around(
        self,
        body: Markup,
        *,
        subject: str,
        preheader: str,
        language: str,
        unsubscribe_url: str | None,
        pixel_url: str | None,
    ) -> str:
        """The whole HTML of a message. `language` is what its words are in, and tells which way it is read."""
        said = phrases(language)
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
            why=said.why.format(shop=self._shop.name),
            unsubscribe=said.unsubscribe,
            unsubscribe_url=unsubscribe_url,
            pixel_url=pixel_url,
        )
        return self._inliners[direction].inline(html)

    def _inliner(self, start: str, end: str) -> css_inline.CSSInliner:
        """Styles for words that begin at `start`: programs that show e-mail know left and right only."""
        sheet = layout("inlined.css.j2", palette=self._palette, start=start, end=end)
        return css_inline.CSSInliner(extra_css=sheet, load_remote_stylesheets=False)
