// A phone to turn, spin and drop: what its accelerometer and its gyroscope read.
//
// It needs no data. It tells {pitch, roll, now, force, spin}.

const STATES = ["at rest", "on a turntable", "falling"];
const AXES = [["x", "#0072b2"], ["y", "#b84a00"], ["z", "#007a5a"]];
const LETTERS = "font-size: 19px";
const BAR = 70; // pixels for 1 g or 1 rad/s

export function render({ root, values, emit }) {
  const now = { pitch: 0, roll: 0, now: STATES[0], ...values };
  const picture = svgEl("svg", {
    viewBox: "0 0 560 250", class: "tw-plot", role: "img", "data-testid": "phone",
    style: "max-width: 42rem",
  });
  const sentence = el("p", {
    class: "tw-sentence", role: "status", "data-testid": "phone-sentence",
  });
  const degrees = Array.from({ length: 25 }, (_, i) => 15 * i - 180);
  const slider = (name, label) => controlView(
    { name, label, form: "slider", texts: degrees.map(String),
      positions: degrees.map((_, i) => i) },
    degrees.indexOf(now[name]), (place) => { now[name] = degrees[place]; change(); });
  const choice = controlView(
    { name: "now", label: "and it is", form: "choice", texts: STATES,
      positions: [0, 1, 2] },
    STATES.indexOf(now.now), (place) => { now.now = STATES[place]; change(); });
  root.append(
    el("div", { class: "tw-controls" },
      slider("pitch", "pitch, front up (degrees)").node,
      slider("roll", "roll, right side down (degrees)").node, choice.node),
    picture, sentence);

  const show = () => {
    const { force, spin } = reads(now);
    const R = matrix(now);
    const flat = (v) => look(multiply(R, v));
    const place = ([x, y]) => [140 + 85 * x, 125 - 85 * y];
    const corners = [[1, 0.55, 0], [1, -0.55, 0], [-1, -0.55, 0], [-1, 0.55, 0]];
    const points = (list) => list.map((c) => place(flat(c)).map((p) => p.toFixed(1)));
    const face = svgEl("polygon", {
      points: points(corners).join(" "), fill: "#cfe3f2", stroke: "#404040",
      "stroke-width": 2, "fill-opacity": 0.85,
    });
    const ear = svgEl("polyline", { // a mark at the front, so that front is front
      points: points([[0.85, 0.2, 0], [0.85, -0.2, 0]]).join(" "), stroke: "#404040",
      "stroke-width": 4,
    });
    const arrows = AXES.flatMap(([name, color], k) => {
      const tip = place(flat([0, 1, 2].map((i) => (i === k ? 1.25 : 0))));
      const [x, y] = place(flat([0, 1, 2].map((i) => (i === k ? 1.42 : 0))));
      return [
        svgEl("line", { x1: 140, y1: 125, x2: tip[0].toFixed(1), y2: tip[1].toFixed(1),
          stroke: color, "stroke-width": 3 }),
        svgEl("text", { x: x.toFixed(1), y: (y + 5).toFixed(1), "text-anchor": "middle",
          style: `${LETTERS}; fill: ${color}; font-weight: 700` }, name),
      ];
    });
    const bars = [[force, 320, "force (g)"], [spin, 465, "turning (rad/s)"]].flatMap(
      ([three, left, title]) => [
        svgEl("line", { x1: left - 15, x2: left + 100, y1: 115, y2: 115,
          stroke: "currentColor" }),
        svgEl("text", { x: left + 42, y: 240, "text-anchor": "middle",
          style: LETTERS }, title),
        ...three.flatMap((value, k) => [
          svgEl("rect", {
            x: left + 32 * k, width: 22, height: Math.abs(BAR * value).toFixed(1),
            y: (115 - Math.max(0, BAR * value)).toFixed(1), fill: AXES[k][1],
          }),
          svgEl("text", { x: left + 32 * k + 11, y: 214, "text-anchor": "middle",
            style: LETTERS }, AXES[k][0]),
        ]),
      ]);
    picture.replaceChildren(face, ear, ...arrows, ...bars);
    const words = (three) => three.map((v) => (Math.round(100 * v) / 100 + 0).toFixed(2));
    const said = `Pitch ${now.pitch}, roll ${now.roll}, ${now.now}: it feels ` +
      `(${words(force).join(", ")}) g and (${words(spin).join(", ")}) rad/s.`;
    sentence.textContent = said;
    picture.setAttribute("aria-label", said);
  };
  const change = () => {
    show();
    emit({ ...now, ...reads(now) });
  };
  show();
}

/** From the phone's axes to the world's: pitch about y, then roll about x. */
function matrix({ pitch, roll }) {
  const [p, r] = [pitch, roll].map((angle) => (angle * Math.PI) / 180);
  const [cp, sp, cr, sr] = [Math.cos(p), Math.sin(p), Math.cos(r), Math.sin(r)];
  return [[cp, -sp * sr, -sp * cr], [0, cr, -sr], [sp, cp * sr, cp * cr]];
}

function multiply(R, v) {
  return R.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]);
}

/** The specific force in g and the rate of turning, both along the phone's axes. */
function reads(now) {
  const up = matrix(now)[2]; // the world's vertical along the phone's axes
  const still = now.now !== "falling";
  const turning = now.now === "on a turntable";
  return {
    force: up.map((v) => (still ? v : 0)),
    spin: up.map((v) => (turning ? v : 0)),
  };
}

/** Seen from in front, to the right and above. */
function look([x, y, z]) {
  const [side, depth] = [0.87 * x - 0.5 * y, 0.5 * x + 0.87 * y];
  return [side, 0.34 * depth + 0.94 * z];
}
