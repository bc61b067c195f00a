"""Drawings that replace the sample products' pictures in a proof: their URLs do not exist."""

from base64 import b64encode

from activities.content.sample import SKILLET, TEAPOT

SKILLET_DRAWING = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120" width="480" height="480">
<defs><radialGradient id="iron" cx=".42" cy=".38" r=".75">
<stop offset="0" stop-color="#4b4a49"/><stop offset="1" stop-color="#1f1e1e"/></radialGradient></defs>
<rect width="120" height="120" fill="#e9dfd1"/><ellipse cx="58" cy="80" rx="42" ry="10" opacity=".1"/>
<g transform="rotate(-38 55 62)"><rect x="84" y="57" width="38" height="11" rx="5.5" fill="#262525"/>
<circle cx="115" cy="62.5" r="2.6" fill="#e9dfd1"/><circle cx="55" cy="62" r="34" fill="#242323"/>
<circle cx="55" cy="62" r="29" fill="url(#iron)"/>
<path d="M36 48a24 24 0 0 1 20-11" stroke="#7b7977" stroke-width="2" fill="none" stroke-linecap="round" opacity=".7"/>
</g></svg>"""
TEAPOT_DRAWING = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120" width="480" height="480">
<defs><linearGradient id="glaze" x1="0" y1="0" x2="1" y2="1">
<stop offset="0" stop-color="#9fb0a3"/><stop offset="1" stop-color="#5f7568"/></linearGradient></defs>
<rect width="120" height="120" fill="#f0e7da"/><ellipse cx="60" cy="92" rx="38" ry="6" opacity=".1"/>
<path d="M88 56c16-4 22 8 14 17-5 6-12 8-18 7" fill="none" stroke="#6d8275" stroke-width="6" stroke-linecap="round"/>
<path d="M34 66C22 62 22 50 12 46l5-5c12 5 14 12 22 13z" fill="#7d9385"/>
<path d="M32 62c0-16 12-24 28-24s29 8 29 24c0 18-12 28-29 28S32 80 32 62z" fill="url(#glaze)"/>
<path d="M44 40c3-6 10-8 16-8s13 2 16 8z" fill="#6d8275"/><circle cx="60" cy="29" r="4.5" fill="#5f7568"/>
<path d="M40 58c1-8 7-13 13-15" stroke="#cfdbd2" stroke-width="2.4" fill="none" stroke-linecap="round" opacity=".8"/>
</svg>"""
DRAWINGS = {SKILLET["image_url"]: SKILLET_DRAWING, TEAPOT["image_url"]: TEAPOT_DRAWING}


def illustrated(html: str) -> str:
    """Return the HTML with drawings in place of the sample's pictures."""
    for address, drawing in DRAWINGS.items():
        data = b64encode(drawing.encode()).decode()
        html = html.replace(f'src="{address}"', f'src="data:image/svg+xml;base64,{data}"')
    return html
