"""A brand kit on disk, and what it can be made of."""

import io
from pathlib import Path

from PIL import Image

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8H0z"/></svg>'
KIT = """\
name: Zoranto
legal_name: Zoranto Bikes Ltd
logos:
  - {file: logo.svg, background: light, shape: full}
  - {file: marks/mark.png, background: dark, shape: mark}
colours: {primary: "#0B3D2E", accent: "f80", text: "#111111"}
fonts: {heading: fonts/head.ttf}
voice: Warm and short, never shouting.
use: [ride]
avoid: [cheap]
competitors: [Norium]
disclaimers:
  - {text: Wear a helmet., placements: [instagram]}
  - {text: Prices with VAT., category: price}
pronunciations: {Zoranto: /zoˈranto/}
"""


def png(size=(32, 32), colour="red"):
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def font():
    """The font that Pillow brings along."""
    from PIL import ImageFont

    return ImageFont.load_default(12).font_bytes


def write_kit(folder: Path, text=KIT):
    for place in ("marks", "fonts"):
        (folder / place).mkdir(parents=True, exist_ok=True)
    (folder / "logo.svg").write_text(SVG)
    (folder / "marks/mark.png").write_bytes(png())
    (folder / "fonts/head.ttf").write_bytes(font())
    path = folder / "brand.yaml"
    path.write_text(text, encoding="utf-8")
    return path
