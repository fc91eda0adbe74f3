"""The kinds of wishes that code understands, in the order in which they are tried. A kind is a line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

from core.generate import revision_marks as marks
from core.generate import revision_moves as moves
from core.generate.revision_draft import Draft, Said

Work = Callable[[Draft, "regex.Match[str]", Sequence[str]], Said]
_NO = r"\b(?:no|without|remove|drop|delete|lose|cut|skip|take out|get rid of|don['’]t use|stop using|avoid|fewer|less|too many)\b"
_SOMETHING = r"[^,{]{0,40}?"
_QUOTE = r"(?:\{\d+\}|[\p{L}\p{N}'’%-]+)"


@dataclass(frozen=True)
class Rule:
    """A kind of wish. `exact`: code does all of it, so that a large model need not be asked."""

    name: str
    pattern: regex.Pattern[str]
    work: Work
    exact: bool = False


def _rule(name: str, pattern: str, work: Work, exact: bool = False) -> Rule:
    return Rule(name, regex.compile(pattern, regex.IGNORECASE), work, exact)


RULES: tuple[Rule, ...] = (
    _rule("swap", rf"\b(?:replace|change|swap)\s+(?P<old>{_QUOTE})\s+(?:with|by|for|to|into)\s+(?P<new>{_QUOTE})", marks.swap, True),
    _rule("swap", rf"\b(?:say|use|write)\s+(?P<new>{_QUOTE})\s+(?:instead of|not|rather than)\s+(?P<old>{_QUOTE})", marks.swap, True),
    _rule("swap", rf"\binstead of\s+(?P<old>{_QUOTE})\s*,?\s*(?:say|use|write)?\s*(?P<new>\{{\d+\}})", marks.swap, True),
    _rule("take out", rf"(?:{_NO}|\bnever say\b|\bdon['’]t say\b){_SOMETHING}\{{(?P<q>\d+)\}}", marks.take_out, True),
    _rule("say", rf"\b(?:say|add|mention|include|put|insert|write|end|close|finish|start|open|begin)\w*\b{_SOMETHING}\{{(?P<q>\d+)\}}",
          marks.say, True),
    _rule("hashtags", r"\bhash\s?tags?\b|\btags\b", marks.tags, True),
    _rule("emoji", r"\bemojis?\b|\bsmileys?\b", marks.emoji, True),
    _rule("exclamations", rf"{_NO}{_SOMETHING}\bexclamation|\bexclamation marks?\b", moves.exclamations, True),
    _rule("dashes", rf"{_NO}{_SOMETHING}\bdash(?:es)?\b", moves.dashes, True),
    _rule("capitals", rf"{_NO}{_SOMETHING}\b(?:all[- ]caps|caps|capital letters|capitals|shouting)\b", moves.capitals, True),
    _rule("link", rf"(?:{_NO}|\b(?:put|move|place|have)\b){_SOMETHING}\b(?:link|url|address)\b", marks.link, True),
    _rule("link", r"\b(?:link|url)\b.{0,30}\b(?:comments?|p\.?\s?s\b|postscript)", marks.link, True),
    _rule("no list", rf"{_NO}{_SOMETHING}\b(?:lists?|bullets?|bullet points?)\b|\blist\b.{{0,12}}\b(?:as|into) (?:text|prose|sentences)",
          marks.no_list, True),
    _rule("as a list", r"\b(?:lists?|bullets?|bullet points?)\b", marks.as_list),
    _rule("fewer breaks", r"\b(?:fewer|less|too many)\b.{0,12}\b(?:line )?(?:breaks|paragraphs)\b|\b(?:longer|join|merge)\b.{0,12}\bparagraphs?\b",
          marks.join, True),
    _rule("more breaks", r"\b(?:line breaks?|paragraphs?|white ?space|breathing|airier|more air|wall of text|split it up|break it up)\b",
          marks.split, True),
    _rule("short sentences", r"\b(?:shorter|short|split|break up|break|too long)\b.{0,14}\bsentences?\b|\bsentences?\b.{0,16}\b(?:shorter|too long)\b"
          r"|\b(?:punchier|punchy|choppier|snappier|snappy)\b", marks.short_sentences),
    _rule("edge", rf"{_NO}{_SOMETHING}\b(?:first|last|opening|closing|final)\s+(?:line|sentence|one)\b", moves.edge, True),
    _rule("call to action", r"\b(?:call to action|cta)\b", moves.call, True),
    _rule("question at the end", r"\b(?:end|close|finish|ending)\w*\b.{0,20}\bquestion\b|\bquestion\b.{0,20}\b(?:end|last|close)\b|\badd an?\b.{0,10}\bquestion\b"
          r"|\bask\b.{0,12}\bquestion\b", moves.question),
    _rule("questions", rf"{_NO}{_SOMETHING}\bquestions?\b", moves.questions, True),
    _rule("opening", r"\b(?:open|opens|opening|start|starts|begin|begins|hook|first line|intro|introduction|beginning)\b", moves.opening),
    _rule("numbers", rf"{_NO}{_SOMETHING}\b(?:numbers?|figures|statistics|stats)\b", moves.numbers),
    _rule("casual", r"\b(?:less|too|not so|not that)\s+(?:formal|stiff|corporate|serious|professional)\b|(?<!\bless )(?<!\btoo )(?<!\bso )"
          r"\b(?:casual|casually|informal|relaxed|conversational|chatty|looser|friendlier|friendly)\b|(?<!no )(?<!without )\bcontractions\b",
          moves.casual),
    _rule("formal", r"\b(?:less|too|not so)\s+(?:casual|chatty|informal|relaxed)\b|\b(?:formal|formally|professional|businesslike|serious)\b"
          r"|\b(?:no|without)\s+contractions\b", moves.formal),
    _rule("plain words", r"\b(?:plain|plainer|simple|simpler|easier)\b|\bjargon\b|\bbuzz ?words?\b|\bfancy words?\b", moves.plainer),
    _rule("more about", r"\b(?:more (?:about|on|of)|expand on|talk about|mention)\s+(?P<about>[^,]{2,80})", moves.more_about),
    _rule("less about", rf"(?:{_NO}|\bless\b){_SOMETHING}\b(?:about|on|of|mentions? of)\s+(?P<about>[^,]{{2,80}})", moves.less_about),
    _rule("shorter", r"\b(?:shorter|shorten|short|too long|tighter|tighten|trim|briefer|concise|condense|cut (?:it )?(?:down|back)|half|less text"
          r"|fewer words|wordy|under \d|at most \d|max(?:imum)? \d)", moves.shorter),
    _rule("longer", r"\b(?:longer|lengthen|too short|expand|more detail|more details|elaborate|flesh out|extend)\b", moves.longer),
    _rule("less about", r"\b(?:remove|drop|delete|cut|take out|skip|lose|leave out|without)\s+(?:the\s+)?(?:part|sentence|bit|mention)?s?\s*"
          r"(?P<about>[^,]{3,80})", moves.less_about),
    _rule("beyond", r"\b(?:\w+\s+)?(?:humou?r|humorous|funny|funnier|jokes?|witty|wittier|fun|playful|sarcas\w+|emotional|warmer|warm|personal|inspiring"
          r"|inspirational|provocative|bolder|bold|stronger|edgier|poetic|vivid|exciting|persuasive|confident|story|anecdote|metaphor|analogy"
          r"|example|examples|data|statistics|quote|translate\w*|in (?:german|french|spanish|dutch|italian|english)|rewrite|rephrase"
          r"|engaging|interesting|better)\b", moves.beyond),
)  # fmt: skip
