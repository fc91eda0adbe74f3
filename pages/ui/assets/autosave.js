/* Keeps what is typed: sent 500 ms after the last key, at once on blur, Ctrl+S and when the page is left, and
   remembered in this browser until the server has said that it is stored. */
const DELAY = 500;
const PATIENCE = 4000;
const NO_ANSWER = "Timbre has not answered yet. Your words are kept in this browser; trying again.";

const randomId = () => Math.random().toString(36).slice(2) + Date.now().toString(36);
const stored = (work) => { try { return work(); } catch { return null; } };  // storage may be switched off
const TAB = stored(() => {
  const id = sessionStorage.getItem("timbre.tab") || randomId();
  sessionStorage.setItem("timbre.tab", id);
  return id;
}) || randomId();

class Autosave {
  /* `snapshot()` gives what is to be sent; `say(state, detail)` shows saved, saving or unsaved. */
  constructor(doc, snapshot, say) {
    Object.assign(this, { doc, snapshot, say, mount: randomId(), seq: 0, answered: 0 });
    Object.assign(this, { dirty: false, held: false, wait: PATIENCE });
    this.slot = `timbre.unsaved.${doc}.${TAB}`;
    this.leaving = () => document.visibilityState === "hidden" && this.flush();
    this.gone = () => this.flush();
    document.addEventListener("visibilitychange", this.leaving);
    window.addEventListener("beforeunload", this.gone);  // early enough for the answer to be worked out
    window.addEventListener("pagehide", this.gone);
  }

  get clean() { return !this.dirty && this.answered === this.seq; }

  touched() {
    this.dirty = true;
    this.remember();
    if (this.held) return;
    this.say("saving");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), DELAY);
  }

  flush() {
    clearTimeout(this.timer);
    if (this.dirty && !this.held) this.transmit();
  }

  /* Nothing is sent until the person has chosen between two texts; what is typed is remembered here. */
  hold() {
    this.held = this.dirty = true;
    clearTimeout(this.timer);
    clearTimeout(this.retry);
    this.remember();
  }

  /* What stands here is what the server has. */
  settled() {
    clearTimeout(this.timer);
    clearTimeout(this.retry);
    Object.assign(this, { dirty: false, held: false, answered: this.seq, wait: PATIENCE });
    this.forget();
    this.say("saved");
  }

  transmit() {
    this.dirty = false;
    this.seq += 1;
    this.send("edit", { tab: this.mount, seq: this.seq, ...this.snapshot() });
    this.remember();
    clearTimeout(this.retry);
    this.retry = setTimeout(() => { this.say("unsaved", NO_ANSWER); this.transmit(); }, this.wait);
    this.wait = Math.min(this.wait * 2, 30000);
  }

  /* What the server said of the newest message it has seen; true where it is news. */
  answer(ack) {
    if (!ack || ack.tab !== this.mount || ack.seq <= this.answered) return false;
    this.answered = ack.seq;
    if (ack.seq < this.seq) return true;
    clearTimeout(this.retry);
    if (!ack.ok) this.refused(ack);
    else if (!this.dirty) this.settled();
    else this.wait = PATIENCE;
    return true;
  }

  refused(ack) {
    this.dirty = true;
    this.remember();
    this.say("unsaved", ack.message);
    this.retry = setTimeout(() => this.flush(), this.wait);
    this.wait = Math.min(this.wait * 2, 30000);
  }

  remember() {
    const kept = { ...this.snapshot(), at: Date.now() };
    stored(() => localStorage.setItem(this.slot, JSON.stringify(kept)));
  }

  forget() { stored(() => localStorage.removeItem(this.slot)); }

  /* What a tab of this browser typed here and could not send; another live tab sends its own within seconds. */
  remembered() {
    const found = stored(() => Object.keys(localStorage).filter((k) => k.startsWith(`timbre.unsaved.${this.doc}.`))) || [];
    for (const slot of found.sort((a) => (a === this.slot ? -1 : 1))) {
      const kept = stored(() => JSON.parse(localStorage.getItem(slot)));
      if (kept && (slot === this.slot || Date.now() - kept.at > 15000)) {
        stored(() => localStorage.removeItem(slot));
        return kept;
      }
    }
    return null;
  }

  close() {
    this.flush();
    clearTimeout(this.timer);
    clearTimeout(this.retry);
    document.removeEventListener("visibilitychange", this.leaving);
    window.removeEventListener("beforeunload", this.gone);
    window.removeEventListener("pagehide", this.gone);
  }
}

/* Keys typed in a field are the field's: Streamlit would take a lone r or c for its own shortcuts. */
function keysStayHere(field, autosave, signal) {
  for (const kind of ["keydown", "keyup", "keypress"]) {
    field.addEventListener(kind, (event) => {
      event.stopPropagation();
      if (kind === "keydown" && (event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "s") {
        event.preventDefault();
        autosave.flush();
      }
    }, { signal });
  }
}
