"""The desk of a run: steps and model calls on record as they are made; what is finished is never repeated."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core import llm, store
from core.errors import Cancelled
from core.generate.guard import redacted
from core.people import WORKER
from core.store import runs
from core.store.base import now
from core.store.tables import ModelCall

LOOK = 0.25
"""Seconds between two looks at whether a person asked to stop."""
WRITE = 0.3
"""Seconds between two writings of streamed text."""
Output = dict[str, Any]


class Desk:
    """One run's records. Steps may run in several threads; each has its own `Step`."""

    def __init__(self, run_id: str, model: str = "") -> None:
        self.run_id = run_id
        self.model = model
        """Who is asked, as TIMBRE_LLM names it; "" is that setting."""
        self._lock = threading.Lock()
        self._looked, self._stop = 0.0, False

    def stopped(self) -> bool:
        """Whether a person asked to stop; the store is asked at most four times a second."""
        with self._lock:
            if not self._stop and time.monotonic() - self._looked > LOOK:
                with store.reading() as tx:
                    self._stop = runs.asked_to_stop(tx, self.run_id)
                self._looked = time.monotonic()
            return self._stop

    def done(self, key: str) -> Output | None:
        """The output of a step that has finished."""
        with store.reading() as tx:
            row = runs.step(tx, self.run_id, key)
        return row.output if row is not None and row.status == "done" else None

    def output(self, key: str) -> Output:
        """The output of a step that must have finished before."""
        found = self.done(key)
        if found is None:
            raise LookupError(f"step {key} of run {self.run_id} has not finished")
        return found

    def step(
        self, key: str, seq: int, given: Output, work: Callable[[Step], Output], prompt: str | None = None
    ) -> Output:
        """Do a step and record it; one that has finished gives its recorded output and does nothing."""
        if (found := self.done(key)) is not None:
            return found
        if self.stopped():
            raise Cancelled("Stopped, as you asked.")
        with store.writing(WORKER) as tx:
            row = runs.begin_step(tx, self.run_id, seq, key, given, prompt)
        try:
            output = work(Step(self, key, row.id))
        except BaseException as error:
            with store.writing(WORKER) as tx:
                runs.finish_step(tx, row.id, {"problem": str(error)[:500]}, "failed")
            raise
        with store.writing(WORKER) as tx:
            runs.finish_step(tx, row.id, output)
        return output


class Step:
    """Inside a step: calls of the model, numbered, each kept when it has finished."""

    def __init__(self, desk: Desk, key: str, row_id: str) -> None:
        self.desk, self.key, self._row = desk, key, row_id
        self._seq = 0
        self._before = ""
        self._written = 0.0

    def call(self, request: llm.Request, show: str = "") -> llm.Completion:
        """The answer to a request: the kept one where this call has finished before, else a fresh one.

        `show` is text that stands before what is streamed. Raises Unavailable, Cancelled.
        """
        self._seq += 1
        record = request.record()
        digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
        with store.reading() as tx:
            kept = runs.call(tx, self.desk.run_id, self.key, self._seq)
        if kept is not None and kept.request_hash == digest:
            return _restored(kept)
        started = time.monotonic()
        self._before = show
        answer = llm.complete(request, self.desk.stopped, self._heard, self.desk.model)
        answer = replace(answer, texts=[redacted(one) for one in answer.texts])  # no step after it sees a secret
        row = ModelCall(
            run_id=self.desk.run_id,
            step=self.key,
            seq=self._seq,
            request_hash=digest,
            request=record,
            text=json.dumps({"texts": answer.texts, "fluency": answer.fluency}, ensure_ascii=False),
            model=answer.model,
            tokens_in=answer.tokens_in,
            tokens_out=answer.tokens_out,
            milliseconds=round((time.monotonic() - started) * 1000),
            created_at=now(),
        )
        with store.writing(WORKER) as tx:
            runs.keep_call(tx, row)
        return answer

    def _heard(self, candidate: int, text: str) -> None:
        if candidate == 0 and time.monotonic() - self._written > WRITE:
            self._written = time.monotonic()
            with store.writing(WORKER) as tx:
                runs.set_partial(tx, self._row, redacted(self._before + text))


def _restored(row: ModelCall) -> llm.Completion:
    kept = json.loads(row.text)
    return llm.Completion(kept["texts"], kept["fluency"], row.tokens_in, row.tokens_out, row.model)
