"""One contract for every provider over a real socket, with real weights too: what comes back, and what when it does not."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest

from core import llm
from core.errors import Cancelled, Unavailable
from tests.core.llm.conftest import Choose
from tests.core.llm.servers import READ, WRITTEN, Fake, Turn, serving

SCHEMA = {
    "type": "object",
    "properties": {"colour": {"enum": ["red", "blue"]}, "number": {"type": "integer", "minimum": 0, "maximum": 9}},
    "required": ["colour", "number"],
    "additionalProperties": False,
}


def fixed(text: str, **more: Any) -> llm.Request:
    """A request that a real model, too, can answer in one way only."""
    return llm.Request("Write.", system="You are.", grammar=f"root ::= {json.dumps(text, ensure_ascii=False)}", **more)


def says(fake: Fake | None, *pieces: str, **more: Any) -> None:
    if fake is not None:
        fake.answer = lambda body: Turn(pieces, **more)


# ---- every provider, real models too -------------------------------------------------------------------------


def test_text_comes_as_it_is_written_and_is_counted(anyone: Fake | None) -> None:
    says(anyone, "Nobody ", "lied to us.")
    heard: list[tuple[int, str]] = []
    answer = llm.complete(fixed("Nobody lied to us."), on_text=lambda i, text: heard.append((i, text)))
    assert answer.texts == ["Nobody lied to us."] and answer.model == llm.active().id
    assert len(heard) > 1 and heard[-1] == (0, answer.texts[0]) and heard[0][1] == answer.texts[0][: len(heard[0][1])]
    if anyone is None:
        assert answer.tokens_in > 5 and 3 < answer.tokens_out < 20
    else:
        assert (answer.tokens_in, answer.tokens_out) == (READ, WRITTEN)


def test_raw_prompts_are_continued_as_they_stand(anyone: Fake | None) -> None:
    says(anyone, " lied.")
    request = llm.Request("Nobody", system="not sent", raw=True, grammar='root ::= " lied."')
    assert llm.complete(request).texts == [" lied."]
    if anyone is not None:
        path, body = anyone.asked[0]
        assert path in ("/v1/completions", "/api/generate") and body["prompt"] == "Nobody" and "messages" not in body


def test_several_candidates_come_from_several_seeds(anyone: Fake | None) -> None:
    if anyone is not None:
        anyone.answer = lambda body: Turn((f"seed {body.get('seed') or body['options']['seed']}",))
    heard: set[int] = set()
    request = llm.Request(
        "Write a word.", raw=True, n=3, seed=5, max_tokens=8, temperature=1.0, grammar="root ::= [a-z]+"
    )
    answer = llm.complete(request, on_text=lambda i, _: heard.add(i))
    assert len(answer.texts) == 3 and len(set(answer.texts)) > 1 and heard == {0, 1, 2} and answer.tokens_out > 3
    if anyone is not None:
        assert answer.texts == ["seed 5", "seed 6", "seed 7"] and answer.tokens_out == 3 * WRITTEN


def test_the_end_is_where_it_was_told(anyone: Fake | None) -> None:
    says(anyone, "One.")  # a server cuts there itself
    assert llm.complete(fixed("One.\nTwo.", stop=("\n",))).texts == ["One."]
    if anyone is not None:
        body = anyone.asked[0][1]
        assert (body.get("stop") or body["options"]["stop"]) == ["\n"]


def test_letters_of_all_kinds_survive_being_sent_in_slices(anyone: Fake | None) -> None:
    text = "Zoë 😀 — naïve\u2028日本"
    says(anyone, text[:5], text[5:], slices=1)
    assert llm.complete(fixed(text, max_tokens=60)).texts == [text]


def test_an_answer_by_schema_is_json_of_that_schema(anyone: Fake | None) -> None:
    says(anyone, '{"colour": "red", ', '"number": 7}')
    answer = llm.complete(llm.Request("Name a colour and a number, as JSON.", schema=SCHEMA, max_tokens=60))
    found = json.loads(answer.texts[0])
    assert found["colour"] in ("red", "blue") and 0 <= found["number"] <= 9
    if anyone is not None:
        body = anyone.asked[0][1]
        assert SCHEMA in (body.get("format"), body.get("response_format", {}).get("json_schema", {}).get("schema"))


def test_a_person_stops_it_in_the_middle_and_the_server_is_told(anyone: Fake | None) -> None:
    says(anyone, "Once ", "never", then="fall silent")
    heard = threading.Event()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        llm.complete(llm.Request("Once", max_tokens=1900), heard.is_set, lambda *_: heard.set())
    assert heard.is_set() and time.monotonic() - began < 15  # all tokens take longer; the fake would be silent for ever
    assert anyone is None or anyone.gone.wait(10)


# ---- failures: both protocols --------------------------------------------------------------------------------


def test_stop_is_heard_before_a_word_came(provider: str, fake: Fake) -> None:
    never = threading.Event()
    fake.answer = lambda body: Turn(("too late",) if never.wait(20) else ())
    began = time.monotonic()
    with pytest.raises(Cancelled):
        llm.complete(llm.Request("Write."), lambda: bool(fake.asked))
    assert time.monotonic() - began < 15
    never.set()


def test_silence_is_given_up_and_the_server_is_told(provider: str, fake: Fake) -> None:
    says(fake, "Once ", then="fall silent")
    with pytest.raises(Unavailable, match="said nothing for 0 seconds") as raised:
        llm.complete(llm.Request("Write.", timeout=0.3))
    assert raised.value.hint and fake.gone.wait(10)


@pytest.mark.parametrize("how", ["die", "die with a bang"])
def test_half_an_answer_is_no_answer_and_is_not_asked_for_again(provider: str, fake: Fake, how: str) -> None:
    says(fake, "Nobody ", "lied.", then=how)
    with pytest.raises(Unavailable, match="broke off in the middle"):
        llm.complete(llm.Request("Write."))
    assert len(fake.asked) == 1


def test_later_is_tried_again(provider: str, fake: Fake) -> None:
    fake.turns(Turn(status=429, headers={"Retry-After": "2"}), Turn(status=503), Turn(("At last.",)))
    assert llm.complete(llm.Request("Write.", timeout=1.8)).texts == [
        "At last."
    ]  # waiting as one was told is no silence
    assert len(fake.asked) == 3


def test_a_wait_longer_than_patience_is_said_at_once(provider: str, fake: Fake) -> None:
    fake.turns(Turn(status=429, error="quota used up", headers={"Retry-After": "3600"}))
    with pytest.raises(Unavailable, match="quota used up") as raised:
        llm.complete(llm.Request("Write."))
    assert "Wait" in raised.value.hint and len(fake.asked) == 1


def test_one_failed_candidate_ends_the_others(provider: str, fake: Fake) -> None:
    first = threading.Event()

    def answer(body: dict[str, Any]) -> Turn:
        if first.is_set():
            return Turn(("Once ", "never"), then="fall silent")
        first.set()
        return Turn(status=500, error="out of memory")

    fake.answer = answer
    began = time.monotonic()
    with pytest.raises(Unavailable, match="out of memory"):
        llm.complete(llm.Request("Write.", n=2))
    assert time.monotonic() - began < 20  # the other one would be silent for half a minute


def test_a_server_that_knows_no_schemas_is_told_in_words(provider: str, fake: Fake) -> None:
    def answer(body: dict[str, Any]) -> Turn:
        knows_more = (
            isinstance(body.get("format"), dict) or body.get("response_format", {}).get("type") == "json_schema"
        )
        return Turn(status=400, error="unknown format") if knows_more else Turn(('{"colour": "red", "number": 1}',))

    fake.answer = answer
    for _ in range(2):
        assert json.loads(llm.complete(llm.Request("Name.", schema=SCHEMA)).texts[0])["number"] == 1
    assert "JSON schema" in fake.prompt() and '"colour"' in fake.prompt()


def test_thoughts_are_no_text(provider: str, fake: Fake) -> None:
    heard: list[str] = []
    says(fake, "<thi", "nk>They want 3", " words.</th", "ink>\n\nNobody ", "lied.", thoughts="Let me see.")
    answer = llm.complete(llm.Request("Write."), on_text=lambda _, text: heard.append(text))
    assert answer.texts == ["Nobody lied."] and not any("want" in text or "see" in text for text in heard)
    says(fake, "<think>", "and so on")
    with pytest.raises(Unavailable, match="wrote no text"):
        llm.complete(llm.Request("Write."))


def test_a_redirect_is_not_followed_and_the_key_stays(provider: str, fake: Fake) -> None:
    with serving() as other:
        fake.turns(Turn(status=307, headers={"Location": f"{other.url}/v1/chat/completions"}))
        with pytest.raises(Unavailable, match="another address") as raised:
            llm.complete(llm.Request("Write."))
        assert not other.asked and "hush" not in str(raised.value)
    assert fake.keys == (["Bearer hush-1234567890"] if provider == "openai" else [""])


@pytest.mark.parametrize("status", [400, 401, 404, 500])
def test_no_error_holds_the_key(provider: str, fake: Fake, choose: Choose, status: int) -> None:
    echo = "hush-1234567890, or sk-hu**90" if provider == "openai" else "sk-hu**90"  # Ollama is never given one
    fake.turns(Turn(status=status, error=f"Incorrect key {echo}"))
    host = fake.url.removeprefix("http://")
    choose(OPENAI_BASE_URL=f"http://ann:hush@{host}/v1", OLLAMA_HOST=f"http://ann:hush@{host}")
    with pytest.raises(Unavailable) as raised:
        llm.complete(llm.Request("Write."))
    seen: BaseException | None = raised.value
    while seen is not None:
        assert "hush" not in str(seen) and "sk-hu" not in str(seen)
        seen = seen.__cause__
    assert raised.value.hint


def test_who_is_not_there_says_how_to_start_it(provider: str, choose: Choose) -> None:
    choose(OPENAI_BASE_URL="http://127.0.0.1:9/v1", OLLAMA_HOST="http://127.0.0.1:9")
    with pytest.raises(Unavailable, match=r"answers? at http://127") as raised:
        llm.complete(llm.Request("Write."))
    assert "TIMBRE_LLM=embedded" in raised.value.hint
    assert not llm.probe(provider).ok


@pytest.mark.parametrize("said", ["<html>Sign in</html>", "null", '{"choices": [], "data": 7}', " " * 300_000])
def test_who_is_no_model_is_named_and_nothing_passes_for_text(
    provider: str, fake: Fake, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setattr("core.llm.wire.MOST", 200_000)
    monkeypatch.setattr("tests.core.llm.servers._sse", lambda *_, **__: said.encode())
    monkeypatch.setattr("tests.core.llm.servers._line", lambda *_, **__: said.encode())
    with pytest.raises(Unavailable) as raised:
        llm.complete(llm.Request("Write."))
    assert "no stream of text" in raised.value.message or "broke off" in raised.value.message
