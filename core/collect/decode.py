"""From bytes to text: which encoding a file is in, line breaks as LF, everything else left as it is."""

from __future__ import annotations

import codecs

from core.errors import Invalid

ENCODINGS = ("utf-8", "utf-16", "cp1252", "latin-1", "cp1250", "cp1251", "mac_roman", "shift_jis", "gb18030")
"""What a person may choose where the guess was wrong."""
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = ("cp1252", "latin_1")
_OTHERS = (
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "koi8_r",
    "shift_jis",
    "euc_jp",
    "gb18030",
    "big5",
    "euc_kr",
)
_FEW = 40
"""With fewer characters outside ASCII than this, statistics cannot tell one alphabet from another."""


def newlines(text: str) -> str:
    """Line breaks as LF, whatever machine wrote them; nothing else is touched."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode(content: bytes, file: str, encoding: str | None = None) -> tuple[str, str]:
    """The text (line breaks normalised, byte order mark gone) and the encoding used. Raises Invalid for no text.

    In a file that is UTF-8 but for a few bytes, those become lone surrogates: the preview refuses just their rows.
    """
    used = encoding or _guess(content)
    try:
        text = content.decode(used, "strict" if encoding or used != "utf-8" else "surrogateescape")
    except (UnicodeDecodeError, LookupError) as error:
        where = f" (byte {error.start:,})" if isinstance(error, UnicodeDecodeError) else ""
        raise Invalid(
            f"{file} is not {used} text{where}; nothing of it was read.",
            "Choose another encoding under 'Read it differently', or save the file as UTF-8.",
        ) from None
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise Invalid(
            f"{file} does not look like text: it holds NUL characters; nothing of it was read.",
            "Export the posts as .txt, .md, .csv or .jsonl.",
        )
    return newlines(text), used


def _guess(content: bytes) -> str:
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    if wide := _wide(content[:4096]):
        return wide
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "utf-8" if _nearly_utf8(content) else _legacy(content)
    return "utf-8"


def _nearly_utf8(content: bytes) -> bool:
    text = content.decode("utf-8", "surrogateescape")
    bad = sum("\udc80" <= c <= "\udcff" for c in text)
    return sum(c > "\x7f" for c in text) - bad > 3 * bad


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: in mostly Latin text every second byte is zero."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if len(head) >= 4 and max(even, odd) > 0.4 * len(head) / 2 and min(even, odd) < 0.05 * len(head):
        return "utf-16-be" if even > odd else "utf-16-le"
    return None


def _legacy(content: bytes) -> str:
    """Not UTF-8: what Windows writes in the West, unless there is plenty of text that says otherwise."""
    from charset_normalizer import from_bytes

    if sum(byte > 127 for byte in content[:200_000]) >= _FEW:
        best = from_bytes(content[:200_000], cp_isolation=[*_OTHERS, *_WESTERN]).best()
        if best is not None and best.encoding in _OTHERS:
            return best.encoding
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"
