"""Whether a sentence of a source can stand alone in a post, and how much it tells. Pure."""

from __future__ import annotations

import regex

from analytics import hooks
from analytics.text import HASHTAG, LINK, MENTION, words
from core.generate import figures

WORDS = (7, 34)
"""Shorter says too little, longer is no key point."""
_FIRST_PERSON = regex.compile(r"(?i)\b(?:i|i['’]\w+|me|my|mine|myself|we|we['’]\w+|us(?<!US)|our|ours|ourselves)\b")
_LEANS = regex.compile(
    r"(?i)^\W*(?:this|that|these|those|it|its|it['’]s|they|their|he|she|his|her|him|such|here|there|and|but|so|or|"
    r"nor|yet|because|which|then|thus|hence|therefore|however|moreover|furthermore|also|besides|nevertheless|"
    r"nonetheless|instead|otherwise|still|similarly|likewise|finally|second|third|secondly|as such|for example|"
    r"for instance|in (?:contrast|addition|other words|turn|particular|fact|this|that|these|such)|on the other hand|"
    r"as (?:a result|mentioned|noted|shown|described|discussed)|what|the (?:former|latter|same|other|others)|both|"
    r"yes|no|okay|ok|well|right|oh|um|uh|exactly|sure|another|by (?:then|now|contrast)|at (?:this|that)|after that|"
    r"(?:prior|previous|earlier|existing) (?:work|studies|research)|(?:one|most|some|all) of (?:them|these|those))\b"
)
"""Begins with a word that points at the sentence before it, or at somebody else's work."""
_SOMEBODY = regex.compile(r"(?i)^(?:\W*[\p{L}\p{N}][\p{L}\p{N}'’%-]*\s+){0,4}(?:she|he|they|them|her|him|his|their)\b")
"""A pronoun so early that whoever it means was named before."""
_POINTS = regex.compile(
    r"(?i)\b(?:fig(?:ure)?s?\.?|table|section|sect\.|chapter|appendix|eq(?:uation)?\.?|theorem|lemma|algorithm) ?"
    r"(?:\d|[ivx]+\b|[a-d]\b)|\b(?:above|below|aforementioned|as follows|the following|this (?:paper|article|work|"
    r"study|section|post|page|episode|talk|report|guide)|the (?:former|latter)|respectively|et al|"
    r"(?:over|in|at|by) the same (?:period|time|year|month|week|day)|(?:most|much|some|all|part) of the work)\b|"
    r"[:;,—–-]\s*$"
)
_PAGE = regex.compile(
    r"(?i)\b(?:cookies?|subscribe|newsletter|sign up|log ?in|privacy policy|terms of|all rights reserved|copyright|"
    r"©|click|read more|share this|follow us|advertisement|sponsored|leave a comment|skip to|table of contents|"
    r"photo(?:graph)? by|image:|download the|permission to|licen[cs]ed under|corresponding author|arxiv|doi)\b"
)
_ORDERS = regex.compile(
    r"(?i)\b(?:ignore|disregard|forget|override|bypass)\b.{0,60}\b(?:instruction|prompt|rule|above|previous|prior)|"
    r"\b(?:system|developer) prompt\b|\bas an ai\b|\byou are (?:now|an? (?:ai|assistant|language model))\b|"
    r"^\W*(?:assistant|system|user|human)\s*:|\b(?:your|the) (?:instructions|api key|password)\b|</?\w+>|```"
)
_DO = regex.compile(
    r"(?i)^\W*(?:(?:do not|don['’]t|never|please|always) \p{L}+|(?:print|call|email|contact|join|follow|stop|avoid|"
    r"enter|type|hand|press|turn|add|remove|save|measure|count|stand|bring|leave|set|run|open|close|reply|pay|hire|cut|move|"
    r"begin|allow|apply|combine|change|draw|explain|fill|hold|let|place|plan|prepare|repeat|select|stay|talk|walk|wait)"
    r" (?:the|a|an|your|it|them|this|that|these|those|to|in|on|at|next|out|up|down|for|with|us|me|all|every|only|what|"
    r"how|no|each|any|one)\b)"
)
"""Tells the reader what to do: right on a page of advice, wrong as a fact."""
_FILLER = regex.compile(r"(?i)\b(?:uh+|um+|you know|i mean|kind of like|sort of like|blah)\b|\[|\]|\.\.\.|…|--")
_DATA = regex.compile(r"[=|{}<>\\^~]|\w+\(\w*\)|(?:\d[\d.,%]*\s+){3,}")
_REFERENCES = regex.compile(
    r"\s?\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]"
    r"|\s?\((?:see |cf\. |e\.g\.,? )?\p{Lu}[^()]{0,60}?(?:19|20)\d\d[a-z]?(?:; [^()]{0,160}?(?:19|20)\d\d[a-z]?)*\)"
)
_NAME = regex.compile(r"(?<=[\p{Ll},] )\p{Lu}\p{L}+")
_FINDS = regex.compile(
    r"(?i)\b(?:found|finds?|shows?|showed|fell|rose|grew|drop(?:ped|s)?|increas\w+|reduc\w+|decreas\w+|doubled|halved|"
    r"cut|cuts|saved?|saves|costs?|lost|took|takes|fail(?:s|ed)?|half|more than|less than|fewer|compared|because|"
    r"only|never|most|than)\b"
)


def without_references(sentence: str) -> str:
    """The sentence without `[3]` and `(Smith and Jones, 2021)`; everything else as it stands."""
    bare = _REFERENCES.sub("", sentence).strip()
    return str(regex.sub(r"\s+([.,;:])", r"\1", " ".join(bare.split())))


def stands(sentence: str, own: bool = False) -> bool:
    """Whether it is a whole statement that says the same without its neighbours. `own`: I and we are the author."""
    count = len(words(sentence))
    if not WORDS[0] <= count <= WORDS[1] or not sentence.endswith((".", "!", ".”", '."')) or not _begins(sentence):
        return False
    if not own and _FIRST_PERSON.search(sentence):
        return False
    if sentence.count("“") != sentence.count("”") or sentence.count("(") != sentence.count(")"):
        return False
    if hooks.hook(sentence) in ("question", "command", "address", "link"):
        return False
    bad = (_LEANS, _SOMEBODY, _POINTS, _PAGE, _ORDERS, _DO, _FILLER, _DATA, LINK, HASHTAG, MENTION)
    return not any(pattern.search(sentence) for pattern in bad)


def worth(sentence: str) -> float:
    """How much it tells, 0 to about 0.5, to be added to how near it is to the topic."""
    numbers = min(2, len(figures.numbers(sentence)))
    size = len(words(sentence))
    return (
        0.12 * numbers
        + 0.05 * bool(_NAME.search(sentence))
        + 0.08 * bool(_FINDS.search(sentence))
        - 0.01 * max(0, size - 24)
        - 0.12 * (size < 10 and not numbers)
    )


def _begins(sentence: str) -> bool:
    first = sentence.lstrip("“\"'‘(")[:1]
    return first.isupper() or first.isdigit()
