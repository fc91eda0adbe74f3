"""Saying in a picture's own file that a model made it, and how: XMP with IPTC's word for it, and PNG's text fields.

IPTC digital source types: https://cv.iptc.org/newscodes/digitalsourcetype/
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from core.errors import Invalid

TRAINED: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""Made by a model that was trained on media."""
KEYWORD: Final = "Timbre"
"""The text field of a PNG that holds the facts as JSON; in a JPEG they are in the XMP alone."""
LARGEST: Final = 4_500_000
"""Bytes over which a picture is kept as a JPEG: LinkedIn takes about 5 MB."""
_SOURCE = re.compile(r"DigitalSourceType\s*(?:=\s*\"([^\"]+)\"|>([^<]+)<|\s+rdf:resource=\"([^\"]+)\")")
_FACTS = re.compile(r"<timbre:made>(.*?)</timbre:made>", re.DOTALL)


def mark(picture: Any, facts: Mapping[str, Any], source: str = TRAINED) -> tuple[bytes, str]:
    """A picture (of Pillow) as a file that says what it is: its bytes and its type.

    A PNG; a JPEG where that would be too large for a channel. `facts` is JSON without secrets: provider, model, prompt,
    seed, ... The same picture and facts give the same bytes.
    """
    from PIL.PngImagePlugin import PngInfo

    said, packet = json.dumps(facts, ensure_ascii=False, sort_keys=True), xmp(facts, source)
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", packet)
    info.add_itxt(KEYWORD, said)
    out = io.BytesIO()
    picture.convert("RGB").save(out, "PNG", pnginfo=info)
    if out.tell() <= LARGEST:
        return out.getvalue(), "image/png"
    for quality in (93, 88, 80):
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=quality, optimize=True, xmp=packet.encode())
        if out.tell() <= LARGEST:
            break
    return out.getvalue(), "image/jpeg"


def xmp(facts: Mapping[str, Any], source: str = TRAINED) -> str:
    """The XMP packet: the source type, who made it, and the facts."""
    made = " ".join(str(facts[name]) for name in ("provider", "model") if facts.get(name))
    said = escape(json.dumps(facts, ensure_ascii=False, sort_keys=True))
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:timbre="urn:timbre:1"'
        f" Iptc4xmpExt:DigitalSourceType={quoteattr(source)} xmp:CreatorTool={quoteattr(f'Timbre, {made}')}>"
        f"<timbre:made>{said}</timbre:made></rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="r"?>'
    )


def read(data: bytes) -> dict[str, Any]:
    """What a PNG or JPEG says of its making: `source` (IPTC's term) and `facts`; {} where it says nothing.

    Raises Invalid where it is no picture. What it says is a claim of whoever wrote the file.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as picture:
            kept = dict(picture.info)
            if not any(key in kept for key in ("xmp", "XML:com.adobe.xmp", KEYWORD)):
                picture.load()  # a PNG may have them after its pixels
                kept = dict(picture.info)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise Invalid("This is no picture that can be read.", "Choose a PNG or JPEG file.") from None
    packet = kept.get("xmp") or kept.get("XML:com.adobe.xmp") or ""
    packet = packet.decode("utf8", "replace") if isinstance(packet, bytes) else str(packet)
    found = _SOURCE.search(packet)
    source = next((part for part in found.groups() if part), "") if found else ""
    facts = _facts(str(kept.get(KEYWORD) or ""), packet)
    return {name: value for name, value in (("source", source.rpartition("/")[2]), ("facts", facts)) if value}


def _facts(field: str, packet: str) -> dict[str, Any]:
    from html import unescape

    inside = _FACTS.search(packet)
    try:
        found = json.loads(field or (unescape(inside[1]) if inside else ""))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
