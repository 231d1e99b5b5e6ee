// A small plot in SVG for live modules: axes with round ticks, marks, draggable handles.
//
//   const chart = plot(root, {x: [0, 10], y: [0, 5], xLabel: "time (s)", yLabel: "..."});
//   chart.points(xs, ys);                        // also line, area, segments, text, heat
//   const fit = chart.line([], [], {class: "tw-fit"});
//   fit.set([0, 10], [1, 4]);                    // every mark can be set again
//   chart.handle({label: "left end", x: 1, y: 2, onMove: (x, y) => ...});

const FRAME = { width: 440, height: 340, left: 62, right: 12, top: 12, bottom: 52 };

/** Round numbers that cover low..high in about `count` steps. */
export function niceTicks(low, high, count = 5) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1) {
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks;
}

/** Make a plot with x and y ranges; the returned object adds marks to it. */
export function plot(root, { x, y, xLabel, yLabel, label = "", testid = "plot" }) {
  const { width, height, left, right, top, bottom } = FRAME;
  const inner = { width: width - left - right, height: height - top - bottom };
  const toX = (value) => left + ((value - x[0]) / (x[1] - x[0])) * inner.width;
  const toY = (value) => top + ((y[1] - value) / (y[1] - y[0])) * inner.height;
  const clip = uid("clip");
  const marks = svgEl("g", { "clip-path": `url(#${clip})` });
  const handles = svgEl("g");
  const axes = svgEl("g", { class: "tw-axes", "aria-hidden": "true" });
  const svg = svgEl("svg", {
    viewBox: `0 0 ${width} ${height}`, class: "tw-plot", role: "group",
    "aria-label": label, "data-testid": testid,
  },
  svgEl("clipPath", { id: clip }, svgEl("rect", {
    x: left, y: top, width: inner.width, height: inner.height })),
  marks, axes, handles);
  root.append(svg);
  drawAxes(axes, { x, y, xLabel, yLabel, toX, toY });

  const path = (className, draw) => {
    const node = svgEl("path", { class: className });
    marks.append(node);
    return { node, set: (...values) => node.setAttribute("d", draw(...values)) };
  };
  const trace = (xs, ys) =>
    xs.map((value, i) => `${i ? "L" : "M"}${toX(value).toFixed(1)} ${toY(ys[i]).toFixed(1)}`)
      .join("");
  const start = (mark, ...values) => { mark.set(...values); return mark; };

  /** From a pointer event to values on the axes, kept inside them. */
  const at = (event) => {
    const box = svg.getBoundingClientRect();
    const px = ((event.clientX - box.left) / box.width) * width;
    const py = ((event.clientY - box.top) / box.height) * height;
    const keep = (value, [low, high]) => Math.min(high, Math.max(low, value));
    return [
      keep(x[0] + ((px - left) / inner.width) * (x[1] - x[0]), x),
      keep(y[1] - ((py - top) / inner.height) * (y[1] - y[0]), y),
    ];
  };

  return {
    svg, marks, x, y, toX, toY,
    line: (xs, ys, { class: name = "" } = {}) =>
      start(path(`tw-line ${name}`, trace), xs, ys),
    area: (xs, lows, highs, { class: name = "" } = {}) =>
      start(path(`tw-area ${name}`, (a, b, c) =>
        `${trace(a, b)}${trace([...a].reverse(), [...c].reverse()).replace("M", "L")}Z`),
      xs, lows, highs),
    segments: (ends, { class: name = "" } = {}) =>
      start(path(`tw-line ${name}`, (list) =>
        list.map(([x0, y0, x1, y1]) => trace([x0, x1], [y0, y1])).join("")), ends),
    points: (xs, ys, { class: name = "", radius = 4 } = {}) =>
      start(path(`tw-points ${name}`, (a, b) => a.map((value, i) => {
        const [cx, cy] = [toX(value).toFixed(1), toY(b[i]).toFixed(1)];
        return `M${cx - radius} ${cy}a${radius} ${radius} 0 1 0 ${2 * radius} 0` +
          `a${radius} ${radius} 0 1 0 ${-2 * radius} 0`;
      }).join("")), xs, ys),
    text: (px, py, words, attributes = {}) => {
      const node = svgEl("text", { x: toX(px), y: toY(py), ...attributes }, words);
      marks.append(node);
      return { node, set: (more) => { node.textContent = more; } };
    },
    heat: (grid) => heat(marks, grid, { toX, toY }),
    contours: (grid, levels) => start(path("tw-line tw-contour", (levels_) =>
      levels_.map((level) => contourPath(grid, level, trace)).join("")), levels),
    handle: (options) => handle(handles, options, { x, y, toX, toY, at }),
  };
}

function drawAxes(axes, { x, y, xLabel, yLabel, toX, toY }) {
  const { width, height, left, right, top, bottom } = FRAME;
  const [low, base] = [height - bottom, height - 12];
  const text = (words, attributes) => axes.append(svgEl("text", attributes, words));
  const rule = (x1, y1, x2, y2) => axes.append(svgEl("line", { x1, y1, x2, y2 }));
  rule(left, low, width - right, low);
  rule(left, top, left, low);
  for (const tick of niceTicks(...x)) {
    rule(toX(tick), low, toX(tick), low + 5);
    text(formatNumber(tick), { x: toX(tick), y: low + 19, "text-anchor": "middle" });
  }
  for (const tick of niceTicks(...y)) {
    rule(left - 5, toY(tick), left, toY(tick));
    text(formatNumber(tick), { x: left - 8, y: toY(tick) + 4, "text-anchor": "end" });
  }
  const middle = (top + low) / 2;
  text(xLabel, { x: (left + width - right) / 2, y: base, "text-anchor": "middle" });
  text(yLabel, {
    x: 14, y: middle, "text-anchor": "middle", transform: `rotate(-90 14 ${middle})`,
  });
}

/** A grid {xs, ys, z: rows along y} as one image, dark where z is small. */
function heat(marks, { xs, ys, z }, { toX, toY }) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [xs.length, ys.length];
  const context = canvas.getContext("2d");
  const flat = z.flat();
  const [low, high] = [Math.min(...flat), Math.max(...flat)];
  z.forEach((row, j) => row.forEach((value, i) => {
    context.fillStyle = shade((value - low) / (high - low || 1));
    context.fillRect(i, ys.length - 1 - j, 1, 1);
  }));
  const [dx, dy] = [xs[1] - xs[0], ys[1] - ys[0]];
  const [x0, x1] = [toX(xs[0] - dx / 2), toX(xs[xs.length - 1] + dx / 2)];
  const [y0, y1] = [toY(ys[ys.length - 1] + dy / 2), toY(ys[0] - dy / 2)];
  marks.append(svgEl("image", {
    href: canvas.toDataURL(), x: x0, y: y0, width: x1 - x0, height: y1 - y0,
    preserveAspectRatio: "none",
  }));
}

/** One hue from deep to pale, read in grey as well: 0 is darkest. */
export function shade(share) {
  const mix = (dark, light) => Math.round(dark + (light - dark) * share);
  return `rgb(${mix(8, 232)},${mix(64, 241)},${mix(110, 248)})`;
}

/** Marching squares: the pieces of one contour line as a path. */
export function contourPath({ xs, ys, z }, level, trace) {
  const cross = (a, b, from, to) => from + ((level - a) / (b - a)) * (to - from);
  let path = "";
  for (let j = 0; j + 1 < ys.length; j += 1) {
    for (let i = 0; i + 1 < xs.length; i += 1) {
      const [a, b, c, d] = [z[j][i], z[j][i + 1], z[j + 1][i + 1], z[j + 1][i]];
      const hits = [];
      if (a < level !== b < level) hits.push([cross(a, b, xs[i], xs[i + 1]), ys[j]]);
      if (b < level !== c < level) hits.push([xs[i + 1], cross(b, c, ys[j], ys[j + 1])]);
      if (d < level !== c < level) hits.push([cross(d, c, xs[i], xs[i + 1]), ys[j + 1]]);
      if (a < level !== d < level) hits.push([xs[i], cross(a, d, ys[j], ys[j + 1])]);
      for (let k = 0; k + 1 < hits.length; k += 2) {
        path += trace([hits[k][0], hits[k + 1][0]], [hits[k][1], hits[k + 1][1]]);
      }
    }
  }
  return path;
}

/** A point that pointer and arrow keys move; `axis: "y"` keeps its x. */
function handle(layer, { label, x: startX, y: startY, axis = "both", onMove,
  testid = "handle", describe = (px, py) => formatNumber(axis === "y" ? py : px) },
{ x, y, toX, toY, at }) {
  const node = svgEl("g", {
    class: "tw-handle", tabindex: "0", role: "slider", "aria-label": label,
    "aria-valuemin": y[0], "aria-valuemax": y[1], "data-testid": testid,
    "aria-orientation": axis === "y" ? "vertical" : "horizontal",
  },
  svgEl("circle", { r: 18, class: "tw-grip" }), svgEl("circle", { r: 8 }));
  let [px, py] = [startX, startY];
  const keep = (value, [low, high]) => Math.min(high, Math.max(low, value));
  const set = (newX, newY) => {
    [px, py] = [newX, newY];
    const [cx, cy] = [toX(keep(px, x)), toY(keep(py, y))];
    node.setAttribute("transform", `translate(${cx.toFixed(1)} ${cy.toFixed(1)})`);
    node.setAttribute("aria-valuenow", py);
    node.setAttribute("aria-valuetext", describe(px, py));
  };
  const move = (newX, newY) => {
    set(axis === "y" ? px : newX, newY);
    onMove(px, py);
  };
  node.addEventListener("pointerdown", (event) => {
    node.setPointerCapture(event.pointerId);
    node.focus();
    event.preventDefault();
  });
  node.addEventListener("pointermove", (event) => {
    if (node.hasPointerCapture(event.pointerId)) move(...at(event));
  });
  node.addEventListener("keydown", (event) => {
    const size = event.shiftKey ? 10 : 1;
    const stepX = ((x[1] - x[0]) / 100) * size;
    const stepY = ((y[1] - y[0]) / 100) * size;
    const moves = { ArrowUp: [0, stepY], ArrowDown: [0, -stepY],
      ArrowRight: axis === "y" ? [0, stepY] : [stepX, 0],
      ArrowLeft: axis === "y" ? [0, -stepY] : [-stepX, 0] };
    const by = moves[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    move(keep(px + by[0], x), keep(py + by[1], y));
  });
  layer.append(node);
  set(px, py);
  return { node, set };
}
