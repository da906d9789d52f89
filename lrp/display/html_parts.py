"""Parts of HTML that hold all they show: pictures and colour scales, for pages, reports and notebooks."""

import base64
import html
from io import BytesIO

from PIL import Image

from lrp.display.colours import colour_stops
from lrp.display.sheet import Legend


def png_bytes(image: Image.Image) -> bytes:
    """Returns the picture as PNG, without whatever else its file held."""
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def data_uri(image: Image.Image, kind: str = "PNG", quality: int = 80) -> str:
    """Returns an address that holds the picture itself. kind: PNG, or JPEG of that quality."""
    buffer = BytesIO()
    image.save(buffer, kind, quality=quality)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def image_html(picture: Image.Image, alt: str, style: str = "") -> str:
    """Returns the picture with its pixels in the tag itself. alt: the picture in words, plain text. style: of CSS, if any."""
    own = f' style="{html.escape(style)}"' if style else ""
    return f'<img alt="{html.escape(alt)}" src="{data_uri(picture)}"{own}>'


def legend(limit: float, scale: str, unit: str = "logits") -> str:
    """Returns the colour scale, with the values of its ends. limit: the value of the strongest colour."""
    colours = ", ".join(f"rgb({r} {g} {b}) {at:.0%}" for at, (r, g, b, _) in colour_stops(scale))
    end = f"{limit:.2g}"
    texts = "".join(f"<span>{text}</span>" for text in Legend(scale, limit, unit).tick_labels)
    return (
        f'<div role="img" aria-label="Colours from minus {end} to plus {end} {unit}" style="font-size:0.8rem">'
        f'<div style="height:0.5rem;border-radius:0.25rem;background:linear-gradient(to right, {colours})"></div>'
        f'<div style="display:flex;justify-content:space-between">{texts}</div></div>'
    )
