// The kernel's part in a page without a kernel: finds each div, gives it a model.

/** What anywidget calls a model, kept in the page alone. */
class PageModel {
  constructor(state) {
    this.isStatic = true;
    this.state = { asked: 0, ...state };
    this.listeners = new Map();
  }

  get(name) {
    return this.state[name];
  }

  set(name, value) {
    if (this.state[name] === value) return;
    this.state[name] = value;
    for (const call of [...(this.listeners.get(`change:${name}`) ?? [])]) call();
  }

  on(event, call) {
    if (!this.listeners.has(event)) this.listeners.set(event, new Set());
    this.listeners.get(event).add(call);
  }

  off(event, call) {
    this.listeners.get(event)?.delete(call);
  }

  save_changes() {} // nobody to tell

  send() {}
}

/** Make the widgets under `root` live; one that fails says so and keeps its still. */
function mount(root = document) {
  for (const place of root.querySelectorAll(".tinyml-widget:not([data-live])")) {
    place.dataset.live = "true";
    const still = place.querySelector(".tinyml-still");
    try {
      const text = place.querySelector("script[type='application/json']").textContent;
      const stage = el("div", {});
      render({ model: new PageModel(JSON.parse(text)), el: stage });
      still.replaceWith(stage);
    } catch (error) {
      place.dataset.live = "failed";
      console.error("A widget could not start:", error);
    }
  }
}

window.tinymlWidgets = { mount, judge, compare, parseNumber, formatNumber, inline };
if (document.readyState === "loading") {
  document.addEventListener("DOMContentLoaded", () => mount());
} else mount();
