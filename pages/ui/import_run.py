"""A confirmed import at work: in a thread of its own, so that a reload or a closed tab does not stop it half-way."""

from __future__ import annotations

import threading

import streamlit as st
import structlog

from core import collect
from core.errors import TimbreError
from core.store import Actor
from core.store.tables import ImportBatch

log = structlog.get_logger()
RUN = "samples_run"


class ImportRun(threading.Thread):
    """Stores a preview; the page only looks at `done`, `total`, `batch` and `error`."""

    def __init__(self, preview: collect.Preview, consent: dict[str, bool | None], actor: Actor) -> None:
        super().__init__(name="import", daemon=False)
        self.preview, self.consent, self.actor = preview, consent, actor
        self.done, self.total = 0, len(preview.new)
        self.batch: ImportBatch | None = None
        self.error: TimbreError | None = None

    def run(self) -> None:
        """Commit, and keep what came of it."""
        try:
            self.batch = collect.commit(self.preview, self.consent, self.actor, self._progress)
        except TimbreError as error:
            self.error = TimbreError(
                f"{error.message} {self.done:,} of {self.total:,} posts are stored.",
                f"{error.hint} Store again: what is there already is recognised.",
            )
        except Exception as error:
            log.exception("import failed")
            self.error = TimbreError(
                f"The import stopped on an error of the program ({type(error).__name__}). "
                f"{self.done:,} of {self.total:,} posts are stored and safe.",
                "Store again: what is there already is recognised. The app's log has the details.",
            )

    def _progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total


def running(actor: Actor) -> ImportRun | None:
    """The import of this session; or one that this person began before a reload and that still runs."""
    if st.session_state.get(RUN) is None:
        st.session_state[RUN] = next(
            (t for t in threading.enumerate() if isinstance(t, ImportRun) and t.actor.name == actor.name), None
        )
    run: ImportRun | None = st.session_state[RUN]
    return run


@st.fragment(run_every=0.4)
def watch(actor: Actor) -> None:
    """The progress bar; when the import has ended, the whole page is drawn again."""
    run = running(actor)
    if run is None or not run.is_alive():
        st.rerun()
    st.progress(run.done / max(run.total, 1), f"Storing {run.done:,} of {run.total:,} posts.")
    st.caption("You may leave this page; the import goes on.")
