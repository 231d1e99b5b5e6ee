// Draw a digit; the int8 model, compiled to WebAssembly, reads it in the page.

const BOX = 280; // the drawing's own units; recorded drawings use the same
const PEN = 14;
// The bitmap of 32 x 32, as in tinyml_course/features/strokes.py; the same operations
// in the same order, so that both give the same 64 counts.
const SIDE = 32, BLOCK = 4, FIT_WIDTH = 21, INK = 300, STRETCH = 1.5;
const RADII = Array.from({ length: 15 }, (_, i) => (i + 6) / 4);

const STYLE = `
.tw-digit { display: grid; gap: .8rem 1.6rem;
  grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr)); }
.tw-digit > div { min-width: 0; }
.tw-digit-draw { max-width: 288px; }
.tw-digit-title { margin: 0 0 .3rem; font-weight: 600; }
.tw-digit canvas { display: block; box-sizing: border-box; width: 100%;
  aspect-ratio: 1; background: #fff; border: 2px solid #767676; border-radius: 6px;
  cursor: crosshair; touch-action: none; }
.tw-digit-tools { display: flex; gap: .5rem; margin-top: .6rem; }
.tw-digit-tools button, .tw-digit-tools select { font: inherit; min-height: 2.4rem;
  padding: .2rem .6rem; color: inherit; background: transparent; min-width: 0;
  border: 1px solid #767676; border-radius: 6px; }
.tw-digit-tools select { flex: 1; text-overflow: ellipsis; }
.tw-digit-tools select option { color: #000; background: #fff; }
.tw-digit-grid { display: grid; grid-template-rows: repeat(8, 1fr); width: 132px;
  height: 132px; border: 2px solid #767676; border-radius: 6px; overflow: hidden;
  background: #fff; margin-bottom: .7rem; }
.tw-digit-grid > div { display: grid; grid-template-columns: repeat(8, 1fr); }
.tw-digit-grid span { display: block; cursor: pointer; outline-offset: -3px; }
.tw-digit-grid span:focus-visible { outline: 3px solid #d55e00; }
.tw-digit table { border-collapse: collapse; width: 100%; margin: 0; }
.tw-digit tr, .tw-digit tr:nth-child(odd) { background: none; border: 0; }
.tw-digit th, .tw-digit td { border: 0; padding: 0 .4rem 0 0; background: none;
  text-align: right; font-variant-numeric: tabular-nums; line-height: 1.45;
  white-space: nowrap; font-weight: 400; vertical-align: middle; }
.tw-digit td.tw-digit-track { width: 100%; }
.tw-digit td:last-child { min-width: 4.2em; padding: 0; }
.tw-digit-track > span { display: block; height: .8rem; border-radius: 3px;
  background: #767676; }
.tw-digit tr[data-best] th, .tw-digit tr[data-best] td { font-weight: 700; }
.tw-digit tr[data-best] .tw-digit-track > span { background: #0072b2; }
.tw-digit-says { margin: 0 0 .3rem; font-weight: 600; min-height: 1.6em; }
.tw-digit .tw-digit-note { grid-column: 1 / -1; font-size: .9rem; margin: 0; }
`;

/** Strokes of [x, y] points -> 64 counts of dark pixels, 0 to 16 each. */
function imageOf(strokes) {
  const segments = [];
  for (const stroke of strokes) {
    if (stroke.length === 1) segments.push([...stroke[0], ...stroke[0]]);
    for (let i = 1; i < stroke.length; i++) {
      segments.push([...stroke[i - 1], ...stroke[i]]);
    }
  }
  let on = new Uint8Array(SIDE * SIDE);
  if (segments.length) {
    for (const radius of RADII) {
      on = drawn(fitted(segments, radius), radius);
      if (on.reduce((sum, pixel) => sum + pixel, 0) >= INK) break;
    }
  }
  const counts = new Array(64).fill(0);
  on.forEach((pixel, at) => {
    const row = Math.floor(at / SIDE / BLOCK), column = Math.floor((at % SIDE) / BLOCK);
    counts[row * 8 + column] += pixel;
  });
  return counts;
}

function fitted(segments, radius) {
  let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
  for (const [ax, ay, bx, by] of segments) {
    left = Math.min(left, ax, bx);
    right = Math.max(right, ax, bx);
    top = Math.min(top, ay, by);
    bottom = Math.max(bottom, ay, by);
  }
  const wide = right - left, high = bottom - top;
  const x = wide > 0 ? (FIT_WIDTH - 2 * radius) / wide : Infinity;
  const y = high > 0 ? (SIDE - 2 * radius) / high : Infinity;
  let xScale = Math.min(x, STRETCH * y), yScale = Math.min(y, STRETCH * x);
  if (xScale === Infinity) xScale = yScale = 1;
  const atX = (v) => (v - (left + right) / 2) * xScale + SIDE / 2;
  const atY = (v) => (v - (top + bottom) / 2) * yScale + SIDE / 2;
  return segments.map(([ax, ay, bx, by]) => [atX(ax), atY(ay), atX(bx), atY(by)]);
}

function drawn(segments, radius) {
  const on = new Uint8Array(SIDE * SIDE);
  for (const [ax, ay, bx, by] of segments) {
    const dx = bx - ax, dy = by - ay;
    const length2 = dx * dx + dy * dy;
    for (let at = 0; at < on.length; at++) {
      const column = (at % SIDE) + 0.5, row = Math.floor(at / SIDE) + 0.5;
      let along = 0;
      if (length2 > 0) {
        along = ((column - ax) * dx + (row - ay) * dy) / length2;
        along = Math.min(Math.max(along, 0), 1);
      }
      const xOff = column - (ax + along * dx), yOff = row - (ay + along * dy);
      if (xOff * xOff + yOff * yOff <= radius * radius) on[at] = 1;
    }
  }
  return on;
}

/** The compiled model as a function: 64 int8 in, ten int8 out. */
async function load(base64) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const { instance } = await WebAssembly.instantiate(bytes, {});
  const { memory, model_input, model_invoke, model_output } = instance.exports;
  return (input) => {
    new Int8Array(memory.buffer, model_input(), 64).set(input);
    if (model_invoke() !== 0) throw new Error("The model refused the input.");
    return Array.from(new Int8Array(memory.buffer, model_output(), 10));
  };
}

/** Microseconds of one inference: as many as fill 5 ms, since clocks are coarse. */
function measure(run, input) {
  let count = 0;
  const start = performance.now();
  let now = start;
  while (now - start < 5) {
    for (let i = 0; i < 10; i++) run(input);
    count += 10;
    now = performance.now();
  }
  return ((now - start) * 1000) / count;
}

export function render({ root, data, values, emit }) {
  const { levels, scale, zero_point: zero, samples } = data;
  let strokes = [];
  let counts = values.counts ?? new Array(64).fill(0);
  let run = null;
  let pen = null; // the pointer that is drawing
  let frame = 0;

  // The drawing
  const canvas = el("canvas", {
    width: 2 * BOX, height: 2 * BOX, role: "img", "data-testid": "digit-canvas",
    "aria-label": "Drawing area for mouse, pen or finger. With a keyboard, choose a " +
      "recorded drawing or set the pixels beside it.",
  });
  const ink = canvas.getContext("2d");
  const paint = () => {
    ink.setTransform(2, 0, 0, 2, 0, 0);
    ink.clearRect(0, 0, BOX, BOX);
    ink.lineWidth = PEN;
    ink.lineCap = ink.lineJoin = "round";
    ink.strokeStyle = "#000";
    for (const stroke of strokes) {
      ink.beginPath();
      stroke.forEach(([x, y], i) => (i ? ink.lineTo(x, y) : ink.moveTo(x, y)));
      if (stroke.length === 1) ink.lineTo(...stroke[0]);
      ink.stroke();
    }
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const border = canvas.clientLeft;
    const size = box.width - 2 * border;
    return [
      ((event.clientX - box.left - border) * BOX) / size,
      ((event.clientY - box.top - border) * BOX) / size,
    ];
  };
  const redraw = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      paint();
      counts = imageOf(strokes);
      answer(false);
    });
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (pen !== null || event.button !== 0) return;
    event.preventDefault();
    pen = event.pointerId;
    canvas.setPointerCapture(pen);
    strokes.push([place(event)]);
    redraw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pen) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    strokes.at(-1).push(...(passed.length ? passed : [event]).map(place));
    redraw();
  });
  const lift = (event) => {
    if (event.pointerId !== pen) return;
    pen = null;
    settle();
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);

  const choose = el("select", {
    "data-testid": "digit-sample", "aria-label": "Take a recorded drawing",
    onchange: () => {
      if (choose.value === "") return;
      strokes = samples[choose.value].strokes.map((stroke) => [...stroke]);
      settle();
    },
  }, el("option", { value: "" }, "Recorded drawings"), ...samples.map((sample, i) =>
    el("option", { value: i }, `${sample.digit}, ${sample.style}`)));
  const clear = el("button", {
    type: "button", "data-testid": "digit-clear",
    onclick: () => {
      strokes = [];
      choose.value = "";
      settle();
    },
  }, "Clear");

  // What the model sees
  const cells = counts.map((_, at) => el("span", {
    role: "gridcell", tabindex: at ? "-1" : "0", "data-testid": "digit-pixel",
    onclick: () => toggle(at),
    onkeydown: (event) => {
      const step = { ArrowUp: -8, ArrowDown: 8, ArrowLeft: -1, ArrowRight: 1 };
      if (event.key === " " || event.key === "Enter") toggle(at);
      else if (event.key in step) walk(at, step[event.key]);
      else return;
      event.preventDefault();
    },
  }));
  const rows = Array.from({ length: 8 }, (_, row) =>
    el("div", { role: "row" }, ...cells.slice(8 * row, 8 * row + 8)));
  const grid = el("div", {
    class: "tw-digit-grid", role: "grid", "data-testid": "digit-grid",
    "aria-label": "What the model sees: 8 by 8 pixels. Arrow keys move, space toggles.",
  }, ...rows);
  const walk = (at, step) => {
    const to = at + step;
    const sameRow = Math.floor(to / 8) === Math.floor(at / 8);
    if (to < 0 || to > 63 || (Math.abs(step) === 1 && !sameRow)) return;
    cells[at].tabIndex = -1;
    cells[to].tabIndex = 0;
    cells[to].focus();
  };
  const toggle = (at) => {
    counts = counts.map((count, i) => (i !== at ? count : count >= 8 ? 0 : 16));
    answer(true);
  };

  // What the model says
  const says = el("p", {
    class: "tw-digit-says", role: "status", "data-testid": "digit-says",
  });
  const note = el("p", { class: "tw-digit-note", "data-testid": "digit-time" });
  const bars = Array.from({ length: 10 }, (_, digit) => {
    const bar = el("span", {});
    const share = el("td", { "data-testid": `digit-share-${digit}` });
    const row = el("tr", {}, el("th", { scope: "row" }, String(digit)),
      el("td", { class: "tw-digit-track", "aria-hidden": "true" }, bar), share);
    return { row, bar, share };
  });
  const table = el("table", { "aria-label": "Probability of each digit" },
    el("tbody", {}, ...bars.map(({ row }) => row)));

  const answer = (finished) => {
    cells.forEach((cell, at) => {
      const grey = Math.round(255 * (1 - counts[at] / 16));
      cell.style.background = `rgb(${grey}, ${grey}, ${grey})`;
      cell.setAttribute("aria-label",
        `row ${Math.floor(at / 8) + 1}, column ${(at % 8) + 1}: ${counts[at]} of 16`);
    });
    if (!run) return;
    const input = counts.map((count) => levels[count]);
    const output = run(input);
    const empty = counts.every((count) => count === 0);
    const shares = output.map((q) => (q - zero) * scale);
    const best = shares.indexOf(Math.max(...shares));
    bars.forEach(({ row, bar, share }, digit) => {
      bar.style.width = `${empty ? 0 : 100 * shares[digit]}%`;
      share.textContent = empty ? "" : `${(100 * shares[digit]).toFixed(1)} %`;
      row.toggleAttribute("data-best", !empty && digit === best);
    });
    grid.dataset.counts = counts.join(",");
    grid.dataset.output = output.join(",");
    if (!finished) return;
    const percent = (100 * shares[best]).toFixed(1);
    says.textContent = empty
      ? "Draw a digit from 0 to 9." : `The model reads ${best === 8 ? "an" : "a"} ${best} (${percent} %).`;
    if (!empty) {
      note.textContent = `One inference takes ${measure(run, input).toFixed(0)} ` +
        `microseconds in this page (measured). ${data.note}`;
    }
    emit({ counts, input, output, digit: empty ? null : best });
  };
  const settle = () => {
    cancelAnimationFrame(frame);
    paint();
    counts = imageOf(strokes);
    answer(true);
  };

  const title = (text) => el("p", { class: "tw-digit-title" }, text);
  root.append(el("style", {}, STYLE), el("div", { class: "tw-digit" },
    el("div", { class: "tw-digit-draw" }, title("Draw here"), canvas,
      el("div", { class: "tw-digit-tools" }, clear, choose)),
    el("div", {}, title("The model sees 8 by 8 pixels"), grid, says, table),
    note));
  note.textContent = data.note;
  paint();
  answer(false);
  load(data.wasm).then((loaded) => {
    run = loaded;
    root.dataset.ready = "true";
    answer(true);
  }).catch((error) => {
    says.textContent = `The model could not start in this browser: ${error.message}`;
  });
  return () => cancelAnimationFrame(frame);
}
