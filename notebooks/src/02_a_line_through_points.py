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
# **You need** Python with NumPy arrays, the straight line $y = wx + b$ from
# school, a derivative and the product of two matrices. About 75 minutes.

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
# Sixty blue points, and almost all of them under the red line: the board
# believes it is warmer than it is. Part of it is the sensor (no two parts are
# alike), part is the board itself, which warms the sensor it carries.

# %% [markdown]
# The board does not measure volts. Its converter hands over *counts*, whole
# numbers from 0 to 4,095 for 0 to 3.3 V. We turn them back into volts, because
# that is what the data sheet speaks, and keep the names that stay the same
# all through this course: `x_train` for what goes in, `y_train` for the right
# answers.
#
# There are twenty more rows, `x_test` and `y_test`. They go into a drawer now,
# and we open it when there is something to judge.
#
# Every data set here has a **card** that says where the numbers are from. Read
# it before you trust a result; this one has a confession to make.

# %%
VOLTS_PER_COUNT = 3.3 / 4095

x_train = data.x_train[:, 0] * VOLTS_PER_COUNT  # (60,) volts
y_train = data.y_train  # (60,) degrees Celsius
x_test, y_test = data.x_test[:, 0] * VOLTS_PER_COUNT, data.y_test

plots.say(data.card)

# %% [markdown]
# ## The model
#
# Nobody measured these points: they are simulated from the data sheets of real
# parts, so we know the truth behind them, which will be useful for judging.
# With a real sensor the work is the same.

# %% [markdown]
# A **model** is a formula with gaps. Ours is a line,
#
# $$\hat y = w x + b,$$
#
# with two gaps, the **parameters**: the slope $w$ in degrees per volt and the
# intercept $b$ in degrees. The hat on $\hat y$ says "predicted". The data sheet
# fills the gaps too: 0.5 V at 0 °C and 10 mV more for each degree, turned
# around, is $w = 100$ and $b = -50$.


# %%
def predict(x, w, b):
    return w * x + b


predict(0.75, w=100, b=-50)

# %% [markdown]
# At 0.75 V the data sheet says 25 °C. What would you say? Take the line by its
# ends and move it until you like it (with the keyboard: Tab to an end, then the
# arrow keys). Leave the button for the best line alone for now; your own comes
# first. And while you pull, a second picture follows you. What might it show?

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
    look="Make the number small. Which points make it jump when you leave them?",
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
# By its mean residual the flat line is perfect: points above pay for points
# below, and so they do for *every* line through the middle of the points. The
# sign has to go before we add up, and there are two usual ways:
#
# * the mean of $|e_i|$, the size of the gap;
# * the mean of $e_i^2$, the area of the square that stands on the gap.
#
# We take the second, the **mean squared error**,
#
# $$\text{MSE}(w, b) = \frac{1}{n} \sum_{i=1}^{n} (y_i - w x_i - b)^2,$$
#
# for three reasons. One gap of 4 °C counts as much as sixteen gaps of 1 °C,
# which is what you want when large errors hurt. A square has no corner, so the
# whole is smooth, and we will be able to *solve* for the best line. And for
# one kind of noise it is the right thing to do:

# %% [markdown]
# > **Note: where the square comes from.** Suppose the line is true and each
# > reference reading is off by a bell-shaped (normal) error of width $\sigma$.
# > The probability density of seeing our points is then
# >
# > $$\prod_i \frac{1}{\sigma\sqrt{2\pi}} \exp\left(-\frac{e_i^2}{2\sigma^2}\right).$$
# >
# > Its logarithm is a constant minus $\sum_i e_i^2 / 2\sigma^2$. The line
# > that makes our points most likely is the one with the smallest MSE: the square
# > was in the bell all along. Errors with heavier tails than a bell's make it a
# > bad choice, as you will see.


# %% tinyml={"objective": "02-loss", "role": "explain"}
def mse(y, predicted):
    return np.mean((y - predicted) ** 2)


sheet_mse = mse(y_train, predict(x_train, w=100, b=-50))
plots.say(f"The data sheet's line has an MSE of **{sheet_mse:.2f}** (°C)².")

# %% [markdown]
# Square degrees are hard to feel. The root of the MSE, the **RMSE**, is back in
# degrees: the size of a typical error. Write it; one line is enough.


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
        np.mean(np.abs(e)): "You took the size of each gap. Squares first.",
        np.sqrt(np.sum(e**2)): "The root of the sum: where is the mean?",
        np.mean(e): "Gaps up and down cancel here. Square before you average.",
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
# A line is two numbers. So draw a second picture, a map with $w$ to the right
# and $b$ upwards: **each point of the map is a line**, and its MSE is the
# height of the ground there. The map's lowest point is the line we are after.
#
# That was the second picture. To make it yourself, try many slopes with many
# intercepts. Shapes tell the story: a grid of lines, each against every point.

# %% tinyml={"objective": "02-loss", "role": "explore"}
slopes = np.linspace(60, 136, 39)  # (39,)
intercepts = np.linspace(-80, -24, 41)  # (41,)
W, B = np.meshgrid(slopes, intercepts)  # (41, 39) each: a grid of lines
gaps = y_train - predict(x_train, W[..., None], B[..., None])  # (41, 39, 60)
loss = (gaps**2).mean(axis=-1)  # (41, 39): an MSE for each line
labels = "voltage (V)", "°C", "slope w (°C/V)", "intercept b (°C)"

Explore(
    lambda w, b: plots.line_and_loss(x_train, y_train, W, B, loss, w, b, labels),
    frames=30,
    w=Slider(60, 136, 4, 80, "slope w (°C/V)"),
    b=Slider(-80, -24, 4, -60, "intercept b (°C)"),
    look="Find the bottom of the valley. Then walk along it: which way must the "
    "intercept go when the slope goes up?",
    alt=lambda w, b: (
        f"Above: the points and the line with slope {w}, intercept "
        f"{b}. Below: that line as one point on a contour map and on a surface in "
        "three dimensions, with a long narrow valley from upper left to lower right."
    ),
)

# %% [markdown]
# The ground is a bowl, but a long and narrow one that lies askew. Along the
# valley floor the slope and the intercept haggle: a steeper line that starts
# lower passes through nearly the same points, so the MSE hardly moves.

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
    reveal="The valley runs in the direction (1, minus the middle voltage).",
)

# %% [markdown]
# ## Turn the valley upright
#
# The haggling has a cause: we measure the intercept at 0 V, far to the left
# of all points, like steering a wheelbarrow by the end of a long pole. Move the
# origin to the middle of the points. With
#
# $$\Delta x_i = x_i - \bar x, \qquad \Delta y_i = y_i - \bar y$$
#
# the same lines are $\hat y = w\,\Delta x + c$, where $c$ is now the height of
# the line *in the middle*.

# %% tinyml={"objective": "02-loss", "role": "explain"}
x_middle, y_middle = x_train.mean(), y_train.mean()
dx = x_train - x_middle  # (60,): how far from the middle
heights = np.linspace(y_middle - 25, y_middle + 25, 41)
W_c, C = np.meshgrid(slopes, heights)
gaps = y_train - predict(dx, W_c[..., None], C[..., None])

fig, (left, right) = plt.subplots(1, 2, figsize=(6, 3.4))
plots.contours(left, W, B, loss)
left.set(title="origin at 0 V", xlabel="slope w (°C/V)", ylabel="intercept b (°C)")
plots.contours(right, W_c, C, (gaps**2).mean(axis=-1))
right.set(title="origin in the middle", xlabel="slope w (°C/V)", ylabel="c (°C)")
plots.show(
    fig,
    alt="Two contour maps of the same loss. On the left, with the origin at zero "
    "volts, the contours are long ellipses that lie askew. On the right, with the "
    "origin in the middle of the points, they stand upright along the axes.",
)

# %% [markdown]
# Now the two questions are independent: the best height does not depend on the
# slope, nor the best slope on the height. Chapter 03 walks down such bowls step
# by step, and there the upright one is the difference between a stroll and a
# zigzag.
#
# Before we solve for the bottom: how much better can a line be, on these
# points, than the one in the data sheet? You have dragged one and seen its
# number.

# %% tags=["hide-input"] tinyml={"objective": "02-solve", "role": "predict"}
library = np.polyfit(x_train, y_train, 1)  # we will do without it in a moment
best_mse = mse(y_train, np.polyval(library, x_train))

Predict(
    "How many times smaller than the data sheet's MSE is the MSE of the best line?",
    answer=round(sheet_mse / best_mse, 1),
    unit="times smaller",
    explain=f"From {sheet_mse:.2f} to {best_mse:.2f} (°C)². What remains is not "
    "the line's fault: the reference hangs a hand's width away and disagrees.",
)

# %% [markdown]
# ## Solve for the best line
#
# A bowl that stands upright can be solved with pencil and paper. Put the
# centred line into the MSE and sort:
#
# $$\text{MSE} = \frac1n\sum_i \big(\Delta y_i - w\,\Delta x_i + (\bar y - c)\big)^2
# = \underbrace{\frac1n\sum_i (\Delta y_i - w\,\Delta x_i)^2}_{\text{only } w}
# + \underbrace{(\bar y - c)^2}_{\text{only } c}.$$
#
# The mixed term is gone, because $\sum \Delta x_i = \sum \Delta y_i = 0$: that
# is what the upright bowl showed. The last square is smallest, zero, at
# $c = \bar y$. **The best line passes through the middle of the points.**

# %% [markdown]
# The first part is a parabola in $w$. Its derivative is zero at the bottom:
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
# $\mathbf e = \mathbf y - X\mathbf w$. In words: what is left over stands at a
# right angle to every column. Whatever could be said with those columns has been
# said. (And it is a minimum: changing the parameters by $\mathbf d$ adds
# $X\mathbf d$, at a right angle to $\mathbf e$, and by Pythagoras the squares
# grow by $|X\mathbf d|^2$.) All columns at once,
#
# $$X^\top(\mathbf y - X\mathbf w) = 0
# \quad\Longrightarrow\quad X^\top X\,\mathbf w = X^\top\mathbf y,$$
#
# the **normal equation** ("normal" is an old word for a right angle).
#
# It gives the same slope and intercept. Two derivations that agree are good; an
# independent **oracle** is better. From here on, whatever we write ourselves is
# held against a library that thousands of people use.


# %% tinyml={"objective": "02-solve", "role": "explain"}
from sklearn.linear_model import LinearRegression


def design_matrix(*columns):
    return np.column_stack([*columns, np.ones(len(columns[0]))])


def least_squares(X, y):
    return np.linalg.solve(X.T @ X, X.T @ y)


weights = least_squares(design_matrix(x_train), y_train)
oracle = LinearRegression().fit(x_train[:, None], y_train)
differences = weights - [oracle.coef_[0], oracle.intercept_]
plots.say(
    f"Normal equation: w = {weights[0]:.10f}, b = {weights[1]:.10f}; scikit-learn "
    f"differs by at most **{abs(differences).max():.0e}**."
)

# %% [markdown]
# > **Warning: nearly equal columns.** $X^\top X$ squares what is difficult. Two
# > columns that say almost the same make it nearly singular, and `solve` returns
# > noise without a word. Centre and scale the columns, or let `np.linalg.lstsq`
# > work on $X$ itself.

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
# twenty test rows out of the drawer.


# %% tinyml={"objective": "02-judge", "role": "explain"}
def typical_error(x, y, w, b):
    return np.sqrt(mse(y, predict(x, w, b)))


plots.say(
    "| typical error (RMSE, °C) | 60 training points | 20 test points |\n"
    "|---|---|---|\n"
    f"| data sheet | {typical_error(x_train, y_train, 100, -50):.2f} "
    f"| {typical_error(x_test, y_test, 100, -50):.2f} |\n"
    f"| our line | {typical_error(x_train, y_train, w, b):.2f} "
    f"| **{typical_error(x_test, y_test, w, b):.2f}** |"
)

# %% [markdown]
# The line keeps its word. Two parameters cannot learn sixty points by heart;
# models with as many parameters as points can, and chapter 07 shows what
# happens then. The habit starts here: **the number that counts is the one on
# points that were not used.**
#
# ## When a line is the wrong model
#
# The board carries a second sensor, a thermistor: a resistor that falls as it
# gets warmer, and cheaper than the first. Same moments, same reference, same two
# formulas. A common score for a fit is $R^2$: the share of the variance of $y$
# that the model explains, where 1 is perfect.

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
        "there. Density is about you, not about the shape.",
    },
    reveal="A pattern left over is something the model could have known. The "
    "size of the band says how noisy the world is; its shape, how wrong the model.",
)

# %% [markdown]
# The cure keeps the machinery: give the design matrix more columns. A column may
# be *any* function of the reading, its square for instance, and the model stays
# **linear in its parameters**, which is all that the normal equation asks for.
#
# More columns, or better ones? Physics offers one: a thermistor's resistance $R$
# follows $1/T = A + B \ln R$ quite closely, with $T$ in kelvin. So predict
# $1/T$ from $\ln R$, a straight line again, and turn it over at the end.

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


# %% tinyml={"objective": "02-judge", "role": "explore"}
def thermistor_picture(model):
    curve = fit_thermistor(model)
    error = np.sqrt(mse(y_test, curve(data.x_test[:, 1] * VOLTS_PER_COUNT)))
    cold = curve(np.array([0.05]))[0]
    truth = 1 / (np.log(0.47 * (3.3 / 0.05 - 1)) / 3950 + 1 / 298.15) - 275.45
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
    "nothing was measured: whom do you believe there?",
    alt=lambda model: (
        f"Above: thermistor readings and the curve fitted with the "
        f"columns '{model}', drawn beyond the voltages that were measured. Below: its "
        "residuals" + (", which make an arch." if model == "line" else ".")
    ),
)

# %% [markdown]
# Each column takes something out of the arch, and inside the grey range the
# cube is about as good as physics. Outside it is a different story: the curve
# that knew *why* has half the parameters, and is right where nobody measured.
# (We can say so because the data are simulated: the truth is in the card.)
#
# The other way round happens too: a line may be right, and still not say much.
# These are 442 people with diabetes; how far will the disease have gone a year
# later? First from the body mass index alone, then from all ten measurements.

# %% tinyml={"objective": "02-judge", "role": "explain"}
people = datasets.load("diabetes")


def r2_on_test(columns):
    X = design_matrix(*people.x_train[:, columns].T)
    X_new = design_matrix(*people.x_test[:, columns].T)
    left_over = mse(people.y_test, X_new @ least_squares(X, people.y_train))
    return 1 - left_over / mse(people.y_test, people.y_train.mean())


bmi, everything = r2_on_test([2]), r2_on_test(range(10))
plots.say(
    f"On people it has not seen, the body mass index explains **{bmi:.0%}** of the "
    f"variance, all ten measurements {everything:.0%}."
)

# %% [markdown]
# Half of the story depends on things that nobody wrote down, and no arch is left
# over (plot the residuals, if you doubt it). So $R^2$ does not tell you whether
# the *model* is right: the thermistor's line had a splendid one and was wrong.
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
    explain="A gap ten times as wide pulls a hundred times as hard on a mean of "
    "squares, and the far end of the points is where the lever is longest.",
)

# %% [markdown]
# The mean of $|e_i|$ would have been calmer. It has a corner and no formula,
# but among its best lines there is always one through two of the points, and
# for sixty points we can try every pair.


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
    ax.plot(ends, predict(ends, w, b), "--", color=GREY)
    ax.plot(ends, predict(ends, slope, intercept), color=RED)
    ax.scatter(x_train, y, s=18, color=BLUE)
    ax.scatter(x_train.max(), logged, s=110, marker="s", color=RED)
    ax.set(xlabel="voltage (V)", ylabel="°C", ylim=(-45, 65))
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
# Squares listen to whoever shouts. That is not a reason to give them up: look at
# the residuals, find the point, ask what happened that day, and correct the log.
#
# ## Ship it
#
# A model is worth something where it runs. On the board nobody wants volts, so
# fold the conversion into the slope: degrees straight from counts, one
# multiplication and one addition. The board's processor has a unit for 32-bit
# floats; a 64-bit one would cost a subroutine per operation.

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
        4: "That is one 32-bit float. How many gaps had the formula?",
        16: "NumPy counts in 64 bits. What does the board's header say?",
        480: "You kept the training data. Does the formula need it?",
        960: "You kept the training data. Does the formula need it?",
    },
    low="How many parameters, and how many bytes for each?",
    high="Only the parameters travel. How many are there, and how large?",
    reveal="Two 32-bit floats: all that sixty measurements had to say.",
)

# %% [markdown]
# The program itself never changes; what was learned is in the header. `board.h`
# belongs to the course: it sends text over the board's serial port (UART).

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
    explain="Counted: turn the count into a float, load two constants, multiply, "
    f"add, go home. Estimated: {work.cycles / len(counts):.0f} ticks of the clock, "
    f"or {64e6 / (work.cycles / len(counts)):,.0f} temperatures a second at 64 MHz.",
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
# on the twenty that neither has seen.

# %% tags=["hide-input"] tinyml={"objective": "02-ship", "role": "explain"}
believed = predict(x_test, 100, -50) - y_test
printed = on_board / 100 - y_test
fig, ax = plt.subplots(figsize=(5.6, 4))
ax.axhline(0, color=GREY, lw=1)
ax.vlines(y_test, printed, believed, color="#cccccc", lw=1.5)
ax.scatter(y_test, believed, s=34, color=RED, marker="s", label="data sheet")
ax.scatter(y_test, printed, s=34, color=BLUE, label="our firmware")
ax.set(xlabel="reference thermometer (°C)", ylabel="error of the board (°C)")
ax.set(title="Eight bytes, learned", ylim=(min(printed) - 1, max(believed) + 3))
ax.legend(loc="upper left", ncols=2)
plots.show(
    fig,
    alt="Errors on twenty test points. Those of the data sheet's line lie three "
    "to six degrees above zero, all but one; those printed by the firmware with "
    "the fitted line scatter around zero.",
)

# %% [markdown]
# ## On your own
#
# 1. At one test point the data sheet does better than your firmware. Which of the
#    three was odd at that moment: the sensor, the reference, the line? The
#    thermistor is a witness: what does its physics curve say there?
# 2. Ship the thermistor with the physics curve: `logf` is not on the board. Make
#    a table of 33 counts and temperatures and draw lines between them. How many
#    bytes buy how many degrees?
# 3. Problem set `ps01` asks you to write `mse`, the closed-form line and the
#    normal equation yourself, on data of your own, and grades each.
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
# * F. J. Anscombe, "Graphs in Statistical Analysis", *The American Statistician*
#   27 (1973): why to look at residuals and not only at scores.
# * B. Efron et al., "Least Angle Regression", *Annals of Statistics* 32 (2004):
#   the diabetes data.
