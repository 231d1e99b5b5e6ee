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

# %% [markdown] tinyml={"objectives": ["03-gradient", "03-walk", "03-cost", "03-race"]}
# # Rolling downhill
#
# Chapter 02 had a formula for the lowest point of its bowl. Few models in this
# course have one. What works nearly everywhere is this: feel which way the
# ground falls, take a step, feel again. Every network of this course is
# trained like that. Below are three walks down *one* hill from *one* start. They
# differ in a single number, and soon you will know the largest one that works
# before you take the first step.
#
# **You will**
#
# * **compute** a gradient: by hand, by finite differences, by the chain rule;
# * **walk** downhill with a rate that you can defend, and know where it may end;
# * **count** what a step costs, and pay less with small batches;
# * **race** momentum, Nesterov, AdaGrad, AdaDelta, RMSProp and Adam.
#
# **You need** chapter 02, a derivative, the product of two matrices, and to have
# heard of eigenvalues. About 100 minutes.

# %% tags=["hide-input"] tinyml={"objective": "03-walk", "role": "explain"}
import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import datasets, device, plots
from tinyml_course.scratch import design_matrix, least_squares, mse
from tinyml_course.widgets import Check, Choice, Explore, Predict

plots.use_style()
BLUE, RED, GREEN = (plots.COLORS[c] for c in ("blue", "vermillion", "green"))
data = datasets.load("thermometer")
x_train, y_train = data.x_train[:, 0] * 3.3 / 4095, data.y_train  # volts, °C
fig, ax = plt.subplots()
for rate, color in [(0.02, BLUE), (0.6, GREEN), (0.68, RED)]:
    w, b, gaps = 0.0, 0.0, [-y_train]
    for _ in range(120):
        w -= rate * 2 * np.mean(gaps[-1] * x_train)
        b -= rate * 2 * np.mean(gaps[-1])
        gaps.append(w * x_train + b - y_train)
    heights = np.square(gaps).mean(axis=1)
    ax.semilogy(heights, color=color)
    ax.text(122, heights[-1], rate, color=color)
ax.set(xlabel="step", ylabel="MSE (°C²)", title="One hill, three learning rates")
plots.show(fig, alt="MSE of three walks: one creeps, one falls fast, one climbs on.")

# %% [markdown]
# ## In the fog
#
# Each line $\hat y = wx + b$ is a point of a map, $\mathbf p = (w, b)$, and its MSE
# is the height of the ground there, $f(\mathbf p)$. We stand somewhere on that ground
# **in thick fog**: no map, no horizon. All we can do is try a small step $h$ in each
# direction and feel by how much the height changes. Divided by the length of the
# step, that is a slope; one such slope for each of the parameters $p_1, p_2$ is the
# **gradient**, written with an upside-down triangle,
#
# $$\nabla f(\mathbf p) \approx \left(
# \frac{f(p_1 + h, p_2) - f(p_1 - h, p_2)}{2h},\;
# \frac{f(p_1, p_2 + h) - f(p_1, p_2 - h)}{2h} \right).$$
#
# A step to *both* sides, because then the ground's bend cancels. That is all of
# **finite differences**, and it asks nothing of $f$ but its value. We start
# knowing nothing, at $w = b = 0$.


# %% tinyml={"objective": "03-gradient", "role": "explain"}
def numeric_gradient(f, p, h=1e-4):
    steps = h * np.eye(len(p))  # one row for each parameter
    return np.array([(f(p + s) - f(p - s)) / (2 * h) for s in steps])


X = design_matrix(x_train)  # (60, 2): volts and ones


def loss(p):
    return mse(y_train, X @ p)


start = np.zeros(2)
slope_w, slope_b = numeric_gradient(loss, start)
plots.say(
    f"At $w = b = 0$ the ground is at {loss(start):.1f} °C² and changes by "
    f"**{slope_w:.2f}** for each °C/V of slope, **{slope_b:.2f}** for each °C of "
    "intercept. Both negative: it falls if either number grows."
)

# %% [markdown]
# ## The same with a pencil
#
# Look at one point, $x = 2$, $y = 3$, at $w = b = 1$. Its residual, this time
# predicted minus measured, is $e = 1\cdot 2 + 1 - 3 = 0$; no quarrel there. Take
# $y = 5$ instead: $e = -2$, and its share of the loss is $e^2 = 4$. Nudge $w$ by a
# little $\varepsilon$. The residual becomes $-2 + 2\varepsilon$, its square
# $4 - 8\varepsilon + 4\varepsilon^2$. For tiny $\varepsilon$ only $-8\varepsilon$
# is left of the change: the slope is $-8$.

# %% [markdown]
# Where did the $-8$ come from? From two links of a chain. The square answers to
# the residual with $2e = -4$, the residual to $w$ with $x = 2$, and **rates along
# a chain multiply**:
#
# $$\frac{\partial e^2}{\partial w}
# = \frac{\partial e^2}{\partial e}\cdot\frac{\partial e}{\partial w}
# = 2e \cdot x.$$
#
# (The round $\partial$ is the $d$ of a derivative for which all other parameters
# stand still.) That is the **chain rule**; chapter 06 trains networks with longer
# chains and nothing else. The mean over all points is a sum, so its slope is the mean
# of the slopes. Now you: both derivatives of the MSE of a line.


# %% tinyml={"objective": "03-gradient", "role": "exercise"}
def by_hand(x, y, w, b):
    """The two slopes of the MSE of w x + b: for w, then for b."""
    # your lines go here, for example: return for_w, for_b


# %% tags=["hide-input"] tinyml={"objective": "03-gradient", "role": "check"}
def test_by_hand():
    x, y = np.array([1.0, 2.0, 4.0]), np.array([1.0, -1.0, 3.0])
    got = by_hand(x, y, 0.5, 2.0)
    if got is None:
        return "Nothing came back. Does your last line begin with `return`?"
    if np.shape(got) != (2,):
        return f"Two numbers, please, for w and for b; the shape is {np.shape(got)}."
    right = np.array([9, 13 / 3])  # the residuals are 1.5, 4 and 1
    for wrong, hint in [
        (-right, "Right size, wrong side. Is it predicted minus measured?"),
        (right / 2, "Each is half as large as it should be: think of the square."),
        (right * 3, "You took the sum over the points. The MSE is a mean."),
        (right[::-1], "The right numbers in the wrong order: w comes first."),
        (right[[1, 1]], "How does a residual answer to w? Not like it does to b."),
    ]:
        if np.allclose(got, wrong):
            return hint
    fine = np.isclose(got, right)
    if fine.any() and not fine.all():
        return f"The slope for {'wb'[fine.argmax()]} is right, the other is not."
    if not fine.all():
        return "Hold `by_hand(x_train, y_train, 0, 0)` against slope_w and slope_b."


Check("`by_hand(x, y, w, b)` gives the two slopes of the MSE.", test=test_by_hand)

# %% [markdown]
# ## All parameters at once
#
# With the design matrix $X$ of chapter 02 the residuals are $X\mathbf p - \mathbf
# y$, and "residual times column, averaged" for *every* column is one product:
#
# $$\nabla\,\text{MSE}(\mathbf p) = \frac2n\,X^\top (X\mathbf p - \mathbf y).$$
#
# Set it to zero, and there is the normal equation again. (In the code, $2/n$ comes
# last: there it multiplies two numbers, in front it would multiply all of $X$.)
# Hold it against finite differences, and ask: how small should $h$ be? The smaller
# the better, one would think.


# %% tinyml={"objective": "03-gradient", "role": "explain"}
def mse_gradient(X, y, p):
    return X.T @ (X @ p - y) * (2 / len(X))


exact = mse_gradient(X, y_train, start)
off = abs(numeric_gradient(loss, start) - exact).max() / abs(exact).max()
plots.say(f"Chain rule against finite differences: they differ by **{off:.0e}**.")

h = np.logspace(-15, 0, 61)
nudged = np.array([loss(start + [step, 0]) for step in h])
back = np.array([loss(start - [step, 0]) for step in h])
fig, ax = plt.subplots()
ax.loglog(h, abs((nudged - loss(start)) / h / exact[0] - 1), color=RED)
ax.loglog(h, abs((nudged - back) / (2 * h) / exact[0] - 1), color=BLUE)
ax.text(1e-1, 3e-2, "one side", color=RED, ha="right")
ax.text(1e-1, 1e-15, "both sides", color=BLUE, ha="right")
ax.set(xlabel="h", ylabel="relative error", ylim=(1e-17, 30))
plots.show(
    fig,
    alt="Error of a finite difference against h, both logarithmic. With a step to one "
    "side it makes a V with its lowest point in the middle; with a step to both "
    "sides it falls to the right all the way. To the left both grow alike.",
)

# %% [markdown]
# To the left both get *worse*: two nearly equal heights are subtracted, and of
# their sixteen digits only the last few differ. To the right, the one-sided step
# suffers from the bend of the ground, and the two-sided one does not: a parabola
# is exactly as steep in the middle as from side to side. Other functions have
# wiggles too, so take $h$ neither tiny nor large, like our $10^{-4}$.
#
# > **Tip: check every gradient you write.** Finite differences need two values of
# > $f$ for each parameter, which is hopeless for training a million of them. As a
# > *test* of a formula, on three parameters, they find almost every mistake.

# %% [markdown]
# ## Step by step
#
# A short step $\mathbf d$ changes the height by $\nabla f\cdot\mathbf d$. Among all
# steps of one length, a dot product is smallest when the two point exactly against
# each other: straight against the gradient is the steepest way down. So
#
# $$\mathbf p \leftarrow \mathbf p - \eta\,\nabla f(\mathbf p),$$
#
# again and again. The **learning rate** $\eta$ turns a slope into a step. That is
# **gradient descent**, all of it; A.-L. Cauchy wrote it down in 1847.


# %% tinyml={"objective": "03-walk", "role": "explain"}
def gradient_descent(gradient, start, rate, steps):
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - rate * gradient(path[-1]))
    return np.array(path)  # (steps + 1, k)


def slopes(p):
    return mse_gradient(X, y_train, p)


path = gradient_descent(slopes, start, rate=0.33, steps=3000)
for step in (0, 1, 2, 10, 100):
    w, b = path[step]
    print(f"step {step:3d}: w = {w:6.2f}  b = {b:6.2f}  MSE = {loss(path[step]):6.2f}")

# %% [markdown]
# It tumbles down the wall of the valley in two steps. And then? The normal
# equation knows where the bottom is. How long do we walk until the slope is right
# to a hundredth?

# %% tags=["hide-input"] tinyml={"objective": "03-walk", "role": "predict"}
best = least_squares(X, y_train)
arrived = int(np.argmax(abs(path[:, 0] - best[0]) < 0.01))

Predict(
    "After how many steps, at this rate of 0.33, is w within 0.01 °C/V of the best?",
    answer=arrived,
    unit="steps",
    explain="The wall was steep, the floor of the valley is nearly flat; and where "
    "the slope is small, so is the step.",
)

# %% tinyml={"objective": "03-walk", "role": "explain"}
path = gradient_descent(slopes, start, rate=0.6, steps=1500)
slope, offset = path[-1]
plots.say(f"Final slope = **{slope:.11f}** offset = **{offset:.11f}**")
plots.say(
    f"The normal equation differs by {abs(path[-1] - best).max():.0e}, and what is "
    f"left of the gradient is {abs(slopes(path[-1])).max():.0e}."
)
W, B = np.meshgrid(np.linspace(-20, 140, 40), np.linspace(-110, 50, 40))
Z = ((y_train - W[..., None] * x_train - B[..., None]) ** 2).mean(axis=-1)
fig = plt.figure(figsize=(6, 3.2))
above = fig.add_subplot(1, 2, 1, xlabel="w (°C/V)", ylabel="b (°C)")
plots.contours(above, W, B, Z)
above.plot(*path.T, ".-", color=RED, lw=1)
hill = fig.add_subplot(1, 2, 2, projection="3d", xlabel="w", ylabel="b")
hill.set(title="MSE / 1,000", xticks=[0, 100], yticks=[-100, 0], zticks=[0, 10, 20])
hill.plot_surface(W, B, Z / 1e3, cmap="cividis", rcount=14, ccount=14, alpha=0.6)
hill.plot(*path.T, [loss(p) / 1e3 for p in path], ".-", color=RED, lw=1, zorder=9)
hill.view_init(elev=38, azim=-62)
plots.show(
    fig,
    alt="A path on a contour map and on the same hill in three dimensions: a few "
    "zigzags down the wall of a long narrow valley, then slowly along its floor.",
)

# %% [markdown]
# No formula for the bottom was used, and it agrees to a dozen digits: patience, and
# a rate nearly twice as large as before. Why not larger still?
#
# ## Too low, right, too high
#
# A hundred steps at a rate that you choose. Start low, and watch the path from above
# and as heights (dashed: the height of the bottom).


# %% tags=["hide-input"] tinyml={"objective": "03-walk", "role": "explore"}
askew = {
    "x": [-30, 150],
    "y": [-120, 60],
    "x_label": "w (°C/V)",
    "y_label": "b (°C)",
    "start": start,
    "curvature": 2 * X.T @ X / len(X),
    "bottom": best,
    "floor": loss(best),
}
Explore(
    live="descent",
    data={
        "grounds": [askew],
        "rates": np.arange(0.02, 0.72, 0.02).round(2),
        "rate": 0.02,
        "steps": 100,
    },
    look="When does it begin to zigzag? From which rate on is it lost? Then take the "
    "start by its handle and ask whether it matters where you begin.",
    alt="A map of a long narrow valley with the path of a hundred steps, and beside "
    "it the height of the path at each step. The rate and the start can be moved.",
)

# %% [markdown]
# ## The largest rate, from the curvature
#
# Wherever you began, the same rates were too high: the limit belongs to the ground,
# not to the start. So the ground must tell it.
#
# Take a bowl with one parameter, $f(p) = \tfrac12 c\,p^2$, bottom at 0. Its slope
# is $c\,p$ and its **curvature**, the slope of the slope, is $c$. One step:
#
# $$p \;\leftarrow\; p - \eta\, c\, p = (1 - \eta c)\, p.$$
#
# Each step *multiplies* the distance to the bottom by $1 - \eta c$. Read off what
# happens: below $\eta = 1/c$ it creeps in from one side, at exactly $1/c$ it is there
# in one step, beyond it overshoots and zigzags, and above
#
# $$\eta = \frac{2}{c}$$
#
# the factor is larger than 1 in size: each step lands farther away than the last.

# %% [markdown]
# Two parameters bend the ground in more than one way. The slopes of the slopes
# fill a matrix, $H = \frac2n X^\top X$ for us, and along its eigenvectors it acts
# like a plain number, its **eigenvalue**. In these directions the walk falls apart
# into walks of one parameter. The steepest one breaks first: the largest stable
# rate is 2 over the largest eigenvalue. A prediction to the third digit, from the
# data alone; try it on both sides.

# %% tinyml={"objective": "03-walk", "role": "explain"}
curvature = 2 * X.T @ X / len(X)  # (2, 2)
flat, steep = np.linalg.eigvalsh(curvature)
limit = 2 / steep
plots.say(
    f"The bowl's curvatures are {flat:.4f} along the valley and {steep:.4f} across: "
    f"one is {steep / flat:.0f} times the other. The zigzag begins at "
    f"{1 / steep:.2f}, the limit is **{limit:.4f}**: the first picture's 0.68 is "
    f"{0.68 / limit - 1:.1%} too much."
)
table = "| rate | MSE after 1,000 steps, of the first |\n|---|---|\n"
for share in (0.99, 1.0, 1.01):
    path = gradient_descent(slopes, start, share * limit, steps=1000)
    table += (
        f"| {share:.2f} of the limit | {loss(path[-1]) / loss(start):.1g} times |\n"
    )
plots.say(table)

# %% tags=["hide-input"] tinyml={"objective": "03-walk", "role": "check"}
Check(
    "A model with one parameter has the loss f(p) = 4 (p - 7)². At which learning "
    "rate does gradient descent stop being stable?",
    answer=0.25,
    mistakes={
        0.5: "Two over the factor in front of the square. Is that the curvature? "
        "Differentiate twice.",
        0.125: "At that rate it arrives in a single step. How much longer may a step "
        "be before it lands as far away on the other side?",
        4: "A steeper bowl needs shorter steps. Which way round is the formula?",
        8: "That is the curvature. What does it say about the rate?",
        16: "Two times the curvature. A steeper bowl needs shorter steps, though.",
    },
    low="That rate is still stable. Find the factor that a step multiplies p - 7 by.",
    high="By which factor does one step multiply p - 7? Its size must stay under one.",
    reveal="The curvature is 8 (the slope is 8 (p - 7)), so 2 / 8. Where the bottom "
    "lies does not matter.",
)

# %% [markdown]
# ## Why the floor takes so long
#
# At exactly the limit the walk bounces from wall to wall for ever; a hundredth more,
# and it is gone. So the steep wall fixes the rate, and with that rate the flat floor
# has to be walked: along it, a step covers at most a share of 2 flat/steep of what is
# left. Their ratio, steep over flat, is the **condition number**, and the number of
# steps grows with it.
#
# You cannot change the data, but the *units* are yours. Chapter 02 turned the valley
# upright by moving the origin into the middle of the points. Now also measure $x$
# in multiples of its spread. Then $H$ is twice the unit matrix, the bowl is round,
# and the rate $1/c = 1/2$ is right in every direction at once.

# %% tinyml={"objective": "03-walk", "role": "explain"}
middle, spread = x_train.mean(), x_train.std()
Z_std = design_matrix((x_train - middle) / spread)  # "standardized" columns

path = gradient_descent(lambda p: mse_gradient(Z_std, y_train, p), start, 0.5, 1)
w_std, height = path[1]
w = w_std / spread  # back in °C per volt
b = height - w * middle
plots.say(
    f"After **one step**: w = {w:.6f}, b = {b:.6f}. The normal equation differs by "
    f"{max(abs(w - best[0]), abs(b - best[1])):.0e}."
)

# %% [markdown]
# One step instead of hundreds. That is why so many programs that learn begin with
# the same two operations on their inputs, subtract the mean and divide by the
# spread, and it is why chapter 07 does it again *inside* networks.

# %% [markdown]
# ## Where a walk may end
#
# A bowl forgives everything, it has one bottom. Most losses are no bowls. A fan
# shakes its housing, an accelerometer on it reads $y$ for one second, and we want
# the fan's speed: fit $\hat y = \sin(2\pi u t + \varphi)$, with $u$ turns a second
# and a phase $\varphi$. Two parameters, a curve that is not linear in them, no
# normal equation. The chain has one link more,
#
# $$\frac{\partial e^2}{\partial u} = 2e\cdot\cos(2\pi u t + \varphi)\cdot 2\pi t,$$
#
# and we check it at once. The fan was simulated with $u = 3.2$ and $\varphi = 0.8$, so
# there is a deep place. Start somewhere else. (Leave the method at SGD, the usual name
# of the plain walk; come back with the other two at the end of the chapter.)

# %% tinyml={"objective": "03-walk", "role": "explain"}
t = (np.arange(64) - 31.5) / 64  # one second, 0 in the middle
rng = np.random.default_rng(3)
shaking = np.sin(2 * np.pi * 3.2 * t + 0.8) + rng.normal(0, 0.2, size=64)


def fan_loss(p):
    return mse(shaking, np.sin(2 * np.pi * p[0] * t + p[1]))


def fan_gradient(p):
    angle = 2 * np.pi * p[0] * t + p[1]
    link = 2 * (np.sin(angle) - shaking) * np.cos(angle)  # (64,)
    return np.array([np.mean(link * 2 * np.pi * t), np.mean(link)])


p = np.array([1.0, 2.0])
off = abs(fan_gradient(p) - numeric_gradient(fan_loss, p)).max()
plots.say(f"Chain rule and finite differences differ by {off:.0e}. Good.")

# %% tags=["hide-input"] tinyml={"objective": "03-walk", "role": "explore"}
Explore(
    live="descent",
    data={
        "grounds": [
            {
                "x": [0.2, 6],
                "y": [-3.2, 3.2],
                "x_label": "speed u (turns/s)",
                "y_label": "phase",
                "start": [5, 1],
                "t": t,
                "samples": shaking.round(4),
            }
        ],
        "methods": ["SGD", "momentum", "Adam"],
        "rates": [0.01, 0.02, 0.05, 0.1, 0.2, 0.5],
        "rate": 0.1,
        "steps": 200,
        "heights": [-1.6, 0.4],
        "note": f"Silence, always 0, has {np.mean(shaking**2):.2f}.",
    },
    look="Move the start. Where can you end, and which starts find the fan?",
    alt="A landscape of hills and hollows from above with the path of two hundred "
    "steps that ends in a hollow, and the height of the path at each step.",
)

# %% [markdown]
# The walk is never wrong about *down*, and still it often ends in a **local
# minimum**: lower than all around, and mostly worse than silence. The gradient there is
# zero, and the walk stops, content. How often? Try starts all over the map.
#
# A zero gradient alone says little: a **summit** has one too, and so has a **saddle**,
# which goes up one way and down the other, like a mountain pass. Newton's method
# finds each of them from nearby (it takes the slopes as straight lines and solves for
# the place where they are zero). What tells them apart is the curvature.

# %% tinyml={"objective": "03-walk", "role": "explain"}
grid = [(u, phase) for u in np.arange(0.5, 5.6, 0.25) for phase in range(-3, 4)]
ends = np.array([gradient_descent(fan_gradient, p, 0.1, 200)[-1] for p in grid])
heights = np.array([fan_loss(p) for p in ends])
silence = np.mean(shaking**2)

table = "| u, phase | MSE | gradient | curvatures | kind |\n|---|---|---|---|---|\n"
for near in [(3.2, 0.8), (1.8, -2.1), (2.2, -0.8), (3.2, -2.3)]:
    p = np.array(near)
    for _ in range(20):
        H = numeric_gradient(fan_gradient, p)  # slopes of the slopes, (2, 2)
        p = p - np.linalg.solve(H, fan_gradient(p))
    low, high = np.linalg.eigvalsh(H)
    kind = "minimum" if low > 0 else "saddle" if high > 0 else "summit"
    table += f"| {p[0]:.2f}, {p[1]:.2f} | {fan_loss(p):.2f} "
    table += f"| {abs(fan_gradient(p)).max():.0e} | {low:.1f}, {high:.1f} | {kind} |\n"
plots.say(table)
walk = gradient_descent(fan_gradient, (2.2, -0.8), 0.1, 200)
fallen = fan_loss(walk[0]) - np.array([fan_loss(p) for p in walk])
first, most = (np.argmax(fallen > share * fallen[-1]) for share in (0.1, 0.9))
plots.say(
    f"Of {len(grid)} starts all over the map **{sum(heights < 0.1)}** reach the fan, "
    f"{sum(heights > silence)} end worse than silence. From (2.2, -0.8), beside the "
    f"saddle, the first tenth of the way down takes {first} steps, the next eight "
    f"tenths {most - first}."
)

# %% [markdown]
# A walk that comes near a saddle gets slow, because the gradient there is almost
# zero, and then slides off to one side. (Put the start of the widget there and look
# at its heights.) With a million parameters, a point of zero gradient is
# a minimum only if the ground bends upwards in *all* million directions; one
# exception makes it a saddle. That is why Dauphin and others (2014) hold that large
# networks are slowed by saddles and flat stretches more than trapped in hollows.

# %% [markdown]
# ## What a step costs
#
# Now count, and not in theory: here is a number that counts the multiplications it
# takes part in. NumPy multiplies matrices of anything that can be multiplied, so
# fill $X$ with such numbers and compute one gradient, for a model with several
# outputs at once (each output has its own column of weights).


# %% tinyml={"objective": "03-cost", "role": "explain"}
class Counted(float):
    total = 0

    def __mul__(self, other):
        Counted.total += 1
        return float(self) * float(other)  # an ordinary number again

    __rmul__ = __mul__


def multiplications(outputs, weights, rows):
    numbers = np.random.default_rng(0).normal(size=(rows, weights))
    X = np.vectorize(Counted, otypes=[object])(numbers)
    Counted.total = 0
    mse_gradient(X, np.zeros((rows, outputs)), np.zeros((weights, outputs)))
    return Counted.total


table = "| outputs | weights each | rows | multiplications |\n|---|---|---|---|\n"
for sizes in [(1, 8, 50), (2, 8, 50), (2, 16, 50), (2, 16, 100)]:
    table += "| {} | {} | {} | {:,} |\n".format(*sizes, multiplications(*sizes))
plots.say(table + "\nCounted, one by one.")

# %% [markdown]
# Double any of the three and the count doubles: a step costs
# **outputs times weights times data**, and that twice, because each product of a
# weight and an input on the way *forward* ($X\mathbf p$) has a partner on the way
# *back* ($X^\top\mathbf e$). The data is the factor that hurts: the visual wake words
# of the Harvard lecture are 40 GB of pictures, and an exact gradient reads them all
# for one step.

# %% tags=["hide-input"] tinyml={"objective": "03-cost", "role": "check"}
Check(
    "The digits have 64 pixels and 10 classes: a linear model has 10 outputs with 64 "
    "weights each. There are 1,437 training pictures. How many multiplications does "
    "one step cost that looks at 32 of them only?",
    answer=2 * 10 * 64 * 32,
    unit="multiplications",
    mistakes={
        10 * 64 * 32: "That is the way forward. What else does a gradient need?",
        2 * 10 * 64 * 1437: "That step looks at every picture. This one does not.",
        10 * 64 * 1437: "Two things: which pictures does this step look at, and is "
        "the way back in it?",
        2 * 64 * 32: "For one output, yes.",
        2 * 10 * 65 * 32: "You added a column of ones. This model has none.",
        2 * 10 * 32: "Each output has more than one weight.",
        2 * 10 * 64: "That would be for a single picture.",
    },
    low="A factor is missing. Outputs, weights, data, and there and back?",
    high="Too many. Outputs, weights, data of *this* step, there and back.",
    reveal="2 x outputs x weights x data. The whole set would cost 45 times that.",
)

# %% [markdown]
# ## A little data at a time
#
# The mean over all rows can be *estimated* from a few, as in a poll. Draw a
# **mini-batch** of rows at random, take its gradient for the true one, step, draw
# the next. On average it points the right way; a single one may not. With one row
# at a time this is **stochastic gradient descent**, SGD, with all rows **batch**
# descent. A pass over all rows is called an **epoch**; shuffle before each.


# %% tinyml={"objective": "03-cost", "role": "explain"}
def batches(rows, size, seed):
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(rows)
        for first in range(0, rows, size):
            yield order[first : first + size]


def noisy_gradient(X, y, size, seed=0):
    drawn = batches(len(X), size, seed)

    def gradient(p):
        rows = next(drawn)
        return mse_gradient(X[rows], y[rows], p)

    return gradient


p = np.array([15.0, 15.0])  # not far from the bottom
true, one_row = mse_gradient(Z_std, y_train, p), noisy_gradient(Z_std, y_train, 1)
single = np.array([one_row(p) for _ in y_train])  # (60, 2): an epoch
plots.say(
    f"The one-row gradients' mean is off by {abs(single.mean(0) - true).max():.0e}. "
    f"But a step against one of **{np.sum(single @ true < 0)}** of the 60 leads uphill."
)


# %% tinyml={"objective": "03-cost", "role": "explore"}
W_std, C_std = np.meshgrid(np.linspace(-8, 32, 90), np.linspace(-8, 32, 90))
Z_map = ((y_train - W_std[..., None] * Z_std[:, 0] - C_std[..., None]) ** 2).mean(-1)


def batch_picture(size, rate):
    steps = 10 * 60 // size  # ten epochs
    path = gradient_descent(noisy_gradient(Z_std, y_train, size), start, rate, steps)
    fig, ax = plt.subplots(figsize=(5, 4.4))
    plots.contours(ax, W_std, C_std, Z_map)
    ax.plot(*path.T, ".-", color=RED, lw=1)
    ax.set(xlabel="w (°C per spread)", ylabel="height in the middle (°C)")
    end = np.mean([mse(y_train, Z_std @ p) for p in path[-len(path) // 4 :]])
    return fig, f"{steps} steps, the last quarter {end - loss(best):.3g} °C² too high."


Explore(
    batch_picture,
    size=Choice([1, 4, 15, 60], 60, "rows in a batch"),
    rate=Choice([0.01, 0.03, 0.1], 0.03, "learning rate"),
    look="Each picture costs the same: ten epochs. Who gets far, who settles?",
    alt="A round bowl from above with the path of ten epochs of descent.",
)

# %% [markdown]
# All sixty rows: smooth, dignified, and with ten steps not there yet. One row: there
# in a moment, and then it never sits still, because every row pulls towards itself.
# The last few points wander in a cloud that grows with the rate.
#
# Now a larger model: the linear reader of digits, 10 outputs with 65 weights each
# (64 pixels and the one), each output a line of its own that should say 1 for its
# digit and else 0. The best weights have a formula, so we can say how far from the
# bottom we are, against the multiplications paid. The exact walk gets nine tenths of
# its largest rate.

# %% tinyml={"objective": "03-cost", "role": "explain"}
digits = datasets.load("digits")
D = design_matrix(*digits.x_train.reshape(-1, 64).T)  # (1437, 65)
T = np.eye(10)[digits.y_train]  # (1437, 10): 1 for the right digit, else 0
floor = mse(T, D @ np.linalg.lstsq(D, T)[0])  # some pixels are always 0
nothing = np.zeros((65, 10))
most = 2 / np.linalg.eigvalsh(2 * D.T @ D / len(D)).max()


def above(p):
    return mse(T, D @ p) - floor


fig, ax = plt.subplots()
for rows, rate, color in [(1437, 0.9 * most, BLUE), (32, 0.05, GREEN), (1, 5e-3, RED)]:
    steps = 5 * -(-1437 // rows)  # five epochs, their last batch may be short
    path = gradient_descent(noisy_gradient(D, T, rows), nothing, rate, steps)
    when = np.unique(np.geomspace(1, steps, 40).astype(int))
    heights = [above(path[step]) for step in when]
    ax.loglog(2 * 10 * 65 * rows * when, heights, color=color, label=f"{rows:,} rows")
ax.set(xlabel="multiplications", ylabel="MSE above the bottom", title="Five epochs")
ax.legend()
plots.show(
    fig,
    alt="Distance to the bottom against multiplications: small batches far lower.",
)

# %% [markdown]
# The poll wins by far: forty-five rough steps beat the one exact step that costs as
# much. Single rows begin to fall first of all. But they keep a computer busy with
# small things, where it is quicker with one large product of matrices; so practice
# sits in the middle, often at 32 and up to a few hundred rows (Bengio, 2012).
#
# > **Tip: let the rate fall.** The cloud at the end shrinks with the rate. Walk fast
# > while the ground is steep, then divide the rate by ten: the noise goes down and
# > the walk settles. (In the widget: single rows at 0.1 and at 0.01.)

# %% [markdown]
# ## Better steps: a memory
#
# Six ideas, each a few lines. All of them take the gradient `g`, keep something in
# a `memory`, and give back the step. Plain descent (`sgd`) keeps nothing.
#
# **Momentum** (Polyak, 1964). A heavy ball keeps most of its velocity,
# $\mathbf v \leftarrow \mu\mathbf v - \eta\,\mathbf g$, and moves by it. Across the
# valley the gradients alternate and cancel; along the floor they agree and add up,
# with $\mu = 0.9$ to $1 + \mu + \mu^2 + \dots = 1/(1-\mu) = 10$ times the step.
#
# **Nesterov** (1983). The velocity will carry us to $\mathbf q = \mathbf p +
# \mu\mathbf v$ anyway, so take the gradient *there*. Keep $\mathbf q$ itself as the
# parameters. With $\mathbf v'$ for the velocity after the step, it moves from
# $\mathbf p + \mu\mathbf v$ to
# $\mathbf p + \mathbf v' + \mu\mathbf v'$, and since $\mathbf v' = \mu\mathbf v -
# \eta\mathbf g$, that is a step of $\mu\mathbf v' - \eta\,\mathbf g$.


# %% tinyml={"objective": "03-race", "role": "explain"}
def optimize(method, gradient, start, rate, steps):
    path, memory = [np.array(start, dtype=float)], {}
    for _ in range(steps):
        path.append(path[-1] + method(gradient(path[-1]), memory, rate))
    return np.array(path)


def sgd(g, memory, rate):
    return -rate * g


def momentum(g, memory, rate, keep=0.9):
    memory["v"] = keep * memory.get("v", 0.0) - rate * g
    return memory["v"]


def nesterov(g, memory, rate, keep=0.9):
    memory["v"] = keep * memory.get("v", 0.0) - rate * g
    return keep * memory["v"] - rate * g


# %% [markdown]
# One rate for all parameters is a compromise: a pixel that is nearly always dark
# has tiny gradients and hardly learns. So divide each gradient by its own usual size.
#
# **AdaGrad** (2011) adds up the squares, $s \leftarrow s + g^2$, and steps by
# $-\eta\, g/\sqrt{s}$. The first step is $\pm\eta$ for *every* parameter. The sum only
# grows, so the steps shrink like $1/\sqrt{t}$, and in a long training they die.
#
# **RMSProp** (Hinton, 2012) forgets: $s$ becomes a running mean,
# $s \leftarrow \rho s + (1-\rho) g^2$. The steps stay alive.
#
# **AdaDelta** (2012) asks for the unit. $g/\sqrt s$ has none, yet a step should be
# in the unit of the parameter, as its own past steps are. So it multiplies by *their*
# usual size, $\sqrt{d}$, where $d$ is the running mean of their squares. In principle
# its rate is 1; the start is slow.


# %% tinyml={"objective": "03-race", "role": "explain"}
def adagrad(g, memory, rate, tiny=1e-7):
    memory["s"] = memory.get("s", 0.0) + g**2
    return -rate * g / np.sqrt(memory["s"] + tiny)


def rmsprop(g, memory, rate, keep=0.9, tiny=1e-7):
    memory["s"] = keep * memory.get("s", 0.0) + (1 - keep) * g**2
    return -rate * g / np.sqrt(memory["s"] + tiny)


def adadelta(g, memory, rate, keep=0.95, tiny=1e-7):
    d = memory.get("d", 0.0)
    memory["s"] = keep * memory.get("s", 0.0) + (1 - keep) * g**2
    step = -g * np.sqrt((d + tiny) / (memory["s"] + tiny))
    memory["d"] = keep * d + (1 - keep) * step**2
    return rate * step


# %% [markdown]
# **Adam** (2014) is both halves: a running mean of the gradient, $m$, for the
# direction, as in momentum, over a running mean of its square, $s$, for the size, as
# in RMSProp. One flaw to mend: both start at 0, and a running mean that starts at 0
# is too small at first. After $t$ steps its weights add up to $1 - \rho^t$ only
# ($m_1 = (1-\rho) g_1$: a tenth of what it should be). Divide by that.


# %% tinyml={"objective": "03-race", "role": "explain"}
def adam(g, memory, rate, keep=0.9, keep_size=0.999, tiny=1e-7):
    t = memory["t"] = memory.get("t", 0) + 1
    memory["m"] = keep * memory.get("m", 0.0) + (1 - keep) * g
    memory["s"] = keep_size * memory.get("s", 0.0) + (1 - keep_size) * g**2
    m = memory["m"] / (1 - keep**t)
    s = memory["s"] / (1 - keep_size**t)
    return -rate * m / (np.sqrt(s) + tiny)


METHODS = {
    "SGD": sgd,
    "momentum": momentum,
    "Nesterov": nesterov,
    "AdaGrad": adagrad,
    "AdaDelta": adadelta,
    "RMSProp": rmsprop,
    "Adam": adam,
}

# %% [markdown]
# Seven functions, seven chances for a wrong sign. The oracle is Keras, which has
# them all: give both the same hundred random gradients, one parameter with
# gradients thirty times the other's, and compare where they end.

# %% tinyml={"objective": "03-race", "role": "explain"}
from keras import Variable, ops, optimizers

theirs = [
    optimizers.SGD(0.1),
    optimizers.SGD(0.1, momentum=0.9),
    optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    optimizers.Adagrad(0.1, initial_accumulator_value=0),
    optimizers.Adadelta(0.1),
    optimizers.RMSprop(0.1),
    optimizers.Adam(0.1),
]
G = np.random.default_rng(0).normal(size=(100, 2)) * [1, 30]
worst = 0.0
for method, optimizer in zip(METHODS.values(), theirs, strict=True):
    p, memory, variable = np.zeros(2), {}, Variable(np.zeros(2), dtype="float64")
    for g in G:
        p = p + method(g, memory, rate=0.1)
        optimizer.apply([ops.convert_to_tensor(g)], [variable])
    gap = abs(p - variable.value.numpy()).max() / abs(p).max()
    worst = max(worst, gap)
plots.say(f"After 100 steps, ours and Keras's differ by **{worst:.0e}** at most.")

# %% [markdown]
# (Keras keeps its rates, $\mu$ and the powers of $\rho$ in 32 bits: seven digits.)
# Now let them walk the long valley of the thermometer, a hundred steps each. The
# valley lies askew, unless you move the origin to the middle of the points.


# %% tags=["hide-input"] tinyml={"objective": "03-race", "role": "explore"}
A = design_matrix(x_train - middle)
upright = askew | {
    "name": "in the middle",
    "y": [-70, 110],
    "y_label": "height in the middle (°C)",
    "curvature": 2 * A.T @ A / len(A),
    "bottom": least_squares(A, y_train),
}
Explore(
    live="descent",
    data={
        "grounds": [askew | {"name": "at 0 V"}, upright],
        "ground_label": "origin",
        "methods": list(METHODS),
        "rates": [0.01, 0.03, 0.1, 0.3, 0.6, 1, 3, 10, 30],
        "rate": 0.3,
        "steps": 100,
    },
    look="Find a good rate for each. Whom does it help that the valley stands upright?",
    alt="A map of a long valley with the path of a hundred steps, and its height at "
    "each step. The method, the rate, the origin and the start can be chosen.",
)

# %% [markdown]
# Momentum swings like a ball and arrives; AdaDelta has hardly left. AdaGrad, RMSProp
# and Adam ask for quite different rates: their step is *about the rate itself*, in
# the unit of the parameter, however steep the ground. And they scale each axis on its
# own, so the upright valley, stretched along an axis, is easier for them than the one
# askew. (It is also less narrow; that helps SGD.)
#
# Now the race: the digits, batches of 32, five epochs, one seed for all. At one
# common rate it would be a race of luck, so everyone may try nine rates, and the
# best one counts.

# %% tags=["hide-input"] tinyml={"objective": "03-race", "role": "predict"}
RATES = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0]


def race(method, rate, seed):
    p, memory, gradient = nothing, {}, noisy_gradient(D, T, 32, seed)
    for _ in range(5 * 45):
        p = p + method(gradient(p), memory, rate)
        if abs(p).max() > 1e3:
            return np.inf, p  # diverged
    return above(p), p


def all_races(seed):
    return {n: [race(m, rate, seed) for rate in RATES] for n, m in METHODS.items()}


races = {seed: all_races(seed) for seed in (1, 2, 3, 4)}
orders = [sorted(r, key=lambda n: min(r[n])[0]) for r in races.values()]
Predict(
    "Who is closest to the bottom after five epochs, each at its best rate?",
    options=list(METHODS),
    answer=orders[0][0],
    explain="The first three and the last, with the seeds 1 to 4: "
    + "; ".join(f"{', '.join(names[:3])}, last {names[-1]}" for names in orders),
)

# %% tinyml={"objective": "03-race", "role": "explain"}
fig, ax = plt.subplots(figsize=(6, 4.4))
table = "| | best rate | above | good, of 36 | right | memory |\n"
table += "|---|---|---|---|---|---|\n"
D_test = design_matrix(*digits.x_test.reshape(-1, 64).T)
for name, runs in races[1].items():
    scores = np.array([score for score, _ in runs])
    k, good = scores.argmin(), sum(h < 0.01 for r in races.values() for h, _ in r[name])
    right = np.mean((D_test @ runs[k][1]).argmax(axis=1) == digits.y_test)
    memory = {}
    METHODS[name](nothing, memory, 0.1)
    kept = sum(np.size(v) for v in memory.values()) // nothing.size
    table += f"| {name} | {RATES[k]:g} | {scores[k]:.4f} | {good} | {right:.1%} "
    table += f"| {kept} |\n"
    ax.loglog(RATES, np.where(scores < np.inf, scores, np.nan), ".-", label=name)
ax.set(xlabel="learning rate", ylabel="MSE above the bottom", ylim=(1e-3, 10))
ax.legend(ncols=3, fontsize=10, loc="lower center", bbox_to_anchor=(0.5, 1))
plots.show(fig, alt="Final loss against rate: seven valleys, each at its own rate.")
plots.say(
    table
    + "\nAbove: MSE above the bottom at the best rate. Good: how many of the 36 races "
    "(nine rates, four seeds) end less than 0.01 above it. Right: of the test digits. "
    "Memory: numbers kept for each weight."
)

# %% [markdown]
# Each method draws a valley of its own. Who comes first changes with the seed; who runs
# in front does not: here a remembered direction is worth something, at everyone's best
# rate. But that is one task. (Schmidt and others, 2021, let fifteen methods race on
# eight tasks, and none won throughout.) And the gaps between the methods are small
# beside those *along* each line: **a wrong rate costs more than a wrong method**. The
# lines of SGD, momentum and Nesterov end at a cliff, beyond it they diverge; RMSProp
# climbs as steeply. Adam and AdaGrad get worse gently, and they have the most good
# races: they forgive a wrong guess, and *that* is what they are liked for. Always try
# several rates, in factors of three.
#
# On a small board another column counts.

# %% tags=["hide-input"] tinyml={"objective": "03-race", "role": "check"}
Check(
    "A network with 5,000 weights learns on a board, in 32-bit floats. How many "
    "bytes of RAM does Adam's memory add to the weights themselves?",
    answer=40_000,
    unit="bytes",
    tolerance=8,
    mistakes={
        20_000: "That is what momentum adds. What does Adam keep besides a direction?",
        60_000: "That includes the weights. The question is what comes on top.",
        10_000: "So many numbers. How many bytes is each?",
        5_000: "One byte a weight? Look at the last column of the table.",
        80_000: "NumPy counts in 64 bits. The board does not.",
    },
    low="How many numbers does Adam keep for each weight, and how many bytes is one?",
    high="More than Adam keeps. Two things: numbers for each weight, bytes for each.",
    reveal="m and s for each weight, 4 bytes each (and one step counter).",
)

# %% [markdown]
# ## A step on the board
#
# One row, one step, forgotten: stochastic descent fits a board that has no room for
# data. Here the thermometer calibrates itself, with readings $z$ that are
# standardized. The sixty rows lie in flash because no sensor is attached; the step
# itself sees one at a time.


# %% tinyml={"objective": "03-cost", "role": "explain"}
learn_c = """#include "board.h"
#include "readings.h"

static float w, b; /* all that is learned */

__attribute__((noinline)) static void sgd_step(float z, float degrees) {
    float product = w * z;
    float move = 2.0f * RATE * (product + b - degrees);
    float along = move * z;
    w -= along;
    b -= move;
}

int main(void) {
    for (int epoch = 0; epoch < EPOCHS; epoch++)
        for (int i = 0; i < READINGS; i++) sgd_step(z[i], degrees[i]);
    board_write(&w, sizeof w);
    board_write(&b, sizeof b);
    return 0;
}
"""


# %% tinyml={"objective": "03-cost", "role": "explain"}
def c_floats(name, values):
    numbers = ", ".join(f"{v:.9g}f" if v % 1 else f"{v:.1f}f" for v in values)
    return f"static const float {name}[READINGS] = {{{numbers}}};\n"


z32, y32 = Z_std[:, 0].astype(np.float32), y_train.astype(np.float32)
header = "#define RATE 0.01f\n#define EPOCHS 5\n#define READINGS 60\n"
readings_h = header + c_floats("z", z32) + c_floats("degrees", y32)
firmware = device.build({"main.c": learn_c, "readings.h": readings_h})
run = device.run(firmware, layers=["sgd_step"])
on_board = np.frombuffer(run.stdout, np.float32)  # w, b

w32 = b32 = np.float32(0)
for z, y in [*zip(z32, y32, strict=True)] * 5:
    move = np.float32(2) * np.float32(0.01) * (w32 * z + b32 - y)
    w32, b32 = w32 - move * z, b32 - move
(work,) = [row for row in run.profile if row.function == "sgd_step"]
same = "the very same bits" if (on_board == [w32, b32]).all() else "other bits"
plots.say(
    f"One step: **{work.instructions // 300} instructions** and "
    f"{firmware.symbols['sgd_step'][1]} bytes of code (counted), about "
    f"{work.cycles // 300} cycles (estimated); the parameters take 8 bytes of RAM. "
    f"After 300 steps the MSE is {mse(y_train, Z_std @ on_board):.2f}, at the bottom "
    f"{loss(best):.2f}. NumPy in 32 bits gets {same}."
)

# %% [markdown]
# Sixty measurements went by, five times, and two numbers were kept. Adam would need
# two more for each, and a square root. Chapter 25 lets a real model go on
# learning like this, long after it has left the desk.
#
# ## On your own
#
# 1. Walk over the fan's ground with `optimize` and `momentum`, and count the starts
#    that reach the fan, for `keep` from 0.5 to 0.99. Which hollows does a heavy ball
#    roll out of? Does it ever roll too far?
# 2. Start each walk at the best point of a coarse grid, 12 speeds times 4 phases. How
#    fine must the grid be so that no fan between 1 and 5 turns a second is missed?
# 3. Momentum on the board: add its two lines to `sgd_step`. What does it cost in
#    instructions and bytes, and how many steps does it save?
# 4. Problem set `ps01`, parts 2 and 3, if you have not done it yet, has you write the
#    gradient, the walk and the largest rate for a scale of your own; `ps03` has you
#    write Adam. Both are graded.
#
# ## What you have done
#
# * You **computed** gradients three ways, and let each check the others.
# * You **walked** down a bowl, to a dozen digits, with a rate taken from its
#   curvature; and saw walks end in hollows and slow down at saddles.
# * You **counted** what a step costs, and bought forty-five rough steps for the price
#   of an exact one; then a single step on the board.
# * You **raced** seven ways to use a gradient, each held against Keras.
#
# **The idea to keep:** the gradient says which way; how far is yours to choose, and
# the curvature says how far is too far.
#
# **Next:** what if the answer is not a number but a yes or a no? Chapter 04, *Yes or
# no*.
#
# ## Sources
#
# * A.-L. Cauchy, "Méthode générale pour la résolution des systèmes d'équations
#   simultanées", *Comptes rendus* 25 (1847): gradient descent.
# * J. Aynsley, *Deep Learning for Engineers*, Doulos (2019): the descent to slope and
#   offset, minima and saddle points. *CS249r: Tiny Machine Learning*, Harvard (2020):
#   rates too low and too high, what a gradient costs, mini-batches, the race.
# * B. T. Polyak, "Some methods of speeding up the convergence of iteration methods"
#   (1964); Y. Nesterov, "A method for solving the convex programming problem with
#   convergence rate O(1/k²)" (1983).
# * J. Duchi, E. Hazan, Y. Singer, "Adaptive Subgradient Methods", *JMLR* 12 (2011);
#   M. Zeiler, "ADADELTA", arXiv:1212.5701 (2012); T. Tieleman and G. Hinton,
#   *Neural Networks for Machine Learning*, lecture 6.5 (2012): RMSProp; D. Kingma and
#   J. Ba, "Adam", arXiv:1412.6980 (2014).
# * Y. Dauphin et al., "Identifying and attacking the saddle point problem",
#   arXiv:1406.2572 (2014); S. Ruder, "An overview of gradient descent optimization
#   algorithms", arXiv:1609.04747 (2016); Y. Bengio, "Practical Recommendations for
#   Gradient-Based Training of Deep Architectures", arXiv:1206.5533 (2012); R. Schmidt,
#   F. Schneider, P. Hennig, "Descending through a Crowded Valley", arXiv:2007.01547
#   (2021).
