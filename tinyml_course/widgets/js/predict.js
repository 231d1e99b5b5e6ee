// Predict: a guess is locked, then compared with the answer in words.

/** How far a guess is off, as a sentence. Pure: the tests feed it tables. */
export function compare(guess, answer, unit = "") {
  if (typeof answer !== "number") {
    return guess === answer ? "Your guess was right." : "";
  }
  if (guess === answer) return "Your guess was exactly right.";
  const direction = guess < answer ? "low" : "high";
  const difference = Math.abs(guess - answer);
  if (unit === "%") {
    const points = formatNumber(Number(difference.toPrecision(2)));
    return `Your guess was ${points} percentage points too ${direction}.`;
  }
  if (guess === 0 || answer === 0 || Math.sign(guess) !== Math.sign(answer)) {
    const by = withUnit(Number(difference.toPrecision(3)), unit);
    return `Your guess was ${by} too ${direction}.`;
  }
  const ratio = Math.max(guess / answer, answer / guess);
  const share = (100 * difference) / Math.abs(answer);
  if (share < 0.5) return "Your guess was right, to within half a percent.";
  if (ratio >= 1.995) {
    const larger = Math.abs(guess) > Math.abs(answer) ? "large" : "small";
    const word = answer > 0 ? direction : `${larger} in size`;
    return `Your guess was ${formatNumber(Number(ratio.toPrecision(2)))} times too ${word}.`;
  }
  const percent = formatNumber(share < 10 ? Number(share.toPrecision(1)) : Math.round(share));
  const close = share <= 10 ? "Close: your" : "Your";
  return `${close} guess was ${percent} % too ${direction}.`;
}

function renderPredict({ model, root }) {
  const state = {
    question: model.get("question"),
    options: model.get("options"),
    unit: model.get("unit"),
  };
  const { box, say } = verdictBox("predict-verdict");
  let slow;

  const lock = (text) => {
    if (model.get("locked")) return;
    let guess = text;
    if (state.options.length) {
      if (!text) return say("note", "", "Choose one first; a guess costs nothing.");
    } else {
      const { value, problem } = parseNumber(text, state.unit);
      if (problem) return say("note", "", problem);
      guess = value;
    }
    model.set("guess", guess);
    model.set("locked", true);
    model.save_changes();
    show();
    box.focus();
  };

  const form = answerForm({ kind: "predict", state, button: "Lock my guess",
    onSubmit: lock });

  const show = () => {
    clearTimeout(slow);
    if (!model.get("locked")) return;
    for (const field of form.querySelectorAll("input")) {
      field.disabled = true;
      if (field.type === "radio") field.checked = field.value === model.get("guess");
      else field.value = formatNumber(model.get("guess"));
    }
    form.querySelector("button").hidden = true;
    const guess = model.get("guess");
    const yours = `You guessed ${withUnit(guess, state.unit)}.`;
    if (model.get("revealed")) {
      const answer = model.get("answer");
      const tone = guess === answer ? "right" : "reveal";
      say(tone, `It is ${withUnit(answer, state.unit)}.`,
        `${yours} ${compare(guess, answer, state.unit)}`, model.get("explain"));
    } else if (!model.get("error")) {
      say("note", "Locked.", `${yours} Computing the answer ...`);
      slow = setTimeout(() => say("note", "Locked.",
        `${yours} The answer is still being computed. If the kernel was restarted, ` +
        "run this cell again."), 15000);
    } else say("note", "Locked.", yours);
  };

  root.append(form, box);
  const names = ["revealed", "locked", "error"];
  for (const name of names) model.on(`change:${name}`, show);
  show();
  return () => {
    clearTimeout(slow);
    for (const name of names) model.off(`change:${name}`, show);
  };
}
