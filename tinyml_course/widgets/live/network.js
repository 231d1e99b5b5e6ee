// Train two small networks of one shape in the page: a curve and a map of two classes.
//
// data: {curve: {x: [...], y: [...]}, map: {x: [[u, v], ...], y: [0 or 1, ...]},
//   normals: [...] to draw starting weights from, widths, depths, bends: [...],
//   start: {width, depth, bend}, steps, rate}. It tells {width, depth, bend, turn,
//   curve_loss, map_loss}. scratch/autograd.py computes the same, and a test compares.

const BENDS = {
  ReLU: { at: (z) => Math.max(z, 0), slope: (h) => (h > 0 ? 1 : 0) },
  tanh: { at: Math.tanh, slope: (h) => 1 - h * h },
  sigmoid: { at: (z) => 1 / (1 + Math.exp(-z)), slope: (h) => h * (1 - h) },
};

export function render({ root, data, values, emit }) {
  const { widths, depths, bends, steps } = data;
  const now = { ...data.start, turn: 0, ...values };
  const [left, right] = [el("div", {}), el("div", {})];
  const sentence = el("p", {
    class: "tw-sentence", role: "status", "data-testid": "network-sentence",
  });
  const control = (name, label, list, form = "choice") => controlView(
    { name, label, form, texts: list.map(String), positions: list.map((_, i) => i) },
    list.indexOf(now[name]), (place) => { now[name] = list[place]; change(); }).node;
  const again = el("button", {
    type: "button", class: "tw-button", "data-testid": "network-again",
    onclick: () => { now.turn += 1; change(); },
  }, "Train again from another start");
  root.append(
    el("div", { class: "tw-controls" },
      control("width", "neurons in each hidden layer", widths, "slider"),
      control("depth", "hidden layers", depths), control("bend", "activation", bends)),
    again, el("div", { class: "tw-pair" }, left, right), sentence);

  const ends = (list, room) => {
    const [low, high] = [Math.min(...list), Math.max(...list)];
    return [low - room * (high - low), high + room * (high - low)];
  };
  const steps_ = ([low, high], count) =>
    Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

  // Left: the curve, drawn a little beyond its points.
  const chart = plot(left, {
    x: ends(data.curve.x, 0.2), y: ends(data.curve.y, 0.3), xLabel: "x", yLabel: "y",
    testid: "network-fit", label: "Points of a curve and what the network says",
  });
  chart.points(data.curve.x, data.curve.y, { radius: 2.6 });
  const fit = chart.line([], []);
  fit.node.setAttribute("style", "stroke: #b84a00; stroke-width: 3");
  const along = steps_(ends(data.curve.x, 0.2), 241);

  // Right: two classes, and where the network changes its mind.
  const [us, vs] = [0, 1].map((k) => data.map.x.map((point) => point[k]));
  const axes = { x: ends(us, 0.08), y: ends(vs, 0.08) };
  const chart2 = plot(right, {
    ...axes, xLabel: "x\u2081", yLabel: "x\u2082", testid: "network-map",
    label: "Points of two classes; the ground is pale where the network says filled",
  });
  const grid = { xs: steps_(axes.x, 45), ys: steps_(axes.y, 45) };
  grid.z = grid.ys.map((v) => grid.xs.map((u) => (u + v) / 9));
  const edge = chart2.contours(grid, []);
  edge.node.setAttribute("style", "stroke: #000; stroke-width: 2");
  for (const [label, style] of [
    [0, "fill: #fff; stroke: #000; stroke-width: 1"],
    [1, "fill: #b84a00; stroke: #000; stroke-width: 1"],
  ]) {
    const rows = us.map((_, i) => i).filter((i) => data.map.y[i] === label);
    const dots = chart2.points(rows.map((i) => us[i]), rows.map((i) => vs[i]),
      { radius: 3.6 });
    dots.node.setAttribute("style", style);
  }
  let ground;
  const paint = () => {
    ground?.remove();
    chart2.heat(grid);
    ground = chart2.marks.lastChild;
    chart2.marks.prepend(ground);
    edge.set([0.5]);
  };

  let run = 0;
  const draw = (curve, map) => {
    fit.set(along, along.map((x) => curve.say([x])));
    grid.z = grid.ys.map((v) =>
      grid.xs.map((u) => 1 / (1 + Math.exp(-map.say([u, v])))));
    paint();
  };
  const finish = (curve, map) => {
    const wrong = data.map.x.filter((point, i) =>
      (map.say(point) > 0) !== (data.map.y[i] === 1)).length;
    const root_ = formatNumber(Number(Math.sqrt(curve.loss()).toPrecision(3)));
    const layers = `${now.depth} hidden layer${now.depth > 1 ? "s" : ""}`;
    sentence.textContent = `${layers} of ${now.width}, ${now.bend}, ` +
      `${curve.size} numbers for the curve: after ${steps} steps it is off by ` +
      `${root_} (RMSE). On the map, with ${map.size} numbers, ${wrong} of ` +
      `${us.length} points are on the wrong side.`;
    sentence.dataset.state = "trained";
    emit({ ...now, curve_loss: curve.loss(), map_loss: map.loss(), wrong });
  };
  const train = () => {
    run += 1;
    const mine = run;
    const shape = Array(now.depth).fill(now.width);
    const shared = { bend: BENDS[now.bend], rate: data.rate };
    const from = now.turn * 101;
    const curve = makeNetwork([1, ...shape, 1], data.normals, from, {
      ...shared, x: data.curve.x.map((x) => [x]), y: data.curve.y, loss: SQUARES });
    const map = makeNetwork([2, ...shape, 1], data.normals, from, {
      ...shared, x: data.map.x, y: data.map.y, loss: SURPRISES });
    sentence.dataset.state = "training";
    const still = window.matchMedia?.("(prefers-reduced-motion: reduce)").matches;
    let done = 0;
    const advance = () => {
      if (mine !== run) return;
      for (const until = still ? steps : done + 12; done < until; done += 1) {
        if (done === steps) break;
        curve.step();
        map.step();
      }
      draw(curve, map);
      if (done < steps) {
        requestAnimationFrame(advance);
      } else finish(curve, map);
    };
    sentence.textContent = "Training ...";
    advance();
  };
  const change = () => train();
  train();
  return () => { run += 1; };
}

// A loss: its value for a score and an answer, and its slope for the score.
const SQUARES = { at: (z, y) => (z - y) ** 2, slope: (z, y) => 2 * (z - y) };
const SURPRISES = {
  at: (z, y) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - y * z,
  slope: (z, y) => 1 / (1 + Math.exp(-z)) - y,
};

function makeNetwork(sizes, normals, from, { x, y, bend, loss, rate }) {
  let drawn = from;
  const normal = () => normals[drawn++ % normals.length];
  const layers = sizes.slice(1).map((m, i) => {
    const k = sizes[i];
    const weights = Float64Array.from({ length: k * m },
      () => normal() * Math.sqrt(2 / k)); // row by row, one row for each input
    const biases = Float64Array.from({ length: m }, () => normal() * 0.5);
    return { k, m, weights, biases, h: new Float64Array(m), d: new Float64Array(m) };
  });
  const last = layers.length - 1;
  const all = layers.flatMap((layer) => ["weights", "biases"].map((name) => {
    const count = layer[name].length;
    const [g, mean, square] = [0, 0, 0].map(() => new Float64Array(count));
    layer[`${name}_g`] = g;
    return { p: layer[name], g, mean, square };
  }));

  const say = (input) => {
    let h = input;
    layers.forEach((layer, i) => {
      for (let j = 0; j < layer.m; j += 1) {
        let z = layer.biases[j];
        for (let k = 0; k < layer.k; k += 1) z += h[k] * layer.weights[k * layer.m + j];
        layer.h[j] = i < last ? bend.at(z) : z;
      }
      h = layer.h;
    });
    return h[0];
  };
  // Backward: each layer's d is the slope of the loss for its sums z.
  const learn = (input, answer) => {
    layers[last].d[0] = loss.slope(say(input), answer) / x.length;
    for (let i = last; i >= 0; i -= 1) {
      const { k: inputs, m, weights, weights_g: wg, biases_g: bg, d } = layers[i];
      const below = i ? layers[i - 1] : null;
      for (let j = 0; j < m; j += 1) bg[j] += d[j];
      for (let k = 0; k < inputs; k += 1) {
        const h = below ? below.h[k] : input[k];
        let back = 0;
        for (let j = 0; j < m; j += 1) {
          wg[k * m + j] += h * d[j];
          back += weights[k * m + j] * d[j];
        }
        if (below) below.d[k] = back * bend.slope(h);
      }
    }
  };
  let t = 0;
  const step = () => {
    t += 1;
    for (const { g } of all) g.fill(0);
    x.forEach((input, i) => learn(input, y[i]));
    const [fade, fadeSquare] = [1 - 0.9 ** t, 1 - 0.999 ** t];
    for (const { p, g, mean, square } of all) {
      for (let i = 0; i < p.length; i += 1) { // Adam, as in chapter 03
        mean[i] = 0.9 * mean[i] + 0.1 * g[i];
        square[i] = 0.999 * square[i] + 0.001 * g[i] * g[i];
        p[i] -= (rate * mean[i]) / fade / (Math.sqrt(square[i] / fadeSquare) + 1e-7);
      }
    }
  };
  const size = layers.reduce((sum, { weights, biases }) =>
    sum + weights.length + biases.length, 0);
  const value = () =>
    x.reduce((sum, input, i) => sum + loss.at(say(input), y[i]), 0) / x.length;
  return { say, step, size, loss: value };
}
