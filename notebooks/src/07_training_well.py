# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tinyml={"objectives": ["07-fit", "07-regularise", "07-signal", "07-keras", "07-parallel"]}
# # Training well
#
# A magnet sits on the end of a motor's shaft, and a sensor below it reports the angle.
# The magnet is glued on a little off centre, so the report is wrong by a few degrees,
# more at some angles than at others. Turn the shaft by hand, compare with a good
# encoder at twenty angles, and subtract the curve. But *which* curve? On the twenty
# points, one of the two below is better by far. Would you ship it?
#
# **You will**
#
# * **tell** too stiff from too free by data held back, and choose a capacity with it;
# * **hold back** a model: ridge, lasso, weight decay, dropout, early stopping,
#   augmentation, each in a few lines;
# * **keep** a signal alive through many layers: first weights, batch normalization,
#   batch size;
# * **train** well in Keras, with callbacks, and count what all this costs on a board;
# * **split** a step over two devices, and get the very same step.
#
# **You need** chapters 02, 03, 04 and 06. About 130 minutes.

# %% tags=["hide-input"] tinyml={"objective": "07-fit", "role": "explain"}
import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import plots
from tinyml_course.widgets import Check, Choice, Explore, Predict, Slider

plots.use_style()
BLUE, RED, GREEN = (plots.COLORS[c] for c in ("blue", "vermillion", "green"))


def shaft(points, seed, noise=1.0):
    rng = np.random.default_rng(seed)
    x = np.linspace(-1, 1, points) + rng.uniform(-0.5, 0.5, points) / points
    true = 3 * np.sin(np.pi * x + 0.6) + 1.4 * np.sin(2 * np.pi * x - 0.5)
    return x, true + rng.normal(0, noise, points)  # half turns, degrees


angle, error = shaft(20, seed=1)
fig, axes = plt.subplots(1, 2, figsize=(6, 3.2), sharey=True)
for ax, degree in zip(axes, (5, 16), strict=True):
    curve = np.polynomial.Polynomial.fit(angle, error, degree)
    ax.plot(*curve.linspace(301), color=RED)
    ax.scatter(angle, error, s=18, color=BLUE)
    ax.set(xlabel="angle (half turns)", ylim=(-8, 8), title=f"power {degree}")
plots.show(fig, alt="Twenty points: a calm curve near them, a wild one through them.")

# %% [markdown]
# ## Two drawers
#
# The height is the error of the angle in degrees. Powers of $x$ are the columns, as in
# chapter 02: the curve on the left has 6 parameters, the one on the right 17 for twenty
# points. Which is right? Points that were not used know; that is what the drawer of
# chapter 02 is for. But now we will look *often*: try a power, look, try another.
# Whoever looks often enough finds a model that suits the drawer by luck. So there are
# two drawers, beside the points that are learned from:
#
# * **training** points set the weights;
# * **validation** points choose between models (power, penalty, size, when to stop).
#   Look as often as you like;
# * **test** points are opened once, at the end, for the number that you tell others.
#
# (Our shaft is simulated, by `shaft(points, seed)` in the folded cell: two waves, and
# an encoder whose noise has variance 1. So on new points the truth itself has an MSE of
# about 1, and no model does better, except by luck.)

# %% tinyml={"objective": "07-fit", "role": "explain"}
from tinyml_course.scratch import design_matrix, mse

angle_val, error_val = shaft(20, seed=51)
angle_test, error_test = shaft(200, seed=999)
turn, true = shaft(301, seed=0, noise=0)  # for drawing


def powers(x, degree):
    return design_matrix(*(x**k for k in range(1, degree + 1)))  # (n, degree + 1)


def fit_powers(x, y, degree):
    return np.linalg.lstsq(powers(x, degree), y)[0]


def draw(x, y, curve):
    room = {"left": 0.14, "right": 0.98, "top": 0.98, "bottom": 0.1, "hspace": 0.3}
    fig, (top, low) = plt.subplots(2, 1, figsize=(5.4, 5.4), gridspec_kw=room)
    fig.set_layout_engine("none")  # margins by hand: faster, frame by frame
    top.scatter(x, y, s=14, color=BLUE)
    top.plot(turn, curve, color=RED)
    top.set(ylim=(-8, 8), xlabel="angle (half turns)", ylabel="its error (°)")
    top.set_xticks([-1, -0.5, 0, 0.5, 1])
    return fig, low


# %% tags=["hide-input"] tinyml={"objective": "07-fit", "role": "predict"}
curves = {degree: fit_powers(angle, error, degree) for degree in range(1, 17)}
trained, held_back = (
    {k: mse(y, powers(x, k) @ w) for k, w in curves.items()}
    for x, y in ((angle, error), (angle_val, error_val))
)
Predict(
    f"On its own twenty points, power 16 has an MSE of {trained[16]:.2f}. How many "
    "times as much has it on twenty new points of the same shaft?",
    answer=float(f"{held_back[16] / trained[16]:.1g}"),
    unit="times",
    explain=f"{held_back[16]:.0f}, against {trained[16]:.2f}. For power 5 it is "
    f"{held_back[5]:.2f} against {trained[5]:.2f}.",
)

# %% [markdown]
# Between its points the free curve swings wherever the noise of some neighbours sends
# it. Both extremes are wrong, for opposite reasons:
#
# * **underfitting**: too stiff for the truth. Training *and* validation error are
#   high. More points do not help;
# * **overfitting**: free enough to learn the noise. The training error is low, even
#   below the noise; the validation error is high.
#
# Turn the power. Then find the *other* cure for a curve that is too free.


# %% tinyml={"objective": "07-fit", "role": "explore"}
def power_picture(degree, points):
    x, y = shaft(points, seed=1)
    w = {k: fit_powers(x, y, k) for k in range(1, 17)}
    (fig, low), said = draw(x, y, powers(turn, degree) @ w[degree]), []
    for name, color, u, v in (("training", BLUE, x, y), ("new", RED, *shaft(20, 51))):
        errors = [mse(v, powers(u, k) @ w[k]) for k in w]
        low.semilogy(list(w), errors, "-o", color=color, markevery=[degree - 1])
        low.text(16.2, errors[-1], name, color=color, clip_on=True)
        said.append(f"{name} points {errors[degree - 1]:.2f}")
    low.set(xlabel="highest power", ylabel="MSE", ylim=(0.1, 200), xlim=(0.5, 19.5))
    low.set_xticks([1, 4, 8, 12, 16])
    return fig, "MSE: " + ", ".join(said)


Explore(
    power_picture,
    frames=16,
    degree=Slider(1, 16, 1, 3, "highest power"),
    points=Choice([20, 40, 80, 320], 20, "training points"),
    look="From which power on do the two errors part? Stay at 16 and take more points: "
    "where does each error go?",
    alt="Points and a curve; below, training and validation error over the power.",
)

# %% [markdown]
# With many points the two errors meet near the noise, and even power 16 behaves:
# *overfitting is a matter of freedom per point.* More data is the best cure, and the
# dearest. (Chapter 05 took the same error apart, into bias and variance.)

# %% tags=["hide-input"] tinyml={"objective": "07-fit", "role": "check"}
Check(
    "Four models for this shaft, with their MSE on training and on validation points. "
    "Which is too stiff, so that more points would not help it?",
    options=["0.1 and 2.8", "2.6 and 2.8", "1.0 and 1.2", "0.9 and 0.8"],
    answer="2.6 and 2.8",
    mistakes={
        "0.1 and 2.8": "It is far below the noise on its own points. Is that stiff or "
        "free? And what did more points do to power 16?",
        "1.0 and 1.2": "The noise has variance 1, so how much better could any model "
        "be than this?",
        "0.9 and 0.8": "Better on new points than on its own: with few points that "
        "happens by luck. Is either number bad?",
    },
    reveal="Bad already on the points that it learned from: it needs more freedom, not "
    "more data.",
)

# %% [markdown]
# ## Hold it back: ridge
#
# Physics says *waves*, so take them as columns: $\sin k\pi x$ and $\cos k\pi x$ for
# $k = 1 \dots 8$. Nobody tells us how many are needed, and with the intercept that is
# 17 parameters again. But instead of counting columns, let large weights *cost*
# something. Add a **penalty**:
#
# $$\text{MSE}(\mathbf w) + \lambda \sum_j w_j^2 .$$
#
# Its slope is the MSE's plus $2\lambda\mathbf w$. Set it to zero, and chapter 02's
# normal equation gets one term more:
#
# $$\Big(\tfrac1n X^\top X + \lambda I\Big)\,\mathbf w = \tfrac1n X^\top \mathbf y.$$
#
# That is **ridge** regression (Hoerl and Kennard, 1970). The intercept goes free: we
# take the means out first.

# %% [markdown]
# ## Or let weights vanish: lasso
#
# Take $\lambda\sum_j|w_j|$ instead. There is no formula for all weights, but one for
# *one* weight. Let the others stay, let $\mathbf r$ be what they leave over, and write
# $a = \text{mean}(x_j^2)$, $c = \text{mean}(x_j r)$. Then the loss is $a w^2 - 2cw +
# \lambda|w|$ plus a constant. For $w>0$ its slope is zero at $w = (c - \lambda/2)/a$.
# If that is not positive (likewise on the other side), the lowest point is the corner:
#
# $$w_j = \frac{\operatorname{sign}(c)\,\max(|c| - \lambda/2,\; 0)}{a}.$$
#
# **Exactly** zero, as soon as a column's say is below $\lambda/2$. (Ridge makes $c/(a +
# \lambda)$ of it: smaller, never zero.) Now go round, one weight after the other, until
# nothing moves: the **lasso** (Tibshirani, 1996).


# %% tinyml={"objective": "07-regularise", "role": "explain"}
def ridge(X, y, penalty):
    n, k = X.shape
    return np.linalg.solve(X.T @ X / n + penalty * np.eye(k), X.T @ y / n)


def lasso(X, y, penalty, rounds=200):
    w = np.zeros(X.shape[1])
    for _ in range(rounds):
        for j, column in enumerate(X.T):
            c = np.mean(column * (y - X @ w + column * w[j]))
            size = np.maximum(abs(c) - penalty / 2, 0)
            w[j] = np.sign(c) * size / np.mean(column**2)
    return w


def waves(x):
    k = np.arange(1, 9) * np.pi * x[:, None]
    return np.hstack([np.sin(k), np.cos(k)])  # (n, 16)


means, level = waves(angle).mean(axis=0), error.mean()
X_waves, target = waves(angle) - means, error - level


# %% tinyml={"objective": "07-regularise", "role": "explore"}
def penalty_picture(penalty, kind):
    w = {"ridge": ridge, "lasso": lasso}[kind](X_waves, target, penalty)
    fig, low = draw(angle, error, (waves(turn) - means) @ w + level)
    for part, move, color in ((w[:8], -0.2, GREEN), (w[8:], 0.2, BLUE)):
        at = np.arange(1, 9) + move
        low.bar(at, part, 0.4, color=color)
        low.plot(at[part == 0], part[part == 0], "kx")
    low.set(xlabel="waves per turn", ylabel="weight", ylim=(-3, 3.5))
    new = mse(error_val, (waves(angle_val) - means) @ w + level)
    text = f"MSE: training {mse(target, X_waves @ w):.2f}, validation {new:.2f}; "
    return fig, text + f"{np.sum(w == 0)} of 16 weights are zero."


PENALTIES = [0, 0.01, 0.03, 0.1, 0.3, 1, 3]
Explore(
    penalty_picture,
    penalty=Choice(PENALTIES, 0.01, "penalty λ"),
    kind=Choice(["ridge", "lasso"], "ridge", "kind"),
    look="Which penalty is best on validation, for each kind? Which weights does lasso "
    "cross out? Which of the two could save a board work?",
    alt="Points and a curve of waves; below, sixteen weights as bars, sines in green, "
    "cosines in blue, and a cross for each weight that is zero.",
)

# %% [markdown]
# The truth has waves number 1 and 2 and no others: four weights. Without a penalty all
# sixteen are busy with noise. Ridge makes all of them smaller. Lasso crosses out, and
# each crossed-out column is a sine that the board need not compute. (Texas Instruments
# corrects such a sensor with the same waves; in their table, too, the first two carry
# nearly everything.) A strong penalty pulls the right weights down as well: too stiff
# again, by another road.
#
# Which number is right for the penalty? No formula says; validation does. So let it
# choose among everything we have, sixteen powers and fourteen penalties, and then open
# the test drawer, once.


# %% tinyml={"objective": "07-fit", "role": "explain"}
from sklearn.linear_model import Lasso, Ridge

# theirs: the sum of the squares (ridge), half of their mean (lasso); ours: the mean
theirs = {ridge: Ridge(alpha=0.1 * len(angle)), lasso: Lasso(alpha=0.1 / 2, tol=1e-12)}
for f, oracle in theirs.items():
    off = abs(oracle.fit(X_waves, target).coef_ - f(X_waves, target, 0.1)).max()
    plots.say(f"Ours and scikit-learn's {f.__name__} are {off:.0e} apart.")

drawers, misses = ((angle_val, error_val), (angle_test, error_test)), {}
for d in range(1, 17):
    w = fit_powers(angle, error, d)
    misses[f"power {d}"] = [mse(y, powers(x, d) @ w) for x, y in drawers]
for f in (ridge, lasso):
    for penalty in PENALTIES:
        w = f(X_waves, target, penalty)
        name = f"{f.__name__}, λ = {penalty}"
        misses[name] = [mse(y, (waves(x) - means) @ w + level) for x, y in drawers]
table = "| best of its kind | validation | test |\n|---|---|---|\n"
for kind in ("power", "ridge", "lasso"):
    best = min((name for name in misses if kind in name), key=misses.get)
    table += "| {} | {:.2f} | {:.2f} |\n".format(best, *misses[best])
plots.say(f"Validation chose **{min(misses, key=misses.get)}**.\n\n{table}")

# %% [markdown]
# A low power, or sixteen waves on a leash: each kind's best is far from the power 16
# that was let loose. And mind the second digits: twenty validation points are few, and
# a little luck was chosen with the winner. Chapter 08 makes such points count several
# times.
#
# ## Twenty networks
#
# A network has no power to turn, but neurons and layers. Take a stiff one, one hidden
# layer of 6, and a free one, four hidden layers of 16. And do not look at *one* run: a
# run has a random start and random noise. Take **twenty**, and draw them all.
#
# Twenty runs need not take twenty times as long. Give every array one axis more, in
# front: weights $(\text{runs}, k, m)$, rows $(\text{runs}, n, k)$. NumPy's `@` then
# multiplies pair by pair, `.mT` transposes each matrix, and the formulas of chapter 06
# stay as they are. (`keep` and `decay` wait for their sections; as long as they are 1
# and 0, they do nothing.)


# %% tinyml={"objective": "07-fit", "role": "explain"}
from itertools import pairwise

from threadpoolctl import threadpool_limits

threadpool_limits(1)  # many small products: one thread is the fastest


def start(sizes, runs, seed=0):
    rng, parameters = np.random.default_rng(seed), []
    for k, m in pairwise(sizes):
        parameters.append(rng.normal(0, np.sqrt(2 / k), (runs, k, m)))
        parameters.append(rng.normal(0, 0.5, (runs, 1, m)))
    return parameters  # weights, biases, weights, biases ...


def forward(parameters, x, keep=1.0, rng=None):
    layers = [x]  # (runs, n, k)
    for i in range(0, len(parameters), 2):
        z = layers[-1] @ parameters[i] + parameters[i + 1]
        hidden = i + 2 < len(parameters)
        mask = 1 if keep == 1 else (rng.random(z.shape) < keep) / keep
        layers.append(np.maximum(z, 0) * mask if hidden else z)
    return layers


# %% tinyml={"objective": "07-fit", "role": "explain"}
from tinyml_course.scratch import adam


def backward(parameters, layers, G, keep=1.0):
    slopes = []
    for i in reversed(range(0, len(parameters), 2)):
        h = layers[i // 2]
        slopes = [h.mT @ G, G.sum(axis=1, keepdims=True), *slopes]
        G = G @ parameters[i].mT * (h > 0) / keep
    return slopes


def walk(parameters, batch, slope, steps, rate, watch, decay=0.0, keep=1.0):
    rng, memories, seen = np.random.default_rng(1), [{} for _ in parameters], []
    for step in range(steps + 1):
        if step % 20 == 0:
            seen.append(watch(parameters))
        x, y = batch(rng)
        layers = forward(parameters, x, keep, rng)
        slopes = backward(parameters, layers, slope(layers[-1], y), keep)
        for i, p in enumerate(parameters):
            pull = decay * p * (i % 2 == 0)  # on weights, not on biases
            p += adam(slopes[i], memories[i], rate) - rate * pull
    return np.array(seen)


# %% [markdown]
# What should differ between the runs? Forty of each network, from twenty starts: once
# each start gets *points of its own*, once all twenty get *our* twenty points. No run
# sees another: each has its own loss. Every 20 steps we note what all of them say, on
# their own points, on the test points, and for the drawing. The number called *fan* is
# how far the twenty curves lie apart: their standard deviation at an angle, averaged
# over the turn. (The drawer is open already; from now on these points only illustrate.)

# %% tinyml={"objective": "07-fit", "role": "explain"}
sets = [shaft(20, seed) for seed in range(100, 120)] + [(angle, error)] * 20
x_runs, y_runs = np.moveaxis(np.array(sets), 1, 0)[..., None]  # (40, 20, 1) each
fresh = np.concatenate([angle_test, turn])[:, None]  # (501, 1)


def everything(parameters):
    both = [forward(parameters, x)[-1][..., 0] for x in (x_runs, fresh)]
    return np.hstack(both)  # (40, 20 + 200 + 301)


fans = {}
for name, sizes in {"1 x 6": (1, 6, 1), "4 x 16": (1, 16, 16, 16, 16, 1)}.items():
    parameters = [np.concatenate([p, p]) for p in start(sizes, 20)]
    fans[name] = walk(
        parameters,
        batch=lambda rng: (x_runs, y_runs),
        slope=lambda said, y: 2 * (said - y) / 20,
        steps=2000,
        rate=0.01,
        watch=everything,
    )


# %% tags=["hide-input"] tinyml={"objective": "07-fit", "role": "explore"}
def fan_picture(varied, steps):
    fig, axes = plt.subplots(2, 2, figsize=(6, 5), sharey="row")
    runs = slice(20) if varied == "start and points" else slice(20, 40)
    now, said, at = steps // 20, "", range(0, 2001, 20)
    for (top, low), (name, seen) in zip(axes.T, fans.items(), strict=True):
        own, new, curves = np.split(seen[:, runs], [20, 220], axis=2)
        top.plot(turn, curves[now].T, color=RED, lw=0.8, alpha=0.5)
        top.plot(turn, true, color="black")
        top.set(ylim=(-8, 8), title=f"{name}: error (°)", xlabel="half turns")
        own = np.mean((own - y_runs[runs, :, 0]) ** 2, axis=(1, 2))
        new = np.mean((new - error_test) ** 2, axis=(1, 2))
        low.plot(at, own, "-o", at, new, "-s", markevery=[now])
        low.set(ylim=(0, 4), xlabel="steps", title="MSE: own (●), new (■)")
        fan = curves[now].std(axis=0).mean()
        said += f"{name}: own {own[now]:.2f}, new {new[now]:.2f}, fan {fan:.2f}°. "
    return fig, said


Explore(
    fan_picture,
    steps=Choice([0, 40, 100, 200, 400, 1000, 2000], 2000, "steps"),
    varied=Choice(["start and points", "start"], "start and points", "what differs"),
    look="When would you have stopped? For which network do the points make the fan?",
    alt="Twenty curves each around the true one; below, error on own and new points.",
)

# %% [markdown]
# The black curve is the truth. The stiff networks cut its bends, and miss their *own*
# points: underfitting. Which bend is cut depends on where a run's few kinks began; the
# points hardly matter. The free ones follow the noise, each that of its own points, and
# the fan frays: overfitting. They were best after a few dozen steps, with the waves
# learned and the noise not yet: what many points have in common is learned first.
#
# And give them all the same points: the fan closes, for other starts learn the *same*
# noise. That runs agree is no sign that they are right.
#
# ## Stop early
#
# So stop when the validation error has stopped falling. It jitters, so be **patient**:
# stop once so many epochs in a row brought no new best, and go back to the weights of
# the best. Write it. (Nothing below needs yours.)


# %% tinyml={"objective": "07-regularise", "role": "exercise"}
def stop_at(validation, patience):
    """The epoch (from 0) whose weights are kept.

    validation: the validation error after each epoch; patience: so many epochs without
    a new best, and training ends there, whatever would have come later.
    """
    # your lines go here


# %% tags=["hide-input"] tinyml={"objective": "07-regularise", "role": "check"}
def test_stop_at():
    hints = {
        None: "Nothing came back. Does it `return` an epoch on every way out?",
        6: "There the training stops. Which weights are kept?",
        7: "It cannot know what comes after it has stopped. Did it stop in time?",
        1: "That is the first dip. It should have been patient.",
        60: "That is the error. Which epoch had it?",
    }
    for errors, patience, epoch, hint in (
        ([90, 70, 80, 60, 65, 70, 80, 20, 30], 3, 3, "Epochs count from 0."),
        ([5, 4, 3, 2], 2, 3, "It falls to the end, so the last epoch is the best."),
        ([3, 1, 2], 2, 1, "The epochs end before the patience does. What is kept?"),
        ([5, 6, 4, 5, 3, 3], 2, 4, "Patience is for epochs in a row: all of them."),
        ([4, 7, 6, 5, 1], 3, 0, "Better than the one before, yes. Than the best?"),
        ([4, 5, 4, 5, 1], 3, 0, "As good as the best is no new best."),
    ):
        if (got := stop_at(np.array(errors), patience)) != epoch:
            return hints.get(got, hint) if len(errors) > 6 else hint


Check(
    "`stop_at(validation, patience)` says which epoch's weights to keep.",
    test=test_stop_at,
    reveal="The cheapest way to hold back: it even saves time.",
)

# %% [markdown]
# ## Three hundred digits, one label in four by lot
#
# Now a harder case, and a common one. Labels are made by people in a hurry: in ten
# well-known test sets at least three labels in a hundred are wrong, by one count, and
# six in ImageNet's (Northcutt and others, 2021). We have 300 digits, and for about one
# in four the label was drawn by lot. (The validation and test digits were checked
# twice: whoever judges has to be right. In life one would check as many as one can pay
# for; ours are many so that the judgement is precise.) A network with two hidden layers
# of 64 has more than 8,000 parameters: enough to learn every lot by heart. Early
# stopping holds it back; here are three more ways.

# %% [markdown]
# **Weight decay** is ridge for networks: in each step, pull each weight a little
# towards zero,
#
# $$w \leftarrow w + \text{step} - \eta\,\lambda\,w .$$
#
# For plain descent that *is* the penalty's slope (its 2 is in $\lambda$). For Adam it
# is not: as a part of the gradient it would be divided by the gradient's usual size,
# and weights with large gradients would be pulled least. So it goes beside Adam, not
# through it: AdamW (Loshchilov and Hutter, 2019). Look at `pull` in `walk`.

# %% [markdown]
# **Dropout** (Srivastava and others, 2014): in each training step, each hidden neuron
# is kept with probability $q$ (`keep`), else its output is 0. No neuron can lean on one
# particular other, and it is as if very many thinned networks voted.
#
# Why does the mask in `forward` divide by $q$? In use nobody is dropped. A sum that was
# trained on a share $q$ of its terms would then get all of them and be $1/q$ times too
# large; after our two hidden layers with one half, the scores are about four times too
# large. So make the averages equal, by enlarging the kept ones in training:
#
# $$E\big[\text{mask}\cdot h\big] = q \cdot \frac{h}{q} + (1-q)\cdot 0 = h,$$
#
# and in use nothing is left to do. (Or multiply by $q$ in use: with one half, "divide
# the activations by 2".) On the way back the same factor: where $h$ is not 0, its slope
# is $1/q$; where ReLU or the mask made it 0, nothing passes.

# %% [markdown]
# **Augmentation** makes new rows from old ones by what does not change the label: a
# digit moved by one pixel is the same digit. (A mirrored one is not: think of 2 and 5.)
# Which changes are harmless is knowledge about the world, and you put it in.


# %% tinyml={"objective": "07-regularise", "role": "explain"}
from tinyml_course import datasets


def shifted(x, rng):
    padded = np.pad(x.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    down, right = rng.integers(0, 3, (2, len(padded), 1)) + np.arange(8)
    rows = np.arange(len(padded))[:, None, None]
    return padded[rows, down[:, :, None], right[:, None, :]].reshape(x.shape)


data = datasets.load("digits")
images, rng = data.x_train.reshape(-1, 64), np.random.default_rng(9)
x_train, x_val, x_test = images[:300], images[-400:], data.x_test.reshape(-1, 64)
y_val, y_test = data.y_train[-400:], data.y_test
by_lot = rng.random(300) < 0.25
y_train = np.where(by_lot, rng.integers(0, 10, 300), data.y_train[:300])
Y = np.eye(10, dtype=np.float32)[y_train]  # (300, 10)
wrong = y_train != data.y_train[:300]
plots.say(f"{by_lot.sum()} labels by lot, of which {wrong.sum()} are wrong.")

# %% [markdown]
# The walk is the same. Only the batch is new, 32 rows drawn by each run, and the slope
# at the end: softmax and cross-entropy, "said minus happened" (chapter 04). Eight runs
# at once; what is noted is the loss on the validation digits, which says where early
# stopping stops, and the share of right test digits, which chooses nothing.


# %% tinyml={"objective": "07-regularise", "role": "explain"}
from tinyml_course.scratch import softmax


def minus(scores, Y):
    said = softmax(scores.reshape(-1, 10)).reshape(scores.shape)
    return (said - Y) / scores.shape[1]


def judge(parameters):
    scores = forward(parameters, x_val)[-1]
    log_p = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    right = forward(parameters, x_test)[-1].argmax(axis=-1) == y_test
    return -log_p[:, np.arange(len(y_val)), y_val].mean(axis=-1), right.mean(axis=-1)


def learn(augment=None, size=32, steps=800, **held):
    def batch(rng):
        rows = rng.integers(0, 300, (8, size))
        return augment(x_train[rows], rng) if augment else x_train[rows], Y[rows]

    parameters = [p.astype(np.float32) for p in start((64, 64, 64, 10), runs=8)]
    seen = walk(parameters, batch, minus, steps, 0.003, judge, **held)
    return parameters, seen  # the latter (1 + steps / 20, 2, runs)


# %% tinyml={"objective": "07-regularise", "role": "explain"}
ways = {
    "nothing": {},
    "weight decay": {"decay": 1.0},
    "dropout": {"keep": 0.5},
    "augmentation": {"augment": shifted},
    "dropout and decay": {"keep": 0.5, "decay": 0.3},
}
moved = shifted(x_test, np.random.default_rng(2))
table = "| | wrong labels by heart | test | moved |\n|---|---|---|---|\n"
histories = {}
for name, held in ways.items():
    parameters, histories[name] = learn(**held)
    heart, test, shift = (
        np.mean(forward(parameters, x)[-1].argmax(axis=-1) == y)
        for x, y in (
            (x_train[wrong], y_train[wrong]),
            (x_test, y_test),
            (moved, y_test),
        )
    )
    table += f"| {name} | {heart:.0%} | **{test:.1%}** | {shift:.1%} |\n"
stop = histories["nothing"][:, 0].argmin(axis=0)  # for each run, by validation loss
early = histories["nothing"][stop, 1, np.arange(8)].mean()
plots.say(table + f"| early stopping | | **{early:.1%}** | |\n\nMeans of eight runs.")

# %% [markdown]
# Without help the network repeats the lots, and a test digit can only lose by that.
# Each way, at one strength that we did not tune (chapter 08 does), wins back much of
# it. They share one thing: they make learning *by heart* dearer than learning the rule.
#
# The last column has another story. The test digits sit in the middle of their frames,
# like the training digits. On the board nobody centres them: moved by up to a pixel,
# they are new to a network, however well it was held back. Dropout cannot know that
# digits move. Augmentation was told.

# %% [markdown]
# ## Batch size
#
# A batch estimates the slope from a few rows, as in a poll: the error of a mean of $B$
# independent rows falls like $1/\sqrt B$. Four times the work for half the noise. Who
# learns most, first from equally many *digits*, then in equally many *steps*?

# %% tinyml={"objective": "07-signal", "role": "explain"}
each = 300 * minus(forward(parameters, x_train)[-1][:1], Y)[0]  # (300, 10)
table = "| batch | noise of the slope | 3,840 digits | 160 steps |\n|---|---|---|---|\n"
for size in (4, 16, 64):
    polls = each[rng.integers(0, 300, (2000, size))].mean(axis=1)  # (2000, 10)
    noise = np.sqrt(np.mean((polls - each.mean(axis=0)) ** 2))
    table += f"| {size} | {noise:.4f} "
    for steps in (3840 // size, 160):
        _, seen = learn(keep=0.5, size=size, steps=steps)
        table += f"| {seen[-1, 1].mean():.1%} "
    table += "|\n"
plots.say(table + "\nRight test digits, with dropout; the slopes are the last biases'.")

# %% [markdown]
# Noise halves from line to line. For the same work small batches win, and clearly. Step
# for step the large ones win, but each of their steps costs sixteen times as much.
# (A computer does many rows at once, so in *seconds* the best batch is larger than in
# digits: time it on yours.) And all had the same rate. If you change the batch size,
# tune it again.

# %% [markdown]
# ## First weights
#
# Chapter 06 watched slopes vanish on the way *back*. On the way *forward* it is the
# same arithmetic. A sum of $k$ terms $h_i w_i$, with independent weights of mean 0 and
# variance $\sigma^2$, has the variance $k\,\sigma^2\,E[h^2]$. ReLU throws half of a
# symmetric sum away, so the next $E[h^2]$ is half that variance:
#
# $$E[h_{\text{next}}^2] = \tfrac12\,k\,\sigma^2\,E[h^2].$$
#
# To keep the signal as it is: $\sigma^2 = 2/k$ (He and others, 2015). Half as large a
# spread, and each layer loses a factor of two. How exact must it be, for twenty layers?


# %% tinyml={"objective": "07-signal", "role": "explore"}
def signal_picture(factor):
    rng, h, layers = np.random.default_rng(0), images[:200], []
    for k in [64] * 20:
        h = np.maximum(h @ rng.normal(0, factor * np.sqrt(2 / k), (k, 64)), 0)
        layers.append(h)
    sizes = np.log10([np.sqrt(np.mean(h**2)) for h in layers])
    fig, (left, right) = plt.subplots(1, 2, figsize=(6, 3.3))
    left.plot(range(1, 21), sizes, "o-", color=BLUE)
    left.set(xlabel="layer", ylabel="size of h, power of ten", ylim=(-13, 13))
    for depth, color in ((0, GREEN), (19, RED)):
        right.hist(layers[depth].ravel(), np.arange(0, 3, 0.1), color=color, alpha=0.6)
    right.set(xlabel="h: layer 1 green, 20 red", ylim=(0, 2500), ylabel="entries")
    times = 10 ** (sizes[-1] - sizes[0])
    return fig, f"Layer 20 is {times:.2g} times as large as layer 1."


FACTORS = [0.25, 0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 2.0, 4.0]
Explore(
    signal_picture,
    factor=Choice(FACTORS, 0.5, "times He's spread"),
    look="Which factor keeps twenty layers alive? What does a tenth more or less cost?",
    alt="The size of the signal over twenty layers, and how the entries of the first "
    "and of the last layer are distributed.",
)

# %% tags=["hide-input"] tinyml={"objective": "07-signal", "role": "check"}
Check(
    "A layer of 128 ReLU neurons gets 512 inputs. With which standard deviation should "
    "its weights start?",
    answer=0.0625,
    tolerance=0.0006,
    mistakes={
        0.0559: "Inputs and outputs, both? On the way forward only one is added up.",
        0.06: "Near. Give one digit more.",
        0.0039: "That is the variance. A spread is its root.",
        0.125: "Does a sum's size depend on how many neurons there are, or on how many "
        "terms each one adds up?",
        0.0442: "Right if nothing were thrown away. What does ReLU do to half of it?",
        0.0884: "You doubled once too often: the variance is doubled, then the root.",
        2: "That is twice the variance of ones. How many terms are in a sum?",
    },
    low="Too small, twenty such layers and the signal is gone. Variance first: 2 over?",
    high="Too large, twenty such layers and it overflows. Variance first: 2 over what?",
    reveal="The root of 2 / 512. The 128 outputs do not come into it.",
)

# %% [markdown]
# ## Batch normalization
#
# (At 1 what is left is chance: 64 neurons are few, and each seed gives its own factor.)
# A tenth off, twenty times, is a lot; and while they learn, the weights change. So do
# not hope: *set* the size in each layer. Each neuron's sum gets the mean 0 and spread 1
# over the batch,
#
# $$\hat z = \frac{z - m}{s}, \qquad m = \text{mean}(z), \quad s^2 =
# \text{mean}\,(z-m)^2 + \varepsilon ,$$
#
# before bias and activation; a small $\varepsilon$ keeps $s$ from being 0 (Ioffe and
# Szegedy, 2015; they also learn a gain, $\gamma \hat z + \beta$). Make all weights of a
# layer ten times as large: $\hat z$ does not even notice.

# %% [markdown]
# On the way back, remember what $\hat z$ does not notice: a constant added to all of
# $z$, and a stretching of $z$. So the slope for $z$ can have no part along $1$ and none
# along $\hat z$. Take both out, and divide by the spread:
#
# $$G_z = \frac1s\big(G - \text{mean}(G) - \hat z\,\text{mean}(G\hat z)\big).$$


# %% tinyml={"objective": "07-signal", "role": "explain"}
from tinyml_course.scratch import numeric_gradient


def normalize(z):
    middle = z.mean(axis=-2, keepdims=True)
    spread = np.sqrt(((z - middle) ** 2).mean(axis=-2, keepdims=True) + 1e-3)
    return (z - middle) / spread, middle, spread


def normalize_back(G, z_hat, spread):
    along = (G * z_hat).mean(axis=-2, keepdims=True)
    return (G - G.mean(axis=-2, keepdims=True) - z_hat * along) / spread


z, G = np.random.default_rng(3).normal(2, 5, (2, 30, 4))
z_hat, _, spread = normalize(z)
ours = normalize_back(G, z_hat, spread)
numeric = numeric_gradient(
    lambda flat: np.sum(G * normalize(flat.reshape(30, 4))[0]), z.ravel(), 1e-4
)
plots.say(f"From finite differences: {abs(ours.ravel() - numeric).max():.0e}.")

# %% [markdown]
# Twelve hidden layers on real digits, started with three spreads: 0.3 of He's, He's,
# and three times He's. Which share of the training digits is right after 200 batches?
# (Each batch is asked before it is learned from; the last twenty are averaged.)


# %% tinyml={"objective": "07-signal", "role": "explain"}
def deep(normal, steps=200):
    weights, right = start([64] + [32] * 12 + [10], runs=3)[::2], []  # no biases
    for W in weights[:-1]:
        W[:] = W[0] * np.reshape([0.3, 1.0, 3.0], (3, 1, 1))
    memories = [{} for _ in weights]
    for step in range(steps):
        rows, kept = np.arange(64 * step, 64 * step + 64) % 900, []
        h = images[None, rows].repeat(3, axis=0)
        for W in weights[:-1]:
            z, _, s = normalize(h @ W) if normal else (h @ W, 0, 1)
            kept.append((h, z, s))
            h = np.maximum(z, 0)
        scores, labels = h @ weights[-1], data.y_train[rows]
        right.append(np.mean(scores.argmax(axis=-1) == labels, axis=-1))
        G = minus(scores, np.eye(10)[labels])
        slopes, G = [h.mT @ G], G @ weights[-1].mT
        for W, (h, z, s) in zip(weights[-2::-1], kept[::-1], strict=True):
            G = normalize_back(G * (z > 0), z, s) if normal else G * (z > 0)
            slopes, G = [h.mT @ G, *slopes], G @ W.mT
        for p, g, memory in zip(weights, slopes, memories, strict=True):
            p += adam(g, memory, 0.01)
    return ", ".join(f"{share:.0%}" for share in np.mean(right[-20:], axis=0))


plots.say(f"As they are: {deep(False)}. Normalized: {deep(True)}.")

# %% [markdown]
# With it, the first weights hardly matter. (After a good start it wins nothing here.)
# Two things to know.
#
# **In use there is no batch.** A board sees one digit; its mean is itself, and $\hat z$
# would be 0. So training keeps running averages of $m$ and $s^2$, in each step
# $m_{\text{run}} \leftarrow \mu\, m_{\text{run}} + (1-\mu)\,m$, and these fixed numbers
# are used later. The network in training and the network in use are *two* networks.
#
# **Fixed numbers fold away.** With $m$ and $s$ fixed, $\hat z + b$ is a line again:
#
# $$\frac{\mathbf h W - m}{s} + b = \mathbf h\,\frac{W}{s} + \Big(b -
# \frac{m}{s}\Big).$$
#
# New weights, a new bias, and the board never learns that there was a normalization.

# %% [markdown]
# ## The same in Keras
#
# Keras has all of it: `BatchNormalization`, `AdamW`, `Dropout`, `HeNormal`, and for
# augmentation `RandomTranslation`. Do the first three mean what we mean? (The first
# lines are for later: they split this computer's processor into two *devices*, which
# TensorFlow allows only before it starts.)

# %% tinyml={"objective": "07-keras", "role": "explain"}
import keras
import tensorflow as tf
from keras import layers

from tinyml_course import train

tf.get_logger().setLevel("ERROR")
(cpu,) = tf.config.list_physical_devices("CPU")
if tf.config.get_logical_device_configuration(cpu) is None:
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)

theirs = layers.BatchNormalization(epsilon=1e-3)(z.astype(np.float32), training=True)
off = abs(theirs.numpy() - z_hat).max()

optimizer = keras.optimizers.AdamW(0.1, weight_decay=0.3)
p, variable, memory = np.ones(3), keras.Variable(np.ones(3), dtype="float64"), {}
for g in np.random.default_rng(0).normal(size=(50, 3)):
    p = p + adam(g, memory, 0.1) - 0.1 * 0.3 * p
    optimizer.apply([tf.constant(g)], [variable])
off_decay = abs(p - variable.numpy()).max()
train.seed_everything(0)
thinned = layers.Dropout(0.25)(np.ones(8), training=True).numpy().round(2)
plots.say(f"BatchNormalization: {off:.0e} apart. AdamW, 50 steps: {off_decay:.0e}.")
plots.say(f"Eight ones after Dropout(0.25): {thinned}.")

# %% [markdown]
# Mind two things. Keras's `Dropout` counts what is *dropped*, we counted what is kept;
# both divide in training. And its `AdamW` pulls the biases, too, unless it is told not
# to (`exclude_from_weight_decay`).
#
# A model with everything, and the plain one. A **callback** is code that `fit` calls at
# certain moments, after each epoch for instance. Two that everyone needs are
# `EarlyStopping`, our `stop_at` (`restore_best_weights=True`, or you get the last
# ones), and `ReduceLROnPlateau`, which lowers the rate when progress stops. The third
# we write ourselves: tell how far it is. A training that says nothing for an hour is a
# bad one.


# %% tinyml={"objective": "07-keras", "role": "explain"}
def build(well, momentum=0.9):
    stack = [keras.Input((64,))]
    for _ in range(2):
        stack += [layers.Dense(64, kernel_initializer="he_normal")]
        stack += [layers.BatchNormalization(momentum=momentum)] if well else []
        stack += [layers.ReLU()]
        stack += [layers.Dropout(0.5)] if well else []
    return keras.Sequential([*stack, layers.Dense(10)])


class Tell(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs):
        if epoch % 10 == 9:
            losses = f"{logs['loss']:.3f}, validation {logs['val_loss']:.3f}"
            print(f"epoch {epoch + 1} of {self.params['epochs']}: loss {losses}")
        self.last = epoch + 1

    def on_train_end(self, logs):
        print(f"ended after epoch {self.last}")


def patient():
    stop = keras.callbacks.EarlyStopping(patience=8, restore_best_weights=True)
    slower = keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=5)
    return [stop, slower, Tell()]


# %% tinyml={"objective": "07-keras", "role": "explain"}
LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def keras_fit(well, epochs, rate, callbacks):
    train.seed_everything(0)
    model = build(well)
    adam_w = keras.optimizers.AdamW(rate, weight_decay=0.1 * well)
    model.compile(adam_w, LOSS)
    model.fit(
        x_train,
        y_train,
        batch_size=32,
        epochs=epochs,
        validation_data=(x_val, y_val),
        validation_batch_size=len(x_val),
        callbacks=callbacks,
        verbose=0,  # Tell tells enough
    )
    return model


models = {"plain": keras_fit(False, 30, 0.003, [Tell()])}
print("now well")
models["trained well"] = keras_fit(True, 80, 0.01, patient())

# %% [markdown]
# Read the two logs. The plain one's training loss falls on and on, its validation loss
# turns and climbs: by heart. The other's training loss stays high, for it is measured
# with half of the neurons missing, and its validation loss falls until `EarlyStopping`
# has seen enough, long before epoch 80. (The plain one's lowest is not much higher; it
# ran past it.) Do not compare a training loss with dropout to a validation loss
# without.

# %% tags=["hide-input"] tinyml={"objective": "07-keras", "role": "check"}
Check(
    "`BatchNormalization` in Keras has momentum 0.99 unless you say otherwise, and its "
    "running mean starts at 0. You train for 3 epochs of 20 batches. What share of the "
    "running mean is still that 0, in percent?",
    answer=round(100 * 0.99**60, 1),
    unit="%",
    tolerance=0.75,
    mistakes={
        45: "That share has arrived already. What is left of the start?",
        0.55: "One percent arrives in each batch: what is left after all of them? And "
        "give the share in percent.",
        99: "After one step, yes. And after all of them?",
        40: "60 times one percent taken away, but of what is left each time.",
        97: "After three steps. The averages move in each batch, not each epoch.",
        82: "After one epoch. There are three.",
        60: "So many steps. What does each leave of the start?",
    },
    low="Less than is left. Each batch leaves 99 percent of what was there.",
    high="More than is left. Each batch leaves 99 percent; how many batches?",
    reveal="0.99 to the power of 60. In training nothing looks wrong; in use the "
    "network normalizes with numbers half made up. For short trainings take 0.9.",
)

# %% [markdown]
# ## Ship it
#
# Both become int8 (chapter 19 takes that apart) and run on the board, as in chapter 00.
# One of them has two normalizations and two dropouts more. First guess.

# %% tags=["hide-input"] tinyml={"objective": "07-keras", "role": "predict"}
from tinyml_course import graph, quantize, report

bill, macs = "", []
for name, model in models.items():
    tflite_model = quantize.to_int8(model, x_train)
    net = graph.read(tflite_model)
    x_board = net.tensors[net.inputs[0]].quantize(x_test)
    right = train.accuracy(graph.invoke(net, x_board), y_test)
    board = report.bench(tflite_model, x_board[:3])
    macs.append(board["macs"])
    bill += (
        f" {name.capitalize()}: {', '.join(op.kind for op in net.operators)}; flash "
        f"{board['flash_bytes']:,} bytes, RAM {board['ram_bytes']:,} bytes, "
        f"{board['macs']:,} multiplications, {board['instructions']:,} instructions; "
        f"{right:.1%} of the test digits right."
    )
Predict(
    "Two BatchNormalization layers of 64 and two Dropouts: how many multiplications "
    "more does the board execute for one digit?",
    answer=macs[1] - macs[0],
    unit="multiplications",
    explain="Counted." + bill,
)

# %% [markdown]
# Not a byte more, not a multiplication more, and more of the test digits right.
# Whatever you do to *train* well is paid for on your desk, once. The board pays for the
# shape of the network, and for nothing else.
#
# ## Two devices, one step
#
# In 2012 AlexNet did not fit: its authors had processors with 3 GB of memory, and
# spread the *network* over two of them, half of the neurons on each. That is **model
# parallelism**. The other way is to split the *data*: every device has all weights and
# computes the slopes for its part of the batch, then all average: **data parallelism**.
# The loss is a mean over rows, and so is its slope. For two halves $A$ and $B$
#
# $$\frac1n\sum_{i} g_i = \frac12\Big(\frac2n\sum_{i\in A} g_i + \frac2n\sum_{i\in B}
# g_i\Big).$$
#
# Not an approximation: *the very same step*. First with our own slopes, in 64 bits.
# Then Keras, in 32 bits and on the two devices made above: `MirroredStrategy` copies
# the model to each, splits every batch, averages the slopes.


# %% tinyml={"objective": "07-parallel", "role": "explain"}
def slopes_of(rows):
    layers = forward(begin, x_train[None, rows])
    return backward(begin, layers, minus(layers[-1], Y[rows]))


def apart(these, those):
    return max(abs(a - b).max() for a, b in zip(these, those, strict=True))


begin = start((64, 32, 10), runs=1)
here, there = slopes_of(slice(0, 32)), slopes_of(slice(32, 64))
average = [(a + b) / 2 for a, b in zip(here, there, strict=True)]
plots.say(f"The slopes are **{apart(average, slopes_of(slice(64))):.0e}** apart.")

ends, two = [], tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
for strategy in (tf.distribute.OneDeviceStrategy("CPU:0"), two):
    with strategy.scope():
        train.seed_everything(0)
        model = build(well=False)
        model.compile(keras.optimizers.SGD(0.1), LOSS)
    before = model.get_weights()
    model.fit(x_train[:64], y_train[:64], batch_size=64, epochs=10, verbose=0)
    ends.append(model.get_weights())
step, off = apart(ends[0], before), apart(*ends)
plots.say(f"Ten steps moved weights by up to {step:.2f}; apart: **{off:.0e}**.")

# %% [markdown]
# Not zero, and that is no mistake: sums of floats are rounded, and two halves add up in
# another order than the whole. A float near 1 is known to one part in $2^{53}$ or
# $2^{24}$, and what you see is a few of those parts. Hence the rule for such
# comparisons: a tolerance of a few units in the last place, for this reason and no
# other.
#
# So a second device changes the time, never the result. Almost never. When does it?

# %% tags=["hide-input"] tinyml={"objective": "07-parallel", "role": "predict"}
sums = images[:64] @ np.random.default_rng(0).normal(size=(64, 8))
alone = normalize(sums)[0]
halves = np.concatenate([normalize(part)[0] for part in (sums[:32], sums[32:])])

Predict(
    "For which of these do two devices, each with half of the batch, *not* take the "
    "step that one would take?",
    options=["weight decay", "momentum", "batch normalization", "a smaller rate"],
    answer="batch normalization",
    explain="Each device normalizes by the mean of its own half, so one row's result "
    "depends on which half it is in: here by up to "
    f"{abs(alone - halves).max():.2f} spreads. The other three act on the averaged "
    "slope. (Dropout takes another step too: its masks are drawn by lot.)",
)

# %% tags=["hide-input"] tinyml={"objective": "07-parallel", "role": "check"}
Check(
    "A batch of 64 is split unevenly, since one device is slower: 48 rows here, 16 "
    "there. The mean slopes are 2 and 6. Which slope must both use?",
    answer=3,
    mistakes={
        4: "That is the mean of the two means. Does each row have the same say in it?",
        5: "The weights are the wrong way round: who had more rows?",
        8: "The sum. The loss of the whole batch is a mean.",
        1.5: "Halved once too often: the shares of the rows add up to 1 already.",
        192: "The sum over all rows. And the mean?",
    },
    low="A weighted mean lies between the two slopes, nearer to the larger half's.",
    high="Too much say for the few rows. What share of the batch does each have?",
    reveal="48/64 times 2 and 16/64 times 6. Every row has the same say, wherever it "
    "was computed.",
)

# %% [markdown]
# The price is talk: in each step every device tells all its slopes. AlexNet has 60
# million weights, in floats that is a quarter of a gigabyte for every step. Splitting
# the network instead exchanges what the neurons say, at every layer. Chapter 25 asks
# the same of boards that share a radio instead of a cable.
#
# ## On your own
#
# 1. Both at once: draw validation MSE over the power *and* the ridge penalty, as a map.
#    Where is its valley?
# 2. Give the free network dropout on the shaft, one input and twenty points. Does it
#    help there? Why would it help digits more?
# 3. `ReduceLROnPlateau` against a rate that falls by a fixed plan (`CosineDecay`):
#    which gets farther on the digits, over five seeds?
# 4. Split the *network*: the first 16 hidden neurons on one device, the others on the
#    other. What has to be exchanged, forward and back? Is it the same step?
# 5. Problem set `ps03` gives you a pot on which networks overfit, and asks for a
#    penalty, a dropout, a `stop_early` and the choice of a size, all of your own.
#
# ## What you have done
#
# * You **told** stiff from free by validation data, in powers and in fans of twenty
#   networks, and opened the test drawer once.
# * You **held back** models by ridge, lasso, weight decay, dropout, early stopping and
#   augmentation, on labels of which one in four was drawn by lot.
# * You **kept** the signal: first weights, batch normalization with its slope, batch
#   size.
# * You **trained** the same in Keras with callbacks, and shipped it: on the board all
#   of that costs nothing.
# * You **split** a step over two devices, and got the very same step.
#
# **The idea to keep:** low error on what was learned is cheap. Judge by data that was
# held back, and make learning by heart dearer than learning the rule.
#
# **Next:** all steps in one flow, from collecting to a board: chapter 08, *The
# five-step flow*.
#
# ## Sources
#
# * A. Hoerl and R. Kennard, "Ridge Regression", *Technometrics* 12 (1970); R.
#   Tibshirani, "Regression Shrinkage and Selection via the Lasso", *J. R. Statist. Soc.
#   B* 58 (1996).
# * L. Prechelt, "Early Stopping: But When?", in *Neural Networks: Tricks of the Trade*
#   (1998): patience.
# * N. Srivastava and others, "Dropout", *JMLR* 15 (2014); I. Loshchilov and F. Hutter,
#   "Decoupled Weight Decay Regularization", *ICLR* (2019): AdamW.
# * K. He and others, "Delving Deep into Rectifiers", *ICCV* (2015); S. Ioffe and C.
#   Szegedy, "Batch Normalization", *ICML* (2015).
# * C. Northcutt, A. Athalye and J. Mueller, "Pervasive Label Errors in Test Sets
#   Destabilize Machine Learning Benchmarks", *NeurIPS* (2021): at least 3.3 % in ten
#   test sets, 6 % in ImageNet's validation set.
# * C. Zhang and others, "Understanding Deep Learning Requires Rethinking
#   Generalization", *ICLR* (2017): networks learn labels by lot.
# * A. Krizhevsky, I. Sutskever and G. Hinton, "ImageNet Classification with Deep
#   Convolutional Neural Networks", *NeurIPS* (2012): two processors of 3 GB, 60 million
#   parameters, dropout, augmentation.
# * Texas Instruments, *Absolute Angle Encoder Reference Design With Hall-Effect Sensors
#   for Precise Motor Position Control*, TIDUC07 (2022): the error as waves, and a table
#   of them.
# * J. Aynsley, *Deep Learning for Engineers*, Doulos (2019): twenty runs of 1 x 6 and 4
#   x 16, dropout; *CS249r: Tiny Machine Learning*, Harvard (2020): where to stop,
#   penalties, AlexNet's training.
