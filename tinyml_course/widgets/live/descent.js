// Walk downhill from where you stand: the path on the map, and its height step by step.
//
// data: {grounds: [{name, x: [low, high], y: [low, high], x_label, y_label, start,
//   curvature, bottom, floor}  (a bowl)  or  {..., t, samples}  (a sine to be fitted)],
//   ground_label, methods: [...], rates: [...], rate, steps, heights: [low, high] as
//   powers of ten, note}; names, methods and heights may be missing. It tells {ground, method, rate, start, end, mse, diverges}.

const tiny = 1e-7;
// One parameter at a time: gradient, its own memory, rate; gives the step. The same
// formulas as in tinyml_course/scratch/descent.py, and a test holds them equal.
const METHODS = {
  SGD: (g, m, rate) => -rate * g,
  momentum: (g, m, rate) => (m.v = 0.9 * (m.v ?? 0) - rate * g),
  Nesterov: (g, m, rate) => {
    m.v = 0.9 * (m.v ?? 0) - rate * g;
    return 0.9 * m.v - rate * g;
  },
  AdaGrad: (g, m, rate) => {
    m.s = (m.s ?? 0) + g * g;
    return (-rate * g) / Math.sqrt(m.s + tiny);
  },
  AdaDelta: (g, m, rate) => {
    const d = m.d ?? 0;
    m.s = 0.95 * (m.s ?? 0) + 0.05 * g * g;
    const step = -g * Math.sqrt((d + tiny) / (m.s + tiny));
    m.d = 0.95 * d + 0.05 * step * step;
    return rate * step;
  },
  RMSProp: (g, m, rate) => {
    m.s = 0.9 * (m.s ?? 0) + 0.1 * g * g;
    return (-rate * g) / Math.sqrt(m.s + tiny);
  },
  Adam: (g, m, rate) => {
    m.t = (m.t ?? 0) + 1;
    m.m = 0.9 * (m.m ?? 0) + 0.1 * g;
    m.s = 0.999 * (m.s ?? 0) + 0.001 * g * g;
    const size = Math.sqrt(m.s / (1 - 0.999 ** m.t));
    return (-rate * (m.m / (1 - 0.9 ** m.t))) / (size + tiny);
  },
};

export function render({ root, data, values, emit }) {
  const { methods = ["SGD"], heights: reach = [0, 6] } = data;
  const now = {
    ground: 0, method: methods[0], rate: data.rate,
    start: data.grounds[values.ground ?? 0].start, ...values,
  };
  const [left, right] = [el("div", {}), el("div", {})];
  const sentence = el("p", {
    class: "tw-sentence", role: "status", "data-testid": "descent-sentence",
  });
  let map, curve;

  const control = (name, label, form, list, texts = list) => (list.length < 2 ? [] : [
    controlView({ name, label, form, texts, positions: list.map((_, i) => i) },
      name === "ground" ? now.ground : list.indexOf(now[name]),
      (place) => {
        if (name === "ground") {
          Object.assign(now, { ground: place, start: data.grounds[place].start });
          map = drawMap();
        } else now[name] = list[place];
        change();
      }).node]);
  root.append(
    el("div", { class: "tw-controls" },
      ...control("rate", "learning rate", "slider", data.rates, data.rates.map(String)),
      ...control("method", "method", "choice", methods),
      ...control("ground", data.ground_label ?? "ground", "choice",
        data.grounds.map((ground) => ground.name))),
    el("div", { class: "tw-pair" }, left, right), sentence);

  const drawMap = () => {
    const place = data.grounds[now.ground];
    const { height } = ground(place);
    const axis = ([low, high]) =>
      Array.from({ length: 61 }, (_, i) => low + ((high - low) * i) / 60);
    const grid = { xs: axis(place.x), ys: axis(place.y) };
    grid.z = grid.ys.map((y) => grid.xs.map((x) => height([x, y])));
    left.replaceChildren();
    const chart = plot(left, {
      x: place.x, y: place.y, xLabel: place.x_label, yLabel: place.y_label,
      testid: "descent-map",
      label: "The ground from above, dark where it is low, with the path",
    });
    const root_ = place.t ? (v) => v : Math.sqrt; // shows the bottom of a steep bowl
    const shown = { ...grid, z: grid.z.map((row) => row.map((v) => root_(v))) };
    chart.heat(shown);
    const flat = shown.z.flat();
    const [low, high] = [Math.min(...flat), Math.max(...flat)];
    chart.contours(shown, [0.04, 0.1, 0.2, 0.3, 0.4, 0.55, 0.7, 0.85].map(
      (share) => low + share * (high - low)));
    const halo = chart.line([], []);
    const path = chart.line([], [], { class: "tw-fit" });
    halo.node.setAttribute("style", "stroke: #fff; stroke-width: 3");
    path.node.setAttribute("style", "stroke: #b84a00; stroke-width: 1.6");
    const dots = chart.points([], [], { radius: 2.5 });
    dots.node.setAttribute("style", "fill: #b84a00");
    const end = chart.points([], [], { radius: 6 });
    end.node.setAttribute("style", "fill: #fff; stroke: #b84a00; stroke-width: 3");
    const handle = chart.handle({
      label: "start", x: now.start[0], y: now.start[1], testid: "descent-start",
      describe: (x, y) => `${place.x_label} ${formatNumber(Number(x.toPrecision(3)))}, ` +
        `${place.y_label} ${formatNumber(Number(y.toPrecision(3)))}`,
      onMove: (x, y) => { now.start = [x, y]; change(); },
    });
    // A path that has left for good is drawn to where it left: what follows is a
    // zigzag that covers the map, and in the end numbers that no page can draw.
    const far = (p) => [place.x, place.y].some(([from, to], k) =>
      !(Math.abs(p[k] - (from + to) / 2) <= 1.2 * (to - from)));
    return {
      set: (whole) => {
        const left_ = whole.findIndex(far);
        const points = left_ < 0 ? whole : whole.slice(0, left_);
        const [xs, ys] = [0, 1].map((k) => points.map((p) => p[k]));
        for (const mark of [halo, path, dots]) mark.set(xs, ys);
        end.set(xs.slice(-1), ys.slice(-1));
        handle.set(...now.start);
      },
    };
  };

  const drawCurve = () => {
    const chart = plot(right, {
      x: [0, data.steps], y: reach, xLabel: "step", testid: "descent-curve",
      yLabel: "height (MSE) as a power of ten",
      label: "Height of the path at each step",
    });
    const floor = chart.line([], [], { class: "tw-best" });
    const line = chart.line([], [], { class: "tw-fit" });
    const power = (value) => Math.log10(Math.max(value, 1e-30));
    return {
      set: (heights, low) => {
        const inside = heights.map((v) =>
          Math.min(power(v), reach[1] + 9 * (reach[1] - reach[0])));
        line.set(inside.map((_, i) => i), inside);
        floor.set(low ? [0, data.steps] : [], low ? [power(low), power(low)] : []);
      },
    };
  };

  const show = () => {
    const place = data.grounds[now.ground];
    const { path, heights } = walk(ground(place), METHODS[now.method], now, data.steps);
    map.set(path);
    curve.set(heights, place.floor);
    const [first, last] = [heights[0], heights[heights.length - 1]];
    const end = path[path.length - 1];
    const rising = !(last <= first);
    const diverges = rising && !place.t && !settles(heights);
    const round = (value) => formatNumber(Number(value.toPrecision(3)));
    const grown = Number.isFinite(last / first)
      ? `${round(last / first)} times what it was at the start`
      : "larger than any number that a computer keeps";
    sentence.dataset.state = diverges ? "diverges" : "walks";
    sentence.textContent = diverges
      ? `It diverges: after ${data.steps} steps the MSE is ${grown}.`
      : `After ${data.steps} steps: ${place.x_label} ${round(end[0])}, ` +
        `${place.y_label} ${round(end[1])}. MSE ${round(last)}` +
        (place.floor ? `, that is ${round(Math.max(0, last - place.floor))} above ` +
          "the bottom." : ".") + (rising ? " That is higher than the start." : "") +
        (data.note ? ` ${data.note}` : "");
    return { end, mse: last, diverges };
  };
  const change = () => emit({ ...now, ...show() });
  map = drawMap();
  curve = drawCurve();
  show();
}

/** Whether a walk that went up stays within heights that it had reached early on. */
function settles(heights) {
  const half = Math.ceil(heights.length / 2);
  return Math.max(...heights.slice(half)) <= Math.max(...heights.slice(0, half));
}

/** The height of the ground at a point and its gradient there. */
function ground({ curvature, bottom, floor, t, samples }) {
  if (t) {
    const turn = 2 * Math.PI;
    const angle = ([u, phase], i) => turn * u * t[i] + phase;
    const mean = (f) => samples.reduce((sum, y, i) => sum + f(y, i), 0) / t.length;
    const link = (p, y, i) => 2 * (Math.sin(angle(p, i)) - y) * Math.cos(angle(p, i));
    return {
      height: (p) => mean((y, i) => (Math.sin(angle(p, i)) - y) ** 2),
      gradient: (p) => [
        mean((y, i) => link(p, y, i) * turn * t[i]), mean((y, i) => link(p, y, i))],
    };
  }
  const gradient = (p) => curvature.map((row) =>
    row[0] * (p[0] - bottom[0]) + row[1] * (p[1] - bottom[1]));
  const height = (p) => {
    const g = gradient(p);
    return floor + 0.5 * (g[0] * (p[0] - bottom[0]) + g[1] * (p[1] - bottom[1]));
  };
  return { height, gradient };
}

function walk({ height, gradient }, method, { start, rate }, steps) {
  const path = [start];
  const memory = [{}, {}];
  for (let i = 0; i < steps; i += 1) {
    const p = path[i];
    const g = gradient(p);
    path.push(p.map((value, k) => value + method(g[k], memory[k], rate)));
  }
  return { path, heights: path.map(height) };
}
