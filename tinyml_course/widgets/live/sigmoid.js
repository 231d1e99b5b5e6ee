// One number in, a probability out: the sigmoid over points of two classes, by w and b.
//
// data: {x: [...], y: [0 or 1, ...], x_label, w: [low, high], b: [low, high], start: {w,
//   b}, losses: ["cross-entropy", "squared error"]}; without losses there is no map of the loss.
// It tells {w, b, loss, value, errors}.

const SURPRISE = (z, y) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - y * z;
const LOSSES = {
  "cross-entropy": SURPRISE,
  "squared error": (z, y) => (logistic(z) - y) ** 2,
};

export function render({ root, data, values, emit }) {
  const { x, y, losses = [] } = data;
  const now = { ...data.start, loss: losses[0] ?? "cross-entropy", ...values };
  const mean = (f) => x.reduce((sum, _, i) => sum + f(i), 0) / x.length;
  const height = (w, b) => mean((i) => LOSSES[now.loss](w * x[i] + b, y[i]));
  const steps = ([low, high], count) =>
    Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
  const [left, right] = [el("div", {}), el("div", {})];
  const sentence = el("p", {
    class: "tw-sentence", role: "status", "data-testid": "sigmoid-sentence",
  });

  const slider = (name, label) => {
    const places = steps(data[name], 49);
    const nearest = () => places.reduce((best, value, i) =>
      (Math.abs(value - now[name]) < Math.abs(places[best] - now[name]) ? i : best), 0);
    const view = controlView({
      name, label, form: "slider", positions: places.map((_, i) => i),
      texts: places.map((value) => formatNumber(Number(value.toFixed(2)))),
    }, nearest(), (place) => { now[name] = places[place]; change(); });
    return { node: view.node, set: () => view.set(nearest()) };
  };
  const sliders = [slider("w", "weight w"), slider("b", "bias b")];
  const choice = losses.length > 1 ? [controlView({
    name: "loss", label: "height of the map", form: "choice", texts: losses,
    positions: losses.map((_, i) => i),
  }, losses.indexOf(now.loss), (place) => {
    now.loss = losses[place];
    map = drawMap();
    change();
  }).node] : [];
  root.append(
    el("div", { class: "tw-controls" }, ...sliders.map((s) => s.node), ...choice),
    el("div", { class: "tw-pair" }, left, ...(losses.length ? [right] : [])), sentence);

  // Left: each row a dot near 0 or 1, a little up or down so that they do not hide.
  const wide = [Math.min(...x), Math.max(...x)];
  const room = 0.06 * (wide[1] - wide[0]);
  const range = [wide[0] - room, wide[1] + room];
  const chart = plot(left, {
    x: range, y: [-0.15, 1.15], xLabel: data.x_label, testid: "sigmoid-plot",
    yLabel: "probability of yes",
    label: "Points of two classes near 0 and 1, the sigmoid and its boundary",
  });
  const boundary = chart.segments([], { class: "tw-residual" });
  const spread = (i) => 0.09 * (((i * 0.618) % 1) - 0.5);
  for (const [label, style] of [[0, ""], [1, "fill: #b84a00"]]) {
    const rows = x.map((_, i) => i).filter((i) => y[i] === label);
    const dots = chart.points(rows.map((i) => x[i]),
      rows.map((i) => label + spread(i)), { radius: 2.6 });
    dots.node.setAttribute("style", `opacity: 0.55; ${style}`);
  }
  const curve = chart.line([], [], {});
  curve.node.setAttribute("style", "stroke: var(--tw-ink); stroke-width: 3");
  const along = steps(range, 121);

  // Right: the loss of every w and b.
  const drawMap = () => {
    const grid = { xs: steps(data.w, 41), ys: steps(data.b, 41) };
    grid.z = grid.ys.map((b) => grid.xs.map((w) => height(w, b)));
    right.replaceChildren();
    const ground = plot(right, {
      x: data.w, y: data.b, xLabel: "weight w", yLabel: "bias b",
      testid: "sigmoid-map",
      label: `Map of the ${now.loss} over weight and bias, dark where it is low`,
    });
    ground.heat(grid);
    const flat = grid.z.flat();
    const [low, high] = [Math.min(...flat), Math.max(...flat)];
    ground.contours(grid, [0.01, 0.03, 0.07, 0.13, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8,
      0.9].map((share) => low + share * (high - low)));
    return ground.handle({
      label: "weight and bias", x: now.w, y: now.b, testid: "sigmoid-handle",
      describe: (w, b) => `w ${formatNumber(Number(w.toFixed(2)))}, ` +
        `b ${formatNumber(Number(b.toFixed(2)))}`,
      onMove: (w, b) => {
        Object.assign(now, { w, b });
        for (const one of sliders) one.set();
        change();
      },
    });
  };
  let map = losses.length ? drawMap() : null;

  const show = () => {
    const { w, b } = now;
    curve.set(along, along.map((value) => logistic(w * value + b)));
    const half = -b / w;
    const there = w !== 0 && half > range[0] && half < range[1];
    boundary.set(there ? [[half, -0.15, half, 1.15]] : []);
    map?.set(w, b);
    const errors = x.filter((value, i) => (w * value + b >= 0) !== (y[i] === 1)).length;
    const value = height(w, b);
    const round = (v) => formatNumber(Number(v.toPrecision(3)));
    sentence.textContent =
      (there ? `Probability one half at ${round(half)}` : "No boundary among the points") +
      `; ${errors} of ${x.length} points on the wrong side of it.` +
      (losses.length ? ` ${now.loss[0].toUpperCase()}${now.loss.slice(1)}: ` +
        `${round(value)}.` : "");
    return { value, errors };
  };
  const change = () => emit({ ...now, ...show() });
  show();
}

function logistic(z) {
  const e = Math.exp(-Math.abs(z));
  return (z >= 0 ? 1 : e) / (1 + e);
}
