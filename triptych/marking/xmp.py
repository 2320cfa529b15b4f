"""XMP in JPEG, PNG and MP4: what platforms read, and what some of them keep."""

from __future__ import annotations

import re
import struct
import zlib
from xml.sax.saxutils import escape, quoteattr

from triptych.errors import CreativeError
from triptych.marking.claim import SOURCE_TYPES, TOOL, Claim

_JPEG_HEAD = b"http://ns.adobe.com/xap/1.0/\x00"
_PNG_SIGN, _PNG_KEY = b"\x89PNG\r\n\x1a\n", b"XML:com.adobe.xmp"
_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_TYPE = re.compile(rb"Iptc4xmpExt:DigitalSourceType(?:=[\"']|>)\s*([^\"'<\s]+)")


def packet(claim: Claim) -> bytes:
    """An XMP packet with IPTC's fields: source type, credit, and how it came about."""
    models = ", ".join(f"{one.name} {one.revision[:12]}".strip() for one in claim.models)
    note = f"Made by {TOOL} {claim.version}" + (f" with {models}" if models else "")
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 Iptc4xmpExt:DigitalSourceType={quoteattr(SOURCE_TYPES + claim.source)}
 xmp:CreatorTool={quoteattr(f"{TOOL} {claim.version}")}
 photoshop:Credit={quoteattr("Made with AI")}>
<Iptc4xmpExt:AISystemUsed>{escape(f"{TOOL} {claim.version}")}</Iptc4xmpExt:AISystemUsed>
<dc:title>{_said(claim.title)}</dc:title>
<dc:description>{_said(note)}</dc:description>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()


def _said(text: str) -> str:
    words = escape(text)
    return f'<rdf:Alt><rdf:li xml:lang="x-default">{words}</rdf:li></rdf:Alt>'


def with_xmp(data: bytes, xmp: bytes) -> bytes:
    """A JPEG, PNG or MP4 file with an XMP packet.

    Raises `CreativeError` if it is none of these.
    """
    if data.startswith(b"\xff\xd8\xff"):
        body = _JPEG_HEAD + xmp
        place = 2
        if data[2:4] == b"\xff\xe0":  # JFIF's own segment comes first
            place = 4 + struct.unpack(">H", data[4:6])[0]
        return data[:place] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[place:]
    if data.startswith(_PNG_SIGN):
        body = b"iTXt" + _PNG_KEY + b"\x00\x00\x00\x00\x00" + xmp
        chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
        place = 8 + 12 + struct.unpack(">I", data[8:12])[0]  # behind the header
        return data[:place] + chunk + data[place:]
    if data[4:8] == b"ftyp":
        body = _UUID + xmp
        return data + struct.pack(">I", len(body) + 8) + b"uuid" + body
    raise CreativeError("Only JPEG, PNG and MP4 files can be marked.")


def source_type(data: bytes) -> str | None:
    """The digital source type that a file's XMP tells, without its address; None without any."""
    found = _TYPE.search(data)
    if found is None:
        return None
    return found[1].decode("ascii", "replace").removeprefix(SOURCE_TYPES)
