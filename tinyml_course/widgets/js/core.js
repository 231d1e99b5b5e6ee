// What every widget needs: building the page, numbers in and out, the way in.
// Plain ES modules without imports; assets.py joins the files of this folder.

const LIVE = {}; // name -> render function of live/<name>.js, filled by assets.py

/** Make an element: el("p", {class: "x", onclick: f}, "text", child). */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svgEl(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  return fill(node, attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children);
  return node;
}

/** An id no other widget of the page has (each widget is a module of its own). */
export function uid(prefix = "tw") {
  return `${prefix}-${Math.random().toString(36).slice(2, 10)}`;
}

/** Text with `code`, **strong** and *emphasis* as nodes; anything else stays text. */
export function inline(text) {
  const out = document.createDocumentFragment();
  for (const part of String(text).split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*\s][^*]*\*)/)) {
    if (/^`[^`]+`$/.test(part)) out.append(el("code", {}, part.slice(1, -1)));
    else if (/^\*\*[^*]+\*\*$/.test(part)) {
      out.append(el("strong", {}, part.slice(2, -2)));
    } else if (/^\*[^*\s][^*]*\*$/.test(part)) {
      out.append(el("em", {}, part.slice(1, -1)));
    } else if (part) out.append(part);
  }
  return out;
}

/** 12345.678 -> "12,345.7"; four significant digits below a thousand. */
export function formatNumber(x) {
  if (typeof x !== "number" || !Number.isFinite(x)) return String(x);
  const size = Math.abs(x);
  if (Number.isInteger(x) && size < 1e15) return x.toLocaleString("en-US");
  if (size >= 1e15 || size < 1e-4) return String(Number(x.toPrecision(4)));
  const digits = size >= 1000 ? 1 : 12;
  const rounded = size >= 1000 ? x : Number(x.toPrecision(4));
  return rounded.toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** "12,000", "12 000", "12k", "1.5M", "1.2e4", each with or without the unit.
 *  A comma is for thousands, but "0,729" can only be meant as a decimal. */
export function parseNumber(text, unit = "") {
  let rest = String(text).trim().replace(/\u2212/g, "-");
  if (!rest) return { problem: "Type a number first." };
  if (unit && rest.toLowerCase().endsWith(unit.toLowerCase())) {
    rest = rest.slice(0, -unit.length).trim();
  }
  const found = rest.match(
    /^([+-]?)([1-9]\d{0,2}(?:[ ,_\u00a0\u202f]\d{3})+|\d+)?(\.\d*)?(e[+-]?\d+)?\s*([kKM]?)$/i,
  );
  const [, sign, whole, fraction, power, suffix] = found ?? [];
  const digits = (whole ?? "").replace(/\D/g, "") + (fraction ?? "");
  const scale = { "": 1, k: 1e3, K: 1e3, M: 1e6 }[suffix ?? ""];
  if (found && /\d/.test(digits) && scale) {
    const value = Number(`${sign}${digits}${power ?? ""}`) * scale;
    if (Number.isFinite(value)) return { value };
  }
  if (/^[+-]?\d+,\d+(\s*[kKM])?$/.test(rest)) {
    return { problem: `Write decimals with a point: ${rest.replace(",", ".")}` };
  }
  const inUnit = unit ? ` The unit is ${unit}.` : "";
  return {
    problem: `"${text}" is not a number. Try 12,000 or 12k or 0.5.${inUnit}`,
  };
}

/** A number with its unit: "10,000 bytes", "12 %". */
export function withUnit(value, unit) {
  const text = typeof value === "number" ? formatNumber(value) : String(value);
  return unit ? `${text} ${unit}` : text;
}

/** The place where verdicts are spoken and shown; say() fills it. */
export function verdictBox(testid) {
  const box = el("div", {
    class: "tw-verdict", role: "status", tabindex: "-1", "data-testid": testid,
  });
  const say = (tone, lead, ...texts) => {
    box.dataset.tone = tone;
    const first = el("p", {}, ...(lead ? [el("strong", {}, lead), " "] : []));
    const [start = "", ...more] = texts.filter(Boolean);
    first.append(inline(start));
    box.replaceChildren(first, ...more.map((text) => el("p", {}, inline(text))));
  };
  return { box, say };
}

/** A number field or the radio buttons of the options, with a submit button. */
export function answerForm({ kind, state, button, onSubmit, onEdit = () => {} }) {
  const { question, options, unit } = state;
  const id = uid();
  const submit = el(
    "button",
    { type: "submit", class: "tw-button", "data-testid": `${kind}-button` },
    button,
  );
  let field, read;
  if (options.length) {
    const radio = (option) =>
      el("label", { class: "tw-option" },
        el("input", {
          type: "radio", name: id, value: option, "data-testid": `${kind}-option`,
        }),
        el("span", {}, inline(option)));
    field = el("fieldset", {},
      el("legend", { class: "tw-question" }, inline(question)),
      ...options.map(radio));
    read = () => field.querySelector("input:checked")?.value ?? "";
  } else {
    const input = el("input", {
      id, type: "text", inputmode: "decimal", autocomplete: "off", size: "12",
      class: "tw-number", "data-testid": `${kind}-input`,
      "aria-describedby": unit ? `${id}-unit` : null,
    });
    const shown = unit
      ? [el("span", { id: `${id}-unit`, class: "tw-unit" }, unit)] : [];
    field = el("div", {},
      el("label", { for: id, class: "tw-question" }, inline(question)),
      el("div", { class: "tw-row" }, input, ...shown, submit));
    read = () => input.value;
  }
  const form = el("form", { novalidate: true, oninput: onEdit }, field);
  if (options.length) form.append(el("div", { class: "tw-row" }, submit));
  form.addEventListener("keydown", (event) => { // JupyterLab takes Enter from a form
    if (event.key !== "Enter" || event.target.type === "submit") return;
    event.preventDefault();
    event.stopPropagation();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onSubmit(read());
  });
  return form;
}

/** The way in, for anywidget and for the page's own host. */
export function render({ model, el: place }) {
  const kind = model.get("kind");
  const root = el("div", {
    class: `tw tw-${kind}`,
    "data-testid": kind,
  });
  // The arrow keys are ours, not JupyterLab's: it looks for this mark on the element
  // that has the focus before it looks at the elements around it.
  root.addEventListener("focusin", ({ target }) => {
    target.setAttribute("data-lm-suppress-shortcuts", "true");
  });
  const errorBox = el("p", {
    class: "tw-error", role: "alert", "data-testid": `${kind}-error`,
  });
  const name = { predict: "Predict", check: "Check", explore: "Explore" }[kind];
  const body = el("div", {});
  root.append(el("p", { class: "tw-kind" }, name), body, errorBox);
  place.replaceChildren(root);
  const showError = () => { errorBox.textContent = model.get("error"); };
  model.on("change:error", showError);
  showError();
  const views = { predict: renderPredict, check: renderCheck, explore: renderExplore };
  const cleanUp = views[kind]({ model, root: body });
  return () => {
    model.off("change:error", showError);
    cleanUp?.();
  };
}
