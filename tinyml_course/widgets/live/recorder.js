// Record or open motion, look at it, mark spans, name them, save.
//
// data: {sample: {time: [...], columns: {name: [...]}}, labels: [...], most}. It tells
// {rows, columns, rate_hz, spans: [{from, to, label}]}; the readings stay in the page.

const STYLE = `
.tw-rec-tools { display: flex; flex-wrap: wrap; gap: .5rem .9rem; align-items: end;
  margin: .6rem 0; }
.tw-rec-tools label { display: grid; gap: .15rem; font-size: .9em; max-width: 100%; }
.tw-rec-tools input { max-width: 100%; }
.tw-rec-tools input[type="file"] { width: 15rem; font: inherit; }
.tw-rec-view { display: block; width: 100%; height: 300px; background: #fff;
  border: 1px solid var(--tw-edge); border-radius: 4px; cursor: crosshair;
  touch-action: pan-y; }
.tw-rec-view:focus-visible { outline: 3px solid var(--tw-accent); }
.tw-rec-table { border-collapse: collapse; margin: .6rem 0; }
.tw-rec-table th, .tw-rec-table td { text-align: left; padding: .15rem .5rem .15rem 0; }
.tw-rec-table .tw-button { padding: .2rem .4rem; }
.tw-rec-say { min-height: 1.5em; font-weight: 600; }
.tw-rec-say[data-tone="wrong"] { color: var(--tw-wrong); }
`;
const LINES = ["#0072b2", "#b84a00", "#00724f", "#9a4f83", "#8a6100", "#2a7ba8"];
const SPANS = ["#cfe3f2", "#f8dcc8", "#cdeadd", "#f0d9e8", "#f6e7bf", "#dfe6ec"];
const MILLIS = /^(ms|millis|milliseconds|time_ms)$/i;
const MICROS = /^(us|micros|microseconds|time_us)$/i;
const SECONDS = /^(t|time|seconds|timestamp|time_s)$/i;
const LABEL = /^(label|activity|class)$/i;

/** CSV text -> {time, columns, spans, problem}; the problem names the line. */
function parse(text, most) {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  while (lines.length && !lines.at(-1).trim()) lines.pop();
  if (!lines.length) return { problem: "The file is empty." };
  const mark = [",", ";", "\t"].map((m) => [lines[0].split(m).length, m]).sort((a, b) =>
    b[0] - a[0])[0][1];
  const cells = (line) => line.split(mark).map((cell) => cell.trim().replace(/^"|"$/g, ""));
  const first = cells(lines[0]);
  const headed = first.some((cell) => cell && !Number.isFinite(Number(cell)));
  const names = headed ? first : first.map((_, i) => `column ${i + 1}`);
  if (new Set(names).size < names.length) {
    return { problem: `Two columns have the same name: ${names.join(", ")}.` };
  }
  const rows = lines.slice(headed ? 1 : 0);
  if (rows.length < 2) {
    return { problem: `Rows of readings: ${rows.length}; two or more are needed.` };
  }
  if (rows.length > most) {
    return { problem: `There are ${formatNumber(rows.length)} rows; this page takes ` +
      `${formatNumber(most)}. Cut the file first.` };
  }
  const at = names.findIndex((name) => [SECONDS, MILLIS, MICROS].some((t) => t.test(name)));
  const named = names.findIndex((name) => LABEL.test(name));
  const table = names.map(() => []);
  for (const [i, row] of rows.entries()) {
    const number = i + 1 + (headed ? 1 : 0);
    const values = cells(row);
    if (values.length !== names.length) {
      return { problem: `Line ${number} has ${values.length} values, the first line ` +
        `${names.length}. Is a reading cut off?` };
    }
    for (const [k, value] of values.entries()) {
      if (k === named) table[k].push(value);
      else if (value === "" || !Number.isFinite(Number(value))) {
        return { problem: `Line ${number}, column "${names[k]}": expected a number, ` +
          `received "${value.slice(0, 20)}".` +
          (/^-?\d+,\d+$/.test(value) ? " Write decimals with a point." : "") };
      } else table[k].push(Number(value));
    }
  }
  const columns = Object.fromEntries(names.map((name, k) => [name, table[k]])
    .filter((_, k) => k !== at && k !== named));
  if (!Object.keys(columns).length) {
    return { problem: `No column of readings beside ${names.join(", ")}.` };
  }
  const unit = at >= 0 ? names[at] : "";
  const scale = MILLIS.test(unit) ? 1e-3 : MICROS.test(unit) ? 1e-6 : 1;
  const time = at >= 0 ? table[at].map((v) => v * scale) : rows.map((_, i) => i / 50);
  const back = time.findIndex((v, i) => i && v <= time[i - 1]);
  if (back > 0) {
    return { problem: `The time does not go on at line ${back + (headed ? 2 : 1)}: ` +
      `${time[back]} after ${time[back - 1]}.` };
  }
  const spans = [];
  if (named >= 0) {
    table[named].forEach((label, i) => {
      if (!label) return;
      const last = spans.at(-1);
      if (last && last.label === label && last.to === i) last.to = i + 1;
      else spans.push({ from: i, to: i + 1, label });
    });
  }
  const note = at < 0 ? " No column is called time: 50 readings a second are assumed." : "";
  return { time, columns, spans, note };
}

/** Columns that share a unit share a panel: "ax ay az" and "waist force x y z". */
function panels(names) {
  const groups = new Map();
  for (const name of names) {
    const stem = name.replace(/[ _.-]?[xyz]$/i, "") || name;
    groups.set(stem, [...(groups.get(stem) ?? []), name]);
  }
  const all = [...groups.entries()];
  return all.length <= 4 ? all : [["all columns", names]];
}

export function render({ root, data, emit }) {
  let time = [], columns = {}, spans = [], file = "recording";
  let cursor = 0, anchor = null, chosen = null; // chosen: [from, to)
  let live = null; // a recording that goes on
  const most = data.most ?? 200000;

  const say = el("p", {
    class: "tw-rec-say", role: "status", "data-testid": "recorder-says",
  });
  const tell = (text, tone = "") => { say.textContent = text; say.dataset.tone = tone; };
  const view = el("canvas", {
    class: "tw-rec-view", tabindex: "0", role: "application",
    "data-testid": "recorder-view", "aria-label": "The signals. Arrow keys move the " +
      "cursor, with shift by a second; space begins and ends a span; enter names it; " +
      "delete removes the span at the cursor.",
  });
  const pen = view.getContext("2d");
  const button = (text, testid, onclick, quiet = true) => el("button", {
    type: "button", class: `tw-button${quiet ? " tw-quiet" : ""}`,
    "data-testid": `recorder-${testid}`, onclick,
  }, text);
  const opener = el("input", {
    type: "file", accept: ".csv,.txt,text/csv", "data-testid": "recorder-file",
    onchange: async () => {
      const [given] = opener.files;
      if (!given) return;
      stop();
      if (given.size > 60e6) tell(`${given.name} has more than 60 MB.`, "wrong");
      else open(given.name.replace(/\.\w+$/, ""), parse(await given.text(), most));
      opener.value = "";
    },
  });
  const listed = uid("labels");
  const label = el("input", {
    type: "text", list: listed, value: data.labels?.[0] ?? "", size: "12",
    class: "tw-number", "data-testid": "recorder-label", autocomplete: "off",
    onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); name(); } },
  });
  const size = el("input", {
    type: "number", min: "2", value: "128", class: "tw-number",
    "data-testid": "recorder-size",
  });
  const record = button("Record this device", "record", () => (live ? stop() : begin()));
  const table = el("tbody", {});

  const open = (title, { problem, ...found }) => {
    if (problem) return tell(problem, "wrong");
    ({ time, columns, spans } = found);
    [file, cursor, anchor, chosen] = [title, 0, null, null];
    tell(`${title}: ${formatNumber(time.length)} readings of ${Object.keys(columns).length} ` +
      `columns, ${seconds(time.at(-1) - time[0])}, about ${rate().toFixed(0)} a second.` +
      (found.note ?? ""));
    show();
  };
  const rate = () => (time.length > 1 ? (time.length - 1) / (time.at(-1) - time[0]) : 0);
  const seconds = (value) => `${value.toFixed(2)} s`;

  // Marking
  const inside = (i) => Math.min(Math.max(i, 0), Math.max(time.length - 1, 0));
  const choose = (a, b) => {
    chosen = [Math.min(a, b), Math.max(a, b) + 1];
    show();
  };
  const name = () => {
    const text = label.value.trim();
    if (!time.length) return tell("Open or record something first.", "wrong");
    if (!chosen) return tell("Mark a span first: drag, or press space twice.", "wrong");
    if (!text || /[,;"\n]/.test(text)) {
      return tell("A label is a word, without commas, semicolons and quotes.", "wrong");
    }
    const [from, to] = chosen;
    spans = spans.flatMap((s) => [ // what lies below the new span gives way
      ...(s.from < from ? [{ ...s, to: Math.min(s.to, from) }] : []),
      ...(s.to > to ? [{ ...s, from: Math.max(s.from, to) }] : []),
    ]);
    spans.push({ from, to, label: text });
    spans.sort((a, b) => a.from - b.from);
    chosen = anchor = null;
    tell(`${text} from ${seconds(time[from])} to ${seconds(time[to - 1])}.`);
    show();
  };
  const drop = (span) => {
    spans = spans.filter((s) => s !== span);
    tell(`${span.label} is removed.`);
    show();
  };

  const place = (event) => {
    const box = view.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const t = time[0] + share * (time.at(-1) - time[0]);
    let [low, high] = [0, time.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (time[middle] < t) low = middle + 1;
      else high = middle;
    }
    return inside(low);
  };
  let pointer = null;
  view.addEventListener("pointerdown", (event) => {
    if (!time.length || live || event.button !== 0) return;
    pointer = event.pointerId;
    view.setPointerCapture(pointer);
    anchor = cursor = place(event);
    chosen = null;
    show();
  });
  view.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    cursor = place(event);
    if (cursor !== anchor) choose(anchor, cursor);
  });
  const lift = (event) => {
    if (event.pointerId !== pointer) return;
    pointer = anchor = null;
    if (chosen) {
      tell(`Marked ${seconds(time[chosen[0]])} to ${seconds(time[chosen[1] - 1])}. Name it.`);
    }
    show();
  };
  view.addEventListener("pointerup", lift);
  view.addEventListener("pointercancel", lift);
  view.addEventListener("keydown", (event) => {
    if (!time.length || live) return;
    const far = event.shiftKey ? Math.max(1, Math.round(rate())) : 1;
    const move = { ArrowLeft: -far, ArrowRight: far, Home: -time.length, End: time.length };
    if (event.key in move) {
      cursor = inside(cursor + move[event.key]);
      if (anchor !== null) choose(anchor, cursor);
      tell(`At ${seconds(time[cursor])}.`);
    } else if (event.key === " ") {
      if (anchor === null) {
        anchor = cursor;
        tell(`The span begins at ${seconds(time[cursor])}.`);
      } else {
        choose(anchor, cursor);
        anchor = null;
        tell(`Marked ${seconds(time[chosen[0]])} to ${seconds(time[chosen[1] - 1])}. ` +
          "Enter names it.");
      }
    } else if (event.key === "Enter") name();
    else if (event.key === "Escape") anchor = chosen = null;
    else if (event.key === "Delete" || event.key === "Backspace") {
      const under = spans.find((s) => s.from <= cursor && cursor < s.to);
      if (under) drop(under);
    } else return;
    event.preventDefault();
    event.stopPropagation();
    show();
  });

  // Recording
  const why = () => {
    if (!window.isSecureContext) {
      return "This browser gives no sensors to a page without encryption. Open the app " +
        "by https, or on this very device as localhost; or record with another app and " +
        "open its CSV.";
    }
    return "This browser tells of no motion sensors. A computer seldom has any: open " +
      "this page on a phone (by https), or take a CSV.";
  };
  const begin = async () => {
    if (typeof DeviceMotionEvent === "undefined") return tell(why(), "wrong");
    if (typeof DeviceMotionEvent.requestPermission === "function") {
      try {
        if ((await DeviceMotionEvent.requestPermission()) !== "granted") {
          return tell("The sensors were not allowed. Allow them, and press again.", "wrong");
        }
      } catch (error) {
        return tell(`The sensors were refused: ${error.message}. ${why()}`, "wrong");
      }
    }
    // On Apple's devices the force points the other way.
    const sign = /iPhone|iPad/.test(navigator.userAgent) ? -1 : 1;
    const names = ["ax", "ay", "az", "gx", "gy", "gz"];
    const got = { time: [], columns: Object.fromEntries(names.map((n) => [n, []])) };
    const start = performance.now();
    const hear = (event) => {
      const force = event.accelerationIncludingGravity ?? {};
      const turn = event.rotationRate ?? {};
      if (force.x === null || force.x === undefined) return;
      const now = (performance.now() - start) / 1000;
      if (got.time.length && now <= got.time.at(-1)) return;
      got.time.push(now);
      // In the specification alpha, beta, gamma of a rate are about x, y and z.
      [force.x, force.y, force.z].forEach((v, k) =>
        got.columns[names[k]].push((sign * v) / 9.81));
      [turn.alpha, turn.beta, turn.gamma].forEach((v, k) =>
        got.columns[names[k + 3]].push(((v ?? 0) * Math.PI) / 180));
      if (got.time.length >= most) stop();
      if (got.time.length % 10 === 0) {
        tell(`Recording: ${got.time.length} readings, ${seconds(now)}.`);
        [time, columns, spans] = [got.time, got.columns, []];
        paint();
      }
    };
    window.addEventListener("devicemotion", hear);
    const silent = setTimeout(() => {
      if (live && !got.time.length) {
        stop();
        tell(`Two seconds, and not one reading. ${why()}`, "wrong");
      }
    }, 2000);
    live = { got, hear, silent };
    record.textContent = "Stop";
    tell("Recording ...");
  };
  const stop = () => {
    if (!live) return;
    const { got, hear, silent } = live;
    window.removeEventListener("devicemotion", hear);
    clearTimeout(silent);
    live = null;
    record.textContent = "Record this device";
    if (got.time.length > 1) open("recording", { ...got, spans: [] });
    else tell("Nothing was recorded.", "wrong");
  };

  // Saving
  const download = (name, text) => {
    const link = el("a", {
      href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: name,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const round = (v) => String(Number(v.toPrecision(7)));
  const save = () => {
    if (!time.length) return tell("Open or record something first.", "wrong");
    const labels = time.map(() => "");
    for (const s of spans) labels.fill(s.label, s.from, s.to);
    const names = Object.keys(columns);
    const rows = time.map((t, i) =>
      [t.toFixed(4), ...names.map((n) => round(columns[n][i])), labels[i]].join(","));
    download(`${file}_labelled.csv`, `time,${names.join(",")},label\n${rows.join("\n")}\n`);
    tell(`Saved ${file}_labelled.csv: ${rows.length} readings, ` +
      `${labels.filter(Boolean).length} of them labelled.`);
  };
  const saveWindows = () => {
    const wide = Math.round(Number(size.value));
    if (!spans.length) return tell("Name a span first: windows lie within spans.", "wrong");
    if (!(wide >= 2)) return tell("A window has two readings or more.", "wrong");
    const names = Object.keys(columns);
    const rows = [];
    for (const s of spans) {
      for (let i = s.from; i + wide <= s.to; i += Math.ceil(wide / 2)) {
        const flat = [];
        for (let k = i; k < i + wide; k += 1) {
          for (const n of names) flat.push(round(columns[n][k]));
        }
        rows.push([s.label, time[i].toFixed(4), ...flat].join(","));
      }
    }
    if (!rows.length) {
      return tell(`No span has ${wide} readings. Mark longer ones, or take shorter ` +
        "windows.", "wrong");
    }
    const titles = Array.from({ length: wide }, (_, k) => names.map((n) => `${n}_${k}`));
    download(`${file}_windows.csv`,
      `label,start,${titles.flat().join(",")}\n${rows.join("\n")}\n`);
    tell(`Saved ${file}_windows.csv: ${rows.length} windows of ${wide} readings, cut ` +
      "anew every half window, none across a seam.");
  };

  // Drawing
  const paint = () => {
    const scale = window.devicePixelRatio || 1;
    const [wide, all] = [view.clientWidth || 640, view.clientHeight || 300];
    const high = all - 18; // below it: the seconds
    [view.width, view.height] = [wide * scale, all * scale];
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, wide, all);
    if (time.length < 2) return;
    const x = (i) => ((time[i] - time[0]) / (time.at(-1) - time[0])) * wide;
    const known = [...new Set(spans.map((s) => s.label))];
    pen.font = "13px sans-serif";
    for (const s of spans) {
      const [a, b] = [x(s.from), x(s.to - 1)];
      pen.fillStyle = SPANS[known.indexOf(s.label) % SPANS.length];
      pen.fillRect(a, 0, Math.max(1, b - a), high);
    }
    if (chosen) {
      pen.fillStyle = "rgba(60, 60, 60, .22)";
      pen.fillRect(x(chosen[0]), 0, Math.max(1, x(chosen[1] - 1) - x(chosen[0])), high);
    }
    const groups = panels(Object.keys(columns));
    groups.forEach(([title, names], row) => {
      const [top, tall] = [(row * high) / groups.length, high / groups.length];
      let [low, most_] = [Infinity, -Infinity];
      for (const n of names) {
        for (const v of columns[n]) { low = Math.min(low, v); most_ = Math.max(most_, v); }
      }
      const room = most_ - low || 1;
      const y = (v) => top + 6 + (1 - (v - low) / room) * (tall - 12);
      names.forEach((n, k) => {
        pen.strokeStyle = LINES[k % LINES.length];
        pen.beginPath();
        const step = Math.max(1, Math.floor(time.length / (4 * wide)));
        for (let i = 0; i < time.length; i += step) pen.lineTo(x(i), y(columns[n][i]));
        pen.stroke();
      });
      pen.fillStyle = "#222";
      pen.fillText(`${title}${names.length > 1 ? ` (${names.join(", ")})` : ""} ` +
        `${low.toFixed(2)} to ${most_.toFixed(2)}`, 6, top + 15);
    });
    pen.fillStyle = "#222";
    for (const s of spans) pen.fillText(s.label, x(s.from) + 4, high - 8);
    const long = time.at(-1) - time[0];
    const every = [.01, .1, .5, 1, 2, 5, 10, 20, 60, 300, 1200]
      .find((s) => (s / long) * wide > 45) ?? long;
    for (let k = Math.ceil(time[0] / every); k * every <= time.at(-1); k += 1) {
      const at = ((k * every - time[0]) / long) * wide;
      pen.fillRect(at, high, 1, 4);
      if (at < wide - 40) pen.fillText(`${Number((k * every).toFixed(2))} s`, at + 3, all - 4);
    }
    pen.fillStyle = "#000";
    pen.fillRect(x(inside(cursor)), 0, 1.5, high);
  };
  const show = () => {
    paint();
    table.replaceChildren(...spans.map((s) => el("tr", { "data-testid": "recorder-span" },
      el("td", {}, s.label), el("td", {}, seconds(time[s.from])),
      el("td", {}, seconds(time[s.to - 1])), el("td", {}, `${s.to - s.from}`),
      el("td", {}, el("button", {
        type: "button", class: "tw-button tw-quiet", onclick: () => drop(s),
        "aria-label": `Remove ${s.label} from ${seconds(time[s.from])}`,
      }, "Remove")))));
    emit({
      rows: time.length, columns: Object.keys(columns), rate_hz: rate(),
      spans: spans.map((s) => ({ ...s })),
    });
  };

  const head = ["label", "from", "to", "readings", ""];
  root.append(el("style", {}, STYLE),
    el("div", { class: "tw-rec-tools" },
      el("label", {}, "Open a CSV", opener), record,
      ...(data.sample ? [button("Take a simulated recording", "sample", () => {
        stop();
        open("simulated", {
          time: [...data.sample.time], columns: { ...data.sample.columns }, spans: [],
        });
      })] : [])),
    say, view,
    el("div", { class: "tw-rec-tools" },
      el("label", {}, "Label", label),
      el("datalist", { id: listed },
        ...(data.labels ?? []).map((text) => el("option", { value: text }))),
      button("Name the marked span", "name", name, false),
      button("Save labelled CSV", "save", save),
      el("label", {}, "Readings in a window", size),
      button("Save windows", "windows", saveWindows)),
    el("table", { class: "tw-rec-table", "aria-label": "Named spans" },
      el("thead", {}, el("tr", {}, ...head.map((text) => (text
        ? el("th", { scope: "col" }, text) : el("td", {}))))),
      table));
  tell("Open a CSV, record this device, or take the simulated recording.");
  const resized = new ResizeObserver(paint);
  resized.observe(view);
  root.dataset.ready = "true";
  return () => {
    resized.disconnect();
    if (live) stop();
  };
}
