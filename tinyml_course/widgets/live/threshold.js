// One threshold on the scores of two classes: what it gets right, and where on the ROC.
//
// data: {models: [{name, p: [...]}], y: [0 or 1, ...], no, yes: the classes' names,
//   costs: [...] of a miss in false alarms, cost}. It tells {model, threshold, cost,
//   matrix: [[right no, false alarms], [misses, hits]], recall, false_alarm_rate, total}.

export function render({ root, data, values, emit }) {
  const { models, y, no, yes, costs = [1] } = data;
  const thresholds = Array.from({ length: 101 }, (_, i) => i / 100);
  const now = { model: 0, threshold: 0.5, cost: data.cost ?? costs[0], ...values };
  const rows = [0, 1].map((label) => y.map((_, i) => i).filter((i) => y[i] === label));
  const counts = (p, t) => {
    const alarms = rows.map((list) => list.filter((i) => p[i] >= t).length);
    return rows.map((list, label) => [list.length - alarms[label], alarms[label]]);
  };
  const total = ([[, alarms], [misses]]) => alarms + now.cost * misses;
  const [left, right] = [el("div", {}), el("div", {})];
  const table = el("div", { "data-testid": "threshold-matrix" });
  const sentence = el("p", {
    class: "tw-sentence", role: "status", "data-testid": "threshold-sentence",
  });

  const control = (name, label, form, list, texts) => (list.length < 2 ? [] : [
    controlView({ name, label, form, texts, positions: list.map((_, i) => i) },
      Math.max(0, list.indexOf(now[name])),
      (place) => {
        now[name] = list[place];
        if (name === "model") draw();
        change();
      }).node]);
  root.append(
    el("div", { class: "tw-controls" },
      ...control("threshold", "threshold", "slider", thresholds,
        thresholds.map((t) => t.toFixed(2))),
      ...control("cost", "a miss costs as much as so many false alarms", "slider",
        costs, costs.map(String)),
      ...control("model", "the model has seen", "choice", models.map((_, i) => i),
        models.map((model) => model.name))),
    el("div", { class: "tw-pair" }, left, right), table, sentence);

  let marks;
  const draw = () => {
    const { p } = models[now.model];
    left.replaceChildren();
    right.replaceChildren();
    // Left: two histograms of p, yes upwards and no downwards.
    const bins = 20;
    const piles = rows.map((list) => {
      const pile = Array(bins).fill(0);
      for (const i of list) pile[Math.min(bins - 1, Math.floor(p[i] * bins))] += 1;
      return pile;
    });
    const top = Math.max(...piles.flat()) * 1.08;
    const chart = plot(left, {
      x: [0, 1], y: [-top, top], xLabel: "what the model says (probability)",
      yLabel: `\u2190 ${no} (rows) ${yes} \u2192`, testid: "threshold-plot",
      label: `How many rows get which probability: ${yes} above, ${no} below`,
    });
    piles.forEach((pile, label) => {
      pile.forEach((count, i) => {
        const ends = [(i + 0.06) / bins, (i + 0.94) / bins];
        const end = label ? count : -count;
        const bar = chart.area(ends, [end, end], [0, 0]);
        bar.node.setAttribute("style",
          `opacity: 0.75; ${label ? "fill: var(--tw-fit)" : ""}`);
      });
    });
    const rule = chart.line([], [], { class: "tw-best" });
    const limits = [-top, top];
    // Right: every threshold as a point, from all alarms to none.
    const curve = [...new Set(p)].sort((a, b) => b - a).map((t) => counts(p, t));
    const rate = ([calm, alarms]) => alarms / (calm + alarms);
    const points = [[0, 0], ...curve.map(([n, m]) => [rate(n), rate(m)])];
    const roc = plot(right, {
      x: [-0.02, 1], y: [0, 1.03], xLabel: "false alarms among " + no,
      yLabel: "found among " + yes, testid: "threshold-roc",
      label: "ROC: share of yes that is found against share of false alarms",
    });
    roc.line([0, 1], [0, 1], { class: "tw-residual" });
    roc.line(...[0, 1].map((k) => points.map((point) => point[k])));
    const cheap = roc.points([], [], { radius: 9 });
    cheap.node.setAttribute("style",
      "fill: none; stroke: var(--tw-ink); stroke-width: 2");
    const here = roc.points([], [], { radius: 6 });
    here.node.setAttribute("style", "fill: var(--tw-fit); stroke: #fff");
    marks = {
      set: (matrix, best) => {
        rule.set([now.threshold, now.threshold], limits);
        here.set([rate(matrix[0])], [rate(matrix[1])]);
        cheap.set([rate(best[0])], [rate(best[1])]);
      },
    };
  };

  const show = () => {
    const { p } = models[now.model];
    const matrix = counts(p, now.threshold);
    const each = thresholds.map((t) => counts(p, t));
    const best = each.reduce((a, b) => (total(b) < total(a) ? b : a));
    marks.set(matrix, best);
    const [[calm, alarms], [misses, hits]] = matrix;
    const cell = (tag, text, scope) => el(tag, { scope,
      style: "padding: 0.2rem 0.8rem; text-align: " + (tag === "td" ? "right" : "left"),
    }, String(text));
    const line = (...cells) => el("tr", {}, ...cells);
    table.replaceChildren(el("table", { style: "margin-top: 0.5rem" },
      el("thead", {}, line(cell("th", "in truth", "col"),
        cell("th", `says ${no}`, "col"), cell("th", `says ${yes}`, "col"))),
      el("tbody", {},
        line(cell("th", no, "row"), cell("td", calm),
          cell("td", `${alarms} false alarms`)),
        line(cell("th", yes, "row"), cell("td", `${misses} missed`),
          cell("td", `${hits} found`)))));
    const share = (part, all) => (all ? (part / all).toFixed(2) : "undefined");
    sentence.textContent =
      `Recall ${share(hits, hits + misses)}, precision ${share(hits, hits + alarms)}. ` +
      (costs.length > 1 ? `Together the errors cost ${total(matrix)} false alarms; at ` +
        `the best threshold (circle) ${total(best)}.` : "");
    return {
      matrix, total: total(matrix), recall: hits / (hits + misses),
      false_alarm_rate: alarms / (calm + alarms),
    };
  };
  const change = () => emit({ ...now, ...show() });
  draw();
  show();
}
