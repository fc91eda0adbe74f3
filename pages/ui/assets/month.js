/* The month: posts on days. Dragged, or lifted with the keyboard, or opened. Every text is set as text. */
const calendars = new WeakMap();
const FEW = 4;
const STEP = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

function make(tag, name, text) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
}

class Calendar {
  constructor(root) {
    this.root = root;
    this.said = root.querySelector(".said");
    this.board = root.querySelector(".board");
    this.help = root.querySelector(".help");
    this.open = new Set();
    this.lifted = null;
    this.target = null;
  }

  /* Draw anew where anything differs; while a post is in the air, when it has come down. */
  update(data, send) {
    this.send = send;
    const palette = getComputedStyle(this.root).getPropertyValue("--st-chart-categorical-colors");
    const print = JSON.stringify([data, palette]);
    if (print === this.print) return;
    this.later = this.dragging ? () => this.update(data, send) : null;
    if (this.later) return;
    const focused = this.root.getRootNode().activeElement?.dataset?.post ?? this.refocus;
    if (this.month !== data.month) this.open.clear();
    Object.assign(this, { data, print, month: data.month, lifted: null, target: null, refocus: null });
    this.palette = palette.split(",");
    this.posts = new Map([...data.posts, ...data.tray].map((post) => [post.id, post]));
    this.board.replaceChildren(this.grid(), this.tray());
    this.foot();
    this.say(data.said);
    if (focused) this.button(focused)?.focus();
  }

  /* ---- drawing ---- */

  grid() {
    const holder = make("div");
    const grid = make("div", "grid");
    for (const name of this.data.weekdays) grid.append(make("div", "weekday", name));
    this.days = this.data.days.map((day) => this.day(day));
    grid.append(...this.days);
    const now = this.data.days.some((day) => day.today) && this.days.some((day) => day.matches(".past:not(.empty)"));
    if (now && !this.open.has("earlier")) {
      grid.classList.add("from-today");
      holder.append(this.earlier());
    }
    holder.append(grid);
    if (!this.data.posts.length) holder.append(make("p", "nothing", this.data.nothing));
    if (this.data.authors.length > 1) holder.append(this.legend());
    return holder;
  }

  day(day) {
    const mine = this.data.posts.filter((post) => post.day === day.date);
    const flags = [day.other && "other", day.today && "today", day.past && "past", !mine.length && "empty"].filter(Boolean);
    const section = make("section", ["day", ...flags].join(" "));
    section.dataset.day = day.date;
    section.setAttribute("aria-label", day.long);
    const date = make("h4", "date");
    date.append(make("span", "short", day.short), make("span", "long", day.long));
    const list = make("ul", "chips");
    const shown = mine.length > FEW && !this.open.has(day.date) ? mine.slice(0, FEW - 1) : mine;
    list.append(...shown.map((post) => this.chip(post)));
    section.append(date, list);
    if (mine.length > FEW) section.append(this.more(day.date, mine.length - shown.length));
    this.accept(section);
    return section;
  }

  more(date, hidden) {
    const button = make("button", "more", hidden ? `Show ${hidden} more` : "Show fewer");
    button.type = "button";
    button.onclick = () => {
      if (!this.open.delete(date)) this.open.add(date);
      this.board.firstChild.replaceWith(this.grid());
      this.days.find((day) => day.dataset.day === date)?.querySelector(".more")?.focus();
    };
    return button;
  }

  /* In an agenda of the present month, what is over waits behind a button. */
  earlier() {
    const button = make("button", "earlier", this.data.earlier);
    button.type = "button";
    button.onclick = () => {
      this.open.add("earlier");
      this.board.firstChild.replaceWith(this.grid());
    };
    return button;
  }

  chip(post) {
    const chip = make("li", post.over ? `chip ${post.family} over` : `chip ${post.family}`);
    chip.style.setProperty("--author", this.palette[post.colour % this.palette.length] || "currentColor");
    const button = make("button");
    button.type = "button";
    button.dataset.post = post.id;
    button.setAttribute("aria-label", post.spoken);
    button.title = post.tip;
    const facts = make("span", "facts");
    facts.append(make("span", "shape", post.shape));
    if (post.time) facts.append(make("span", "time", post.time));
    facts.append(make("span", "word", post.word));
    button.append(facts, make("span", "title", post.title));
    if (this.data.authors.length > 1) button.append(make("span", "by", post.author));
    for (const flag of post.flags) button.append(make("span", "flag", `▲ ${flag}`));
    button.onclick = () => (this.lifted ? this.drop() : this.send("open", { id: post.id }));
    button.onkeydown = (event) => this.key(event, post);
    chip.append(button);
    if (post.movable) this.drag(chip, post);
    return chip;
  }

  tray() {
    const tray = make("section", "tray");
    tray.setAttribute("aria-label", this.data.tray_title);
    const list = make("ul", "chips");
    list.append(...this.data.tray.map((post) => this.chip(post)));
    tray.append(make("h3", "", this.data.tray_title));
    tray.append(this.data.tray.length ? list : make("p", "quiet", this.data.tray_empty));
    if (this.data.tray_more) tray.append(make("p", "quiet", this.data.tray_more));
    this.accept(tray);
    return tray;
  }

  legend() {
    const legend = make("div", "legend");
    const list = make("ul");
    for (const author of this.data.authors) {
      const line = make("li");
      const swatch = make("span", "swatch");
      swatch.style.setProperty("--author", this.palette[author.colour % this.palette.length] || "currentColor");
      line.append(swatch, document.createTextNode(author.name));
      list.append(line);
    }
    legend.append(list);
    return legend;
  }

  foot() {
    this.help.replaceChildren(make("span", "drag", this.data.help_drag), document.createTextNode(` ${this.data.help_keys}`));
    this.help.hidden = !this.data.movable;
  }

  say(said) {
    this.said.replaceChildren();
    if (!said) return;
    this.said.className = said.ok ? "said" : "said bad";
    this.said.append(make("span", "", said.text));
    if (said.undo) {
      const undo = make("button", "", "Undo");
      undo.type = "button";
      undo.onclick = () => { undo.disabled = true; this.send("undo", { seq: this.data.seq }); };
      this.said.append(undo);
    }
  }

  /* ---- moving ---- */

  drag(chip, post) {
    chip.draggable = true;
    chip.ondragstart = (event) => {
      this.put(null);
      this.lifted = post;
      this.dragging = true;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", post.title);
      chip.classList.add("lifted");
    };
    chip.ondragend = () => {
      chip.classList.remove("lifted");
      this.put(null);
      this.dragging = false;
      this.later?.();
    };
  }

  accept(place) {
    place.ondragover = (event) => {
      if (!this.lifted || !this.takes(place)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "move";
      this.point(place);
    };
    place.ondragleave = (event) => { if (!place.contains(event.relatedTarget) && this.target === place) this.point(null); };
    place.ondrop = (event) => { event.preventDefault(); this.target = place; this.drop(); };
  }

  takes(place) { return place.dataset.day ? true : Boolean(this.lifted?.day); }

  point(place) {
    this.target?.classList.remove("target");
    this.target = place;
    place?.classList.add("target");
  }

  key(event, post) {
    const { key } = event;
    if (!this.lifted) {
      if (key.toLowerCase() !== "m" || event.ctrlKey || event.metaKey || event.altKey || !post.movable) return;
      this.lifted = post;
      this.button(post.id).closest(".chip").classList.add("lifted");
      this.point(this.days.find((day) => day.dataset.day === (post.day ?? this.data.today)) ?? this.days[0]);
      this.aloud(`${post.title}: choose a day with the arrow keys, then press Enter. Escape leaves it where it is.`);
    } else if (key in STEP) {
      const at = this.days.indexOf(this.target) + STEP[key];
      if (this.days[at]) this.point(this.days[at]);
      this.aloud(this.target.getAttribute("aria-label"));
    } else if (key === "Enter" || key === " " || key.toLowerCase() === "m") {
      this.drop();
    } else if (key === "Escape" || key === "Tab") {
      this.put("It stays where it was.");
      if (key === "Tab") return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /* Put back what was lifted. */
  put(word) {
    if (this.lifted) this.button(this.lifted.id)?.closest(".chip").classList.remove("lifted");
    this.lifted = null;
    this.point(null);
    if (word) this.aloud(word);
  }

  drop() {
    const post = this.lifted;
    const place = this.target;
    const day = place?.dataset.day ?? null;
    this.put(null);
    if (!post || !place || day === post.day) return;
    const chip = this.button(post.id).closest(".chip");
    chip.classList.add("pending");
    chip.draggable = false;
    this.refocus = this.dragging ? null : post.id;
    place.querySelector(".chips")?.append(chip);
    place.classList.remove("empty");
    this.send("move", { id: post.id, day, revision: post.revision });
  }

  aloud(text) {
    this.said.className = "said";
    this.said.replaceChildren(make("span", "", text));
  }

  button(id) { return [...this.board.querySelectorAll("button[data-post]")].find((one) => one.dataset.post === id); }
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".calendar");
  if (!root) return;
  if (!calendars.has(root)) calendars.set(root, new Calendar(root));
  calendars.get(root).update(data, setTriggerValue);
}
