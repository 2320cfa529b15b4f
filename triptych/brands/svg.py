"""Logos as SVG: pictures alone, with nothing that runs, loads or grows.

What may stand in one is listed, and all else is refused: a browser that shows a report would run a
script, and a link to elsewhere would tell who looks at it.
"""

from __future__ import annotations

import re
from collections import Counter
from xml.etree.ElementTree import Element

from triptych.errors import BriefError
from triptych.files.media import MediaError
from triptych.files.xml import parse_xml

MAX_TAGS = 50_000
_SVG = "http://www.w3.org/2000/svg"
_DRAWN = frozenset((
    "svg", "g", "defs", "symbol", "use", "title", "desc", "metadata", "path", "rect", "circle",
    "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath", "linearGradient",
    "radialGradient", "stop", "pattern", "clipPath", "mask", "marker", "style", "image", "switch",
    "filter", "feBlend", "feColorMatrix", "feComponentTransfer", "feComposite",
    "feConvolveMatrix", "feDiffuseLighting", "feDisplacementMap", "feDistantLight",
    "feDropShadow", "feFlood", "feFuncA", "feFuncB", "feFuncG", "feFuncR", "feGaussianBlur",
    "feMerge", "feMergeNode", "feMorphology", "feOffset", "fePointLight", "feSpecularLighting",
    "feSpotLight", "feTile", "feTurbulence"
))  # fmt: skip
_EDITORS = ("sodipodi", "inkscape", "adobe", "sketch", "figma", "boxy-svg", "serif")
"""Of whose namespaces elements and attributes are kept: no viewer does anything with them."""
_HREF = re.compile(r"#[^\s\"'()<>]+|data:image/(?:png|jpeg|webp);base64,[A-Za-z0-9+/=\s]+")
_URL = re.compile(r"url\s*\(\s*[\"']?(?!#)", re.IGNORECASE)
_CSS = re.compile(r"@import|@font-face|expression\s*\(|javascript\s*:|\\|-moz-binding", re.I)
_HOW = "Export it as plain SVG, or take a PNG."


def check_svg(data: bytes) -> None:
    """Raise `MediaError` if an SVG is none, or holds more than a picture."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MediaError("is no SVG in UTF-8", _HOW) from error
    if "<?xml-stylesheet" in text:
        raise MediaError("loads a style sheet", _HOW)
    try:
        root = parse_xml(text, "It", MAX_TAGS)
    except BriefError as error:
        reason = error.message.removeprefix("It ").rstrip(".")
        raise MediaError(reason, _HOW) from error
    if root.tag != f"{{{_SVG}}}svg":
        raise MediaError("is XML, but no SVG", _HOW)
    if not (_has_size(root) or root.get("viewBox")):
        raise MediaError("has neither a size nor a viewBox", _HOW)
    for element in root.iter():
        _check_element(element)
    _check_uses(root)


def _check_element(element: Element) -> None:
    space, name = _split(str(element.tag))
    if space == _SVG:
        if name not in _DRAWN:
            raise MediaError(f"holds <{name}>, which is no part of a picture", _HOW)
    elif "xhtml" in space or not (_is_editors(space) or _is_metadata(space)):
        raise MediaError(f"holds <{name}>, which is not SVG", _HOW)
    for key, value in element.attrib.items():
        _check_attribute(name, *_split(key), value)
    if name == "style":
        _check_css("".join(element.itertext()))


def _check_attribute(element: str, space: str, name: str, value: str) -> None:
    if name.lower().startswith("on"):
        raise MediaError(f"holds a script (`{name}` of <{element}>)", _HOW)
    if name in ("href", "src") and not _is_metadata(space) and not _HREF.fullmatch(value.strip()):
        raise MediaError(f"leads elsewhere (`{name}` of <{element}>)", _HOW)
    if not space and name not in ("d", "points", "id", "class"):
        _check_css(value)


def _check_css(text: str) -> None:
    if _URL.search(text) or _CSS.search(text):
        raise MediaError("loads something or holds a script in its style", _HOW)


def _check_uses(root: Element) -> None:
    """Raise `MediaError` where a <use> stands within what another uses: they would multiply."""
    used = Counter(
        value[1:]
        for element in root.iter(f"{{{_SVG}}}use")
        for key, value in element.attrib.items()
        if _split(key)[1] == "href"
    )
    for element in root.iter():
        if element.get("id") in used and any(True for _ in element.iter(f"{{{_SVG}}}use")):
            raise MediaError("uses what itself uses something", _HOW)


def _has_size(root: Element) -> bool:
    sizes = [re.match(r"[\d.]+", root.get(side, "")) for side in ("width", "height")]
    return all(sizes)


def _split(name: str) -> tuple[str, str]:
    space, brace, local = name.rpartition("}")
    return (space[1:], local) if brace else ("", name)


def _is_editors(space: str) -> bool:
    return any(editor in space for editor in _EDITORS)


def _is_metadata(space: str) -> bool:
    return (
        space.startswith(
            ("http://www.w3.org/1999/02/22-rdf", "http://purl.org/", "http://creativecommons.org/")
        )
        or "creativecommons" in space
    )
