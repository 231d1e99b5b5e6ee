// Check: a number or a choice is judged here, code in the kernel.

/** Judge a response. Pure: the tests feed it tables.
 *  Gives {problem} for what is not an answer, else {right, hint, value}. */
export function judge(state, text) {
  if (state.form === "choice") {
    if (!text) return { problem: "Choose one first." };
    const found = state.mistakes.find(([option]) => option === text);
    const right = text === state.answer;
    return { right, value: text, hint: right ? "" : found[1] };
  }
  const { value, problem } = parseNumber(text, state.unit);
  if (problem) return { problem };
  const near = (target) =>
    Math.abs(value - target) <=
    state.tolerance + 1e-9 * Math.max(1, Math.abs(target));
  if (near(state.answer)) return { right: true, value, hint: "" };
  const found = state.mistakes.find(([wrong]) => near(wrong));
  if (found) return { right: false, value, hint: found[1] };
  const hint = value < state.answer
    ? state.low || "The answer is larger."
    : state.high || "The answer is smaller.";
  return { right: false, value, hint };
}

function renderCheck({ model, root }) {
  return model.get("form") === "code"
    ? renderCodeCheck({ model, root })
    : renderAnswerCheck({ model, root });
}

function renderAnswerCheck({ model, root }) {
  const names = ["form", "question", "options", "unit", "answer", "tolerance",
    "mistakes", "low", "high", "reveal"];
  const state = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const { box, say } = verdictBox("check-verdict");
  const show = ({ right, hint, problem }) => {
    if (problem) say("note", "", problem);
    else if (right) say("right", "Right.", state.reveal);
    else say("wrong", "Not yet.", hint);
  };
  const check = (text) => {
    const verdict = judge(state, text);
    show(verdict);
    if (verdict.problem) return;
    model.set("response", verdict.value);
    model.set("solved", verdict.right);
    model.save_changes();
  };
  const form = answerForm({
    kind: "check", state, button: "Check", onSubmit: check,
    onEdit: () => box.replaceChildren(), // an old verdict must not stand by a new try
  });
  root.append(form, box);
  const before = model.get("response");
  if (before === null || before === undefined) return;
  for (const field of form.querySelectorAll("input")) {
    if (field.type === "radio") field.checked = field.value === before;
    else field.value = formatNumber(before);
  }
  show(judge(state, String(before)));
}

function renderCodeCheck({ model, root }) {
  const { box, say } = verdictBox("check-verdict");
  const button = el("button",
    { type: "button", class: "tw-button", "data-testid": "check-button" },
    "Check my code");
  root.append(
    el("p", { class: "tw-question" }, inline(model.get("question"))),
    el("div", { class: "tw-row" }, button), box);
  if (model.isStatic) {
    button.disabled = true;
    say("note", "", "Your code is checked in the notebook: open this chapter there " +
      "and run it.");
    return;
  }
  let slow;
  const show = () => {
    const verdict = model.get("verdict");
    if (!verdict?.asked) return;
    clearTimeout(slow);
    button.disabled = false;
    if (verdict.right) say("right", "Right.", model.get("reveal"));
    else say("wrong", "Not yet.", verdict.hint);
  };
  button.addEventListener("click", () => {
    button.disabled = true;
    say("note", "", "Checking ...");
    model.set("asked", model.get("asked") + 1);
    model.save_changes();
    slow = setTimeout(() => {
      button.disabled = false;
      say("note", "", "No answer from the kernel yet. If it was restarted, run the " +
        "cells again; if it is busy, wait for it.");
    }, 15000);
  });
  model.on("change:verdict", show);
  show();
  return () => {
    clearTimeout(slow);
    model.off("change:verdict", show);
  };
}
