"""What an image model is asked for: proposed from a post by code, or by a language model; a person edits it."""

from __future__ import annotations

import functools
import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import regex

from analytics import vocabulary
from core import llm
from core.claims.names import names
from core.errors import Invalid, Unavailable
from core.generate import prompts
from core.images.model import Kit
from core.llm import Request
from core.llm.model import Stop
from core.train import topics

VERSION: Final = "code@1"
"""Of the rules below, for the records: another rule is another version."""
LONGEST, FEEDBACK = 2_000, 600
"""Characters of a prompt, and of what somebody wants to be different."""
LOOKS: Final[dict[str, tuple[str, str]]] = {
    "Photograph": ("Editorial photograph", "natural light, shallow depth of field, calm space at the top"),
    "Still life": ("Still life photograph from above", "soft shadows, few objects, much empty ground"),
    "Illustration": ("Flat illustration", "few shapes, clear outlines, paper grain, much empty ground"),
    "Collage": ("Paper collage", "cut edges, visible paper, simple shapes, much empty ground"),
    "Abstract": ("Abstract composition", "large calm shapes, fine grain, nothing that can be recognised"),
}
"""What a picture can look like: what it is called in a prompt, and what belongs to it."""
AVOID: Final = "writing, letters, numbers, watermark, logo, signature, frame, deformed hands, extra fingers, blur"
NAMED: Final[dict[str, str]] = {
    "black": "#111111", "charcoal grey": "#3A3F44", "slate grey": "#6B7780", "silver grey": "#B8BEC4",
    "white": "#FFFFFF", "ivory": "#F6F1E3", "sand": "#DCC9A3", "beige": "#E6DAC8", "ochre": "#C6892F",
    "mustard yellow": "#E0B12B", "bright yellow": "#FFE03A", "orange": "#F28C28", "terracotta": "#C4623F",
    "coral": "#FF7F61", "bright red": "#D92A2A", "burgundy": "#6D1F35", "rose": "#E39AA8", "pink": "#F4B6CF",
    "magenta": "#C2267E", "plum": "#6B3A6E", "violet": "#7447C8", "lavender": "#B9A6E0", "navy blue": "#16274F",
    "royal blue": "#2A52C8", "sky blue": "#79B8EA", "petrol": "#0E5A67", "teal": "#178A87", "mint green": "#9FDCC0",
    "sage green": "#94A98B", "forest green": "#1F5B3A", "bright green": "#35B44A", "olive green": "#74752E",
    "chocolate brown": "#54341F", "caramel brown": "#A9713F",
}  # fmt: skip
"""Colours as image models know them: they read words, not hex numbers."""
PLAIN: Final = "a few plain objects on a table by a window"
ENOUGH: Final = 5.0
"""Weight of a scene's words in a post under which it is not shown: two words of weight, or one that comes often."""
_LESS = regex.compile(r"^(?:please\s+)?(?:no|without|remove|drop|not|avoid|fewer|less)\s+(?:any\s+|the\s+|a\s+)?(.+)$")
_PARTS = re.compile(r"\s*(?:[.;\n]+|,|\band\b(?=\s+(?:no|without|remove|drop|avoid|fewer|less)\b))\s*", re.IGNORECASE)
_UNSEEN = regex.compile(r"[\d$€£%@#]|https?|www\.")
_SCHEMA: Final = {
    "type": "object",
    "properties": {"prompt": {"type": "string"}, "negative": {"type": "string"}},
    "required": ["prompt", "negative"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Prompt:
    """What would be sent. `version`: the rules or the versioned prompt file that it came from."""

    text: str
    negative: str = AVOID
    version: str = VERSION


def propose(
    post: str, kit: Kit, author: str = "", look: str = "Photograph", person: str = "", feedback: str = "",
    parent: Prompt | None = None,
) -> Prompt:  # fmt: skip
    """A prompt from a post's text, by code alone; from `parent` and `feedback` where it is another try.

    `person` is a trained trigger with its ordinary word ("ohwx woman"): the only way in which anybody is named.
    Raises Invalid for an unknown look or feedback that is too long.
    """
    if parent is not None:
        return changed(parent, feedback)
    opening, closing = LOOKS.get(look) or _no_look(look)
    about = _about(post, author)
    scene = _scene(post)
    if look == "Abstract":
        scene = "rhythm and balance"
    sentences = [f"{opening} of {person}, {scene} behind them" if person else f"{opening}: {scene}"]
    sentences += [f"Subject: {about}"] if about else []
    colours = palette(kit)
    sentences += [f"Colours: {', '.join(colours)}"] if colours else []
    return changed(Prompt(". ".join([*sentences, closing[:1].upper() + closing[1:]]) + "."), feedback)


def changed(prompt: Prompt, feedback: str, negative: bool = True) -> Prompt:
    """The prompt with what somebody wants to be different: what should go ("no people") is put under what must not be
    seen, all else is added as it was said. Without `negative` (a model that takes no such list) it is all added.

    Raises Invalid where it is too long.
    """
    said = " ".join(feedback.split())
    if len(said) > FEEDBACK:
        raise Invalid(f"This has {len(said):,} characters; {FEEDBACK:,} are read.", "Say it in fewer words.")
    text, avoid = prompt.text.rstrip(), prompt.negative.strip()
    for part in filter(None, _PARTS.split(said)):
        less = _LESS.match(part.lower())
        if less and negative:
            avoid = ", ".join(filter(None, [avoid, less[1].strip()]))
        else:
            more = f"without {less[1].strip()}" if less else part
            text = f"{text} {more[:1].upper()}{more[1:]}."
    return Prompt(_short(text), _short(avoid), prompt.version)


def worded(
    post: str, kit: Kit, author: str = "", look: str = "Photograph", person: str = "", feedback: str = "",
    parent: Prompt | None = None, stop: Stop = lambda: False,
) -> Prompt:  # fmt: skip
    """The same by the language model in use, which must not be a small one: for the worker.

    What it answers is taken where it names nobody; else Unavailable, and the caller keeps the proposal by code.
    Raises also what core.llm.complete raises.
    """
    require()
    file = prompts.get("picture")
    opening, closing = LOOKS.get(look) or _no_look(look)
    given = {"post": post[:6_000], "look": f"{opening}, {closing}", "colours": ", ".join(palette(kit))}
    more = {"person": person, "before": parent.text if parent else "", "feedback": feedback[:FEEDBACK]}
    system, user = file.render(**given, **more)
    answer = llm.complete(
        Request(user, system, seed=1, temperature=0.7, max_tokens=400, json=True, schema=dict(_SCHEMA)), stop
    ).texts[0]
    text, negative = _read(answer)
    strangers = named(text, post, author, person)
    if not text or strangers or (person and person not in text):
        why = f"It named {', '.join(strangers)}." if strangers else "Its answer could not be used."
        raise Unavailable(f"{why} Nothing was sent to an image model.", "Use the proposal, or ask it again.")
    return Prompt(_short(text), _short(", ".join(filter(None, [AVOID, negative]))), file.id)


def require() -> None:
    """Raises Unavailable where the language model in use is too small to describe a picture."""
    if llm.active().small:
        raise Unavailable(
            "The language model in use is too small to describe a picture. The proposal comes from the post by rule.",
            "Edit it, or choose a larger model in the settings.",
        )


def named(text: str, post: str = "", author: str = "", person: str = "") -> list[str]:
    """The names in a prompt that stand in the post too, or are the author's: a picture of them would be of somebody.

    The trained trigger is none.
    """
    bare = text.replace(person, " ") if person else text
    known = {name.value for name in names(post)} | _words(author)
    found = {name.value for name in names(bare)} | (_words(bare) & _words(author))
    return sorted(value for value in found if value in known)


def palette(kit: Kit, most: int = 3) -> list[str]:
    """The kit's colours in words, each once, the ground first; [] where the kit has none."""
    chosen = kit.colours.get(kit.theme) or {}
    words = [_word(chosen[role]) for role in ("paper", "accent", "ink", "quiet") if chosen.get(role)]
    return list(dict.fromkeys(words))[:most]


# ---- inside --------------------------------------------------------------------------------------------------


def _about(post: str, author: str) -> str:
    """What the post is about in a few words, without names, numbers and addresses; "" where nothing is left."""
    nobody = _words(author) | {word for name in names(post) for word in _words(name.value)}
    for phrase in topics.phrases(post, 8):
        if 2 <= len(phrase.split()) <= 5 and not _UNSEEN.search(phrase) and nobody.isdisjoint(_words(phrase)):
            return phrase
    return ""


def _scene(post: str) -> str:
    """The scene that the post has most words of, the telling ones more; a plain one where it has too few."""
    background = vocabulary.background()
    held = Counter(str(word) for word in regex.findall(r"\p{L}+", post.lower()))
    core = _words(" ".join(topics.phrases(post, 3)))
    weights: dict[str, float] = {}
    for word, n in held.items():
        rare = max(0.2, math.log(1e5 / (background.get(word, 0) + 300)))
        for scene in _shown_by(word):
            weights[scene] = weights.get(scene, 0.0) + rare * math.sqrt(n) * (2 if word in core else 1)
    best, most = max(weights.items(), key=lambda pair: pair[1], default=(PLAIN, 0.0))
    return best if most > ENOUGH else PLAIN


@functools.lru_cache(maxsize=20_000)
def _shown_by(word: str) -> tuple[str, ...]:
    """The scenes that a word speaks for."""
    return tuple(scene for pattern, scene in _scenes() if pattern.fullmatch(word))


@functools.lru_cache(maxsize=200)
def _word(colour: str) -> str:
    """The nearest of NAMED."""
    from core.images.colour import distance

    return min(NAMED, key=lambda name: distance(NAMED[name], colour))


@functools.cache
def _scenes() -> Sequence[tuple[regex.Pattern[str], str]]:
    rows = Path(__file__).with_name("scenes.txt").read_text(encoding="utf8").splitlines()
    out = []
    for row in rows:
        if row.strip() and not row.startswith("#"):
            words, _, scene = row.partition("|")
            known = "|".join(regex.escape(w).replace(r"\*", r"\p{L}*") for w in words.split())
            out.append((regex.compile(known), scene.strip()))
    return out


def _read(answer: str) -> tuple[str, str]:
    try:
        found = json.loads(answer[answer.index("{") : answer.rindex("}") + 1])
        return " ".join(str(found["prompt"]).split()), " ".join(str(found.get("negative") or "").split())
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", ""


def _words(text: str) -> set[str]:
    return {str(word) for word in regex.findall(r"\p{L}{2,}", text.lower())}


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0]


def _no_look(look: str) -> tuple[str, str]:
    raise Invalid(f"There is no look {look}.", f"There are: {', '.join(LOOKS)}.")
