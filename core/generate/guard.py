"""What a model's answer may never carry out: the words of a prompt, a secret of the environment."""

from __future__ import annotations

import functools
import re

from pydantic import SecretStr

from analytics import overlap, text
from core.config import settings
from core.generate import prompts

RUN = 6
"""Words in a row of a prompt that count as a leak."""
SHORTEST_SECRET = 6
BLOT = "[secret]"
"""What stands in the place of a secret."""
_FIELD = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")


def leaks(value: str) -> bool:
    """Whether a text holds a run of words of a prompt's instructions, or a secret that is set."""
    return bool(overlap.copied_runs(value, _instructions(), RUN)) or any(
        secret in value for secret in (BLOT, *_secrets())
    )


def clean(value: str) -> tuple[str, list[str]]:
    """The text without lines that leak, and a line for each that was taken out (which does not repeat it)."""
    if not leaks(value):
        return value, []
    kept: list[str] = []
    gone = 0
    for line in value.split("\n"):
        units = text.sentences(line) or [line]
        good = [unit for unit in units if not leaks(unit)]
        gone += len(units) - len(good)
        kept += [" ".join(good)] if good or not line.strip() else []
    out = "\n".join(kept).strip()
    if leaks(out):  # the run went over the end of a line
        return "", ["Took out the whole answer: it gave away what Timbre had told the model."]
    return out, ["Took out a sentence that gave away what Timbre had told the model."] * gone


def redacted(value: str) -> str:
    """The text with every secret that is set blotted out, for the records."""
    for secret in _secrets():
        value = value.replace(secret, BLOT)
    return value


@functools.cache
def _instructions() -> tuple[str, ...]:
    """The instructions of all prompts: what stands outside fields, in pieces from one field to the next."""
    out: dict[str, None] = {}
    for name in prompts.names():
        for version in prompts.versions(name):
            prompt = prompts.get(name, version)
            out.update(dict.fromkeys(_FIELD.split(f"{prompt.system}\n{prompt.user}")))
    return tuple(out)


def _secrets() -> list[str]:
    current = settings()
    values = (getattr(current, name) for name in type(current).model_fields)
    said = [v.get_secret_value() for v in values if isinstance(v, SecretStr)]
    return [s for s in said if len(s) >= SHORTEST_SECRET]
