"""A picture says in its own file that a model made it; what it says is read back, and so is nothing at all."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from core.errors import Invalid
from core.images import provenance

FACTS = {"provider": "The painter", "model": 'oil "9" <b> & ]]>', "seed": 7, "note": "Grün 緑"}


def small() -> Image.Image:
    return Image.new("RGB", (12, 9), (10, 90, 160))


def test_what_is_written_is_read_and_stands_there_in_iptcs_word() -> None:
    data, kind = provenance.mark(small(), FACTS)
    assert kind == "image/png"
    assert provenance.read(data) == {"source": "trainedAlgorithmicMedia", "facts": FACTS}
    packet = Image.open(io.BytesIO(data)).info["XML:com.adobe.xmp"]
    inside = packet.partition("?>")[2].rpartition("<?xpacket")[0]
    described = next(ElementTree.fromstring(inside).iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"))
    name = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
    assert described.attrib[name] == provenance.TRAINED, "as other programs read it"
    assert provenance.mark(small(), FACTS)[0] == data, "the same in, the same out"


def test_a_large_picture_is_a_jpeg_that_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    noisy = Image.fromarray(rng.integers(0, 256, (300, 300, 3), dtype=np.uint8))
    monkeypatch.setattr(provenance, "LARGEST", 100_000)
    data, kind = provenance.mark(noisy, FACTS)
    assert kind == "image/jpeg"
    assert len(data) <= 100_000
    assert provenance.read(data) == {"source": "trainedAlgorithmicMedia", "facts": FACTS}


def test_a_picture_that_says_nothing_and_what_is_no_picture() -> None:
    out = io.BytesIO()
    small().save(out, "PNG")
    assert provenance.read(out.getvalue()) == {}
    with pytest.raises(Invalid, match="no picture"):
        provenance.read(b"GIF89a but not really")
