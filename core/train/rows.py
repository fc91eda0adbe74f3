"""Rows of a run's folder and the tokens they make. Light: the tokenizer is handed in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from core.llm import embedded
from core.train.model import EMBEDDED

CHARS_A_TOKEN = 4.0
"""Of English posts and their briefs under the tokenizer of the built-in model: 4.0 to 4.2 for three real authors."""
END = "<|im_end|>"
IGNORED = -100
"""The label of a token that is not learnt."""
Record = dict[str, Any]
T = TypeVar("T")


def tokens_about(chars: int) -> int:
    """Tokens of a text of so many characters, near enough for an estimate."""
    return round(chars / CHARS_A_TOKEN)


def read(file: Path) -> list[Record]:
    """The rows of a JSON Lines file; none where it is not there."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


def read_list(file: Path) -> list[Record]:
    """The rows of a JSON file that holds a list; none where it is not there."""
    return json.loads(file.read_text("utf-8")) if file.exists() else []


def spread(rows: Sequence[T], most: int) -> list[T]:
    """At most so many rows, spread evenly over all."""
    return [rows[i * len(rows) // most] for i in range(most)] if len(rows) > most else list(rows)


def asked(row: Record, base: str, tokenizer: Any) -> str:
    """The prompt of a row as text: exactly what generation sends to this base."""
    if base == EMBEDDED:
        return embedded.chat(row["system"], row["user"])
    return str(tokenizer.apply_chat_template(_messages(row), tokenize=False, add_generation_prompt=True))


def answered(row: Record, text: str, base: str, tokenizer: Any) -> str:
    """A text as the base would end it."""
    if base == EMBEDDED:
        return text + END
    before = asked(row, base, tokenizer)
    said = [*_messages(row), {"role": "assistant", "content": text}]
    whole = str(tokenizer.apply_chat_template(said, tokenize=False)).rstrip()
    return whole[len(before) :] if whole.startswith(before) else text + str(tokenizer.eos_token)


def encoded(rows: Sequence[Record], base: str, tokenizer: Any, most: int) -> list[Record]:
    """Rows as {input_ids, labels}: the post alone is learnt. A row of more than `most` tokens is left out."""
    made = []
    for row in rows:
        prompt, post = (
            tokenizer(text, add_special_tokens=False)["input_ids"]
            for text in (asked(row, base, tokenizer), answered(row, row["post"], base, tokenizer))
        )
        if len(prompt) + len(post) <= most:
            made.append({"input_ids": prompt + post, "labels": [IGNORED] * len(prompt) + post})
    return made


def pairs(rows: Sequence[Record], base: str, tokenizer: Any, most: int) -> list[Record]:
    """Rows of votes as {prompt, chosen, rejected}, in text. A pair of which one is over `most` tokens is left out."""
    made = []
    for row in rows:
        pair = {"prompt": asked(row, base, tokenizer)}
        pair |= {side: answered(row, row[side], base, tokenizer) for side in ("chosen", "rejected")}
        sizes = {name: len(tokenizer(text, add_special_tokens=False)["input_ids"]) for name, text in pair.items()}
        if sizes["prompt"] + max(sizes["chosen"], sizes["rejected"]) <= most:
            made.append(pair)
    return made


def _messages(row: Record) -> list[dict[str, str]]:
    return [{"role": "system", "content": row["system"]}, {"role": "user", "content": row["user"]}]
