/* The brief: a few labelled fields, each saved as it is typed. Only what changed here is sent. */
const forms = new WeakMap();

class Form {
  constructor(root, data) {
    this.root = root;
    this.doc = data.doc;
    this.areas = new Map();
    this.changed = new Set();
    this.listening = new AbortController();
    this.autosave = new Autosave(data.doc, () => this.snapshot(), (state, detail) => this.say(state, detail));
    const [rare, usual] = [true, false].map((more) => data.fields.filter((field) => Boolean(field.more) === more));
    this.root.querySelector(".rows").replaceChildren(...usual.map((field) => this.row(field)));
    this.root.querySelector(".more .rows").replaceChildren(...rare.map((field) => this.row(field)));
    this.rare = rare;
    this.root.querySelector(".more").hidden = !rare.length;
  }

  /** What is folded away says what it is, and whether something stands in it. */
  name() {
    const filled = this.rare.filter((field) => this.areas.get(field.name).area.value.trim()).length;
    const labels = this.rare.map((field, at) => (at ? field.label.toLowerCase() : field.label)).join(", ");
    this.root.querySelector(".more summary").textContent = filled ? `${labels} (${filled} filled in)` : labels;
  }

  row(field) {
    const row = document.createElement("div");
    const label = Object.assign(document.createElement("label"), { htmlFor: field.name, textContent: field.label });
    const area = Object.assign(document.createElement("textarea"), { id: field.name, rows: 1, placeholder: field.placeholder });
    const mirror = Object.assign(document.createElement("div"), { className: "mirror", ariaHidden: "true" });
    const sheet = Object.assign(document.createElement("div"), { className: "sheet" });
    sheet.style.setProperty("--rows", field.rows);
    area.dir = "auto";
    row.className = field.wide ? "wide" : "half";
    sheet.append(mirror, area);
    row.append(label, sheet);
    if (field.help) row.append(this.help(field, area));
    const note = Object.assign(document.createElement("small"), { id: `${field.name}-note`, className: "note", hidden: true });
    note.setAttribute("role", "status");
    row.append(note);
    this.listen(field.name, area, mirror);
    return row;
  }

  help(field, area) {
    const help = Object.assign(document.createElement("small"), { id: `${field.name}-help`, textContent: field.help });
    area.setAttribute("aria-describedby", help.id);
    return help;
  }

  listen(name, area, mirror) {
    const { signal } = this.listening;
    this.areas.set(name, { area, fit: () => { mirror.textContent = `${area.value}\n`; } });
    area.addEventListener("input", () => {
      this.changed.add(name);
      this.areas.get(name).fit();
      this.name();
      this.autosave.touched();
    }, { signal });
    area.addEventListener("blur", () => this.autosave.flush(), { signal });
    keysStayHere(area, this.autosave, signal);
  }

  snapshot() {
    return { changes: Object.fromEntries([...this.changed].map((name) => [name, this.areas.get(name).area.value])) };
  }

  recover(kept) {
    const words = Object.entries(kept?.changes ?? {}).filter(([name]) => this.areas.has(name));
    for (const [name, value] of words) {
      this.areas.get(name).area.value = value;
      this.areas.get(name).fit();
      this.changed.add(name);
    }
    if (words.length) { this.autosave.touched(); this.autosave.flush(); }
  }

  update(data, send) {
    this.autosave.send = send;
    this.autosave.answer(data.ack);
    if (this.autosave.clean) this.changed.clear();
    for (const [name, { area, fit }] of this.areas) {
      this.note(area, data.notes[name] ?? "");
      const value = data.values[name] ?? "";
      if (area.value !== value && !this.changed.has(name) && this.root.activeElement !== area) area.value = value;
      fit();
    }
    for (const field of data.fields) {
      const help = this.root.querySelector(`#${CSS.escape(field.name)}-help`);
      if (help && help.textContent !== field.help) help.textContent = field.help;
    }
    this.name();
  }

  /* What is to be looked at in a field, in words beside it. */
  note(area, words) {
    const note = this.root.querySelector(`#${CSS.escape(area.id)}-note`);
    if (note.textContent !== words) note.textContent = words;
    note.hidden = !words;
    const ids = [`${area.id}-help`, `${area.id}-note`].filter((id) => this.root.querySelector(`#${CSS.escape(id)}:not([hidden])`));
    if (ids.length) area.setAttribute("aria-describedby", ids.join(" "));
    else area.removeAttribute("aria-describedby");
  }

  say(state, detail = "") {
    const status = this.root.querySelector(".status");
    status.dataset.state = state;
    status.textContent = { saved: "Saved", saving: "Saving", unsaved: `Not saved: ${detail}` }[state];
    status.setAttribute("aria-live", state === "unsaved" ? "assertive" : "off");
  }

  close() {
    this.autosave.close();
    this.listening.abort();
  }
}

export default function ({ data, parentElement, setStateValue }) {
  let form = forms.get(parentElement);
  if (form && form.doc !== data.doc) form.close();
  if (!form || form.doc !== data.doc) {
    form = new Form(parentElement, data);
    forms.set(parentElement, form);
    form.update(data, setStateValue);
    form.say("saved");
    form.recover(form.autosave.remembered());
  } else {
    form.update(data, setStateValue);
  }
  return () => {
    forms.delete(parentElement);
    form.close();
  };
}
