/* Pictures beside one another: picked with a click or Enter, moved by dragging or Alt with an arrow key. */
const shelves = new WeakMap();

class Shelf {
  constructor(root) {
    this.root = root;
    this.stage = root.querySelector(".stage");
    this.items = root.querySelector(".items");
    this.aloud = root.querySelector(".aloud");
    this.buttons = new Map();
  }

  /* What is on screen already keeps its element: nothing flickers while somebody types. */
  update(data, send) {
    Object.assign(this, { data, send });
    this.root.style.setProperty("--item", data.width);
    this.large(data.large);
    this.items.setAttribute("aria-label", data.label);
    this.items.classList.toggle("open", !data.chosen && !data.disabled);
    const there = new Set(data.items.map((item) => item.id));
    for (const [id, button] of this.buttons) if (!there.has(id)) { button.remove(); this.buttons.delete(id); }
    data.items.forEach((item, at) => {
      const button = this.buttons.get(item.id) ?? this.make(item.id);
      if (this.items.children[at] !== button) this.items.insertBefore(button, this.items.children[at] ?? null);
      this.dress(button, item);
    });
    if (this.refocus) { this.buttons.get(this.refocus)?.focus(); this.refocus = null; }
  }

  large(picture) {
    this.stage.hidden = !picture;
    if (!picture) return;
    const image = this.stage.firstElementChild;
    this.stage.style.setProperty("--wide", picture.wide);
    this.show(image, picture);
  }

  show(image, { src, alt, width, height }) {
    if (image.src !== src) image.src = src;
    Object.assign(image, { alt, width, height });
  }

  make(id) {
    const button = document.createElement("button");
    const part = (tag, name) => Object.assign(document.createElement(tag), { className: name });
    const frame = part("span", "frame");
    frame.append(document.createElement("img"));
    button.append(frame, part("span", "name"), part("span", "note"));
    button.type = "button";
    button.onclick = () => this.send("pick", { id });
    button.onkeydown = (event) => this.key(event, id);
    this.movable(button, id);
    this.buttons.set(id, button);
    return button;
  }

  dress(button, item) {
    this.show(button.querySelector("img"), { ...item, alt: "" });
    button.querySelector(".name").textContent = item.label;
    button.title = item.alt;
    button.setAttribute("aria-label", [item.label, item.note, item.alt].filter(Boolean).join(". "));
    const note = button.querySelector(".note");
    note.textContent = item.note;
    note.classList.toggle("warn", item.warn);
    if (this.data.chosen) button.setAttribute("aria-pressed", String(item.id === this.data.chosen));
    button.disabled = this.data.disabled;
    button.draggable = this.data.movable;
    button.classList.toggle("moved", this.data.movable);
  }

  key(event, id) {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const order = this.data.items.map((item) => item.id);
    const to = order.indexOf(id) + step;
    if (to < 0 || to >= order.length) return;
    if (!event.altKey) this.buttons.get(order[to]).focus();
    else if (this.data.movable) this.move(id, to);
  }

  move(id, to) {
    this.refocus = id;
    this.aloud.textContent = `Moved to place ${to + 1} of ${this.data.items.length}.`;
    this.send("move", { id, to });
  }

  movable(button, id) {
    button.ondragstart = (event) => {
      this.dragged = id;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", "");
    };
    button.ondragover = (event) => {
      if (!this.dragged || this.dragged === id) return;
      event.preventDefault();
      button.classList.add("over");
    };
    button.ondragleave = () => button.classList.remove("over");
    button.ondragend = () => { this.dragged = null; };
    button.ondrop = (event) => {
      event.preventDefault();
      button.classList.remove("over");
      if (this.dragged && this.dragged !== id) this.move(this.dragged, this.data.items.findIndex((item) => item.id === id));
      this.dragged = null;
    };
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".shelf");
  if (!root) return;
  if (!shelves.has(root)) shelves.set(root, new Shelf(root));
  shelves.get(root).update(data, setTriggerValue);
}
