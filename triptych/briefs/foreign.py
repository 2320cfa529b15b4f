"""Formats that are no brief, told from a file's ending and first bytes, and refused by name."""

from __future__ import annotations

import re

from triptych.errors import BriefError

_COPY = "Copy its words into a .txt file."
_TABLE = "Save the sheet as CSV."
_UNPACK = "Unpack it and name a file of it."
_DESCRIBE = "A brief is words: say in a .txt file what the campaign is about."
_PAGE = "Copy its words into a .txt file, or its JSON-LD into a .json file."
_YAML = "Write the fields as YAML; see docs/briefs.md."

_BY_ENDING: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("pdf", "ps", "eps"), ("a PDF or PostScript document", _COPY)),
    **dict.fromkeys(("doc", "docx", "docm", "odt", "rtf", "pages"), ("a text document", _COPY)),
    **dict.fromkeys(("xls", "xlsx", "xlsm", "ods", "numbers"), ("a spreadsheet", _TABLE)),
    **dict.fromkeys(("ppt", "pptx", "odp", "key"), ("a presentation", _COPY)),
    **dict.fromkeys(("epub", "mobi"), ("an e-book", _COPY)),
    **dict.fromkeys(("html", "htm", "xhtml", "mht", "mhtml"), ("an HTML page", _PAGE)),
    **dict.fromkeys(("eml", "msg", "mbox"), ("an e-mail", _COPY)),
    **dict.fromkeys(
        ("png", "jpg", "jpeg", "gif", "webp", "tif", "tiff", "bmp", "heic", "avif", "svg", "psd",
         "ai", "ico", "indd", "raw"),
        ("a picture", _DESCRIBE),
    ),
    **dict.fromkeys(("mp4", "mov", "m4v", "webm", "mkv", "avi", "mpg"), ("a film", _DESCRIBE)),
    **dict.fromkeys(("mp3", "wav", "ogg", "flac", "m4a", "aac"), ("a sound", _DESCRIBE)),
    **dict.fromkeys(
        ("zip", "gz", "tgz", "bz2", "xz", "7z", "rar", "tar", "zst"), ("an archive", _UNPACK)
    ),
    **dict.fromkeys(
        ("toml", "ini", "cfg", "conf", "properties", "env"), ("a settings file", _YAML)
    ),
    **dict.fromkeys(
        ("sqlite", "db", "parquet", "avro", "sql", "pkl", "npy", "npz", "safetensors"),
        ("a data file", "Save it as CSV or JSON."),
    ),
    **dict.fromkeys(("py", "js", "ts", "css", "sh", "ipynb", "exe"), ("a program", _DESCRIBE)),
}  # fmt: skip

_BY_BYTES: tuple[tuple[bytes, str, str], ...] = (
    (rb"\s*%PDF-|%!PS", *_BY_ENDING["pdf"]),
    (rb"\{\\rtf", *_BY_ENDING["doc"]),
    (rb"PK[\x03\x05\x07][\x04\x06\x08]", "an archive or an office document", _COPY),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document", _COPY),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF....WEBP|II\*\x00|MM\x00\*|8BPS|BM.{4}\x00\x00\x00\x00"
     rb"|....ftyp(?:heic|heix|avif|mif1)|\x00\x00\x01\x00", *_BY_ENDING["png"]),
    (rb"....ftyp|\x1aE\xdf\xa3|RIFF....AVI |\x00\x00\x01[\xb3\xba]", *_BY_ENDING["mp4"]),
    (rb"ID3|RIFF....WAVE|OggS|fLaC|\xff[\xfb\xf3\xf2]", *_BY_ENDING["mp3"]),
    (rb"\x1f\x8b|BZh[1-9]1AY&SY|\xfd7zXZ\x00|7z\xbc\xaf\x27\x1c|Rar!\x1a|\x28\xb5\x2f\xfd"
     rb"|.{257}ustar", *_BY_ENDING["zip"]),
    (rb"SQLite format 3\x00|PAR1|\x93NUMPY|\x80[\x02-\x05]", *_BY_ENDING["db"]),
    (rb"\x7fELF|MZ.\x00|\xca\xfe\xba\xbe", *_BY_ENDING["exe"]),
)  # fmt: skip
_SIGNS = tuple((re.compile(sign, re.DOTALL), what, hint) for sign, what, hint in _BY_BYTES)

_TAG = re.compile(r"<(?:!doctype\s+)?([\w:]+)", re.IGNORECASE)
_PAGES = {"html": "html", "head": "html", "body": "html", "svg": "svg"}


def refuse_ending(ending: str, where: str) -> None:
    """Raise `BriefError` for a file whose ending (`pdf`) is that of another format."""
    if form := _BY_ENDING.get(ending):
        raise BriefError(f"{where} is {form[0]} (.{ending}), not a brief.", form[1])


def refuse_bytes(data: bytes, where: str) -> None:
    """Raise `BriefError` for bytes that begin as another format does, whatever they are called."""
    head = data[:1024]
    for sign, what, hint in _SIGNS:
        if sign.match(head):
            raise BriefError(f"{where} is {what}, not text.", hint)


def refuse_page(text: str, where: str) -> None:
    """Raise `BriefError` for text that is an HTML page or a drawing."""
    match = _TAG.match(_after_comments(text[:20_000]))
    if match and (kind := _PAGES.get(match[1].lower())):
        what, hint = _BY_ENDING[kind]
        raise BriefError(f"{where} is {what}, not a brief.", hint)


def _after_comments(text: str) -> str:
    """Markup from its first tag on, without comments and declarations before it."""
    text = text.lstrip()
    for opening, closing in 20 * (("<?", "?>"), ("<!--", "-->")):
        if text.startswith(opening):
            text = text.partition(closing)[2].lstrip()
    return text


def is_known(ending: str) -> bool:
    """Whether an ending is one that a name of a file has, so that a sentence does not end so."""
    return ending in _BY_ENDING or ending in READ


READ = ("txt", "md", "text", "markdown", "yaml", "yml", "json", "jsonld", "jsonl", "ndjson",
        "csv", "tsv", "tab", "xml", "rss", "atom")  # fmt: skip
"""Endings of what is read."""
