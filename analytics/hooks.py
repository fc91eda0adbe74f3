"""How a post opens: the kind of its first sentence, by rules that can be read."""

from __future__ import annotations

import regex

from analytics.text import LINK, WORD, lines, sentences

KINDS = (
    "link", "quote", "question", "contrarian", "announcement", "number", "story", "command", "address", "statement",
)  # fmt: skip
"""All that `hook` can answer, in the order in which they are tried."""

_NUMBER = regex.compile(
    r"^\W*(?:[$€£]?\d[\d.,]*\s*(?:%|k\b|m\b|x\b)?|(?:two|three|four|five|six|seven|eight|nine|ten|twelve|"
    r"twenty|fifty|"
    r"hundred|thousand|million|half|most|one in|\d+ of)\b(?!\s+(?:day|year|week|month)s?\s+ago))",
    regex.IGNORECASE,
)
_COUNTED = regex.compile(
    r"\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten)\s+(?:\w+\s+){0,2}?"
    r"(?:things|ways|lessons|tips|reasons|rules|steps|mistakes|questions|facts|ideas|signs|trends|myths|"
    r"habits|takeaways)\b",
    regex.IGNORECASE,
)
_AGO = regex.compile(
    r"^\W*(?:(?:\w+|\d+)\s+(?:hours?|days?|weeks?|months?|years?|decades?)\s+ago|yesterday|last (?:night|"
    r"week|month|year|"
    r"summer|winter|spring|autumn|fall|\w+day)|(?:back )?in (?:19|20)\d\d\b|one (?:day|morning|evening|night)|once\b|"
    r"when i (?:was|were|started|joined|first|got|left|began|came|met)|(?:earlier )?this (?:morning|week)\b.*\bi\b)",
    regex.IGNORECASE,
)
_I_DID = regex.compile(
    r"^\W*(?:i|we|my \w+)\s+(?:just |once |recently |never |almost |finally |used to )?(?:was|were|had|"
    r"did|went|got|met|"
    r"made|lost|left|quit|told|said|asked|thought|knew|learn(?:ed|t)|felt|found|took|came|saw|spent|built|wrote|read|"
    r"bought|sold|became|began|gave|grew|heard|kept|sat|stood|woke|\w{3,}ed)\b",
    regex.IGNORECASE,
)
_CONTRARIAN = regex.compile(
    r"\b(?:unpopular opinion|hot take|contrary to|the truth is|(?:is|are) (?:dead|overrated|broken|a lie|"
    r"a myth|wrong|not enough)|"
    r"myth|nobody (?:tells|talks|cares|wants|reads)|no one (?:tells|talks|cares|wants|reads)|"
    r"most people (?:think|believe|get)|"
    r"everyone (?:thinks|says|tells)|everybody (?:thinks|says)|you(?:'re| are) (?:wrong|doing it wrong)|i disagree|"
    r"there is no such thing|there(?:'s| is) no|isn['’]t (?:about|what|the)|(?:is|are) not (?:about|what|the))\b"
    r"|^\W*(?:stop|forget|don['’]t|do not|never|no,|nope|wrong)\b",
    regex.IGNORECASE,
)
_ANNOUNCES = regex.compile(
    r"\b(?:(?:excited|thrilled|proud|happy|delighted|honou?red|pleased|grateful|glad) (?:to|that|for)|"
    r"announc\w+|introducing|"
    r"(?:is|are|'re|’re|we are) hiring|now (?:available|open|live|hiring)|just (?:published|released|"
    r"launched)|congratulations|"
    r"congrats|save the date|new (?:paper|post|article|blog|episode|podcast|video|book|release)|we(?:'ve|"
    r" have) (?:launched|released))\b"
    r"|^\W*(?:join (?:us|me)|today,? (?:we|i)|breaking)\b",
    regex.IGNORECASE,
)
_COMMANDS = regex.compile(
    r"^\W*(?:please |let['’]?s |always |just )?(?:ask|be|book|build|buy|call|check|choose|click|come|"
    r"consider|create|do|"
    r"download|find|follow|get|give|go|have a look|help|imagine|keep|learn|listen|look|make|meet|note|"
    r"pick|put|read|register|"
    r"remember|say|see|send|share|show|sign|start|take|tell|think|treat|try|tune|use|visit|vote|watch|"
    r"write)\b(?!\s+(?:is|was|are)\b)",
    regex.IGNORECASE,
)
_ADDRESS = regex.compile(
    r"^\W*(?:you|your|you['’]re|if you|dear|hey|hi|hello|good morning|friends|folks|to all|attention|calling all)\b",
    regex.IGNORECASE,
)
_QUOTE = regex.compile(r"^\W*[\"“«„][^\"”»“]{8,}[\"”»“]")


def first_sentence(text: str) -> str:
    """The first sentence that has a word in it, as written; empty where there is none."""
    return next((s for s in sentences("\n".join(lines(text)[:4])) if WORD.search(LINK.sub(" ", s))), "")


def hook(text: str) -> str:
    """The kind of opening, one of `KINDS`; a text without words opens with a statement (or a link)."""
    rows = lines(text)
    if rows and LINK.match(rows[0]) and not WORD.search(LINK.sub(" ", rows[0])):
        return "link"
    first = first_sentence(text)
    if _QUOTE.match(first):
        return "quote"
    if first.rstrip("\"'”’) ").endswith(("?", "？")):
        return "question"
    for kind, pattern in (("contrarian", _CONTRARIAN), ("announcement", _ANNOUNCES)):
        if pattern.search(first):
            return kind
    if _AGO.match(first):
        return "story"
    if _NUMBER.match(first) or _COUNTED.search(first):
        return "number"
    for kind, pattern in (("story", _I_DID), ("command", _COMMANDS), ("address", _ADDRESS)):
        if pattern.match(first):
            return kind
    return "statement"
