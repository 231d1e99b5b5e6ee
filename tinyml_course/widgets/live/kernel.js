// Paint a kernel of 3 x 3 numbers; the filtered picture follows.
//
// data: {pictures: [{name, rows: [[0..255, ...], ...]}], kernels: [{name, kernel: [9]}]}.
// It tells {picture, kernel, sum, low, high, middle}: the smallest, the largest and the
// middle value of the result (correlation, only where the kernel fits; divided by the
// kernel's sum, or by half the sum of its sizes where the sum is 0).

const STYLE = `
.tw-kernel { display: grid; gap: .8rem 1.4rem; align-items: start;
  grid-template-columns: repeat(auto-fit, minmax(min(9rem, 100%), 1fr)); }
.tw-kernel > div { min-width: 0; }
.tw-kernel-title { margin: 0 0 .3rem; font-weight: 600; }
.tw-kernel canvas { display: block; width: 100%; max-width: 20rem; aspect-ratio: 1;
  image-rendering: pixelated; border: 1px solid #767676; background: #808080; }
.tw-kernel-grid { display: grid; grid-template-columns: repeat(3, 1fr); gap: 4px;
  max-width: 14rem; margin: 0; padding: 0; border: 0; }
.tw-kernel-grid input { font: inherit; width: 100%; min-height: 2.8rem; padding: 0;
  box-sizing: border-box; text-align: center; border: 1px solid #767676;
  border-radius: 4px; }
.tw-kernel-grid legend { padding: 0; }
`;

/** Rows of numbers and nine weights -> rows of numbers, two fewer each way. */
function filtered(rows, kernel) {
  const out = [];
  for (let i = 0; i + 2 < rows.length; i += 1) {
    const line = [];
    for (let j = 0; j + 2 < rows[0].length; j += 1) {
      let sum = 0;
      for (let k = 0; k < 9; k += 1) {
        sum += kernel[k] * rows[i + Math.floor(k / 3)][j + (k % 3)];
      }
      line.push(sum);
    }
    out.push(line);
  }
  return out;
}

export function render({ root, data, values, emit }) {
  const { pictures, kernels } = data;
  const now = { picture: 0, kernel: [...kernels[0].kernel], ...values };
  let chosen = kernels.findIndex(({ kernel }) => String(kernel) === String(now.kernel));
  const canvas = (testid) => el("canvas", { role: "img", "data-testid": testid });
  const [before, after] = [canvas("kernel-before"), canvas("kernel-after")];
  const names = ["top", "middle", "bottom"].flatMap((row) =>
    ["left", "centre", "right"].map((column) => `${row} ${column}`));
  const inputs = names.map((name, k) => el("input", {
    type: "number", step: "1", "aria-label": name, "data-testid": `kernel-${k}`,
    oninput: ({ target }) => {
      const value = Number(target.value);
      now.kernel[k] = Number.isFinite(value) ? Math.max(-99, Math.min(99, value)) : 0;
      change();
    },
  }));
  const fill_ = () => inputs.forEach((input, k) => { input.value = now.kernel[k]; });
  const sentence = el("p", {
    class: "tw-sentence", role: "status", "data-testid": "kernel-sentence",
  });
  const choose = (name, label, list, place, onChange) => (list.length < 2 ? [] : [
    controlView({ name, label, form: "choice", texts: list.map((one) => one.name),
      positions: list.map((_, i) => i) }, place, onChange).node]);
  root.append(el("style", {}, STYLE),
    el("div", { class: "tw-controls" },
      ...choose("preset", "start from", kernels, Math.max(0, chosen), (place) => {
        now.kernel = [...kernels[place].kernel];
        fill_();
        change();
      }),
      ...choose("picture", "picture", pictures, now.picture, (place) => {
        now.picture = place;
        change();
      })),
    el("div", { class: "tw-kernel" },
      el("div", {}, el("p", { class: "tw-kernel-title" }, "Picture"), before),
      el("div", {},
        el("fieldset", { class: "tw-kernel-grid" },
          el("legend", { class: "tw-kernel-title" }, "Kernel: change any number"),
          ...inputs)),
      el("div", {}, el("p", { class: "tw-kernel-title" }, "Result"), after)),
    sentence);

  const paint = (place, rows, grey) => {
    [place.width, place.height] = [rows[0].length, rows.length];
    const context = place.getContext("2d");
    const image = context.createImageData(place.width, place.height);
    rows.forEach((row, i) => row.forEach((value, j) => {
      const at = 4 * (i * row.length + j);
      const level = Math.max(0, Math.min(255, Math.round(grey(value))));
      image.data.set([level, level, level, 255], at);
    }));
    context.putImageData(image, 0, 0);
  };

  const show = () => {
    const { rows, name } = pictures[now.picture];
    const sum = now.kernel.reduce((a, b) => a + b, 0);
    const size = now.kernel.reduce((a, b) => a + Math.abs(b), 0);
    const by = sum || size / 2 || 1;
    const out = filtered(rows, now.kernel).map((row) => row.map((value) => value / by));
    const flat = out.flat().sort((a, b) => a - b);
    const [low, high] = [flat[0], flat[flat.length - 1]];
    const middle = flat[Math.floor(flat.length / 2)];
    inputs.forEach((input, k) => {
      const share = size ? now.kernel[k] / Math.max(...now.kernel.map(Math.abs)) : 0;
      const level = Math.round(128 + 127 * share);
      input.style.background = `rgb(${level},${level},${level})`;
      input.style.color = level > 120 ? "#000" : "#fff";
    });
    paint(before, rows, (value) => value);
    paint(after, out, (value) => (sum ? value : 128 + value));
    before.setAttribute("aria-label", `The picture: ${name}`);
    const round = (value) => formatNumber(Math.round(value));
    const what = sum
      ? `The kernel adds up to ${formatNumber(sum)}, and the result is divided by that: `
        + "even places keep their grey."
      : "The kernel adds up to 0: even places become 0, shown as middle grey.";
    const range = `Values from ${round(low)} to ${round(high)}.`;
    after.setAttribute("aria-label", `The filtered picture. ${what} ${range}`);
    sentence.textContent = `${what} ${range}`;
    return { sum, low, high, middle };
  };
  const change = () => emit({ ...now, kernel: [...now.kernel], ...show() });
  fill_();
  show();
}
