"""Which models can be chosen now: what each provider that is switched on has, asked at the same time, kept briefly."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from core.config import settings
from core.errors import TimbreError, Unavailable
from core.llm import embedded, ollama, openai

WAIT = 1.0
"""Seconds after which a list goes without whoever has not answered."""
KEEP = 10.0
"""Seconds for which an answer holds."""
KINDS = ("embedded", "ollama", "openai")
NO_WRITERS = ("embed", "whisper", "tts", "dall-e", "image", "audio", "moderation", "realtime", "transcribe", "rerank")


@dataclass
class Found:
    """Names as TIMBRE_LLM says them, what Ollama says of its own, and why a provider shows none."""

    names: list[str] = field(default_factory=list)
    local: list[ollama.Local] = field(default_factory=list)
    problems: dict[str, Unavailable] = field(default_factory=dict)


_kept: dict[tuple[str, ...], tuple[float, Found]] = {}


def known() -> list[str]:
    """As `core.llm.known`."""
    try:
        return list(look().names)
    except TimbreError:
        return []


def look() -> Found:
    """Who has what, within a second. Raises Invalid for settings that cannot be read."""
    current = settings()
    key = (current.ollama_host, current.openai_base_url or "", str(current.timbre_model_path), current.timbre_llm)
    at, found = _kept.get(key, (0.0, None))
    if found is None or time.monotonic() - at > KEEP:
        found = _asked()
        _kept.clear()
        _kept[key] = (time.monotonic(), found)
    return found


def forget() -> None:
    """Ask anew next time: a model has come or gone."""
    _kept.clear()


def _asked() -> Found:
    current, found = settings(), Found()
    hosted: list[str] = []
    askers: dict[str, Callable[[], object]] = {"ollama": lambda: found.local.extend(ollama.listed())}
    if current.openai_base_url or current.openai_api_key:
        askers["openai"] = lambda: hosted.extend(openai.models())
    threads = {
        kind: threading.Thread(target=_ask, args=(found, kind, ask), daemon=True) for kind, ask in askers.items()
    }
    for thread in threads.values():
        thread.start()
    until = time.monotonic() + WAIT
    for kind, thread in threads.items():
        thread.join(max(0.0, until - time.monotonic()))
        if thread.is_alive():
            found.problems[kind] = Unavailable("It has not answered within a second.", "Look again in a moment.")
    here = ["embedded"] if embedded.path().is_file() else []
    chosen = [current.timbre_llm] if current.timbre_llm.partition("/")[0] in KINDS else []
    theirs = [f"ollama/{row.name}" for row in found.local] + [f"openai/{name}" for name in hosted]
    writers = [name for name in theirs if not any(word in name.lower() for word in NO_WRITERS)]
    found.names = list(dict.fromkeys([*chosen, *here, *writers]))
    return found


def _ask(found: Found, kind: str, ask: Callable[[], object]) -> None:
    try:
        ask()
    except Unavailable as error:
        found.problems[kind] = error
