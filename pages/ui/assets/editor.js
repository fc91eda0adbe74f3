/* The post editor: one text, its revision, counts, the fold, and both texts where two people wrote at once. */
const number = new Intl.NumberFormat("en");
const editors = new WeakMap();

class Editor {
  constructor(root, data) {
    this.root = root;
    this.doc = data.doc;
    this.area = root.querySelector("textarea");
    this.sent = [];
    this.listening = new AbortController();
    this.base = { text: data.text, revision: data.revision };
    this.autosave = new Autosave(data.doc, () => this.snapshot(), (state, detail) => this.say(state, detail));
    this.area.value = data.text;
    this.say("saved");
  }

  begin() {
    const on = (name, kind, work) =>
      this.root.querySelector(name).addEventListener(kind, work, { signal: this.listening.signal });
    on("textarea", "input", () => { this.measure(); this.autosave.touched(); });
    on("textarea", "blur", () => { this.autosave.flush(); this.catchUp(); });
    on(".mine", "click", () => this.keepMine());
    on(".theirs", "click", () => this.takeTheirs());
    on(".back", "click", () => this.putBack());
    keysStayHere(this.area, this.autosave, this.listening.signal);
    this.recover(this.autosave.remembered());
    this.measure();
  }

  close() {
    this.listening.abort();
    this.autosave.close();
  }

  snapshot() { return { text: this.area.value, revision: this.base.revision, before: this.sent.at(-1) ?? null }; }

  /* Words that an earlier visit could not send. */
  recover(kept) {
    if (!kept || kept.text === this.base.text) return;
    this.area.value = kept.text;
    if (kept.revision === this.base.revision || kept.before === this.base.text) {
      this.autosave.touched();
      this.autosave.flush();
    } else {
      this.disagree(this.base, "Words you typed here earlier were not saved, and the post has changed since.");
    }
  }

  update(data, send) {
    this.autosave.send = (name, value) => { this.sent = [...this.sent.slice(-20), value.text]; send(name, value); };
    this.data = data;
    this.dress();
    if (this.autosave.answer(data.ack) && data.ack.ok) {
      this.base.revision = Math.max(this.base.revision, data.ack.revision);
    }
    this.newest = { text: data.text, revision: data.revision };
    if (this.conflict && this.newest.revision > this.conflict.revision) this.disagree(this.newest);
    this.catchUp();
    this.measure();
  }

  /* Somebody else's newer text: taken over silently only where nobody is writing here. */
  catchUp() {
    const theirs = this.newest;
    if (!theirs || this.conflict || theirs.revision < this.base.revision) return;
    const ours = theirs.revision === this.base.revision || theirs.text === this.base.text || this.sent.includes(theirs.text);
    if (ours) this.base = theirs;
    if (theirs.text === this.area.value) {
      this.base = theirs;
      if (!this.autosave.clean) this.autosave.settled();
    } else if (!this.autosave.clean) {
      if (!ours) this.disagree(theirs);
    } else if (this.root.activeElement !== this.area) {
      this.show(theirs);
    } else if (!ours) {
      this.say("saved", "Changed elsewhere: shown when you leave the text");
    }
  }

  show(version) {
    this.base = version;
    this.area.value = version.text;
    this.say("saved");
    this.measure();
  }

  disagree(theirs, why = "Somebody saved another version while you were writing. Nothing was overwritten.") {
    this.conflict = theirs;
    this.autosave.hold();
    this.root.querySelector(".why").textContent = why;
    this.root.querySelector(".other").textContent = theirs.text || "(empty)";
    this.root.querySelector(".both").hidden = false;
    this.say("unsaved", "choose which text to keep");
  }

  keepMine() {
    this.base = this.conflict;
    this.settle();
    this.autosave.touched();
    this.autosave.flush();
  }

  takeTheirs() {
    this.shelved = this.area.value;
    this.autosave.settled();
    this.show(this.conflict);
    this.settle();
    this.root.querySelector(".shelf").hidden = false;
  }

  settle() {
    this.conflict = null;
    this.autosave.held = false;
    this.root.querySelector(".both").hidden = true;
  }

  putBack() {
    this.area.value = this.shelved;
    this.root.querySelector(".shelf").hidden = true;
    this.measure();
    this.autosave.touched();
  }

  say(state, detail = "") {
    const words = { saved: "Saved", saving: "Saving", unsaved: "Not saved" }[state];
    const status = this.root.querySelector(".status");
    status.dataset.state = state;
    status.textContent = detail && state === "unsaved" ? `${words}: ${detail}` : detail || words;
    status.setAttribute("aria-live", state === "unsaved" ? "assertive" : "off");
  }

  dress() {
    const { label, disabled, height, language } = this.data;
    this.root.querySelector("label").textContent = label;
    this.area.disabled = disabled;
    this.area.lang = language;
    this.root.querySelector(".sheet").style.setProperty("--least", `${height}px`);
    if (disabled) this.root.querySelector(".status").textContent = "Read only";
  }

  /* Counts, the usual range, and where LinkedIn would fold: the mirror behind the text gives the place. */
  measure() {
    const text = this.area.value;
    const length = [...text].length;
    const words = text.split(/\s+/u).filter((w) => /[\p{L}\p{N}]/u.test(w)).length;
    const { limit, usual, usual_note: note, fold } = this.data;
    const over = length > limit;
    const count = this.root.querySelector(".count");
    count.textContent = `${number.format(length)} of ${number.format(limit)} characters` +
      (over ? `: ${number.format(length - limit)} too many for LinkedIn` : "") +
      ` · ${number.format(words)} ${words === 1 ? "word" : "words"}`;
    count.classList.toggle("over", over);
    this.root.querySelector(".usual").textContent = usual ? usualWords(length, usual, note) : "";
    const meter = this.root.querySelector(".meter");
    const share = (n) => `${Math.min(100, (100 * n) / limit)}%`;
    meter.style.setProperty("--at", share(length));
    meter.style.setProperty("--from", share(usual ? usual[0] : 0));
    meter.style.setProperty("--to", share(usual ? usual[1] : 0));
    meter.classList.toggle("over", over);
    this.mirror(text, foldAt(text, fold));
  }

  mirror(text, cut) {
    const mirror = this.root.querySelector(".mirror");
    this.root.querySelector(".fold").hidden = cut === null;
    if (cut === null) { mirror.textContent = `${text}\n`; return; }
    const mark = document.createElement("i");
    mirror.replaceChildren(text.slice(0, cut), mark, `${text.slice(cut)}\n`);
  }
}

/* LinkedIn's fold is not published: the third line break or about 210 characters, whichever comes first. */
function foldAt(text, { characters, lines }) {
  let cut = text.length > characters ? wordEnd(text, characters) : null;
  let from = -1;
  for (let line = 0; line < lines; line += 1) {
    from = text.indexOf("\n", from + 1);
    if (from < 0) return cut;
  }
  return text.slice(from).trim() ? Math.min(cut ?? from, from) : cut;
}

function wordEnd(text, at) {
  const near = text.slice(at - 30, at + 1).search(/\s\S*$/u);
  return near < 0 ? at : at - 30 + near;
}

function usualWords(length, [low, high], note) {
  const range = `${number.format(low)} to ${number.format(high)}`;
  const verdict = length === 0 ? "" : length < low ? ": shorter than usual" : length > high ? ": longer than usual" : "";
  return `${note} ${range}${verdict}`;
}

export default function ({ data, parentElement, setStateValue }) {
  let editor = editors.get(parentElement);
  if (editor && editor.doc !== data.doc) editor.close();
  if (!editor || editor.doc !== data.doc) {
    editor = new Editor(parentElement, data);
    editors.set(parentElement, editor);
    editor.update(data, setStateValue);
    editor.begin();
  } else {
    editor.update(data, setStateValue);
  }
  return () => {
    editors.delete(parentElement);
    editor.close();
  };
}
