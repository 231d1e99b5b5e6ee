// Stack layers under two bars, flash and RAM of a board, until one is full.
//
// data: {flash_bytes, ram_bytes, pictures: ["32x32x3", ...], widths: [8, ...],
//   classes, start: {picture, width, blocks: ["conv", "pool", ...]}}. It tells
//   {picture, width, blocks, flash_bytes, ram_bytes, macs, parameters, fits}.
// What it shows is an estimate: the weights are counted, the arena is planned as
// graph/plan.py plans it, code and tables are the constants below, measured once on
// compiled stacks. tests/test_live_stack.py holds it against the compiler.

const START_BYTES = 3040; // start-up, input and output, the last layer, softmax
const CODE = { conv: 1424, pool: 400, mean: 1096, add: 448, dense: 0 }; // once each
const CALL = { conv: 96, pool: 96, mean: 96, add: 160, dense: 96 }; // for each layer
const STACK_BYTES = 184; // beside the arena
const MOST_VALUES = 2 ** 20; // beyond, the compiler shares nothing

const BLOCKS = {
  conv: "convolution 3x3",
  stride: "convolution 3x3, stride 2",
  pool: "max pooling",
  residual: "residual block",
  mean: "global average",
  dense: "dense 64",
};
const STYLE = `
.tw-stack-tools { display: flex; flex-wrap: wrap; gap: 0.4rem; margin: 0.6rem 0; }
.tw-stack-wrap { overflow-x: auto; }
.tw-stack-table { border-collapse: collapse; font-variant-numeric: tabular-nums;
  font-size: 0.95em; width: 100%; max-width: 34rem; }
.tw-stack-table :is(th, td) { padding: 0.1rem 0.6rem 0.1rem 0; text-align: right;
  border-bottom: 1px solid var(--tw-edge); white-space: nowrap; }
.tw-stack-table :is(th, td):first-child { text-align: left; white-space: normal; }
.tw-stack-table tr[data-worst] td { font-weight: 700; }
.tw-stack-bars text { font-size: 13px; }
.tw-stack-bars rect.full { fill: none; stroke: var(--tw-muted); stroke-width: 1.5; }
.tw-stack-bars rect.part { fill: var(--tw-data); }
.tw-stack-bars rect.over { fill: var(--tw-bad); }
.tw-stack-bars line { stroke: var(--tw-ink); stroke-width: 2; }
.tw-stack-bars text.over { fill: var(--tw-bad); font-weight: 700; }
.tw-stack-said[data-state="full"] { color: var(--tw-bad); font-weight: 600; }
`;

export function render({ root, data, values, emit }) {
  const now = { ...data.start, ...values };
  now.blocks = [...now.blocks];
  const control = (name, label, list, form = "choice") => controlView(
    { name, label, form, texts: list.map(String), positions: list.map((_, i) => i) },
    list.indexOf(now[name]), (place) => { now[name] = list[place]; draw(); }).node;
  const tool = (name, label, act) => el("button", {
    type: "button", class: "tw-button tw-quiet", "data-testid": `stack-${name}`,
    onclick: () => { act(); draw(); },
  }, label);
  const tools = el("div", { class: "tw-stack-tools" },
    ...Object.entries(BLOCKS).map(([kind, label]) =>
      tool(kind, `+ ${label}`, () => now.blocks.push(kind))),
    tool("undo", "Take the last one off", () => now.blocks.pop()),
    tool("clear", "Start anew", () => { now.blocks = []; }));
  const bars = svgEl("svg", {
    viewBox: "0 0 480 118", class: "tw-plot tw-stack-bars", role: "img",
    "aria-label": "Two bars: estimated flash and RAM against the board's",
    "data-testid": "stack-bars",
  });
  const said = el("p", {
    class: "tw-sentence tw-stack-said", role: "status", "data-testid": "stack-said",
  });
  const table = el("table", { class: "tw-stack-table", "data-testid": "stack-table" });
  root.append(el("style", {}, STYLE),
    el("div", { class: "tw-controls" },
      control("picture", "picture", data.pictures, "slider"),
      control("width", "filters at full size (doubled at each halving)",
        data.widths, "slider")),
    tools, bars, said,
    el("div", { class: "tw-stack-wrap", tabindex: "0", role: "region",
      "aria-label": "The layers" }, table),
    el("p", { class: "tw-note" },
      "Bold: the layer whose input and output together are largest."));

  const draw = () => {
    const cost = estimate(now, data.classes);
    const limits = [["flash", cost.flash_bytes, data.flash_bytes],
      ["RAM", cost.ram_bytes, data.ram_bytes]];
    const over = limits.filter(([, need, have]) => need > have);
    bars.replaceChildren(...limits.flatMap(([name, need, have], i) =>
      barOf(name, need, have, 8 + 58 * i)));
    const share = ([name, need, have]) => `about ${formatNumber(need)} bytes of ` +
      `${name}, ${formatNumber(Number(((100 * need) / have).toPrecision(2)))} of 100`;
    const verdict = over.length
      ? `Out of ${over.map(([name]) => name).join(" and ")}: ` + over.map(
        ([name, need, have]) => need < 1.05 * have
          ? `a little more than the ${name} there is`
          : `${formatNumber(Number((need / have).toPrecision(2)))} times the ${name} ` +
            "there is").join(", ") + "."
      : "It fits.";
    said.textContent = `${verdict} Estimated: ${limits.map(share).join("; ")}. ` +
      `${formatNumber(cost.parameters)} parameters, ${formatNumber(cost.macs)} MACs.`;
    said.dataset.state = over.length ? "full" : "fits";
    table.replaceChildren(...tableOf(cost, now.picture));
    emit({ ...now, ...cost, rows: undefined, fits: !over.length });
  };
  draw();
}

function barOf(name, need, have, top) {
  const [left, full, most] = [52, 300, 470];
  const end = Math.min(most, left + (full * need) / have);
  const edge = left + full;
  const over = need > have;
  return [
    svgEl("text", { x: 4, y: top + 21 }, name),
    svgEl("rect", { class: "part", x: left, y: top, height: 30,
      width: Math.min(end, edge) - left }),
    ...(over ? [svgEl("rect", { class: "over", x: edge, y: top, height: 30,
      width: end - edge })] : []),
    svgEl("rect", { class: "full", x: left, y: top, height: 30, width: full }),
    svgEl("line", { x1: edge, x2: edge, y1: top - 4, y2: top + 34 }),
    svgEl("text", { x: left, y: top + 46, class: over ? "over" : "" },
      `${over ? "out of memory: " : ""}${formatNumber(need)} of ` +
      `${formatNumber(have)} bytes`),
  ];
}

function tableOf({ rows, worst }, picture) {
  const row = (cells, attributes = {}, tag = "td") =>
    el("tr", attributes, ...cells.map((cell) => el(tag, {}, cell)));
  const shape = (s) => s.join("x");
  return [
    el("thead", {}, row(["layer", "shape", "parameters", "values"], {}, "th")),
    el("tbody", {},
      row(["picture", picture.replace(/x/g, "x"), "",
        formatNumber(sizeOf(shapeOf(picture)))]),
      ...rows.map((r, i) => row(
        [r.name, shape(r.shape), formatNumber(r.parameters),
          formatNumber(sizeOf(r.shape))],
        { "data-worst": i === worst }))),
  ];
}

const shapeOf = (text) => text.split("x").map(Number);
const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);
const aligned = (n) => 4 * Math.ceil(n / 4);

/** What a stack costs: layers one by one, then flash, then a plan for the arena. */
function estimate({ picture, width, blocks }, classes) {
  const tensors = [{ shape: shapeOf(picture), first: -1, last: -1 }];
  const rows = [];
  const layer = (kind, name, inputs, shape, parameters = 0, macs = 0, lead = null) => {
    const step = rows.length;
    for (const i of inputs) tensors[i].last = step;
    tensors.push({ shape, first: step, last: step, inputs, lead });
    const out = sizeOf(shape.slice(-1));
    const weighs = kind === "conv" || kind === "dense";
    // A weight is a byte; a bias four; scale and shift of an output eight.
    const flash = CALL[kind] + (weighs ? parameters - out + 12 * out : 0);
    rows.push({ kind, name, shape, parameters, macs, flash });
    return tensors.length - 1;
  };
  const conv = (at, filters, stride, name) => {
    const [h, w, c] = tensors[at].shape;
    const shape = [Math.ceil(h / stride), Math.ceil(w / stride), filters];
    const weights = 9 * c * filters;
    return layer("conv", name, [at], shape, weights + filters,
      shape[0] * shape[1] * weights, windowLead(tensors[at].shape, shape, 3, stride));
  };
  const dense = (at, units, name) => {
    const inputs = sizeOf(tensors[at].shape);
    return layer("dense", name, [at], [units], inputs * units + units, inputs * units);
  };
  let at = 0;
  let filters = width;
  for (const block of blocks) {
    const { shape } = tensors[at];
    const flat = shape.length === 1;
    if (flat && block !== "dense") continue; // a list has no neighbours
    if (block === "conv") at = conv(at, filters, 1, BLOCKS.conv);
    if (block === "stride") {
      filters *= 2;
      at = conv(at, filters, 2, BLOCKS.stride);
    }
    if (block === "pool" && Math.min(shape[0], shape[1]) > 1) {
      filters *= 2;
      const out = [Math.floor(shape[0] / 2), Math.floor(shape[1] / 2), shape[2]];
      at = layer("pool", BLOCKS.pool, [at], out, 0, 0, windowLead(shape, out, 2, 2));
    }
    if (block === "residual") {
      const inner = conv(at, shape[2], 1, "residual: convolution");
      const outer = conv(inner, shape[2], 1, "residual: convolution");
      at = layer("add", "residual: add", [at, outer], shape, 0, 0, 0);
    }
    if (block === "mean") at = layer("mean", BLOCKS.mean, [at], [shape[2]]);
    if (block === "dense") at = dense(at, 64, BLOCKS.dense);
  }
  at = dense(at, classes, `dense ${classes}`);
  tensors.push({ shape: [classes], first: rows.length, last: rows.length,
    inputs: [at], lead: 0 }); // softmax
  tensors[at].last = rows.length;
  const kinds = [...new Set(rows.map((row) => row.kind))];
  const sum = (name) => rows.reduce((total, row) => total + row[name], 0);
  const { arena, worst } = plan(tensors);
  return {
    flash_bytes: START_BYTES + sum("flash") +
      kinds.reduce((total, kind) => total + CODE[kind], 0),
    ram_bytes: arena + STACK_BYTES,
    parameters: sum("parameters"), macs: sum("macs"), rows, worst,
  };
}

/** By how many bytes the output of a k x k window must begin before its input. */
function windowLead([h, w, c], [outH, outW, outC], k, stride) {
  if (Math.max(h * w * c, outH * outW * outC) > MOST_VALUES) return null;
  const before = (size, out) =>
    Math.floor(Math.max((out - 1) * stride + k - size, 0) / 2);
  const [top, left] = [before(h, outH), before(w, outW)];
  let [lead, toCome] = [0, Infinity];
  for (let place = outH * outW - 1; place >= 0; place -= 1) {
    const row = Math.max(Math.floor(place / outW) * stride - top, 0);
    const column = Math.max((place % outW) * stride - left, 0);
    toCome = Math.min(toCome, (row * w + column) * c);
    lead = Math.max(lead, (place + 1) * outC - toCome);
  }
  return aligned(lead);
}

/** The arena as graph/plan.py plans it: several orders, each into the best gap. */
function plan(tensors) {
  const lives = tensors.map((t, id) => ({ ...t, id, bytes: aligned(sizeOf(t.shape)) }));
  const leadOf = (output, input) =>
    output.lead !== null && output.lead !== undefined &&
    output.inputs.includes(input.id) && output.first === input.last &&
    output.lead < output.bytes ? output.lead : null;
  const meets = (a, b) => a !== b && a.first <= b.last && b.first <= a.last;
  const place = (order) => {
    const start = new Map();
    let arena = 0;
    for (const life of order) {
      const taken = [];
      for (const [other, at] of start) {
        if (!meets(life, other)) continue;
        const [mine, theirs] = [leadOf(life, other), leadOf(other, life)];
        if (mine !== null) taken.push([at - mine, at + other.bytes]);
        else if (theirs !== null) taken.push([at - life.bytes, at + theirs]);
        else taken.push([at - life.bytes, at + other.bytes]);
      }
      let [best, gap, free] = [null, Infinity, 0];
      for (const [low, high] of taken.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
        if (low >= free && low - free < gap) [best, gap] = [free, low - free];
        free = Math.max(free, high);
      }
      start.set(life, best ?? free);
      arena = Math.max(arena, (best ?? free) + life.bytes);
    }
    return arena;
  };
  const bySize = [...lives].sort((a, b) => b.bytes - a.bytes || a.first - b.first);
  const fromEnd = [...bySize].sort((a, b) => b.first - a.first);
  let arena = Math.min(place(bySize), place(fromEnd));
  let seed = 1;
  const random = () => { // small and the same everywhere
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  const sorted = (list, weight) => {
    const weights = new Map(list.map((life) => [life, weight(life)]));
    return [...list].sort((a, b) => weights.get(b) - weights.get(a));
  };
  for (let i = 0; i < 29; i += 1) {
    arena = Math.min(arena,
      place(sorted(bySize, (life) => life.bytes * (0.5 + random()))),
      place(sorted(fromEnd, (life) => life.first + 3 * random())));
  }
  // The step at which the most bytes are alive, for the eye.
  const alive = (step) => lives.reduce((sum, life) =>
    sum + (life.first <= step && step <= life.last ? life.bytes : 0), 0);
  const steps = [...new Set(lives.map((life) => life.first))].filter((s) => s >= 0);
  const worst = steps.reduce((a, b) => (alive(b) > alive(a) ? b : a));
  return { arena, worst };
}
