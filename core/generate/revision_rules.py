"""The kinds of wishes that code understands, in the order in which they are tried. A kind is a line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

from core.generate import revision_marks as marks
from core.generate import revision_moves as moves
from core.generate.revision_draft import Draft, Said

Work = Callable[[Draft, "regex.Match[str]", Sequence[str]], Said]
_LESS = r"\b(?:no|without|remove|drop|delete|lose|cut|skip|take out|get rid of|don['’]t use|stop using|avoid"
_LESS += r"|fewer|less|too many)\b[^,{]{0,40}?"
_QUOTE = r"(?:\{\d+\}|[\p{L}\p{N}'’%-]+)"


@dataclass(frozen=True)
class Rule:
    """A kind of wish. `exact`: code does all of it, so that a large model need not be asked."""

    name: str
    pattern: regex.Pattern[str]
    work: Work
    exact: bool = False


def _all(name: str, work: Work, *patterns: str) -> Rule:
    """A wish that code fulfils as well as anybody."""
    return Rule(name, regex.compile("|".join(patterns), regex.IGNORECASE), work, exact=True)


def _some(name: str, work: Work, *patterns: str) -> Rule:
    """A wish of which code does what can be done without rewriting."""
    return Rule(name, regex.compile("|".join(patterns), regex.IGNORECASE), work)


RULES: tuple[Rule, ...] = (
    _all(
        "swap",
        marks.swap,
        rf"\b(?:replace|change|swap)\s+(?P<old>{_QUOTE})\s+(?:with|by|for|to|into)\s+(?P<new>{_QUOTE})",
    ),
    _all(
        "swap",
        marks.swap,
        rf"\b(?:say|use|write)\s+(?P<new>{_QUOTE})\s+(?:instead of|not|rather than)\s+(?P<old>{_QUOTE})",
    ),
    _all("swap", marks.swap, rf"\binstead of\s+(?P<old>{_QUOTE})\s*,?\s*(?:say|use|write)?\s*(?P<new>\{{\d+\}})"),
    _all("take out", marks.take_out, rf"(?:{_LESS}|\b(?:never|don['’]t) say\b[^,{{]{{0,20}}?)\{{(?P<q>\d+)\}}"),
    _all(
        "say",
        marks.say,
        r"\b(?:say|add|mention|include|put|insert|write|end|close|finish|start|open|begin)\w*\b[^,{]{0,40}?\{(?P<q>\d+)\}",
    ),
    _all("hashtags", marks.tags, r"\bhash\s?tags?\b", r"\btags\b"),
    _all("emoji", marks.emoji, r"\bemojis?\b", r"\bsmileys?\b"),
    _all("exclamations", moves.exclamations, r"\bexclamation"),
    _all("dashes", moves.dashes, rf"{_LESS}\bdash(?:es)?\b"),
    _all(
        "capitals",
        moves.capitals,
        rf"{_LESS}\b(?:all[- ]caps|caps|capital letters|capitals|shouting)\b",
        r"\bshouting\b",
    ),
    _all(
        "link",
        marks.link,
        rf"(?:{_LESS}|\b(?:put|move|place|have)\b[^,]{{0,20}}?)\b(?:link|url|address)\b",
        r"\b(?:link|url)\b.{0,30}\b(?:comments?|p\.?\s?s\b|postscript)",
    ),
    _all(
        "no list",
        marks.no_list,
        rf"{_LESS}\b(?:lists?|bullets?|bullet points?)\b",
        r"\blist\b.{0,12}\b(?:as|into) (?:text|prose|sentences)",
    ),
    _some("as a list", marks.as_list, r"\b(?:lists?|bullets?|bullet points?)\b"),
    _all(
        "fewer breaks",
        marks.join,
        r"\b(?:fewer|less|too many)\b.{0,12}\b(?:breaks|paragraphs)\b",
        r"\b(?:longer|join|merge|bigger)\b.{0,12}\bparagraphs?\b",
    ),
    _all(
        "more breaks",
        marks.split,
        r"\b(?:line breaks?|paragraphs?|white ?space|airier|more air|wall of text)\b",
        r"\b(?:split|break) it up\b",
    ),
    _some(
        "short sentences",
        marks.short_sentences,
        r"\b(?:shorter|short|split|break(?: up)?|too long)\b.{0,14}\bsentences?\b",
        r"\bsentences?\b.{0,16}\b(?:shorter|too long)\b",
        r"\b(?:punchier|punchy|choppier|snappier|snappy)\b",
    ),
    _all("edge", moves.edge, rf"{_LESS}\b(?:first|last|opening|closing|final)\s+(?:line|sentence|one)\b"),
    _all("call to action", moves.call, r"\b(?:call to action|cta)\b"),
    _all(
        "no question at the end",
        moves.no_question,
        rf"{_LESS}\b(?:last |closing |final )?question\b.{{0,20}}\b(?:end|last|close)\b",
        rf"{_LESS}\b(?:last|closing|final) question\b",
        r"\b(?:do not|don['’]t|never)\s+(?:end|close|finish)\b.{0,20}\bquestion\b",
    ),
    _some(
        "question at the end",
        moves.question,
        r"\b(?:end|close|finish|ending)\w*\b.{0,20}\bquestion\b",
        r"\bquestion\b.{0,20}\b(?:end|last|close)\b",
        r"\b(?:add|ask)\b.{0,12}\bquestion\b",
    ),
    _all("questions", moves.questions, rf"{_LESS}\bquestions?\b"),
    _some(
        "opening",
        moves.opening,
        r"\b(?:open|opens|opening|start|starts|begin|begins|hook|first line|intro|introduction|beginning)\b",
    ),
    _some("numbers", moves.numbers, rf"{_LESS}\b(?:numbers?|figures|statistics|stats)\b"),
    _some(
        "casual",
        moves.casual,
        r"\b(?:less|too|not so|not that)\s+(?:formal|stiff|corporate|serious|professional)\b",
        r"(?<!\bless )(?<!\btoo )(?<!\bso )\b(?:casual|casually|informal|relaxed|conversational)\b",
        r"\b(?:chattier|looser|friendlier)\b",
        r"(?<!no )(?<!without )\bcontractions\b",
    ),
    _some(
        "formal",
        moves.formal,
        r"\b(?:less|too|not so)\s+(?:casual|chatty|informal|relaxed)\b",
        r"\b(?:formal|formally|professional|businesslike|serious)\b",
        r"\b(?:no|without)\s+contractions\b",
    ),
    _some(
        "plain words",
        moves.plainer,
        r"\b(?:plain|plainer|simple|simpler|easier)\b",
        r"\b(?:jargon|buzz ?words?|fancy words?)\b",
    ),
    _some(
        "more about",
        moves.more_about,
        r"\b(?:more (?:about|on|of)|expand on|talk about|mention)\s+(?P<about>[^,]{2,80})",
    ),
    _some("less about", moves.less_about, rf"{_LESS}\b(?:about|on|of|mentions? of)\s+(?P<about>[^,]{{2,80}})"),
    _some(
        "shorter",
        moves.shorter,
        r"\b(?:shorter|shorten|short|too long|tighter|tighten|trim|briefer|concise|condense|half)\b",
        r"\bcut (?:it )?(?:down|back)\b",
        r"\b(?:less text|fewer words|wordy)\b",
        r"\b(?:under|at most|max(?:imum)?) \d",
    ),
    _some("longer", moves.longer, r"\b(?:longer|lengthen|too short|expand|more details?|elaborate|flesh out|extend)\b"),
    _some(
        "less about",
        moves.less_about,
        r"\b(?:remove|drop|delete|cut|take out|skip|lose|leave out|without)\s+"
        r"(?:the\s+)?(?:(?:part|sentence|bit|mention)s?\s+)?(?P<about>[^,]{3,80})",
    ),
    _some(
        "beyond",
        moves.beyond,
        r"\b(?:\w+\s+)?(?:humou?r|humorous|funny|funnier|jokes?|witty|wittier|fun|playful|sarcas\w+)\b",
        r"\b(?:\w+\s+)?(?:emotional|warmer|warm|personal|inspir\w+|provocative|bold|bolder|stronger|edgier|poetic|vivid)\b",
        r"\b(?:\w+\s+)?(?:exciting|persuasive|confident|engaging|interesting|better|story|anecdote|metaphor|analogy)\b",
        r"\b(?:\w+\s+)?(?:examples?|data|statistics|quote|translate\w*|rewrite)\b",
        r"\bin (?:german|french|spanish|dutch|italian)\b",
        r"\brephrase\b",
    ),
)
