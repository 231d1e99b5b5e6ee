// The quantizer's page: it shows the kernel's state and sends it wishes.
//
// data: {shelf: [{name, title}], most_bytes, rows}. The state (view.py) has busy, message,
// model, data, layers, calibrated, runs. It tells {overall, keep, weights, picks}.

const STYLE = `
.tw-q-part { border-top: 1px solid var(--tw-edge); margin-top: .9rem; padding-top: .5rem; }
.tw .tw-q-title { font-size: 1.05em; font-weight: 600; margin: 0; }
.tw-q-tools { margin-top: .4rem; display: flex; flex-wrap: wrap; gap: .5rem 1.1rem; align-items: end; }
.tw-q-tools > label, .tw-q-own label { display: grid; gap: .15rem; font-size: .92em;
  max-width: 100%; min-width: 0; grid-template-columns: minmax(0, 1fr); }
.tw-q-tools input[type="file"] { width: 15rem; max-width: 100%; font: inherit; }
.tw-q-say { min-height: 1.5em; font-weight: 600; overflow-wrap: anywhere; }
.tw-q-say:empty { min-height: 0; }
.tw-q-say[data-tone="wrong"] { color: var(--tw-wrong); }
.tw-q-say[data-tone="right"] { color: var(--tw-right); }
.tw-q-busy progress { width: 12rem; max-width: 100%; vertical-align: middle; }
.tw-q-layer { display: grid; gap: .3rem 1rem; padding: .6rem 0; min-width: 0;
  border-top: 1px dotted var(--tw-edge);
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); }
.tw .tw-q-name { margin: 0; font-size: 1em; font-weight: 600; overflow-wrap: anywhere; }
.tw-q-layer p { margin: .1rem 0 0; font-size: .92em; }
.tw-q-bars { display: block; width: 100%; height: auto; max-width: 26rem; }
.tw-q-bars rect { fill: var(--tw-data); }
.tw-q-bars rect[data-out] { fill: var(--tw-fit); }
.tw-q-bars circle { fill: none; stroke: var(--tw-fit); stroke-width: 1.5; }
.tw-q-bars line { stroke: var(--tw-ink); stroke-width: 1.5; stroke-dasharray: 4 3; }
.tw-q-bars text { fill: var(--tw-ink); font-size: 12px; font-family: inherit; }
.tw .tw-q-layer select { margin-top: .3rem; }
.tw-q-own { display: flex; gap: .6rem; margin-top: .3rem; }
.tw-q-own[hidden] { display: none; }
.tw-q-own input { width: 6.5rem; }
.tw-q-scroll { overflow-x: auto; }
.tw-q-scroll:focus-visible { outline: 3px solid var(--tw-accent); }
.tw-q-scroll table { border-collapse: collapse; margin: .5rem 0; font-size: .92em; }
.tw-q-scroll :is(th, td) { padding: .2rem .7rem .2rem 0; text-align: right;
  vertical-align: bottom; border-bottom: 1px solid var(--tw-edge); }
.tw-q-scroll :is(th, td):first-child { text-align: left; }
.tw-q-scroll td { white-space: nowrap; }
.tw-q-scroll tbody th { font-weight: 400; min-width: 9rem; }
.tw-q-scroll tr[data-new] > * { font-weight: 600; }
`;
const METHODS = ["min-max", "percentile", "entropy"];
const PIECE = 2 ** 20; // of an upload: one message of a kernel holds ten times as much

export function render({ root, data, values, emit, model }) {
  root.append(el("style", {}, STYLE));
  if (model.isStatic) {
    root.append(el("p", {}, "This app computes with Keras: open the chapter as a " +
      "notebook, or run ", el("code", {}, "tinyml app quantizer"), "."));
    return undefined;
  }
  const now = { overall: "min-max", keep: 99.9, weights: "channel", picks: {}, ...values };
  const tell = () => emit({ ...now });
  const short = (value) => (value === null ? "-"
    : formatNumber(Number(value.toPrecision(3))));
  const share = (value, digits = 1) => (value === null || value === undefined ? "-"
    : `${(100 * value).toFixed(digits)} %`);
  let [active, asked, back] = ["load", 0, null];
  const parts = {};

  const wish = (part, content, buffers = []) => {
    active = part;
    if (content.type === "download") asked += 1;
    model.send(content, undefined, buffers);
  };
  const wait = (part, text) => {
    active = part;
    if (root.contains(document.activeElement)) back = document.activeElement;
    showBusy({ text, done: 0, total: 1 });
  };

  const part = (name, title, nodes, after = []) => {
    const say = el("p", {
      class: "tw-q-say", role: "status", "data-testid": `quantizer-${name}-says` });
    const busy = el("div", { class: "tw-q-busy" });
    const body = el("fieldset", {}, ...nodes);
    parts[name] = { say, busy, body };
    const id = uid();
    parts[name].node = el("section", { class: "tw-q-part", "aria-labelledby": id },
      el("p", { id, class: "tw-q-title" }, title), body, busy, say, ...after);
    root.append(parts[name].node);
    return parts[name];
  };
  const button = (text, testid, onclick, quiet = false) => el("button", {
    type: "button", class: `tw-button${quiet ? " tw-quiet" : ""}`, onclick,
    "data-testid": testid }, text);
  const field = (label, input) => el("label", {}, el("span", {}, label), input);
  const select = (options, value, testid, onchange) => {
    const node = el("select", { "data-testid": testid, onchange: () =>
      onchange(node.value) },
    ...options.map(([name, title]) => el("option", { value: name }, title)));
    node.value = value;
    return node;
  };

  // 1 Model and data
  const file = (label, of, accept) => {
    const input = el("input", {
      type: "file", accept, "data-testid": `quantizer-${of}`, "aria-label": label,
      onchange: async () => {
        const [chosen] = input.files;
        if (!chosen) return;
        if (chosen.size > data.most_bytes) {
          active = "load";
          showMessage({ tone: "wrong", text: `"${chosen.name}" has ` +
            `${formatNumber(chosen.size)} bytes; at most ` +
            `${formatNumber(data.most_bytes)} are taken.` });
        } else {
          wait("load", `Sending ${chosen.name}`);
          const bytes = await chosen.arrayBuffer();
          const pieces = Math.max(1, Math.ceil(bytes.byteLength / PIECE));
          for (let piece = 0; piece < pieces; piece += 1) {
            wish("load", { type: "file", of, name: chosen.name, piece, pieces },
              [new DataView(bytes.slice(piece * PIECE, (piece + 1) * PIECE))]);
          }
        }
        input.value = ""; // so that the same file can be given again
      },
    });
    return field(label, input);
  };
  const shelf = select(data.shelf.map(({ name, title }) => [name, title]),
    data.shelf[0].name, "quantizer-shelf", () => {});
  const has = el("p", { "data-testid": "quantizer-has" });
  part("load", "1. Model and data", [
    el("div", { class: "tw-q-tools" }, field("A model of the course, with its data",
      shelf), button("Load it", "quantizer-load", () => {
      wait("load", "Loading");
      wish("load", { type: "shelf", name: shelf.value });
    })),
    el("div", { class: "tw-q-tools" },
      file("Or your own model (.keras)", "model", ".keras"),
      file("and data (.npz with x; y for the accuracy)", "data", ".npz")),
    has]);

  // 2 Calibrate
  const rows = el("input", {
    type: "number", class: "tw-number", min: 1, max: data.rows, value: 200,
    "data-testid": "quantizer-rows" });
  part("calibrate", "2. Calibrate", [el("div", { class: "tw-q-tools" },
    field("rows to calibrate with", rows),
    button("Calibrate", "quantizer-calibrate", () => {
      wait("calibrate", "Calibrating");
      wish("calibrate", { type: "calibrate",
        rows: Number.isInteger(rows.valueAsNumber) ? rows.valueAsNumber : null });
    }))]);

  // 3 Ranges
  const keep = el("input", {
    type: "number", class: "tw-number", min: 50, max: 100, step: 0.1, value: now.keep,
    "data-testid": "quantizer-keep", onchange: () => {
      now.keep = keep.valueAsNumber;
      tell();
      wait("ranges", "Percentiles");
      wish("ranges", { type: "keep", keep: now.keep });
    } });
  const overall = select(METHODS.map((name) => [name, name]), now.overall,
    "quantizer-overall", (value) => { now.overall = value; tell(); paint(); });
  const weights = select(
    [["channel", "one scale per output channel"], ["tensor", "one scale per tensor"]],
    now.weights, "quantizer-weights", (value) => { now.weights = value; tell(); });
  const cards = el("div", {});
  part("ranges", "3. Ranges", [el("div", { class: "tw-q-tools" },
    field("ranges of all layers by", overall),
    field("percentile keeps (%)", keep), field("weights have", weights)),
  el("p", { class: "tw-note" }, "Bars: how often a value occurs (logarithmic). Dashed: " +
    "the range. Orange: what is clipped. Circles: the outermost 0.1 %."),
  cards]);

  // 4 Quantize and validate
  const results = el("div", { "data-testid": "quantizer-results" });
  const quantize = button("Quantize and validate", "quantizer-quantize", () => {
    const layers = {};
    for (const { name, fixed } of layersNow) {
      const pick = now.picks[name];
      if (!fixed && pick && pick.how !== "overall") {
        layers[name] = pick.how === "own" ? own(pick) : pick.how;
      }
    }
    wait("quantize", "Quantizing");
    wish("quantize", { type: "quantize", overall: now.overall, keep: now.keep,
      weights: now.weights, layers });
  });
  const saves = el("div", { class: "tw-q-tools" },
    button("Download the .tflite", "quantizer-tflite", () =>
      wish("quantize", { type: "download", kind: "tflite" }), true),
    button("Download the C", "quantizer-c", () =>
      wish("quantize", { type: "download", kind: "c" }), true));
  part("quantize", "4. Quantize and validate", [el("div", {}, quantize)],
    [results, saves]);

  // The layers' cards
  let [layersNow, drawn, painters] = [[], "", []];
  const own = (pick) => [pick.low, pick.high].map((text) =>
    parseNumber(String(text)).value ?? null);
  const rangeOf = (layer) => {
    const pick = now.picks[layer.name] ?? { how: "overall" };
    const how = pick.how === "overall" ? now.overall : pick.how;
    if (layer.fixed) return [layer.low, layer.high, 0];
    if (how !== "own") return layer.choices[how];
    const [low, high] = own(pick);
    if (low === null || high === null) return [null, null, null];
    const width = (layer.high - layer.low) / layer.counts.length;
    const all = layer.counts.reduce((sum, n) => sum + n, 0);
    const out = layer.counts.filter((_, i) => {
      const middle = layer.low + (i + 0.5) * width;
      return middle < low || middle > high;
    }).reduce((sum, n) => sum + n, 0);
    return [low, high, out / all];
  };

  const card = (layer) => {
    const bars = svgEl("svg", { class: "tw-q-bars", viewBox: "0 0 320 86", role: "img" });
    const said = el("p", { "data-testid": "quantizer-range" });
    const ends = el("div", { class: "tw-q-own" });
    const pick = now.picks[layer.name] ?? { how: "overall", low: layer.low,
      high: layer.high };
    const set = (change) => {
      Object.assign(pick, change);
      now.picks[layer.name] = pick;
      tell();
      draw();
    };
    for (const end of ["low", "high"]) {
      const input = el("input", {
        type: "text", inputmode: "decimal", class: "tw-number", value: short(pick[end]),
        "aria-label": `${end} end of ${layer.name}`,
        oninput: () => set({ [end]: input.value }) });
      ends.append(field(end, input));
    }
    const how = select([["overall", "as above"], ...METHODS.map((name) => [name, name]),
      ["own", "my own range"]], pick.how, "quantizer-how", (value) => set({ how: value }));
    how.setAttribute("aria-label", `range of ${layer.name} by`);
    const draw = () => {
      const [low, high, clipped] = rangeOf(layer);
      ends.hidden = pick.how !== "own";
      const known = low !== null;
      const from = Math.min(layer.low, 0, known ? low : 0);
      const to = Math.max(layer.high, 0, known ? high : 0);
      const wide = (to - from) || 1;
      const x = (value) => 6 + ((value - from) / wide) * 308;
      const top = Math.log1p(Math.max(...layer.counts)) || 1;
      const step = (layer.high - layer.low) / layer.counts.length;
      const marks = [];
      layer.counts.forEach((n, i) => {
        if (!n) return;
        const at = layer.low + i * step;
        const middle = at + step / 2;
        const tall = Math.max(3, (52 * Math.log1p(n)) / top);
        marks.push(svgEl("rect", { x: x(at), y: 66 - tall, height: tall,
          width: Math.max(1, x(at + step) - x(at) - 0.6),
          "data-out": known && (middle < low || middle > high) ? "yes" : null }));
        if (middle < layer.inner[0] || middle > layer.inner[1]) {
          marks.push(svgEl("circle", { cx: x(middle), cy: 62 - tall, r: 2.5 }));
        }
      });
      if (known && !layer.fixed) {
        for (const end of [low, high]) {
          marks.push(svgEl("line", { x1: x(end), x2: x(end), y1: 2, y2: 70 }));
        }
      }
      marks.push(
        svgEl("text", { x: 2, y: 82 }, short(from)),
        svgEl("text", { x: 318, y: 82, "text-anchor": "end" }, short(to)));
      bars.replaceChildren(...marks);
      const seen = `seen ${short(layer.low)} to ${short(layer.high)}`;
      bars.setAttribute("aria-label", `Histogram of ${layer.name}, ${seen}`);
      said.textContent = layer.fixed
        ? "Its operator settles the range; there is nothing to choose."
        : !known ? "Type both ends of your range."
          : `Takes ${short(low)} to ${short(high)}: clips ` +
            `${clipped ? share(clipped, clipped < 0.001 ? 3 : 1) : "nothing"}. ` +
            `The outermost 0.1 % take ${share(layer.outliers, 0)} of what was seen.`;
    };
    painters.push(draw);
    draw();
    return el("div", { class: "tw-q-layer", "data-testid": "quantizer-layer" },
      el("div", {}, el("p", { class: "tw-q-name" }, layer.name),
        ...(layer.covers.length ? [el("p", { class: "tw-note" },
          `with ${layer.covers.join(", ")}`)] : []), said,
        ...(layer.fixed ? [] : [how]), ends),
      el("div", {}, bars));
  };
  const paint = () => painters.forEach((draw) => draw());

  // What came of it
  const table = (label, titles, lines, testid) => el("div", {
    class: "tw-q-scroll", tabindex: 0, role: "region", "aria-label": label,
    "data-testid": testid },
  el("table", {}, el("thead", {}, el("tr", {}, ...titles.map((title) =>
    el("th", { scope: "col" }, title)))),
  el("tbody", {}, ...lines.map(([head, ...cells], i) => el("tr", {
    "data-new": testid === "quantizer-table" && i === lines.length - 1 ? "yes" : null },
  el("th", { scope: "row" }, head), ...cells.map((cell) => el("td", {}, cell)))))));

  const showRuns = (runs) => {
    const last = runs.at(-1);
    if (!last) return results.replaceChildren();
    const number = (value, digits = 0) => (value === null || value === undefined ? "-"
      : value.toLocaleString("en-US",
        { minimumFractionDigits: digits, maximumFractionDigits: digits }));
    const lines = runs.map((run, i) => [`${i + 1}: ${run.title}`, share(run.accuracy),
      share(run.agreement), number(run.bytes), number(run.bench.flash_bytes),
      number(run.bench.ram_bytes), number(run.bench.latency_ms, 2),
      number(run.verify.mismatches)]);
    const { bench, verify } = last;
    const said = [];
    if (last.difference) {
      said.push("Accuracy of int8 less that of float32, on the same " +
        `${number(last.rows)} rows: ${last.difference}.`);
    } else if (last.agreement === null) {
      said.push(`The output is no score of classes. On ${number(last.rows)} rows int8 ` +
        `is off by ${short(last.rms)} (root mean square).`);
    } else {
      said.push(`Without y there is no accuracy. On ${number(last.rows)} rows int8 ` +
        `decides as float32 does in ${share(last.agreement)}.`);
    }
    said.push(`The file has ${number(last.bytes)} bytes instead of ` +
      `${number(last.float_bytes)}: ${(last.float_bytes / last.bytes).toFixed(1)} times ` +
      "smaller.");
    said.push(bench.fits ? "It fits the board." : `It does not fit: ${bench.reason}`);
    said.push(verify.mismatches
      ? `NOT equal to ${verify.oracle}: ${number(verify.mismatches)} bytes differ.`
      : `All ${number(verify.outputs)} output bytes of ${number(verify.inputs)} rows are ` +
        `those of ${verify.oracle}: NumPy, C here and C on the board.`);
    for (const note of verify.notes) said.push(`Note: ${note}.`);
    const worst = last.layers.reduce((a, b) => (b.sqnr < a.sqnr ? b : a));
    results.replaceChildren(
      table("Float model and int8 models", ["model", "accuracy", "decides as float32",
        "file (bytes)", "flash (bytes)", "RAM (bytes)", "latency (ms)", "not as TFLM"],
      [["float32", share(last.float_accuracy), "-", number(last.float_bytes), "-", "-",
        "-", "-"], ...lines], "quantizer-table"),
      el("p", { class: "tw-note" }, "Accuracies are measured, bytes counted, the latency " +
        "estimated. Flash and RAM are those of the whole firmware."),
      ...said.map((text) => el("p", {}, text)),
      table("Signal to noise, layer by layer", ["layer", "range", "clipped", "SQNR (dB)"],
        last.layers.map((layer) => [layer.name,
          `${short(layer.low)} to ${short(layer.high)}`,
          layer.clipped ? share(layer.clipped, layer.clipped < 0.001 ? 3 : 1) : "none",
          layer.sqnr.toFixed(1)]), "quantizer-noise"),
      el("p", {}, `The noisiest is ${worst.name} with ${worst.sqnr.toFixed(1)} dB. ` +
        "A layer inherits the noise of those before it."));
    return undefined;
  };

  // The kernel's word
  const showBusy = (busy) => {
    for (const [name, each] of Object.entries(parts)) {
      each.busy.replaceChildren();
      each.body.disabled = Boolean(busy);
      if (!busy || name !== active) continue;
      each.say.textContent = "";
      each.busy.append(
        el("progress", { max: busy.total, value: busy.done || null,
          "aria-label": busy.text, "data-testid": "quantizer-progress" }),
        " ", el("span", { role: "status" }, `${busy.text} ...`));
    }
  };
  const showMessage = ({ text, tone }) => {
    for (const [name, each] of Object.entries(parts)) {
      each.say.textContent = name === active ? text : "";
      each.say.dataset.tone = tone;
    }
  };
  const show = () => {
    const state = model.get("state");
    showBusy(state.busy);
    if (state.busy) return;
    showMessage(state.message);
    has.textContent = !state.model ? "No model yet." : [
      `Model ${state.model.name}: input ${state.model.input}, ` +
        `${formatNumber(state.model.parameters)} parameters, ${state.model.layers} layers.`,
      state.data
        ? `Data ${state.data.note}: ${formatNumber(state.data.rows)} rows to calibrate, ` +
          `${formatNumber(state.data.test_rows)} to validate, ` +
          `${state.data.labels ? "with" : "without"} y.`
        : "No data yet that fit it.",
    ].join(" ");
    parts.calibrate.node.hidden = !state.model || !state.data;
    for (const name of ["ranges", "quantize"]) {
      parts[name].node.hidden = !state.layers.length;
    }
    const key = JSON.stringify(state.layers);
    if (key !== drawn) {
      [layersNow, drawn, painters] = [state.layers, key, []];
      cards.replaceChildren(...layersNow.map(card));
    }
    showRuns(state.runs);
    saves.hidden = !state.runs.length;
    if (back && root.contains(back)) back.focus();
    back = null;
  };
  const save = (message, buffers) => {
    if (message.type !== "download" || !asked) return; // another view's wish
    asked -= 1;
    const link = el("a", {
      href: URL.createObjectURL(new Blob(buffers)), download: message.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  model.on("change:state", show);
  model.on("msg:custom", save);
  show();
  return () => {
    model.off("change:state", show);
    model.off("msg:custom", save);
  };
}
