// Explore: controls to a picture, drawn by the kernel, beforehand, or in the page.

function renderExplore({ model, root }) {
  root.append(el("p", { class: "tw-look" }, inline(model.get("look"))));
  return model.get("live")
    ? renderLive({ model, root })
    : renderFrames({ model, root });
}

/** The logic of live/<name>.js; what it tells goes back to Python, not too often. */
function renderLive({ model, root }) {
  const stage = el("div", {
    class: "tw-stage", role: "group", "data-testid": "explore-live",
    "aria-label": model.get("description"),
  });
  root.append(stage);
  let timer;
  const emit = (values) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      model.set("told", values);
      model.save_changes();
    }, 150);
  };
  const cleanUp = LIVE[model.get("live")]({
    root: stage, data: model.get("data"), values: model.get("told") ?? {}, emit, model,
  });
  return () => {
    clearTimeout(timer);
    cleanUp?.();
  };
}

/** Give the frames drawn beforehand back their lines. */
export function unpack({ lines, items }) {
  const frames = new Map();
  for (const [key, frame] of Object.entries(items ?? {})) {
    const image = frame.image.map((number) => lines[number]).join("\n");
    frames.set(key, { ...frame, key, image });
  }
  return frames;
}

function renderFrames({ model, root }) {
  const frames = model.isStatic ? unpack(model.get("frames")) : new Map();
  const image = el("img", { "data-testid": "explore-picture" });
  const sentence = el("p", {
    role: "status", class: "tw-sentence", "data-testid": "explore-sentence",
  });
  const figure = el("figure", { class: "tw-figure" }, image, sentence);
  const problem = el("p", {
    class: "tw-error", role: "alert", "data-testid": "explore-problem",
  });
  let index = [...model.get("index")];
  let waiting = false;
  let slow;
  const wanted = () => index.join(",");

  const show = (frame) => {
    problem.textContent = frame.error;
    figure.hidden = Boolean(frame.error);
    figure.removeAttribute("aria-busy");
    if (frame.error) return;
    const src = frame.image.startsWith("<svg")
      ? `data:image/svg+xml;charset=utf-8,${encodeURIComponent(frame.image)}`
      : frame.image;
    if (image.src !== src) image.src = src;
    image.alt = frame.alt;
    image.width = frame.width;
    if (sentence.textContent !== frame.sentence) sentence.textContent = frame.sentence;
  };

  const ask = () => { // one question at a time: dragging does not flood the kernel
    waiting = true;
    figure.setAttribute("aria-busy", "true");
    model.set("index", [...index]);
    model.set("asked", model.get("asked") + 1);
    model.save_changes();
    clearTimeout(slow);
    slow = setTimeout(() => {
      waiting = false;
      problem.textContent = "The kernel has not answered yet. If it was restarted, " +
        "run this cell again.";
    }, 15000);
  };

  const update = () => {
    const frame = frames.get(wanted());
    if (frame) {
      show(frame);
      if (!waiting) {
        model.set("index", [...index]);
        model.save_changes();
      }
    } else if (!waiting) ask();
  };

  const arrived = () => {
    const frame = model.get("frame");
    if (!frame?.key) return;
    if (!frame.error) frames.set(frame.key, frame);
    if (frame.asked >= model.get("asked")) {
      waiting = false;
      clearTimeout(slow);
    }
    // an answer to an older question may show while nothing newer is known
    if (frame.key === wanted() || !frames.has(wanted())) show(frame);
    if (frame.key !== wanted() && !waiting) update();
  };

  const moved = () => { // Python moved the controls
    if (waiting || model.get("index").join(",") === wanted()) return;
    index = [...model.get("index")];
    controls.forEach((control, place) => control.set(index[place]));
    update();
  };

  const controls = model.get("controls").map((control, place) =>
    controlView(control, index[place], (position) => {
      index[place] = position;
      update();
    }));
  root.append(
    el("div", { class: "tw-controls" }, ...controls.map((control) => control.node)),
    figure, problem);

  const all = model.get("controls").reduce((n, c) => n * c.positions.length, 1);
  if (model.isStatic && frames.size < all) {
    for (const input of root.querySelectorAll("input, select")) input.disabled = true;
    root.append(el("p", { class: "tw-note" },
      "Open this chapter as a notebook to move the controls."));
  }
  if (!model.isStatic) {
    model.on("change:frame", arrived);
    model.on("change:index", moved);
    arrived();
  }
  update();
  return () => {
    clearTimeout(slow);
    model.off("change:frame", arrived);
    model.off("change:index", moved);
  };
}

/** One slider, a few radio buttons, or a drop-down: all hand back a position. */
function controlView(control, start, onChange) {
  const { name, label, texts, positions } = control;
  const id = uid();
  const testid = `control-${name}`;
  if (control.form === "slider") {
    const value = el("span", { class: "tw-value", "aria-hidden": "true" });
    const input = el("input", {
      id, type: "range", min: 0, max: positions.length - 1, step: 1,
      "data-testid": testid,
    });
    const say = () => {
      const text = texts[positions[input.value]];
      value.textContent = text;
      input.setAttribute("aria-valuetext", text);
    };
    const set = (position) => { input.value = positions.indexOf(position); say(); };
    input.addEventListener("input", () => { say(); onChange(positions[input.value]); });
    set(start);
    const heading = el("span", { class: "tw-row" },
      el("label", { for: id }, inline(label)), value);
    return { node: el("div", { class: "tw-control" }, heading, input), set };
  }
  if (positions.length > 5) {
    const select = el("select",
      { id, "data-testid": testid,
        onchange: () => onChange(Number(select.value)) },
      ...positions.map((at) => el("option", { value: at }, texts[at])));
    select.value = start;
    const node = el("div", { class: "tw-control" },
      el("label", { for: id }, inline(label)), select);
    return { node, set: (position) => { select.value = position; } };
  }
  const radios = positions.map((at) => el("input", {
    type: "radio", name: id, value: at, "data-testid": testid,
    onchange: () => onChange(at),
  }));
  const set = (position) => {
    radios.forEach((radio) => { radio.checked = Number(radio.value) === position; });
  };
  set(start);
  const node = el("fieldset", { class: "tw-control" },
    el("legend", {}, inline(label)),
    el("div", { class: "tw-row" }, ...radios.map((radio, i) =>
      el("label", { class: "tw-option" }, radio,
        el("span", {}, texts[positions[i]])))));
  return { node, set };
}
