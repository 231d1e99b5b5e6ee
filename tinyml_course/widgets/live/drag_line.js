// A line through points, and where that line lies on the loss surface.
//
// data: {x: [...], y: [...], x_label, y_label, x_unit, y_unit}; units may be missing.
// It tells {slope, intercept, mse} whenever the line has moved.

export function render({ root, data, values, emit }) {
  const { x, y } = data;
  const count = x.length;
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const spread = (list) => Math.sqrt(mean(list.map((v) => (v - mean(list)) ** 2))) || 1;
  const loss = (slope, intercept) =>
    mean(x.map((value, i) => (y[i] - (slope * value + intercept)) ** 2));
  const best = leastSquares(x, y);
  best.mse = loss(best.slope, best.intercept);
  const now = {
    slope: values.slope ?? 0,
    intercept: values.intercept ?? Number(mean(y).toPrecision(3)),
  };
  const named = (label, unit) => (unit ? `${label} (${unit})` : label);
  const perUnit = [data.y_unit, data.x_unit].filter(Boolean).join(" per ");
  const squared = data.y_unit ? ` (${data.y_unit})\u00b2` : "";

  // Left: the points and the line that the student holds by its two handles.
  const padded = (list, share) => {
    const [low, high] = [Math.min(...list), Math.max(...list)];
    const room = (high - low || 1) * share;
    return [low - room, high + room];
  };
  const [left, right] = [el("div", {}), el("div", {})];
  const side = el("div", { class: "tw-pair" }, left, right);
  const xRange = padded(x, 0.06);
  const yRange = padded(y, 0.25);
  const chart = plot(left, {
    x: xRange, y: yRange, testid: "line-plot",
    xLabel: named(data.x_label, data.x_unit), yLabel: named(data.y_label, data.y_unit),
    label: `${count} points and a line with a handle near each end`,
  });
  const residuals = chart.segments([], { class: "tw-residual" });
  const bestLine = chart.line([], [], { class: "tw-best" });
  const fit = chart.line([], [], { class: "tw-fit" });
  chart.points(x, y);
  const at = (share) => xRange[0] + share * (xRange[1] - xRange[0]);
  const grips = [at(0.1), at(0.9)];
  const handles = grips.map((place, i) => chart.handle({
    label: `${["left", "right"][i]} end of the line`, axis: "y", x: place, y: 0,
    testid: `line-handle-${i}`,
    describe: (px, py) => `${data.y_label} ${formatNumber(py)} at ${formatNumber(px)}`,
    onMove: (px, py) => {
      const other = now.slope * grips[1 - i] + now.intercept;
      const slope = (py - other) / (px - grips[1 - i]);
      change({ slope, intercept: py - slope * px });
    },
  }));

  // Right: the mean squared error of every line near the best one.
  const reachSlope = 1.6 * Math.max(Math.abs(best.slope), spread(y) / spread(x));
  const reachIntercept =
    1.6 * Math.max(Math.abs(mean(y) - best.intercept), spread(y));
  const grid = lossGrid(best, reachSlope, reachIntercept, loss, 41);
  const tall = { ...grid, z: grid.z.map((row) => row.map((v) => Math.sqrt(v))) };
  const map = plot(right, {
    x: [grid.xs[0], grid.xs[40]], y: [grid.ys[0], grid.ys[40]], testid: "loss-plot",
    xLabel: named("slope", perUnit), yLabel: named("intercept", data.y_unit),
    label: "Contour map of the mean squared error over slope and intercept",
  });
  map.heat(tall); // its root shows the valley where the error itself hides it
  const rise = Math.max(...grid.z.flat()) - best.mse;
  const shares = [0.01, 0.03, 0.08, 0.16, 0.3, 0.5, 0.75];
  map.contours(grid, shares.map((share) => best.mse + share * rise));
  const target = map.text(best.slope, best.intercept, "", {
    class: "tw-target", "text-anchor": "middle", dy: "0.35em",
  });
  const point = map.handle({
    label: "slope and intercept of the line", x: 0, y: 0, testid: "loss-handle",
    describe: (px, py) =>
      `slope ${formatNumber(px)}, intercept ${formatNumber(py)}`,
    onMove: (slope, intercept) => change({ slope, intercept }),
  });
  const coarse = lossGrid(best, reachSlope, reachIntercept, loss, 25);
  const solid = surface(right, {
    grid: coarse, xLabel: "slope", yLabel: "intercept", cap: best.mse + 0.5 * rise,
    zLabel: "height: mean squared error",
    label: "The mean squared error as a surface over slope and intercept.",
    testid: "loss-surface",
  });
  solid.svg.style.display = "none";

  // Below: the same two numbers to type, the error, and the best line on demand.
  const field = (name, label, step) => {
    const id = uid();
    const input = el("input", {
      id, type: "number", step: "any", class: "tw-number", "data-testid": `line-${name}`,
      oninput: () => {
        const value = input.valueAsNumber;
        if (Number.isFinite(value)) change({ ...now, [name]: value }, input);
      },
      onkeydown: (event) => {
        const by = { ArrowUp: step, ArrowDown: -step }[event.key];
        if (!by) return;
        event.preventDefault();
        change({ ...now, [name]: Number((now[name] + by).toPrecision(6)) });
      },
    });
    return { input, node: el("span", { class: "tw-row" },
      el("label", { for: id }, label), input) };
  };
  const round = (value) => 10 ** Math.floor(Math.log10(value / 20));
  const fields = {
    slope: field("slope", named("slope", perUnit), round(reachSlope)),
    intercept: field("intercept", named("intercept", data.y_unit),
      round(reachIntercept)),
  };
  const error = el("p", { class: "tw-sentence", role: "status", "data-testid": "line-mse" });
  const answer = el("p", { class: "tw-sentence", role: "status", "data-testid": "line-best" });
  const bestButton = el("button", {
    type: "button", class: "tw-button", "data-testid": "line-best-button",
    onclick: () => {
      const on = !answer.textContent;
      bestButton.textContent = on ? "Hide the best line" : "Show the best line";
      target.set(on ? "+" : "");
      const ends = on ? xRange : [];
      bestLine.set(ends, ends.map((v) => best.slope * v + best.intercept));
      answer.textContent = on
        ? `No line does better than slope ${formatNumber(best.slope)}, intercept ` +
          `${formatNumber(best.intercept)}: mean squared error ` +
          `${formatNumber(Number(best.mse.toPrecision(4)))}${squared} (dashed, and + ` +
          "on the map)."
        : "";
    },
  }, "Show the best line");
  const viewButton = el("button", {
    type: "button", class: "tw-button tw-quiet", "data-testid": "loss-view-button",
    onclick: () => {
      const on = solid.svg.style.display === "none";
      viewButton.textContent = on ? "See the surface as a map" : "See the map as a surface";
      map.svg.style.display = on ? "none" : "";
      solid.svg.style.display = on ? "" : "none";
    },
  }, "See the map as a surface");
  root.append(side,
    el("div", { class: "tw-row" }, fields.slope.node, fields.intercept.node),
    error, el("div", { class: "tw-row" }, bestButton, viewButton), answer);

  const show = (typing) => {
    const { slope, intercept } = now;
    const line = (value) => slope * value + intercept;
    const mse = loss(slope, intercept);
    fit.set(xRange, xRange.map(line));
    residuals.set(x.map((value, i) => [value, y[i], value, line(value)]));
    handles.forEach((handle, i) => handle.set(grips[i], line(grips[i])));
    point.set(slope, intercept);
    solid.set(
      ...[[slope, coarse.xs], [intercept, coarse.ys]].map(([value, list]) =>
        Math.min(list[list.length - 1], Math.max(list[0], value))),
      mse);
    for (const [name, { input }] of Object.entries(fields)) {
      if (input !== typing) input.value = Number(now[name].toPrecision(4));
    }
    error.textContent =
      `Mean squared error = (1/${count}) \u03a3 (y \u2212 \u0177)\u00b2 = ` +
      `${formatNumber(Number(mse.toPrecision(4)))}${squared}`;
    return mse;
  };
  const change = (next, typing) => {
    Object.assign(now, next);
    emit({ ...now, mse: show(typing) });
  };
  show();
}

/** Slope and intercept of least squares; a flat line where x has no spread. */
function leastSquares(x, y) {
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [mx, my] = [mean(x), mean(y)];
  const xx = mean(x.map((value) => (value - mx) ** 2));
  const slope = xx && mean(x.map((value, i) => (value - mx) * (y[i] - my))) / xx;
  return { slope, intercept: my - slope * mx };
}

/** The loss around the best line: {xs: slopes, ys: intercepts, z}. */
function lossGrid(best, reachSlope, reachIntercept, loss, count) {
  const axis = (middle, reach) =>
    Array.from({ length: count }, (_, i) => middle - reach + (2 * reach * i) / (count - 1));
  const xs = axis(best.slope, reachSlope);
  const ys = axis(best.intercept, reachIntercept);
  return { xs, ys, z: ys.map((b) => xs.map((w) => loss(w, b))) };
}
