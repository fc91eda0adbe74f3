"""Pictures from outside: nothing but pixels comes in, upright and in sRGB; what could do harm is refused in words."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from core.errors import Invalid
from core.images import assets


def made(
    kind: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (8, 6), fill: Any = (200, 40, 20), **options: Any
) -> bytes:
    image = Image.new(mode, size, fill)
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def read(picture: assets.Picture) -> Image.Image:
    return Image.open(io.BytesIO(picture.data))


@pytest.mark.parametrize(
    ("kind", "ends"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/jpeg"), ("GIF", "image/png")]
)
def test_the_four_kinds_come_in(kind: str, ends: str) -> None:
    found = assets.safe_image(made(kind), "a.x")
    assert (found.type, found.width, found.height) == (ends, 8, 6)
    assert read(found).format == ("PNG" if ends == "image/png" else "JPEG")
    red, green, _ = read(found).convert("RGB").getpixel((3, 3))
    assert red > 150 > green


def test_transparency_stays() -> None:
    found = assets.safe_image(made("WEBP", "RGBA", fill=(0, 0, 0, 0), lossless=True), "logo.webp")
    assert found.type == "image/png"
    assert read(found).getpixel((0, 0))[3] == 0


def test_a_photo_is_turned_upright_and_forgets_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90 degrees"
    exif[0x010F] = "Camera Secretmaker"
    exif.get_ifd(0x8825)[2] = (52.0, 30.0, 0.0)
    found = assets.safe_image(made("JPEG", size=(40, 20), exif=exif, comment=b"kept secret"), "IMG_1.JPG")
    assert (found.width, found.height) == (20, 40)
    kept = read(found)
    assert not kept.getexif()
    assert "comment" not in kept.info
    assert b"Secretmaker" not in found.data
    assert b"secret" not in found.data


def test_texts_profiles_and_what_lies_behind_the_end_go() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_itxt("XML:com.adobe.xmp", "<x>secret</x>")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    found = assets.safe_image(made("PNG", pnginfo=notes, icc_profile=profile) + b"<script>secret</script>", "a.png")
    assert b"secret" not in found.data
    assert not read(found).info


def test_a_wider_profile_is_turned_into_srgb() -> None:
    """A profile whose red and green are swapped: the numbers must change, or every phone's photo comes out dull."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = plain.replace(b"rXYZ", b"tXYZ", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"tXYZ", b"gXYZ", 1)
    red, green, _ = read(assets.safe_image(made(icc_profile=swapped, fill=(255, 0, 0)), "a.png")).getpixel((0, 0))
    assert green > 200 > 60 > red


def test_sixteen_bits_keep_their_shades() -> None:
    out = io.BytesIO()
    Image.new("I;16", (4, 4), 32_768).save(out, "PNG")
    assert read(assets.safe_image(out.getvalue(), "scan.png")).convert("L").getpixel((0, 0)) == 128


def test_only_the_first_of_a_moving_picture_is_taken() -> None:
    frames = [Image.new("RGB", (5, 5), c) for c in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    found = read(assets.safe_image(out.getvalue(), "a.gif"))
    assert found.convert("RGB").getpixel((0, 0))[0] > 200
    assert getattr(found, "n_frames", 1) == 1


def test_the_longest_side_is_kept_to() -> None:
    found = assets.safe_image(made("JPEG", size=(400, 100)), "a.jpg", longest=100)
    assert (found.width, found.height) == (100, 25)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is very large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(9_000, 9_000), (60_000, 60_000), (1, 30_000)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(Invalid, match="too large") as refused:
        assets.safe_image(bomb(*size), "bomb.png")
    assert refused.value.hint


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"just words", "cannot be read as a picture"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "drawing"),
        (b'\xef\xbb\xbf  <?xml version="1.0"?><svg/>', "drawing"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "HEIC"),
        (b"%PDF-1.7", "cannot be read"),
        (made("JPEG", size=(300, 300))[:700], "cannot be read"),
        (made("TIFF"), "cannot be read"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "cannot be read"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_way_out(data: Path, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        assets.safe_image(data, "../../etc/logo.svg\x00")
    assert refused.value.hint
    assert "/" not in refused.value.message


def test_a_file_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "MEGABYTES", 0)
    with pytest.raises(Invalid, match="MB"):
        assets.safe_image(made(), "a.png")


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert assets.safe_image(made(), "a").data == assets.safe_image(made(), "b").data


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_notes_of_a_camera_hurt_no_picture() -> None:
    turned = (0x0112, 3, 1, struct.pack("<HH", 6, 0))  # by 90 degrees
    wrong = (0x0100, 2, 3, b"ab\x00\x00")  # a width in letters, which cannot be written again
    rows = b"".join(struct.pack("<HHI", tag, kind, count) + value for tag, kind, count, value in (wrong, turned))
    exif = b"Exif\x00\x00II*\x00" + struct.pack("<IH", 8, 2) + rows + bytes(4)
    found = assets.safe_image(made("JPEG", size=(40, 20), exif=exif), "IMG_2.JPG")
    assert (found.width, found.height) == (20, 40)
    cut = assets.safe_image(made("JPEG", size=(40, 20), exif=exif[:30]), "IMG_3.JPG")
    assert sorted((cut.width, cut.height)) == [20, 40]


def test_a_phones_photo_with_a_second_one_behind_it_stays_a_photo() -> None:
    more = Image.new("RGB", (8, 6))
    found = assets.safe_image(made("MPO", save_all=True, append_images=[more]), "IMG_4.JPG")
    assert found.type == "image/jpeg"
