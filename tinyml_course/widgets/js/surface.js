// A surface z(x, y) seen from above its corner: quads painted from far to near.
// It turns by dragging and by arrow keys.

/** Draw grid {xs, ys, z} up to height `cap`; set(x, y, z) marks a point on it. */
export function surface(root, {
  grid, xLabel, yLabel, zLabel, label, cap = Infinity, testid = "surface",
}) {
  const { xs, ys, z } = grid;
  const { width, height } = FRAME;
  const flat = z.flat();
  const [low, high] = [Math.min(...flat), Math.min(cap, Math.max(...flat))];
  const unit = (value, list) =>
    (2 * (value - list[0])) / (list[list.length - 1] - list[0]) - 1;
  const lift = (value) => (value - low) / (high - low || 1);
  let turn = -0.35;
  let tilt = 0.55;
  let marked = null;

  const svg = svgEl("svg", {
    viewBox: `0 0 ${width} ${height}`, class: "tw-plot tw-surface", tabindex: "0",
    role: "slider", "aria-label": `${label} Arrow keys turn it.`, "data-testid": testid,
    "aria-valuemin": -180, "aria-valuemax": 180,
  });
  root.append(svg);

  /** From x, y in -1..1 and height 0..1 to the page, with the depth last. */
  const project = (x, y, up) => {
    const [s, c] = [Math.sin(turn), Math.cos(turn)];
    const [right, away] = [x * c - y * s, x * s + y * c];
    return [
      width / 2 + right * 140,
      height * 0.61 - away * 140 * Math.sin(tilt) - up * 150 * Math.cos(tilt),
      away,
    ];
  };
  const line = (points, attributes) => svgEl("polyline", {
    points: points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(" "),
    ...attributes,
  });

  const draw = () => {
    const corners = z.map((row, j) => row.map((value, i) =>
      project(unit(xs[i], xs), unit(ys[j], ys), lift(value))));
    const quads = [];
    for (let j = 0; j + 1 < ys.length; j += 1) {
      for (let i = 0; i + 1 < xs.length; i += 1) {
        const four = [corners[j][i], corners[j][i + 1], corners[j + 1][i + 1],
          corners[j + 1][i]];
        if (Math.max(z[j][i], z[j][i + 1], z[j + 1][i], z[j + 1][i + 1]) > high) continue;
        const share = (lift(z[j][i]) + lift(z[j + 1][i + 1])) / 2;
        quads.push({ four, share, depth: four.reduce((sum, p) => sum + p[2], 0) });
      }
    }
    quads.sort((a, b) => b.depth - a.depth);
    const floor = (x, y) => project(x, y, 0);
    const text = (words, [px, py], anchor = "middle") =>
      svgEl("text", { x: px.toFixed(1), y: py.toFixed(1), "text-anchor": anchor }, words);
    const nearY = Math.cos(turn) > 0 ? -1.28 : 1.28;
    const nearX = Math.sin(turn) > 0 ? -1.28 : 1.28;
    const parts = [line(
      [floor(-1, -1), floor(1, -1), floor(1, 1), floor(-1, 1), floor(-1, -1)],
      { class: "tw-floor" })];
    parts.push(...quads.map(({ four, share }) => line([...four, four[0]], {
      fill: shade(share), class: "tw-quad" })),
      text(xLabel, floor(0, nearY)), text(yLabel, floor(nearX, 0)),
      text(zLabel, [width / 2, 18]));
    if (marked) {
      const [mx, my] = [unit(marked[0], xs), unit(marked[1], ys)];
      const [cx, cy] = project(mx, my, Math.min(1, lift(marked[2])));
      parts.push(svgEl("circle", { cx, cy, r: 7, class: "tw-dot" }));
    }
    svg.replaceChildren(...parts);
    const degrees = Math.round((turn * 180) / Math.PI);
    svg.setAttribute("aria-valuenow", degrees);
    svg.setAttribute("aria-valuetext", `turned by ${degrees} degrees`);
  };

  const rotate = (by, up) => {
    turn = ((turn + by + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
    tilt = Math.min(1.35, Math.max(0.15, tilt + up));
    draw();
  };
  svg.addEventListener("pointerdown", (event) => svg.setPointerCapture(event.pointerId));
  svg.addEventListener("pointermove", (event) => {
    if (svg.hasPointerCapture(event.pointerId)) {
      rotate(event.movementX * 0.01, event.movementY * 0.01);
    }
  });
  svg.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1],
      ArrowDown: [0, 0.1] }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    rotate(...by);
  });
  draw();
  return { svg, set: (x, y, value) => { marked = [x, y, value]; draw(); } };
}
