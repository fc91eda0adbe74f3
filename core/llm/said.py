"""What of a model's raw answer is its text: without what it thought aloud, and with whole characters."""

from __future__ import annotations

OPEN, CLOSE = "<think>", "</think>"


def visible(raw: str) -> str:
    """The text of an answer, or of its beginning while it is still coming.

    Reasoning models put their thoughts first, between `<think>` and `</think>`; some servers swallow the first mark.
    A character whose two halves (UTF-16 surrogates) came in two pieces is put together.
    """
    _, closed, text = raw.rpartition(CLOSE)
    if closed:
        text = text.lstrip() if OPEN not in text else ""
    else:
        start = raw.lstrip()
        thinking = start.startswith(OPEN) or (start and OPEN.startswith(start))
        text = "" if thinking else raw
    if any("\ud800" <= ch <= "\udfff" for ch in text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
