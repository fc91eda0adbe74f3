"""What a reviewer should know of a text before deciding: LinkedIn's limits and the rules of the house."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from core import guidelines, store
from core.platforms import LINKEDIN
from core.store import runs
from core.store.tables import Guideline, Post

LIMIT = LINKEDIN
"""Characters in a LinkedIn post."""
BY_READING = ("tone", "topic", "example")
_ESCAPED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
_STYLED = re.compile("[\U0001d400-\U0001d7ff]")


@dataclass(frozen=True)
class Finding:
    """One remark. `block`: it should not go out like this; else it is worth a look."""

    text: str
    block: bool = False
    url: str = ""
    """Where the guideline that it rests on can be read."""


def findings(post: Post) -> list[Finding]:
    """All remarks on a post as it is now, the blocking ones first."""
    found = [*of_text(post.text, _is_article(post)), *against(post.text, guidelines.listed(post.author_id))]
    return sorted(found, key=lambda f: not f.block)


def unchecked(author_id: str) -> list[Guideline]:
    """Rules in force that no code can check, only a reader: tone, topics, examples. Phrases alone are looked for."""
    return [rule for rule in guidelines.listed(author_id) if rule.kind in BY_READING]


def _is_article(post: Post) -> bool:
    with store.reading() as tx:
        variant = runs.known_variant(tx, post.variant_id) if post.variant_id else None
    return variant is not None and variant.form == "article"


def of_text(text: str, article: bool = False) -> list[Finding]:
    """What LinkedIn itself would stumble over. An article goes into its editor for articles, which takes more."""
    out: list[Finding] = []
    length = len(text)
    escaped = length + len(_ESCAPED.findall(text))
    if not text.strip():
        out.append(Finding("There is no text yet.", block=True))
    elif article and length > LIMIT:
        out.append(Finding(f"An article of {length:,} characters: copy it into LinkedIn's article editor; no post."))
    elif length > LIMIT:
        out.append(Finding(f"{length:,} characters: LinkedIn takes {LIMIT:,}.", block=True))
    elif escaped > LIMIT:
        out.append(Finding(f"{length:,} characters, and {escaped:,} as LinkedIn's API counts them: it may be refused."))
    if _STYLED.search(text):
        out.append(Finding("Letters from mathematical alphabets (fake bold): screen readers spell them one by one."))
    return out


def against(text: str, rules: Iterable[Guideline]) -> list[Finding]:
    """Banned phrases that are in the text, and required ones that are not, whatever the case and the apostrophes.

    A topic's phrases may be wanted or not: that they are there is said, and never stops a post.
    """
    plain = _plain(text)
    out: list[Finding] = []
    for rule in rules:
        block, url = rule.severity == "block", rule.url or ""
        there = [p for p in rule.phrases if p.strip() and _holds(plain, _plain(p))]
        if rule.kind == "banned":
            out += [Finding(f"“{p}” is banned by the guideline “{rule.title}”.", block, url) for p in there]
        elif rule.kind == "topic":
            about = "is what the topic rule “{}” is about: see whether it fits."
            out += [Finding(f"“{p}” {about.format(rule.title)}", url=url) for p in there]
        elif rule.kind == "required" and any(p.strip() for p in rule.phrases) and not there:
            wanted = " or ".join(f"“{p}”" for p in rule.phrases if p.strip())
            out.append(Finding(f"The guideline “{rule.title}” asks for {wanted}.", block, url))
    return out


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).replace("’", "'").casefold().split())


def _holds(text: str, phrase: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) is not None
