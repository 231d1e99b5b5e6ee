// A tensor's histogram on so many levels: what rounding costs, what clipping costs.
//
// data: {tensors: [{name, counts, edges}], bits, symmetric, clip_percent}; all but
//   tensors may be missing. The values of a bin count as its middle, those of the bin
//   with zero in it as zero. It tells {tensor, bits, symmetric, clip_percent, clip,
//   step, rounding, clipping, mse, sqnr, clipped, best: {clip_percent, clip, sqnr}}.

export function render({ root, data, values, emit }) {
  const { tensors } = data;
  const percents = Array.from({ length: 100 }, (_, i) => i + 1);
  const modes = ["asymmetric", "symmetric"];
  const now = {
    tensor: 0, bits: data.bits ?? 8, symmetric: data.symmetric ?? false,
    clip_percent: data.clip_percent ?? 100, ...values,
  };
  const round = (value) => formatNumber(Number(value.toPrecision(3)));
  const [left, right] = [el("div", {}), el("div", {})];
  const sentence = el("p", {
    class: "tw-sentence", role: "status", "data-testid": "bits-sentence",
  });
  const clips = el("div", { class: "tw-control" });
  let seen, curves, marks;

  const control = (name, label, form, list, texts, place) =>
    controlView({ name, label, form, texts, positions: list.map((_, i) => i) }, place,
      (chosen) => {
        now[name] = list[chosen];
        if (name === "tensor") open();
        else if (name !== "clip_percent") draw();
        change();
      }).node;
  const texts = (list) => list.map(String);
  const every = [2, 3, 4, 5, 6, 7, 8];
  root.append(
    el("div", { class: "tw-controls" },
      control("bits", "bits", "slider", every, texts(every), every.indexOf(now.bits)),
      clips,
      control("symmetric", "levels", "choice", [false, true], modes,
        Number(now.symmetric)),
      ...(tensors.length < 2 ? [] : [
        control("tensor", "tensor", "choice", tensors.map((_, i) => i),
          tensors.map((tensor) => tensor.name), now.tensor)])),
    el("div", { class: "tw-pair" }, left, right),
    el("p", { class: "tw-note" }, "Curves: thin, the error of rounding; dashed, of " +
      "clipping; thick, their sum. Circle: the best clip. Dot: yours."),
    sentence);

  const open = () => {
    const { counts, edges } = tensors[now.tensor];
    const middles = counts.map((_, i) =>
      (edges[i] <= 0 && edges[i + 1] > 0 ? 0 : (edges[i] + edges[i + 1]) / 2));
    const [low, high] = [Math.min(0, edges[0]), Math.max(0, edges[edges.length - 1])];
    seen = { counts, edges, middles, low, high, far: Math.max(-low, high) };
    seen.total = counts.reduce((sum, n) => sum + n, 0);
    seen.power = counts.reduce((sum, n, i) => sum + n * middles[i] ** 2, 0) / seen.total;
    const old = percents.indexOf(now.clip_percent);
    clips.replaceChildren(control("clip_percent", "clip at", "slider", percents,
      percents.map((p) => `${round((p / 100) * seen.far)} (${p} %)`), old));
    draw();
  };

  const grid = (percent) => {
    const clip = (percent / 100) * seen.far;
    const most = 2 ** now.bits - 1;
    if (now.symmetric) {
      const half = (most - 1) / 2;
      return { clip, step: clip / half, first: -half, last: half };
    }
    const [low, high] = [Math.max(seen.low, -clip), Math.min(seen.high, clip)];
    const step = (high - low) / most;
    const first = Math.round(low / step); // zero stays a level
    return { clip, step, first, last: first + most };
  };

  const errors = (percent) => {
    const { step, first, last, clip } = grid(percent);
    let [rounding, clipping, clipped] = [0, 0, 0];
    seen.counts.forEach((n, i) => {
      if (!n) return;
      const place = Math.round(seen.middles[i] / step);
      const kept = Math.min(last, Math.max(first, place));
      const error = n * (seen.middles[i] - kept * step) ** 2;
      if (kept === place) rounding += error;
      else { clipping += error; clipped += n; }
    });
    const parts = [rounding, clipping, clipped].map((part) => part / seen.total);
    const mse = parts[0] + parts[1];
    return {
      clip_percent: percent, clip, step, rounding: parts[0], clipping: parts[1], mse,
      clipped: parts[2], sqnr: 10 * Math.log10(seen.power / Math.max(mse, 1e-30)),
    };
  };

  const power = (value) => Math.log10(Math.max(value, 1e-30));
  const draw = () => {
    curves = percents.map(errors);
    curves.best = curves.reduce((a, b) => (b.mse < a.mse ? b : a));
    left.replaceChildren();
    right.replaceChildren();
    const bars = pile(seen, 80);
    const top = Math.log10(Math.max(10, ...bars.map((bar) => bar.n))) * 1.05;
    const floor = -0.12 * top;
    // symmetric levels that no value needs are to be seen, too
    const [from, to] = now.symmetric ? [-seen.far, seen.far] : [seen.low, seen.high];
    const edge = (to - from) * 0.03;
    const chart = plot(left, {
      x: [from - edge, to + edge], y: [floor, top],
      xLabel: "value", yLabel: "how many (power of ten)", testid: "bits-histogram",
      label: "Histogram of the tensor with the levels below and the clip",
    });
    const draws = bars.filter((bar) => bar.n).map((bar) => {
      const height = Math.max(0.03 * top, Math.log10(bar.n));
      return [bar, chart.area([bar.from, bar.to], [height, height], [0, 0]).node];
    });
    const comb = chart.segments([], { class: "tw-levels" });
    const ends = chart.segments([], { class: "tw-best" });
    // A scale that all bits share, or the curves of 2 and 8 bits would look alike.
    const range = [power(seen.power) - 6, power(seen.power) + 0.4];
    const lines = plot(right, {
      x: [0, seen.far * 1.02], y: range, xLabel: "clip", testid: "bits-errors",
      yLabel: "mean squared error (power of ten)",
      label: "Error of rounding, of clipping and their sum for every clip",
    });
    const at = curves.map((each) => each.clip);
    const trace = (name, look) =>
      lines.line(at, curves.map((each) => Math.max(range[0] - 1, power(each[name]))), look);
    trace("rounding");
    trace("clipping", { class: "tw-residual" });
    trace("mse", { class: "tw-fit" });
    const best = lines.points([curves.best.clip], [power(curves.best.mse)], { radius: 9 });
    best.node.setAttribute("style",
      "fill: none; stroke: var(--tw-ink); stroke-width: 2");
    const here = lines.points([], [], { radius: 6 });
    here.node.setAttribute("style", "fill: var(--tw-fit); stroke: #fff");
    marks = {
      set: (found) => {
        const { step, first, last } = grid(found.clip_percent);
        const levels = Array.from({ length: last - first + 1 }, (_, i) =>
          (first + i) * step);
        comb.set(levels.map((level) => [level, floor, level, 0]));
        comb.node.setAttribute("style", `stroke-width: ${now.bits < 7 ? 1.5 : 0.6}`);
        const limits = [(first - 0.5) * step, (last + 0.5) * step];
        ends.set(limits.map((limit) => [limit, floor, limit, top]));
        for (const [bar, node] of draws) {
          const inside = bar.to > limits[0] && bar.from < limits[1];
          node.setAttribute("style", inside
            ? "opacity: 0.7" : "opacity: 1; fill: var(--tw-fit)");
        }
        here.set([found.clip], [power(found.mse)]);
      },
    };
  };

  const show = () => {
    const found = curves[percents.indexOf(now.clip_percent)];
    const { best } = curves;
    marks.set(found);
    const { first, last } = grid(now.clip_percent);
    sentence.textContent =
      `${last - first + 1} levels, a step of ${round(found.step)}. MSE ` +
      `${round(found.mse)}: rounding ${round(found.rounding)}, clipping ` +
      `${round(found.clipping)} (${round(100 * found.clipped)} % of the values). ` +
      `SQNR ${found.sqnr.toFixed(1)} dB; the best clip is ${round(best.clip)} with ` +
      `${best.sqnr.toFixed(1)} dB.`;
    return { ...found, best: {
      clip_percent: best.clip_percent, clip: best.clip, sqnr: best.sqnr } };
  };
  const change = () => emit({ ...now, ...show() });
  open();
  show();
}

/** The histogram in at most `most` bars. */
function pile({ counts, edges }, most) {
  const width = Math.ceil(counts.length / most);
  const bars = [];
  for (let i = 0; i < counts.length; i += width) {
    const part = counts.slice(i, i + width);
    bars.push({
      from: edges[i], to: edges[i] + width * (edges[1] - edges[0]),
      n: part.reduce((sum, n) => sum + n, 0),
    });
  }
  return bars;
}
