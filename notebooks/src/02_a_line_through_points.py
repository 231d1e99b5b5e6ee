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

# %% [markdown] tinyml={"objectives": ["02-loss", "02-solve", "02-judge", "02-ship"]}
# # A line through points
#
# A small board has a temperature sensor. Its data sheet says how to turn the
# sensor's voltage into degrees. Hang a good thermometer beside it, and you see
# that for *this* board the data sheet is wrong. Two numbers put it right: the
# slope and the intercept of a line. Finding two numbers from measurements is
# the smallest case of what this whole course does with hundreds of thousands.
#
# **You will**
#
# * **measure** a line by its residuals and read its loss surface;
# * **solve** for the best line, by hand and with the normal equation;
# * **judge** a line by what it leaves over;
# * **ship** the line to the 256 KB board as C.
#
# **You need** chapter 00, Python with NumPy arrays, the straight line
# $y = wx + b$ from school, a derivative and the product of two matrices; for the
# last part, enough C to read a loop. About 75 minutes.

# %% tags=["hide-input"] tinyml={"objective": "02-loss", "role": "explain"}
import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import datasets, device, plots
from tinyml_course.widgets import Check, Choice, Explore, Predict, Slider

plots.use_style()
BLUE, RED, GREY = (plots.COLORS[c] for c in ("blue", "vermillion", "grey"))
data = datasets.load("thermometer")

volts = data.x_train[:, 0] * 3.3 / 4095
ends = np.array([0.35, 1.08])
fig, ax = plt.subplots()
ax.plot(ends, 100 * ends - 50, color=RED, label="what the data sheet promises")
ax.scatter(volts, data.y_train, s=22, color=BLUE, label="what was measured")
ax.set(xlabel="sensor voltage (V)", ylabel="reference thermometer (°C)")
ax.legend(loc="upper left")
plots.show(
    fig,
    alt="Sixty points rise in a straight band. The data sheet's straight line "
    "rises with them, but nearly all of them lie below it, most at the warm end.",
)

# %% [markdown]
# ## Points
#
# Sixty points, and almost all of them under the line: a board that trusts its
# data sheet reports more degrees than there are. Part of the difference is the
# sensor (no two parts are alike), part is the board, which is warmer than the
# air and warms the sensor that it carries.

# %% [markdown]
# The board does not measure volts. Its converter hands over *counts*, whole
# numbers from 0 to 4,095 for 0 to 3.3 V. We turn them back into volts, the unit
# of the data sheet, and use the names that stay the same all through this
# course: `x_train` for what goes in, `y_train` for the right answers.
#
# There are twenty more rows, `x_test` and `y_test`. They go into a drawer now,
# and we open it when there is something to judge.
#
# Every data set here has a **card** that says where the numbers are from. Read
# it before you trust a result. Who took these readings?

# %%
VOLTS_PER_COUNT = 3.3 / 4095

x_train = data.x_train[:, 0] * VOLTS_PER_COUNT  # (60,) volts
y_train = data.y_train  # (60,) degrees Celsius
x_test, y_test = data.x_test[:, 0] * VOLTS_PER_COUNT, data.y_test

plots.say(data.card)

# %% [markdown]
# Nobody did: they are simulated from the data sheets of real parts, so we know
# the truth behind them, which will be useful for judging. With a real sensor
# the work is the same.

# %% [markdown]
# ## The model
#
# A **model** is a formula with gaps. Ours is a line,
#
# $$\hat y = w x + b,$$
#
# with two gaps, the **parameters**: the slope $w$ in degrees per volt and the
# intercept $b$ in degrees. The hat on $\hat y$ says "predicted". The data sheet
# fills the gaps too: 0.5 V at 0 °C and 10 mV more for each degree is
# $x = 0.5 + 0.01\,y$; solved for $y$, it says $w = 100$ and $b = -50$.


# %%
def predict(x, w, b):
    return w * x + b


predict(0.75, w=100, b=-50)

# %% [markdown]
# At 0.75 V the data sheet says 25 °C. What do the points say? Take the line by
# its ends and move it until it suits them (with the keyboard: Tab to an end, then
# the arrow keys). Do not press the button for the best line yet; your own comes
# first. While you pull, a dot moves in a second picture. What might that show?

# %% tags=["hide-input"] tinyml={"objective": "02-loss", "role": "explore"}
Explore(
    live="drag_line",
    data={
        "x": x_train.round(4),
        "y": y_train,
        "x_label": "sensor voltage",
        "x_unit": "V",
        "y_label": "temperature",
        "y_unit": "°C",
    },
    look="Make the number below the pictures small. Which points make it grow "
    "fastest when the line moves away from them?",
    alt="Sixty points and a straight line with a handle at each end; thin strokes "
    "join each point to the line. Beside it, the line is one point on a map.",
)

# %% [markdown]
# ## What the line leaves over
#
# You were judging the line by the gaps it leaves. A gap has a name, the
# **residual** of point $i$:
#
# $$e_i = y_i - \hat y_i.$$
#
# Measured minus predicted, in that order: a positive residual is a point
# *above* the line.
#
# To find the best line we need *one number* that says how bad a line is. The
# mean of the residuals is a number. Is it a good one? Ask it about the data
# sheet's line, and about a flat line that ignores the voltage altogether and
# always answers with the mean of all temperatures.

# %% tinyml={"objective": "02-loss", "role": "explain"}
for name, w, b in [("data sheet", 100, -50), ("flat line", 0, y_train.mean())]:
    e = y_train - predict(x_train, w, b)
    print(f"{name}: mean residual {e.mean():5.2f} °C, worst {abs(e).max():.1f} °C")

# %% [markdown]
# By its mean residual the flat line is perfect, and yet it misses some points by
# far: those above make up for those below. They do so on *every* line through
# the middle of the points, $(\bar x, \bar y)$, where a bar means "mean of": there
# $\bar y - w\bar x - b = 0$. The sign has to go before we add up, and there are
# two usual ways:
#
# * the mean of $|e_i|$, the size of the gap;
# * the mean of $e_i^2$, the area of the square that stands on the gap.
#
# We take the second, the **mean squared error**,
#
# $$\text{MSE}(w, b) = \frac{1}{n} \sum_{i=1}^{n} (y_i - w x_i - b)^2,$$
#
# for three reasons. One gap of 4 °C counts as much as sixteen gaps of 1 °C,
# which is what you want when large errors hurt. Unlike $|e|$, a square has no
# corner at zero: it has a derivative everywhere, and we will be able to *solve*
# for the best line. And for one kind of noise it is the right thing to do:

# %% [markdown]
# > **Note: where the square comes from.** Suppose the line is true and each
# > reference reading is off by a bell-shaped (normal) error of width $\sigma$,
# > independent of the others. The probability density of our points is then
# >
# > $$\prod_i \frac{1}{\sigma\sqrt{2\pi}} \exp\left(-\frac{e_i^2}{2\sigma^2}\right).$$
# >
# > Its logarithm is a constant minus $\sum_i e_i^2 / 2\sigma^2$. The line
# > that makes our points most likely is the one with the smallest MSE: the square
# > comes from the exponent of the bell. Where errors much larger than the rest are
# > common, it is a bad choice, as you will see.


# %% tinyml={"objective": "02-loss", "role": "explain"}
def mse(y, predicted):
    return np.mean((y - predicted) ** 2)


sheet_mse = mse(y_train, predict(x_train, w=100, b=-50))
plots.say(f"The data sheet's line has an MSE of **{sheet_mse:.2f}** (°C)².")

# %% [markdown]
# Square degrees are hard to feel. The root of the MSE, the **RMSE**, is back in
# degrees: the size of a typical error. Write it; one line is enough. (The cells
# below do not use it, so they run even while yours is empty.)


# %% tinyml={"objective": "02-loss", "role": "exercise"}
def rmse(y, predicted):
    """Root of the mean squared error, in the unit of y."""
    # your line goes here


# %% tags=["hide-input"] tinyml={"objective": "02-loss", "role": "check"}
def test_rmse():
    e = np.array([-3.0, 4.0, 0.0])
    got = rmse(np.array([10.0, 20.0, 40.0]), np.array([13.0, 16.0, 40.0]))
    if got is None:
        return "Nothing came back. Does your line begin with `return`?"
    if np.ndim(got) or isinstance(got, str):
        return "One number for all points, please: something is not averaged."
    known = {
        np.mean(e**2): "That is the MSE still. Which step brings back degrees?",
        np.mean(np.abs(e)): "The mean size of the gaps: what undid the squares?",
        np.sqrt(np.sum(e**2)): "The root of the sum: where is the mean?",
        np.mean(e): "Gaps up and down cancel here. What takes the sign away?",
    }
    for value, hint in known.items():
        if np.isclose(got, value):
            return hint
    if not np.isclose(got, np.sqrt(np.mean(e**2))):
        return "A number, not the right one. In order: gaps, squares, mean, root."


Check(
    "`rmse(y, predicted)` gives the typical error in degrees.",
    test=test_rmse,
    reveal=f"For the data sheet's line it is {np.sqrt(sheet_mse):.2f} °C.",
)

# %% [markdown]
# ## Every line is a point
#
# A line is two numbers. So draw a map with $w$ to the right and $b$ upwards:
# **each point of the map is a line**, and its MSE is the height of the ground
# there. The map's lowest point is the line we are after.
#
# That was the second picture. To make it, try many slopes with many intercepts.
# `W[..., None]` gives the grid a third axis, of length one, and NumPy then holds
# each line of the grid against every point.


# %% tinyml={"objective": "02-loss", "role": "explore"}
def loss_map(x, slopes, heights):
    W, B = np.meshgrid(slopes, heights)  # a grid of lines, (rows, columns)
    gaps = y_train - predict(x, W[..., None], B[..., None])  # (rows, columns, 60)
    return W, B, (gaps**2).mean(axis=-1)  # an MSE for each line


ground = loss_map(x_train, np.linspace(60, 136, 39), np.linspace(-80, -24, 41))
labels = "voltage (V)", "°C", "slope w (°C/V)", "intercept b (°C)"

Explore(
    lambda w, b: plots.line_and_loss(x_train, y_train, *ground, w, b, labels),
    frames=25,  # for the book: every third slope, every second intercept
    w=Slider(72, 120, 4, 84, "slope w (°C/V)"),
    b=Slider(-68, -36, 4, -60, "intercept b (°C)"),
    look="Find the bottom of the valley; dark is low. Then walk along it: which way "
    "must the intercept go when the slope goes up?",
    alt=lambda w, b: (
        f"Above: the points and the line with slope {w}, intercept "
        f"{b}. Below: that line as one point on a contour map and on a surface in "
        "three dimensions, with a long narrow valley from upper left to lower right."
    ),
)

# %% [markdown]
# The ground is a bowl, but a long and narrow one that lies askew. Along the
# valley floor the intercept makes up for the slope: a steeper line that starts
# lower passes near the same points, so the MSE grows much more slowly than
# across the valley.

# %% tags=["hide-input"] tinyml={"objective": "02-loss", "role": "check"}
Check(
    "You are on the valley floor and raise the slope by 10 °C per volt. By how "
    "much must the intercept change so that the line still passes through the "
    f"middle of the points, at {x_train.mean():.2f} V?",
    answer=round(-10 * x_train.mean(), 1),
    unit="°C",
    tolerance=0.11,
    mistakes={
        round(10 * x_train.mean(), 1): "The right size. But the line got steeper: at "
        "the middle it is now too high. So which way must it go?",
        -10: "That would be right if the middle of the points were at 1 V.",
        10: "The line is now too high in the middle, and the middle is not at 1 V.",
        0: "Then the line would go through the same point at 0 V, and miss the "
        "middle of the points. Where is the middle?",
    },
    low="Too far down. At the middle, 10 °C per volt more lift the line by 10 "
    "times the voltage there.",
    high="Not far enough down. How much higher is the steeper line at the middle?",
    reveal="For each °C per volt more, the intercept goes down by the voltage of the "
    "middle. That is the direction of the valley.",
)

# %% [markdown]
# ## Turn the valley upright
#
# The valley lies askew because the intercept is the height of the line at 0 V,
# far to the left of all points: turn the line a little about their middle, and
# its height at 0 V changes a lot. Move the origin to the middle. With
#
# $$\Delta x_i = x_i - \bar x, \qquad \Delta y_i = y_i - \bar y$$
#
# the same lines are $\hat y = w\,\Delta x + c$, where $c = b + w\bar x$ is the
# height of the line *in the middle*.

# %% tinyml={"objective": "02-loss", "role": "explain"}
x_middle, y_middle = x_train.mean(), y_train.mean()
dx = x_train - x_middle  # (60,): how far from the middle
slopes = np.linspace(60, 136, 153)
intercepts = np.linspace(-80, -24, 161)
heights = np.linspace(y_middle - 25, y_middle + 25, 161)

fig, (left, right) = plt.subplots(1, 2, figsize=(6, 3.4))
plots.contours(left, *loss_map(x_train, slopes, intercepts))
left.set(title="origin at 0 V", xlabel="slope w (°C/V)", ylabel="intercept b (°C)")
plots.contours(right, *loss_map(dx, slopes, heights))
right.set(title="origin in the middle", xlabel="slope w (°C/V)")
right.set(ylabel="height c (°C)")
plots.show(
    fig,
    alt="Two contour maps of the same loss. On the left, with the origin at zero "
    "volts, the contours are long ellipses that lie askew. On the right, with the "
    "origin in the middle of the points, they stand upright along the axes.",
)

# %% [markdown]
# Now the two questions are independent: the best height does not depend on the
# slope, nor the best slope on the height. (Chapter 03 walks down such bowls step
# by step, and there you see what their shape does to the walk.)
#
# Before we solve for the bottom: how much better can a line be, on these
# points, than the one in the data sheet? You have dragged one and seen its
# number.

# %% tags=["hide-input"] tinyml={"objective": "02-solve", "role": "predict"}
library = np.polyfit(x_train, y_train, 1)  # we will do without it in a moment
best_mse = mse(y_train, np.polyval(library, x_train))

Predict(
    "Divide the data sheet's MSE by the MSE of the best line. What comes out?",
    answer=round(sheet_mse / best_mse, 1),
    explain=f"From {sheet_mse:.2f} to {best_mse:.2f} (°C)². What remains is not "
    "the line's fault: the reference hangs a little away from the sensor, and the "
    "card says by how much the two disagree.",
)

# %% [markdown]
# ## Solve for the best line
#
# A bowl that stands upright can be solved with pencil and paper. Put the
# centred line and $y_i = \bar y + \Delta y_i$ into the MSE and sort:
#
# $$\text{MSE} = \frac1n\sum_i \big(\Delta y_i - w\,\Delta x_i + (\bar y - c)\big)^2
# = \underbrace{\frac1n\sum_i (\Delta y_i - w\,\Delta x_i)^2}_{\text{only } w}
# + \underbrace{(\bar y - c)^2}_{\text{only } c}.$$
#
# The square also has a mixed term, $2(\bar y - c)$ times the mean of
# $\Delta y_i - w\,\Delta x_i$. It is zero, because
# $\sum \Delta x_i = \sum \Delta y_i = 0$: that is what the upright bowl showed. The
# last square is smallest, zero, at $c = \bar y$. **The best line passes through
# the middle of the points.**

# %% [markdown]
# The first part is a parabola in $w$, open upwards unless all points have the
# same voltage. Its derivative is zero at the bottom:
#
# $$-\frac2n \sum_i \Delta x_i\,(\Delta y_i - w\,\Delta x_i) = 0
# \quad\Longrightarrow\quad
# w = \frac{\sum_i \Delta x_i\,\Delta y_i}{\sum_i \Delta x_i^2}.$$
#
# Back at the old origin, $b = \bar y - w\bar x$. No search, two formulas.


# %% tinyml={"objective": "02-solve", "role": "explain"}
def fit_line(x, y):
    x_middle, y_middle = x.mean(), y.mean()
    dx, dy = x - x_middle, y - y_middle
    w = (dx * dy).sum() / (dx * dx).sum()
    return w, y_middle - w * x_middle


w, b = fit_line(x_train, y_train)
plots.say(
    f"The best line: **w = {w:.2f} °C/V, b = {b:.2f} °C**, with a typical error "
    f"(RMSE) of {np.sqrt(mse(y_train, predict(x_train, w, b))):.2f} °C. The data "
    f"sheet's, w = 100 and b = -50, has {np.sqrt(sheet_mse):.2f} °C."
)

# %% [markdown]
# ## The same for any number of columns
#
# A second sensor, a supply voltage, the square of a reading: soon there is more
# than one column. Write the points as a table, a column for each input and one
# of ones for the intercept, the **design matrix** $X$, and the parameters as one
# column $\mathbf{w}$. All predictions are then one product:
#
# $$\hat{\mathbf y} = X\mathbf w, \qquad
# X = \begin{pmatrix} x_1 & 1\\ \vdots & \vdots\\ x_n & 1\end{pmatrix},
# \qquad \mathbf w = \begin{pmatrix} w\\ b\end{pmatrix}.$$

# %% [markdown]
# The bottom of the bowl is where the derivative for *each* parameter is zero.
# For the parameter of column $\mathbf x_j$ it reads, as before,
# $-\frac2n\,\mathbf x_j \cdot \mathbf e = 0$ with the residuals
# $\mathbf e = \mathbf y - X\mathbf w$: what is left over stands at a right angle
# to every column. All columns at once,
#
# $$X^\top(\mathbf y - X\mathbf w) = 0
# \quad\Longrightarrow\quad X^\top X\,\mathbf w = X^\top\mathbf y,$$
#
# the **normal equation** ("normal" is an old word for a right angle). It finds a
# minimum: changing the parameters by $\mathbf d$ changes the residuals by
# $-X\mathbf d$, which is at a right angle to $\mathbf e$, so by Pythagoras the sum of
# squares grows by $|X\mathbf d|^2$.
#
# It must give the slope and intercept of the two formulas. Better than a second
# derivation of our own is an **oracle**, a program by others that computes the
# same. From here on, what we write ourselves is held against one.


# %% tinyml={"objective": "02-solve", "role": "explain"}
from sklearn.linear_model import LinearRegression


def design_matrix(*columns):
    return np.column_stack([*columns, np.ones(len(columns[0]))])


def least_squares(X, y):
    return np.linalg.solve(X.T @ X, X.T @ y)


weights = least_squares(design_matrix(x_train), y_train)
oracle = LinearRegression().fit(x_train[:, None], y_train)
from_formulas = abs(weights - [w, b]).max()
from_oracle = abs(weights - [oracle.coef_[0], oracle.intercept_]).max()
plots.say(
    f"Normal equation: w = {weights[0]:.2f}, b = {weights[1]:.2f}. The two formulas "
    f"differ from it by at most {from_formulas:.0e}, scikit-learn by at most "
    f"**{from_oracle:.0e}**: rounding in 64-bit floats."
)

# %% [markdown]
# > **Warning: nearly equal columns.** Two columns that say almost the same make
# > $X^\top X$ nearly singular, and `solve` may return weights that are mostly
# > rounding error, without a message. Leave one column out, centre and scale the
# > rest, or let `np.linalg.lstsq` work on $X$ itself.

# %% tags=["hide-input"] tinyml={"objective": "02-solve", "role": "check"}
Check(
    "Ten sensors and 5,000 rows, with an intercept. How large is the system of "
    "equations that `solve` has to solve?",
    options=["11 x 11", "10 x 10", "5,000 x 11", "5,000 x 5,000"],
    answer="11 x 11",
    mistakes={
        "10 x 10": "Count the columns of X again. Who carries the intercept?",
        "5,000 x 11": "That is the shape of X. What is left when X transposed "
        "is multiplied by it?",
        "5,000 x 5,000": "That would be X times X transposed. In which order does "
        "the normal equation multiply?",
    },
    reveal="However many rows, the system has one equation for each parameter.",
)

# %% [markdown]
# ## Open the drawer
#
# The line was chosen to please sixty points. Of course it pleases them. The
# question is whether it is right about points it has never seen, so take the
# twenty test rows out of the drawer. For comparison there is a third line, the
# one that made the points: the card gives its numbers.


# %% tinyml={"objective": "02-judge", "role": "explain"}
def typical_error(x, y, w, b):
    return np.sqrt(mse(y, predict(x, w, b)))


lines = {
    "data sheet": (100, -50),
    "our line": (w, b),
    "the truth": (1 / 0.0104, -0.507 / 0.0104 - 2.3),  # the card, solved for air
}
rows = ["| typical error (RMSE, °C) | 60 training points | 20 test points |"]
rows.append("|---|---|---|")
for name, line in lines.items():
    trained = typical_error(x_train, y_train, *line)
    tested = typical_error(x_test, y_test, *line)
    rows.append(f"| {name} | {trained:.2f} | **{tested:.2f}** |")
plots.say("\n".join(rows))

# %% [markdown]
# The line is nearly as good on new points. On the training points it even beats
# the truth by a little: it has learned some of their noise. Two parameters cannot
# learn sixty points by heart; models with as many parameters as points can, and
# chapter 07 shows what happens then. The habit starts here: **the number that
# counts is the one on points that were not used.** (Below, we look into the
# drawer again to compare models. If you *choose* by what you see there, you have
# used the points; chapter 07 has a second drawer for that.)
#
# ## When a line is the wrong model
#
# The board carries a second sensor, a thermistor, whose resistance falls as it
# gets warmer. Same moments, same reference, same two formulas. A common score for
# a fit is the share of the variance of $y$ that the model explains,
#
# $$R^2 = 1 - \frac{\text{MSE of the model}}{\text{variance of } y}.$$
#
# It is 1 for a perfect model, and 0 for the flat line through the mean.

# %% tinyml={"objective": "02-judge", "role": "explain"}
x_ntc = data.x_train[:, 1] * VOLTS_PER_COUNT
w_ntc, b_ntc = fit_line(x_ntc, y_train)

r2 = 1 - mse(y_train, predict(x_ntc, w_ntc, b_ntc)) / y_train.var()
plots.say(
    f"The thermistor's line explains **{r2:.1%}** of the variance. That looks like "
    "success. Now look at what it leaves over, on the right:"
)

fig, axes = plt.subplots(1, 2, figsize=(6, 3.4), sharey=True)
sensors = [("linear sensor", x_train, w, b), ("thermistor", x_ntc, w_ntc, b_ntc)]
for ax, (name, x, slope, intercept) in zip(axes, sensors, strict=True):
    ax.axhline(0, color=GREY, lw=1)
    ax.scatter(x, y_train - predict(x, slope, intercept), s=18, color=BLUE)
    ax.set(title=name, xlabel="voltage (V)")
axes[0].set_ylabel("residual (°C)")
plots.show(
    fig,
    alt="Residuals against voltage for two sensors. Those of the linear sensor "
    "scatter evenly around zero. Those of the thermistor make an arch: below zero "
    "at both ends, above zero in the middle.",
)

# %% tags=["hide-input"] tinyml={"objective": "02-judge", "role": "check"}
Check(
    "A colleague sends four residual plots. Which one says that a line is the "
    "wrong model?",
    options=[
        "a wide cloud, even around zero everywhere",
        "a narrow band that sags in the middle",
        "a narrow even band, one point far away",
        "a cloud that is twice as dense on the right",
    ],
    answer="a narrow band that sags in the middle",
    mistakes={
        "a wide cloud, even around zero everywhere": "Wide means noisy. Could any "
        "other curve get closer, if there is no pattern left?",
        "a narrow even band, one point far away": "One odd point is a question "
        "about that point. What do the others say?",
        "a cloud that is twice as dense on the right": "More readings were taken "
        "there. That is a choice of whoever measured. Is there a shape?",
    },
    reveal="A pattern left over is something the model could have known. The "
    "size of the band says how noisy the world is; its shape, how wrong the model.",
)

# %% [markdown]
# The cure keeps the machinery: give the design matrix more columns. A column may
# be *any* function of the reading, its square for instance, and the model stays
# **linear in its parameters**, which is all that the normal equation asks for.
#
# More columns, or better ones? Physics offers one. The thermistor shares 3.3 V
# with a resistor of 4.7 kΩ, so a reading of $v$ volts means a resistance of
# $R = 4.7\,(3.3/v - 1)$ kΩ. And $1/T = p + q \ln R$ holds quite closely, with
# $T$ in kelvin. So predict $1/T$ from $\ln R$, a straight line again, and turn it
# over at the end.

# %%
COLUMNS = {
    "line": lambda v: (v,),
    "square": lambda v: (v, v**2),
    "cube": lambda v: (v, v**2, v**3),
    "physics": lambda v: (np.log(3.3 / v - 1),),  # ln R, up to a constant
}


def fit_thermistor(model):
    physics = model == "physics"
    target = 1 / (y_train + 273.15) if physics else y_train
    weights = least_squares(design_matrix(*COLUMNS[model](x_ntc)), target)

    def curve(v):
        out = design_matrix(*COLUMNS[model](v)) @ weights
        return 1 / out - 273.15 if physics else out

    return curve


kilo_ohm = 4.7 * (3.3 / 0.05 - 1)  # at 0.05 V; the rest is from the card
board_kelvin = 1 / (1 / 298.15 + np.log(kilo_ohm / 10) / 3950)
truth = board_kelvin - 273.15 - 2.3  # °C of the air


# %% tinyml={"objective": "02-judge", "role": "explore"}
def thermistor_picture(model):
    curve = fit_thermistor(model)
    error = np.sqrt(mse(y_test, curve(data.x_test[:, 1] * VOLTS_PER_COUNT)))
    cold = curve(np.array([0.05]))[0]
    fig = plots.curve_and_residuals(x_ntc, y_train, curve, (0.05, 2.6), (-45, 85))
    fig.axes[0].set(ylabel="°C")
    fig.axes[1].set(xlabel="voltage (V)", ylabel="residual (°C)", ylim=(-8, 8))
    return fig, (
        f"{error:.2f} °C off on the test points. At 0.05 V, where nobody measured, "
        f"it says {cold:.0f} °C; in truth it is {truth:.0f} °C there."
    )


Explore(
    thermistor_picture,
    model=Choice(list(COLUMNS), "line", "columns"),
    look="When does the arch vanish? Then look outside the grey range, where "
    "nothing was measured: which curve is right there?",
    alt=lambda model: (
        f"Above: thermistor readings and the curve fitted with the "
        f"columns '{model}', drawn beyond the voltages that were measured. Below: its "
        "residuals" + (", which make an arch." if model == "line" else ".")
    ),
)

# %% [markdown]
# Each column takes something out of the arch, and inside the grey range the
# cube is about as good as physics. Outside it is a different story: the curve
# that knew *why* has half as many parameters as the cube, and is right where
# nobody measured.
# (We can say so because the data are simulated: the truth is in the card.)
#
# The other way round happens too: a line may be right, and still not say much.
# The next data are of people with diabetes: how far has the disease gone a year
# later? First from the body mass index alone, then from all ten measurements,
# then with their squares, in case a straight line is the wrong shape.

# %% tinyml={"objective": "02-judge", "role": "explain"}
people = datasets.load("diabetes")


def r2_on_test(columns):
    X, X_new = (design_matrix(*columns(x).T) for x in (people.x_train, people.x_test))
    left_over = mse(people.y_test, X_new @ least_squares(X, people.y_train))
    return 1 - left_over / mse(people.y_test, people.y_train.mean())


bmi = r2_on_test(lambda x: x[:, [2]])
every = r2_on_test(lambda x: x)
# Column 1 is 1 or 2 for every person: its square says nothing new, so it stays out.
bent = r2_on_test(lambda x: np.hstack([x, np.delete(x, 1, axis=1) ** 2]))
plots.say(
    f"On people it has not seen, the body mass index explains **{bmi:.0%}** of the "
    f"variance, all ten measurements {every:.0%}, the ten with squares {bent:.0%}."
)

# %% [markdown]
# Half of the variance is left over, and squares take out next to none of it: what
# is missing is not a bend in these columns. So $R^2$ does not tell you whether the
# *model* is right. The thermistor's line had a splendid one and was wrong.
#
# ## One bad reading
#
# Back to the first sensor. The reference thermometer's battery fails for one
# moment, at the warmest point, and the log stores a missing value as 0 °C. One
# reading of sixty.

# %% tags=["hide-input"] tinyml={"objective": "02-judge", "role": "predict"}
y_wrong = np.where(x_train == x_train.max(), 0.0, y_train)
w_wrong, b_wrong = fit_line(x_train, y_wrong)

Predict(
    f"The slope was {w:.1f} °C/V. By how much does this one reading pull it down?",
    answer=round(w - w_wrong, 1),
    unit="°C/V",
    explain="In a mean of squares, a gap ten times as wide counts a hundred times as "
    "much; and at the far end of the points the lever is longest.",
)

# %% [markdown]
# Would the mean of $|e_i|$ have been calmer? It has corners and no formula, but
# among its best lines there is always one through two of the points (Bloomfield
# and Steiger prove it), and for sixty points we can try every pair.


# %% tinyml={"objective": "02-judge", "role": "explain"}
def least_absolute_line(x, y):
    i, j = np.triu_indices(len(x), k=1)  # all pairs of points
    i, j = i[x[i] != x[j]], j[x[i] != x[j]]
    w = (y[j] - y[i]) / (x[j] - x[i])
    b = y[i] - w * x[i]
    gaps = y - predict(x, w[:, None], b[:, None])  # (pairs, n)
    best = np.abs(gaps).mean(axis=1).argmin()
    return w[best], b[best]


# %% tinyml={"objective": "02-judge", "role": "explore"}
def outlier_picture(logged, smallest):
    y = np.where(x_train == x_train.max(), logged, y_train)
    fit = fit_line if smallest == "squares" else least_absolute_line
    slope, intercept = fit(x_train, y)
    fig, ax = plt.subplots()
    ax.plot(ends, predict(ends, w, b), "--", color=GREY, label="right readings")
    ax.plot(ends, predict(ends, slope, intercept), color=RED, label="with the square")
    ax.scatter(x_train, y, s=18, color=BLUE)
    ax.scatter(x_train.max(), logged, s=110, marker="s", color=RED)
    ax.set(xlabel="voltage (V)", ylabel="temperature (°C)", ylim=(-45, 65))
    ax.legend(loc="upper left")
    error = typical_error(x_test, y_test, slope, intercept)
    return fig, f"slope {slope:.1f} °C/V; on the test points {error:.2f} °C off"


Explore(
    outlier_picture,
    logged=Slider(-40, 60, 10, 0, "what the log says at the warmest point (°C)"),
    smallest=Choice(["squares", "absolute values"], "squares", "make smallest"),
    look="Move the square point with each kind of error. Which line follows it?",
    alt="Sixty points, the warmest one moved; the line fitted to them, solid, and "
    "the line of the right readings, dashed.",
)

# %% [markdown]
# Squares follow the one point that is far off; absolute values hardly do. That is
# not a reason to give squares up: look at the residuals, find the point, ask what
# happened that day, leave it out, and write down why.
#
# ## Ship it
#
# A model is worth something where it runs. On the board nobody wants volts, so
# fold the conversion into the slope: degrees straight from counts, one
# multiplication and one addition. The board's processor has a unit for 32-bit
# floats, and none for 64 bits: each operation would be a call of a subroutine.
# In C, an `f` after a number makes it a 32-bit float.

# %% tinyml={"objective": "02-ship", "role": "explain"}
slope = np.float32(w * VOLTS_PER_COUNT)  # °C per count
intercept = np.float32(b)
counts = data.x_test[:, 0].astype(int)

line_h = f"""#define SLOPE {slope:.9g}f
#define INTERCEPT {intercept:.9g}f
#define READINGS {len(counts)}
static const int counts[READINGS] = {{{", ".join(map(str, counts))}}};
"""
print(line_h)

# %% tags=["hide-input"] tinyml={"objective": "02-ship", "role": "check"}
Check(
    "Training used 60 pairs of numbers. How many bytes does the board have to keep "
    "of the model itself?",
    answer=8,
    unit="bytes",
    mistakes={
        2: "Two parameters, yes. How many bytes is each?",
        4: "That is one 32-bit float. How many gaps does the formula have?",
        16: "NumPy uses 64 bits for a float. What does the board's header say?",
        480: "You kept the training data. Does the formula need it?",
        960: "You kept the training data. Does the formula need it?",
    },
    low="How many parameters, and how many bytes for each?",
    high="Only the parameters travel. How many are there, and how large?",
    reveal="Two 32-bit floats: all that sixty measurements had to say.",
)

# %% [markdown]
# The program itself never changes; what was learned is in the header. `board.h`
# belongs to the course: it sends text over the board's serial port (UART), and
# whole numbers only, so we send hundredths of a degree. `noinline` keeps
# `temperature` a function of its own, whose instructions can be counted.

# %% tinyml={"objective": "02-ship", "role": "explain"}
main_c = """#include "board.h"
#include "line.h"

__attribute__((noinline)) static float temperature(int count) {
    float degrees = SLOPE * (float)count;
    return degrees + INTERCEPT;
}

int main(void) {
    for (int i = 0; i < READINGS; i++) {
        float hundredths = 100.0f * temperature(counts[i]);
        board_printf("%d\\n", (int)hundredths);
    }
    return 0;
}
"""
firmware = device.build({"main.c": main_c, "line.h": line_h})
run = device.run(firmware, layers=["temperature"])

# %% [markdown]
# `device.build` made real firmware, each instruction of it for the board's
# Cortex-M4F. `device.run` ran it on an emulated board with 1 MB of flash and
# 256 KB of RAM, which counts every instruction.

# %% tags=["hide-input"] tinyml={"objective": "02-ship", "role": "predict"}
(work,) = [row for row in run.profile if row.function == "temperature"]

Predict(
    "How many instructions does the processor execute for one temperature, from "
    "the first of `temperature` to its return?",
    answer=work.instructions // len(counts),
    unit="instructions",
    explain="Counted: enter the function, turn the count into a float, load two "
    "constants, multiply, add, return. Estimated: "
    f"{work.cycles / len(counts):.0f} ticks of the clock, or at 64 MHz "
    f"{64 / (work.cycles / len(counts)):.1f} million temperatures a second.",
)

# %% tinyml={"objective": "02-ship", "role": "explain"}
on_board = np.array(run.uart.split(), dtype=int)  # hundredths of a degree
on_host = 100 * (slope * counts.astype(np.float32) + intercept)  # float32
equal = np.sum(on_board == on_host.astype(int))

plots.say(
    f"The firmware takes **{firmware.flash_bytes:,} bytes** of flash, start-up and "
    f"printing included (counted); {equal} of its {len(counts)} temperatures equal "
    "NumPy's to the last digit."
)

# %% [markdown]
# And this is what it was for: the errors of the board that trusts its data
# sheet, and of the same board with eight bytes learned from sixty measurements,
# on the twenty that neither has seen. (An instrument's error is what it says
# minus what is right: our residual with its sign turned.)

# %% tags=["hide-input"] tinyml={"objective": "02-ship", "role": "explain"}
believed = predict(x_test, 100, -50) - y_test
printed = on_board / 100 - y_test
fig, ax = plt.subplots(figsize=(5.6, 4))
ax.axhline(0, color=GREY, lw=1)
ax.vlines(y_test, printed, believed, color="#cccccc", lw=1.5, zorder=0.9)
ax.scatter(y_test, believed, s=34, color=RED, marker="s", label="data sheet")
ax.scatter(y_test, printed, s=34, color=BLUE, label="our firmware")
ax.set(xlabel="reference thermometer (°C)", ylabel="error of the board (°C)")
ax.set(title="Eight bytes, learned", ylim=(min(printed) - 1, max(believed) + 3))
ax.legend(loc="upper left", ncols=2)
plots.show(
    fig,
    alt="Errors on twenty test points. Those of the data sheet's line lie "
    "about three to six degrees above zero, all but one; those printed by the "
    "firmware with the fitted line scatter around zero, one lies far below.",
)

# %% [markdown]
# ## On your own
#
# 1. One point of the last picture stands out: there the data sheet does better
#    than your firmware. Which was odd at that moment: the sensor, the reference or
#    the line? The thermistor is a witness: what does its physics curve say there?
# 2. Ship the thermistor with the physics curve: `logf` is not on the board. Make
#    a table of 33 counts and temperatures and draw lines between them. How many
#    bytes does it take, and how many degrees does it miss at most?
# 3. Problem set `ps01` asks you to write `mse`, $R^2$ and the normal equation
#    yourself, on data of your own, and grades each. You can do it now; it explains the
#    walk downhill that two of its parts take, and chapter 03 says more about it.
#
# ## What you have done
#
# * You **measured** a line by its residuals and read its loss surface: a bowl,
#   askew until the origin sat in the middle of the points.
# * You **solved** for the best line, by hand and with the normal equation, and
#   held both against scikit-learn.
# * You **judged** lines by what they leave over: on points not used, by the shape
#   of the residuals, and with a reading gone wrong.
# * You **shipped** the line to the 256 KB board as C.
#
# **The idea to keep:** learning is choosing a few numbers so that what is left
# over is small; then look at what is left over.
#
# **Next:** the bowl had a formula for its lowest point. Most bowls have none, and
# then you walk: chapter 03, *Rolling downhill*.
#
# ## Sources
#
# * C. F. Gauss, *Theoria motus corporum coelestium* (1809), and A. M. Legendre,
#   *Nouvelles méthodes pour la détermination des orbites des comètes* (1805):
#   least squares and the normal distribution.
# * J. Aynsley, *Deep Learning for Engineers*, Doulos (2019), and *CS249r: Tiny
#   Machine Learning*, Harvard (2020): the regression walk-through with its
#   loss as a function of slope and offset.
# * Analog Devices, *TMP35/TMP36/TMP37*, data sheet: 0.5 V at 0 °C, 10 mV/°C.
# * J. S. Steinhart and S. R. Hart, "Calibration Curves for Thermistors", *Deep-Sea
#   Research* 15 (1968): $1/T$ as a polynomial in $\ln R$; ours is its first degree.
# * P. Bloomfield and W. L. Steiger, *Least Absolute Deviations*, Birkhäuser (1983).
# * Nordic Semiconductor, *nRF52840 Product Specification*: 64 MHz, Cortex-M4 with
#   a unit for 32-bit floats, 1 MB of flash, 256 KB of RAM.
# * F. J. Anscombe, "Graphs in Statistical Analysis", *The American Statistician*
#   27 (1973): why to look at residuals and not only at scores.
# * B. Efron et al., "Least Angle Regression", *Annals of Statistics* 32 (2004):
#   the diabetes data.
