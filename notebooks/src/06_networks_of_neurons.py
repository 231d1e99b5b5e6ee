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

# %% [markdown] tinyml={"objectives": ["06-neuron", "06-bend", "06-backward", "06-use"]}
# # Networks of neurons
#
# Four points, two kinds, and no straight line keeps the kinds apart. Squeeze the plane
# along its diagonal, so that two of the points fall together, bend what is left there,
# and a straight line does. A layer of neurons squeezes and bends; a network does so
# again and again, until a straight line is enough. Nobody tells it where to bend: it
# walks downhill, as in chapter 03, and this chapter builds the machine that finds the
# slopes.
#
# **You will**
#
# * **wire** neurons by hand, where one alone must fail;
# * **bend** a line into any curve, piece by piece, and find where that ends;
# * **derive** slopes backwards, build the machine that does it for any network, and
#   watch slopes vanish;
# * **use** networks: squeeze digits, replace a table, read digits on the board.
#
# **You need** chapters 03 and 04, the chain rule, and Python functions that return
# functions. About 120 minutes.

# %% tags=["hide-input"] tinyml={"objective": "06-neuron", "role": "explain"}
import matplotlib.pyplot as plt
import numpy as np

from tinyml_course import datasets, device, plots
from tinyml_course.widgets import Check, Choice, Explore, Predict

plots.use_style()
BLUE, RED, GREY = (plots.COLORS[c] for c in ("blue", "vermillion", "grey"))
corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
bent = np.maximum(corners @ [[1, -1], [-1, 1]], 0)
fig, axes = plt.subplots(1, 2, figsize=(6, 3.2))
for ax, points in zip(axes, (corners, bent), strict=True):
    for kind, color, marker in [([0, 3], BLUE, "o"), ([1, 2], RED, "s")]:
        ax.scatter(*points[kind].T, s=110, color=color, marker=marker, zorder=3)
    ax.set(xlim=(-0.2, 1.2), ylim=(-0.2, 1.2), xticks=[0, 1], yticks=[0, 1])
axes[0].plot([0, 1], [0, 1], "--", color=GREY)
axes[1].plot([-0.2, 0.7], [0.7, -0.2], color="black")
axes[0].set(title="no line will do", xlabel="$x_1$", ylabel="$x_2$")
axes[1].set(title="bent, one does", xlabel="$h_1$", ylabel="$h_2$")
plots.show(
    fig,
    alt="Left, a square: circles and squares at opposite corners. Right, squeezed and "
    "bent: both circles on one point, and a line that parts them from the squares.",
)

# %% [markdown]
# ## One neuron
#
# An artificial **neuron** weighs its inputs, adds a bias, and passes the sum through an
# **activation** $a$:
#
# $$h = a(\mathbf w \cdot \mathbf x + b).$$
#
# You know two: with $a(z) = z$ it is the line of chapter 02, with a sigmoid the
# yes-or-no of chapter 04. An older one, the **perceptron** (Rosenblatt, 1958), has a
# step: it fires, 1, when the sum is above zero, else 0. Its rule to learn: where the
# answer is right do nothing; where it said 0 and should say 1, add the inputs to the
# weights; the other way round, subtract them. (The bias is the weight of one more
# input that is always 1.) If some line keeps the two kinds apart, this ends after
# finitely many corrections (Novikoff, 1962). Watch the errors of each round, for
# three small questions about two bits.


# %% tinyml={"objective": "06-neuron", "role": "explain"}
def perceptron(X, y, rounds):
    w, errors = np.zeros(X.shape[1]), []
    for _ in range(rounds):
        errors.append(0)
        for row, answer in zip(X, y, strict=True):
            error = int(answer) - int(row @ w > 0)
            w += error * row
            errors[-1] += abs(error)
    return w, errors


X = np.column_stack([corners, np.ones(4)])  # the last column carries the bias
questions = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "XOR": [0, 1, 1, 0]}
table = "| question | wrong of 4, round by round |\n|---|---|\n"
for name, answers in questions.items():
    _, errors = perceptron(X, answers, rounds=14)
    table += f"| {name} | {' '.join(map(str, errors))} |\n"
plots.say(table)

# %% [markdown]
# XOR ("one of the two, not both") never settles: each correction spoils the answer that
# is asked next. And no other rule could settle it. Suppose weights and a bias did. The
# four points ask for
#
# $$\begin{aligned} w_1 + b &> 0, & b &\le 0, \\
# w_2 + b &> 0, & w_1 + w_2 + b &\le 0. \end{aligned}$$
#
# Add the two on the left: $w_1 + w_2 + 2b > 0$. Add those on the right: $w_1 + w_2 + 2b
# \le 0$. Both cannot be. Minsky and Papert drew many such conclusions in 1969, and
# neurons went out of fashion for years (Olazaran, 1996).
#
# But nobody said *one* neuron. AND and OR are easy, so is "not both". Wire three.


# %% tinyml={"objective": "06-neuron", "role": "exercise"}
def fires(x, w, b):
    """1 if the neuron with weights w and bias b fires at x, else 0."""
    return int(np.dot(x, w) + b > 0)


def xor(x):
    """1 if exactly one of the two inputs is 1, by calls of fires() alone."""
    # your lines go here; the last one may read: return fires([h1, h2], ..., ...)


# %% tags=["hide-input"] tinyml={"objective": "06-neuron", "role": "check"}
def test_xor():
    heard, fire = [], fires  # what each call of fires says, corner by corner
    globals()["fires"] = lambda *args: heard[-1].append(fire(*args)) or heard[-1][-1]
    try:
        said = [heard.append([]) or xor(corner) for corner in corners]
    finally:
        globals()["fires"] = fire
    if any(answer is None for answer in said):
        return "Nothing came back. Does your last line begin with `return`?"
    if not all(heard):
        return "Build it from calls of `fires`: that is what a network is made of."
    known = {
        "0111": "That is OR: both at once must not count. Which neuron says so?",
        "0001": "That is AND. When should the answer be 1?",
        "1110": "That is 'not both', and it also fires for 0 and 0. Combine it.",
        "1001": "Exactly the other way round: 'the same' instead of 'different'.",
    }
    got = "".join(str(int(answer)) for answer in said)
    if got != "0110":
        return known.get(got, "Not yet. Print your first two neurons at each corner.")
    if said != [calls[-1] for calls in heard] or len({*map(len, heard)}) > 1:
        return "Python decided, not a neuron. Let one more call of `fires` do it."


Check("`xor(x)` is right at all four corners.", test=test_xor)

# %% [markdown]
# Two neurons made new columns, and in the new columns a line is enough. Columns made
# from columns are a **hidden layer**. The picture at the top did it with $h_1 = \max(0,
# x_1 - x_2)$ and $h_2 = \max(0, x_2 - x_1)$. (On the right one circle is two points.)

# %% [markdown]
# ## It must bend
#
# Why not leave the activation out? Two layers without one are
#
# $$\begin{aligned} &(\mathbf x W_1 + \mathbf b_1) W_2 + \mathbf b_2 \\
# &= \mathbf x\,(W_1 W_2) + (\mathbf b_1 W_2 + \mathbf b_2), \end{aligned}$$
#
# one layer with other numbers. However many you stack, it stays a line.
#
# And why not the step? Its slope is zero wherever it has one: a walk downhill would
# feel level ground everywhere. So: something that bends *and* slopes. Four that are
# used, and their slopes: the sigmoid; the hyperbolic tangent, $\tanh z = 2\sigma(2z) -
# 1$, which is a sigmoid from -1 to 1; the **ReLU** (rectified linear unit), $\max(0,
# z)$; the leaky ReLU, $\max(z/10, z)$.

# %% tags=["hide-input"] tinyml={"objective": "06-neuron", "role": "explain"}
z = np.linspace(-6, 6, 241)
s = 1 / (1 + np.exp(-z))
shapes = {
    "sigmoid": (s, s * (1 - s), "-"),
    "tanh": (np.tanh(z), 1 - np.tanh(z) ** 2, "--"),
    "ReLU": (np.maximum(z, 0), np.where(z > 0, 1.0, 0.0), "-"),
    "leaky ReLU": (np.maximum(z, z / 10), np.where(z > 0, 1.0, 0.1), ":"),
}
fig, axes = plt.subplots(1, 2, figsize=(6, 3.4))
for name, (height, slope, dashes) in shapes.items():
    axes[0].plot(z, height, dashes, label=name)
    axes[1].plot(z, slope, dashes)
axes[0].set(title="activation", ylim=(-1.3, 2.6))
axes[1].set(title="its slope", ylim=(-0.05, 1.1))
plt.setp(axes, xlabel="sum z", xlim=(-6, 6), xticks=[-6, -3, 0, 3, 6])
axes[0].legend(loc="upper left", fontsize=10)
plots.show(
    fig,
    alt="Sigmoid and tanh flatten on both sides, their slopes fall to zero; ReLU has "
    "slope zero on the left and one on the right, leaky ReLU a tenth on the left.",
)
left = s[-1] * (1 - s[-1])
plots.say(
    f"The sigmoid's slope is {max(s * (1 - s))} at best; at 6 **{left:.4f}** is left."
)

# %% [markdown]
# A neuron whose sum is far from zero is **saturated**: its output hardly answers to its
# weights, so descent hardly moves them. Sigmoid and tanh saturate on both sides, ReLU
# on one: where it is 0 nothing passes. If that is so for every row of the data, the
# neuron is dead and stays dead; the leaky one keeps a little slope for that case.
#
# On a board ReLU has another charm: it is one comparison, where sigmoid and tanh need
# an exponential.

# %% [markdown]
# ## Straight pieces
#
# A ReLU neuron of one input, weight 1 and bias $-k$ is $\max(0, x - k)$: flat up to the
# **kink** $k$, and rising after it. Add such neurons up, each with a weight $v_i$: the
# sum is straight between kinks, and at kink $k_i$ its slope changes by $v_i$. So we can
# *write down* a network through any points, without training. Draw straight lines from
# point to point; the weights are the changes of slope.


# %% tinyml={"objective": "06-bend", "role": "explain"}
def connect(knots, heights):
    slopes = np.diff(heights) / np.diff(knots)
    return np.diff(slopes, prepend=0)  # at each kink, by how much the slope changes


def through(x, knots, heights):
    hidden = np.maximum(x[:, None] - knots[:-1], 0)  # (n, neurons)
    return hidden @ connect(knots, heights) + heights[0]


def swing(x):
    return np.sin(6 * x) * (1 + x) / 2


fine, wide = np.linspace(-1, 1, 4001), np.linspace(-1.4, 1.4, 701)
knots = np.linspace(-1, 1, 13)
ours, oracle = through(fine, knots, swing(knots)), np.interp(fine, knots, swing(knots))
plots.say(
    f"{len(knots) - 1} hidden neurons through {len(knots)} points. NumPy's `interp` "
    f"draws the same lines, within {abs(ours - oracle).max():.0e}."
)

# %% [markdown]
# That is the idea behind the **universal approximation theorem** (Cybenko, 1989; Hornik
# and others, 1989): *one hidden layer with enough neurons comes as close as you like to
# any continuous function on a closed, bounded region.* Try it, and try its conditions
# too: one of the curves is not continuous, and the picture goes beyond the region on
# both sides.


# %% tinyml={"objective": "06-bend", "role": "explore"}
CURVES = {"swing": swing, "jump": lambda x: np.where(x < 0.1, -0.5, 0.5)}


def fit_picture(neurons, curve):
    f = CURVES[curve]
    knots, denser = (np.linspace(-1, 1, n + 1) for n in (neurons, 2 * neurons))
    off, less = (abs(through(fine, k, f(k)) - f(fine)).max() for k in (knots, denser))
    fig, ax = plt.subplots()
    ax.plot(wide, f(wide), color=GREY)
    ax.plot(wide, through(wide, knots, f(knots)), color=RED)
    ax.axvspan(-1, 1, color=BLUE, alpha=0.08)
    ax.set(xlabel="x", ylim=(-1.6, 1.6), title="network (red), curve (grey)")
    return (
        fig,
        f"Worst error in the shade {off:.4f}, with twice the neurons {less:.4f}.",
    )


Explore(
    fit_picture,
    neurons=Choice([4, 8, 16, 32, 64], 8, "neurons"),
    curve=Choice(list(CURVES), "swing", "curve"),
    look="By what does the error fall when neurons double? Then the jump. And outside?",
    alt=lambda neurons, curve: f"The {curve}, and {neurons} straight pieces along it.",
)

# %% [markdown]
# For the smooth curve the error falls by a factor that comes closer and closer to four:
# a piece of length $d$ misses it by at most $\max|f''|\,d^2/8$. The limits are as real:
#
# * **the jump**: the worst error stays at half the jump or more, however many neurons.
#   The theorem says *continuous*;
# * **outside**: the network continues its last pieces straight on. It knows nothing
#   there, and does not say so;
# * **several inputs**: with 10 knots for each of $d$ inputs there are $10^d$ of them;
# * **existence**: the theorem says that good weights exist. It does not say that
#   descent, from noisy points, finds them.

# %% tags=["hide-input"] tinyml={"objective": "06-bend", "role": "check"}
Check(
    "One input, one hidden layer of 5 ReLU neurons, one output without activation. "
    "How many straight pieces can the curve have at most, over the whole line?",
    answer=6,
    mistakes={
        5: "Five kinks, yes. And how many pieces do they cut a line into?",
        32: "On or off for each of five: so many patterns exist. But as x moves right, "
        "each neuron switches once. How many patterns does it meet?",
        10: "Each neuron has two sides. How many *kinks* does that make?",
        4: "Count the kinks first, then what lies left of, between and right of them.",
        25: "That would need neurons that look at neurons: a second layer.",
        16: "How many kinks can each of the five make?",
    },
    low="More. Each neuron can make one kink.",
    high="Fewer. Each neuron makes at most one kink, at its own place.",
    reveal="One kink for each neuron, one piece more than kinks. In a second layer a "
    "neuron's sum is itself a curve, and can cross zero many times.",
)

# %% [markdown]
# ## Forward, then backward
#
# To *find* weights we walk downhill, and need the loss's slope for every number in the
# network. Take one hidden layer and one output. Rows are points, as ever: $X$ is $(n,
# k)$. **Forward**:
#
# $$\begin{aligned} Z &= XW_1 + \mathbf b_1, \\ H &= a(Z), \\
# \hat Y &= HW_2 + \mathbf b_2, \\ L &= \text{mean}\,(\hat Y - Y)^2. \end{aligned}$$
#
# **Backward**: begin at the end. Write $G_A$ for the slopes of $L$ for the entries of
# $A$; it has the shape of $A$. The square gives $G_{\hat Y} = 2(\hat Y - Y)/n$.
#
# With any number of outputs $j$: $\hat Y_{ij} = \sum_m H_{im} W_{mj} + b_j$. A weight
# $W_{mj}$ acts on row $i$ through $\hat Y_{ij}$ with factor $H_{im}$, so its slope is
# the sum over all rows, $\sum_i H_{im}\,G_{ij}$. A bias acts with factor 1. And
# $H_{im}$ acts on each output $j$ with factor $W_{mj}$. As matrices:
#
# $$\begin{aligned} G_{W_2} &= H^\top G_{\hat Y}, \\
# G_{\mathbf b_2} &= \textstyle\sum_{\text{rows}} G_{\hat Y}, \\
# G_H &= G_{\hat Y}\,W_2^\top . \end{aligned}$$

# %% [markdown]
# The activation works entry by entry, so $G_Z = G_H \cdot a'(Z)$, entry by entry. Then
# comes another layer, and the same three formulas again: $G_{W_1} = X^\top G_Z$, and so
# on, for as many layers as there are. This is **backpropagation** (Rumelhart, Hinton
# and Williams, 1986). (Shapes are a good memory: $(m, j)$ can only be made from $(n,
# m)$ and $(n, j)$ in one way.)
#
# In code, held against chapter 03's finite differences:


# %% tinyml={"objective": "06-backward", "role": "explain"}
from tinyml_course.scratch import numeric_gradient


def by_hand(X, y, W1, b1, W2, b2):
    H = np.maximum(X @ W1 + b1, 0)  # (n, neurons)
    gap = H @ W2 + b2 - y  # (n, 1)
    G = 2 * gap / len(X)
    G_Z = G @ W2.T * (H > 0)  # ReLU: positive where its sum was
    return np.mean(gap**2), [X.T @ G_Z, G_Z.sum(axis=0), H.T @ G, G.sum(axis=0)]


x_train = np.linspace(-1, 1, 61)[:, None]  # (61, 1)
y_train, rng = swing(x_train), np.random.default_rng(6)
small = [rng.normal(size=shape) for shape in [(1, 16), 16, (16, 1), 1]]


def loss_at(flat):
    W1, b1, W2, b2 = np.split(flat, [16, 32, 48])
    return by_hand(x_train, y_train, W1[None], b1, W2[:, None], b2)[0]


slopes = by_hand(x_train, y_train, *small)[1]
flat, ours = (np.concatenate([a.ravel() for a in part]) for part in (small, slopes))
off = abs(ours - numeric_gradient(loss_at, flat, 1e-6)).max()
plots.say(f"{len(flat)} slopes; they differ by at most **{off:.0e}**.")

# %% [markdown]
# Count the price. Finite differences run the whole network forward twice *for each
# parameter*. Backward costs two products for each one of forward (one for the weights'
# slopes, one to pass back): all slopes together for about **two passes more**, whether
# there are 49 parameters or a billion. That is why networks can be trained.

# %% [markdown]
# ## A machine for slopes
#
# What if the next network has three layers, or two outputs, or a loop? Nobody wants to
# derive again. Every formula above had one pattern: an operation gets the slope for its
# *result* and hands out a slope to each of its *inputs*. So let each array remember
# what it was made of and how to **pull** a slope back:


# %% tinyml={"objective": "06-backward", "role": "explain"}
class Value:
    def __init__(self, data, parents=(), pull=None):
        self.data = np.asarray(data, dtype=float)
        self.parents, self.pull = parents, pull
        self.grad = np.zeros_like(self.data)

    def backward(self):
        self.grad = np.ones_like(self.data)
        for value in reversed(in_order(self)):
            if value.pull:
                shares = value.pull(value.grad)
                for parent, share in zip(value.parents, shares, strict=True):
                    parent.grad = parent.grad + share

    def __add__(self, other):
        return add(self, other)

    def __mul__(self, other):
        return multiply(self, other)

    def __matmul__(self, other):
        return matmul(self, other)


# %% [markdown]
# Two things in `backward` deserve a look. A value may be used in several places; it
# gets a share from each, and **shares add up**: that is the chain rule for several
# paths. And a value may pass on its slope only when it has all its shares: first come
# the values made from it, then itself. `in_order` lists parents before children; we
# walk it in reverse.
#
# NumPy *broadcasts*: a bias $(m,)$ is added to all $n$ rows. What was used $n$ times
# gets $n$ shares, so its slope is summed back to its own shape.


# %% tinyml={"objective": "06-backward", "role": "explain"}
def in_order(end):
    order, seen = [], set()

    def visit(value):
        if value not in seen:
            seen.add(value)
            for parent in value.parents:
                visit(parent)
            order.append(value)

    visit(end)
    return order


def sum_to(slope, shape):
    slope = slope.sum(axis=tuple(range(slope.ndim - len(shape))))
    ones = tuple(i for i, length in enumerate(shape) if length == 1)
    return slope.sum(axis=ones, keepdims=True)


# %% [markdown]
# Now the operations. Each knows how to go forward and how to pull back, nothing about
# networks. `matmul` is the pair of formulas from above.


# %% tinyml={"objective": "06-backward", "role": "explain"}
def add(a, b):
    def pull(g):
        return sum_to(g, a.data.shape), sum_to(g, b.data.shape)

    return Value(a.data + b.data, (a, b), pull)


def multiply(a, b):
    def pull(g):
        return sum_to(g * b.data, a.data.shape), sum_to(g * a.data, b.data.shape)

    return Value(a.data * b.data, (a, b), pull)


def matmul(a, b):
    return Value(a.data @ b.data, (a, b), lambda g: (g @ b.data.T, a.data.T @ g))


def mean(a):
    return Value(a.data.mean(), (a,), lambda g: (0 * a.data + g / a.data.size,))


def relu(a):
    on = a.data > 0
    return Value(a.data * on, (a,), lambda g: (g * on,))


# %% [markdown]
# Your turn: tanh. Its slope is $1 - \tanh^2 z$. (The cells below do not need yours.)


# %% tinyml={"objective": "06-backward", "role": "exercise"}
def tanh(a):
    """tanh of each entry of the value a, as a Value that can pull back."""
    # your lines go here; relu above shows the form


# %% tags=["hide-input"] tinyml={"objective": "06-backward", "role": "check"}
def test_tanh():
    a, g = Value([-0.5, 0.3, 2.0]), np.array([1.0, 10.0, -2.0])
    got, h = tanh(a), np.tanh(a.data)
    if got is None:
        return "Nothing came back. Write the way forward first, then the pull."
    if not isinstance(got, Value):
        return "A `Value`, please: data, its parents, and a pull."
    if not np.allclose(got.data, h):
        return "The way forward is not tanh of `a.data` yet."
    if list(got.parents) != [a] or got.pull is None:
        return "Who are its parents, and how does it pull? Compare with relu."
    shares = got.pull(g)
    if not isinstance(shares, tuple | list) or len(shares) != 1:
        return "The pull returns a tuple, one share for each parent: mind the comma."
    for hint, wrong in {
        "Its own slope is right. Where is the slope that came in?": 1 - h**2,
        "That is the slope that came in times tanh itself.": g * h,
        "One minus the square of *what*?": g * (1 - a.data**2),
    }.items():
        if np.allclose(shares[0], wrong):
            return hint
    return None if np.allclose(shares[0], g * (1 - h**2)) else "Look at the pull again."


Check("`tanh(a)` goes forward and pulls back.", test=test_tanh)

# %% [markdown]
# From these, a loss and a network of any shape. The starting weights are random, or all
# neurons of a layer would get the same slope for ever; how large they should be is
# shown below. The biases are random so that not all kinks begin at zero. The last layer
# stays straight.


# %% tinyml={"objective": "06-backward", "role": "explain"}
from itertools import pairwise


def squared_error(predicted, y):
    gap = predicted + Value(-y)
    return mean(gap * gap)


def network(*sizes, seed=0):
    rng = np.random.default_rng(seed)
    parameters = []
    for k, m in pairwise(sizes):
        parameters.append(Value(rng.normal(0, np.sqrt(2 / k), (k, m))))
        parameters.append(Value(rng.normal(0, 0.5, m)))
    return parameters


def run(parameters, x, bend=relu):
    h = x if isinstance(x, Value) else Value(x)
    for i in range(0, len(parameters), 2):
        h = h @ parameters[i] + parameters[i + 1]
        h = bend(h) if i + 2 < len(parameters) else h  # the last layer stays straight
    return h


# %% [markdown]
# Two witnesses. The slopes derived by hand, for one hidden layer; and TensorFlow, which
# has such a machine inside (`GradientTape`), for two hidden layers of 16.

# %% tinyml={"objective": "06-backward", "role": "explain"}
import tensorflow as tf

parameters = [Value(part) for part in small]
squared_error(run(parameters, x_train), y_train).backward()
from_hand = max(abs(p.grad - s).max() for p, s in zip(parameters, slopes, strict=True))

parameters = network(1, 16, 16, 1)
loss = squared_error(run(parameters, x_train), y_train)
loss.backward()
theirs = [tf.Variable(p.data) for p in parameters]
with tf.GradientTape() as tape:
    h = tf.nn.relu(tf.constant(x_train) @ theirs[0] + theirs[1])
    h = tf.nn.relu(h @ theirs[2] + theirs[3])
    loss_tf = tf.reduce_mean((h @ theirs[4] + theirs[5] - y_train) ** 2)
slopes_tf = tape.gradient(loss_tf, theirs)
pairs = zip(parameters, slopes_tf, strict=True)
from_tensorflow = max(abs(p.grad - s.numpy()).max() for p, s in pairs)
plots.say(
    f"From our formulas: {from_hand:.0e} at most. From TensorFlow, over all "
    f"{sum(p.data.size for p in parameters)} parameters: **{from_tensorflow:.0e}**. "
    f"The graph of the loss has {len(in_order(loss))} values."
)

# %% [markdown]
# Later chapters import this machine: it is `tinyml_course.scratch.autograd`.
#
# ## Let it find the kinks
#
# Slopes in hand, the walk is chapter 03's, with Adam. The slopes of the last step are
# cleared first, because shares *add*.


# %% tinyml={"objective": "06-bend", "role": "explain"}
from tinyml_course.scratch import adam


def minimize(loss, parameters, rate, steps):
    memories, history = [{} for _ in parameters], []
    for _ in range(steps):
        for p in parameters:
            p.grad = np.zeros_like(p.data)
        value = loss()
        value.backward()
        history.append(float(value.data))
        for p, memory in zip(parameters, memories, strict=True):
            p.data = p.data + adam(p.grad, memory, rate)
    return history


parameters = network(1, 16, 16, 1, seed=1)
history = minimize(
    lambda: squared_error(run(parameters, x_train), y_train), parameters, 0.01, 1500
)
plots.say(f"MSE: from {history[0]:.3f} to **{history[-1]:.6f}**.")

# %% tags=["hide-input"] tinyml={"objective": "06-bend", "role": "explain"}
wide = np.linspace(-1.4, 1.4, 14_001)[:, None]
W1, b1, W2, b2, W3, b3 = (p.data for p in parameters)
first = np.maximum(wide @ W1 + b1, 0)
second = np.maximum(first @ W2 + b2, 0)
on = np.hstack([first > 0, second > 0])  # which neurons are on, at each place
kinks = np.flatnonzero((on[1:] != on[:-1]).any(axis=1))
guess = (second @ W3 + b3)[:, 0]

fig, ax = plt.subplots()
ax.plot(wide, swing(wide), color=GREY, lw=1)
places = [0, *kinks, len(wide) - 1]
for i, (a, b) in enumerate(pairwise(places)):
    ax.plot(wide[a : b + 1], guess[a : b + 1], color=(RED, BLUE)[i % 2])
ax.axvspan(-1, 1, color=GREY, alpha=0.1)
ax.set(xlabel="x", ylabel="y", ylim=(-1.3, 1.3), title="Two hidden layers of 16")
plots.show(
    fig,
    alt="The network follows the swing with straight pieces, in turn red and blue, and "
    "leaves it outside the shaded region.",
)
inside = np.sum(abs(wide[kinks, 0]) < 1)
plots.say(f"**{len(kinks) + 1} straight pieces**, {inside} kinks among the points.")

# %% [markdown]
# A piecewise-linear fit: nothing in it is curved. The neurons of the second layer see a
# curve that already has kinks and may cross zero several times, so 32 neurons in two
# layers *can* make more pieces than 32 in one (Montúfar and others, 2014). Descent does
# not look for pieces, only for a small error.
#
# Now with your hands on it. The page trains two networks of the shape you choose, one
# on the curve, one on two spirals, with the very formulas above. Find out:
#
# * Which activation makes corners?
# * What does a second layer do for the curve?
# * Which shape with the fewest numbers parts the spirals, from every start?
# * Which activation gets stuck most often when layers are narrow, and how does it look?

# %% tags=["hide-input"] tinyml={"objective": "06-bend", "role": "explore"}
rng = np.random.default_rng(0)
turn = np.linspace(0.6, 6.3, 60)
arm = np.column_stack([turn * np.cos(turn), turn * np.sin(turn)]) / 6.3
spirals = np.vstack([arm, -arm]) + rng.normal(0, 0.03, (120, 2))

Explore(
    live="network",
    data={
        "curve": {"x": x_train[:, 0].round(4), "y": y_train[:, 0].round(4)},
        "map": {"x": spirals.round(3), "y": [0] * 60 + [1] * 60},
        "normals": rng.normal(size=709).round(3),
        "widths": [1, 2, 4, 8, 16],
        "depths": [1, 2, 3],
        "bends": ["ReLU", "tanh", "sigmoid"],
        "start": {"width": 4, "depth": 1, "bend": "ReLU"},
        "steps": 500,
        "rate": 0.02,
    },
    look="Where does it bend, and which points stay on the wrong side? Always try "
    "another start, too.",
    alt="A curve with the network's fit, and two spirals on ground that is pale where "
    "the network says filled, dark where it says hollow, with a line between.",
)

# %% [markdown]
# Only ReLU makes corners. Existence is not finding: narrow layers stick, from some
# starts. ReLU sticks most: a few neurons soon are all dead, and then the network says
# the same everywhere. With more neurons than the task needs, most starts arrive. The
# cheapest shape that parted the spirals from each of our twenty starts is wide and
# shallow, one layer of sixteen, with ReLU or tanh. On the curve, two layers of eight
# mostly come closer than one of sixteen (with about twice the numbers): what they bend
# is bent already. And three wide layers are no trouble for any of the three. So,
# eight?
#
# ## Slopes that vanish
#
# On the way back through a layer the slope is multiplied by the weights and by $a'(z)$.
# For a sigmoid that factor is a quarter *at best*. Eight layers are eight such factors.
#
# Measure it: eight hidden layers of 32 on real digits, with chapter 04's softmax and
# cross-entropy at the end (its slope, "said minus happened", makes it one more
# operation). Weights into a neuron of $k$ inputs start with variance $s^2/k$. The usual
# scales are $s = 1$ for sigmoid (Glorot and Bengio, 2010, for layers equally wide) and
# $s = \sqrt 2$ for ReLU, which loses half of what comes in (He and others, 2015).

# %% tinyml={"objective": "06-backward", "role": "explain"}
from tinyml_course.scratch import softmax, softmax_cross_entropy

data = datasets.load("digits")
x_digits, x_test = (x.reshape(-1, 64) for x in (data.x_train, data.x_test))
Y = np.eye(10)[data.y_train]  # (1437, 10): one-hot
x_some, Y_some = x_digits[:128], Y[:128]


def sigmoid(a):
    s = 1 / (1 + np.exp(-a.data))
    return Value(s, (a,), lambda g: (g * s * (1 - s),))


def surprise(scores, Y):
    errors = (softmax(scores.data) - Y) / len(Y)
    loss = softmax_cross_entropy(Y, scores.data)
    return Value(loss, (scores,), lambda g: (g * errors,))


def deep(bend, scale):
    parameters = network(64, *[32] * 8, 10)  # weights of variance 2 / k
    for weights in parameters[::2]:
        weights.data = weights.data * scale / np.sqrt(2)
    surprise(run(parameters, x_some, bend), Y_some).backward()
    return parameters


# %% [markdown]
# One way back from 128 digits, and each weight knows its slope. By how much do they
# differ from layer to layer? Guess before you look. Then try both activations and other
# scales: on the left the typical slope of each layer's weights, on the right what
# descent makes of it.


# %% tags=["hide-input"] tinyml={"objective": "06-backward", "role": "predict"}
def typical(parameters):
    return [np.sqrt(np.mean(p.grad**2)) for p in parameters[::2]]


slopes = {"sigmoid": typical(deep(sigmoid, 1)), "ReLU": typical(deep(relu, 2**0.5))}
shrunk = {name: size[-1] / size[0] for name, size in slopes.items()}

Predict(
    "Each activation at its usual scale: compare a typical slope of the last layer's "
    "weights with one of the first layer's. With sigmoid, how many times larger is the "
    "last layer's?",
    answer=float(f"{shrunk['sigmoid']:.1e}"),
    explain=f"{shrunk['sigmoid']:,.0f} times, a factor of about "
    f"{shrunk['sigmoid'] ** (1 / 8):.1f} in each layer. With ReLU it is "
    f"{shrunk['ReLU']:.1f} times in all.",
)


# %% tinyml={"objective": "06-backward", "role": "explore"}
def depth_picture(activation, scale):
    bend = {"sigmoid": sigmoid, "ReLU": relu}[activation]
    parameters = deep(bend, scale)
    fig, axes = plt.subplots(1, 2, figsize=(6, 3.4))
    axes[0].semilogy(range(1, 10), typical(parameters), "-o")
    axes[0].set(xlabel="layer", xticks=[1, 5, 9], ylim=(1e-10, 1e6), title="slope")
    history = minimize(
        lambda: surprise(run(parameters, x_some, bend), Y_some), parameters, 0.003, 100
    )
    axes[1].semilogy(history, color=RED)
    axes[1].set(xlabel="step", ylim=(1e-2, 1e7), title="surprise")
    right = np.mean(run(parameters, x_test, bend).data.argmax(axis=1) == data.y_test)
    return fig, f"After 100 steps {right:.0%} of all test digits are right."


Explore(
    depth_picture,
    activation=Choice(["sigmoid", "ReLU"], "sigmoid", "activation"),
    scale=Choice([0.5, 1, 1.4, 4, 8], 1, "scale s of the starting weights"),
    look="At which scale are slopes neither lost nor huge? Does it learn?",
    alt=lambda activation, scale: (
        f"Slopes by layer; loss. {activation}, scale {scale}."
    ),
)

# %% [markdown]
# Multiply many factors below one and little is left: slopes **vanish**. Above one,
# everything **explodes**: with ReLU at a scale of 4 the outputs, the loss, and so the
# slopes of every layer. In between, ReLU has a scale where slopes neither get lost nor
# explode, the one that theory gives. The sigmoid has none: larger weights make up for
# the quarter, but saturate its neurons. At 8 it learns better, but not well.
#
# Much of deep learning is keeping that product near one: ReLU, the size of the starting
# weights, batch normalization (chapter 07), shortcuts past layers (chapter 10), gates
# (chapter 15).
#
# ## The ground from above
#
# What does the ground look like that we walk on? It has as many directions as there are
# parameters. Choose two at random, $\mathbf u$ and $\mathbf v$, and draw the loss at
# $\mathbf p + \alpha\mathbf u + \beta\mathbf v$ around the trained $\mathbf p$.
#
# Mind the trap. Multiply the first layer by 4 and divide the second layer's weights by
# 4: as ReLU only bends at zero, the network says *exactly* the same. But a step of one
# now is small for the one and huge for the other. Li and others (2018) give each
# neuron's part of a direction the length of that neuron's weights. Row by row: the same
# function, two sets of numbers; column by column: plain directions, and theirs.

# %% tinyml={"objective": "06-backward", "role": "explain"}
from numpy.linalg import norm

steps, levels = np.linspace(-1, 1, 31), np.geomspace(1e-3, 300, 14)
A, B = (grid[..., None, None] for grid in np.meshgrid(steps, steps))  # (31, 31, 1, 1)


def ground(start, normalize):
    rng, moved = np.random.default_rng(8), []
    for p in start:
        u, v = rng.normal(size=(2, *p.shape)) * (p.ndim == 2)  # biases stay
        if normalize and p.ndim == 2:  # a column holds one neuron's weights
            u, v = (d / norm(d, axis=0) * norm(p, axis=0) for d in (u, v))
        moved.append(Value(p + A * u + B * v))  # 31 by 31 networks at once
    return np.mean((run(moved, x_train).data - y_train) ** 2, axis=(2, 3))


fig, axes = plt.subplots(2, 2, figsize=(6, 6), sharex=True, sharey=True)
same = {"as trained": [W1, b1, W2, b2, W3, b3]}
same["rescaled"] = [4 * W1, 4 * b1, W2 / 4, b2, W3, b3]
for row, (name, start) in zip(axes, same.items(), strict=True):
    for ax, way in zip(row, ("plain", "normalized"), strict=True):
        ax.contour(steps, steps, ground(start, way != "plain"), levels, norm="log")
        ax.set_title(f"{name}, {way}", fontsize=10)
axes[1, 0].set(xlabel=r"$\alpha$", ylabel=r"$\beta$")
plots.show(fig, alt="Contours in four maps: the plain two differ, the others agree.")

# %% [markdown]
# From line to line the loss grows 2.6-fold. With plain directions the two rows look
# like different grounds, one gentle, one steep: the same function! Normalized, they are
# equal to the last line. A picture of a loss says something only after such a scale is
# fixed, and even then shows two directions of hundreds. What it does show: no longer
# chapter 02's bowl, but valleys that turn, folds where neurons switch, and more than
# one pit.
#
# ## Through the bottleneck
#
# Networks need no labels if the answer is the *input*. An **autoencoder** has to say
# again what it was shown, but through a narrow middle: an encoder, 64 pixels to two
# numbers, a decoder, two numbers to 64 pixels. What survives is what the digits have in
# common.
#
# The straight version has a formula, **PCA** (principal components): the two directions
# in which the pixels vary most; NumPy's `svd` (singular value decomposition) lists them
# in order. No straight encoder and decoder do better on the digits that they were made
# from (Baldi and Hornik, 1989). So there is a mark to reach
# without activations, and a mark to beat with them.

# %% tinyml={"objective": "06-use", "role": "explain"}
from tinyml_course.scratch import batches

center = x_digits.mean(axis=0)
_, _, directions = np.linalg.svd(x_digits - center, full_matrices=False)
axes_2 = directions[:2].T  # (64, 2)
again = {"PCA": (x_test - center) @ axes_2 @ axes_2.T + center}


def autoencoder(encoder, decoder, steps):
    rows = batches(len(x_digits), 128, seed=0)

    def loss():
        x = x_digits[next(rows)]
        return squared_error(run(decoder, run(encoder, x)), x)

    for rate in (0.01, 0.003, 0.001):
        minimize(loss, encoder + decoder, rate, steps)
    return run(decoder, run(encoder, x_test)).data


again["straight"] = autoencoder(network(64, 2), network(2, 64), 700)
encoder, decoder = network(64, 32, 2), network(2, 32, 64)
again["ReLU"] = autoencoder(encoder, decoder, 1500)
missed = {name: np.mean((x - x_test) ** 2) for name, x in again.items()}

# %% tags=["hide-input"] tinyml={"objective": "06-use", "role": "explain"}
fig = plt.figure(figsize=(6, 7.4))
top, bottom = fig.subfigures(2, 1, height_ratios=[1, 2])
images = {"new digits": x_test, "PCA, 2": again["PCA"], "ReLU, 2": again["ReLU"]}
for line, name in zip(top.subplots(3, 8), images, strict=True):
    for ax, image in zip(line, images[name][:8], strict=True):
        ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    line[0].set_ylabel(name, rotation=0, ha="right", va="center")
ax, codes = bottom.subplots(), run(encoder, x_test).data
(left, low), (right, high) = np.percentile(codes, [1, 99], axis=0)
for (u, v), digit in zip(codes[:180], data.y_test[:180], strict=True):
    ax.text(u, v, digit, color=f"C{digit % 7}", fontsize=13, clip_on=True)
ax.set(xlim=(left, right), ylim=(low, high), title="180 test digits in the bottleneck")
ax.set(xlabel="first number", ylabel="second number")
plots.show(
    fig,
    alt="Eight new digits; PCA makes grey smudges of them, the ReLU network clearer "
    "digits, some of them wrong. A map of the two numbers: equal digits lie in groups.",
)
plots.say(
    f"On new digits PCA misses by {missed['PCA']:.4f} (MSE), the straight autoencoder "
    f"by {missed['straight']:.4f}, the one with ReLU by **{missed['ReLU']:.4f}**."
)

# %% [markdown]
# Nobody told it what a four is, and yet equal digits lie together. (Where groups
# overlap it draws a digit with confidence, and the wrong one.) Monitors use the other
# side of it: what an autoencoder *cannot* say again is unusual.
#
# ## In place of a table
#
# Chapter 01's robot kept a table: for each tile, four numbers, what each move is worth.
# A **deep Q-network** (DQN; Mnih and others, 2015) puts a network there. What the robot
# sees goes in, a value for each move comes out. The target is that of the table: 0.9
# times the prize if the ride ends, else 0.9 times the best value where it landed.
#
# One thing is new. A step of learning changes the answers *everywhere*, the targets
# included; learn from one move after the other, and the network runs after itself. So a
# DQN remembers moves and learns from them in random order, and its targets come from a
# **frozen copy** that is renewed only now and then. (This one wanders blindly; a real
# one mostly goes where it thinks best.)


# %% tinyml={"objective": "06-use", "role": "explain"}
from tinyml_course.scratch.gridworld import END, FREE, go, q_learning

rng, tile, memory = np.random.default_rng(0), (2, 0), []
for _ in range(20_000):  # wander, and remember
    move, slip = rng.integers(4), rng.choice([-1, 0, 1], p=[0.1, 0.8, 0.1])
    landed = go(tile, move + slip)
    memory.append((tile, np.eye(4)[move], landed, END.get(landed, 0)))
    tile = FREE[rng.integers(9)] if landed in END else landed
seen, chosen, landed, prize = map(np.array, zip(*memory, strict=True))
robot, rows = network(2, 16, 4), batches(len(memory), 256, seed=0)


def gap(some):
    best = run(frozen, landed[some]).data.max(axis=1)
    target = 0.9 * np.where(prize[some], prize[some], best)
    worth = run(robot, seen[some]) * Value(chosen[some])
    return squared_error(worth, chosen[some] * target[:, None])


for rate in np.repeat([0.01, 0.003, 0.001], 20):
    frozen = [Value(p.data) for p in robot]
    minimize(lambda: gap(next(rows)), robot, rate, steps=50)
Q = q_learning(50_000, explore=0.3)  # the table, as in chapter 01
lost = [max(Q[tile]) - Q[tile][run(robot, [tile]).data.argmax()] for tile in FREE]
plots.say(f"{lost.count(0)} of 9 arrows are the table's; at most {max(lost):.3f} lost.")

# %% [markdown]
# (Where an arrow differs, the move that it misses is worth hardly more.) For nine tiles
# the table wins: it is smaller, and right where the robot has been often. But a table
# knows nothing about a tile it has not visited; a network answers for states near those
# that it has seen. And tables grow. A DQN that plays from the screen sees four pictures
# of 84 by 84 pixels, each of 256 greys. That table would have $256^{4 \cdot 84 \cdot
# 84}$ rows. Its network has about 1.7 million numbers.

# %% [markdown]
# ## Ship it
#
# Now one for the board: digits, 64 pixels, two hidden layers of 16, ten scores. Chapter
# 04's ten masks needed no more than a comparison at the end, and neither does this.

# %% tinyml={"objective": "06-use", "role": "explain"}
parameters, rows = network(64, 16, 16, 10), batches(len(Y), 128, seed=1)


def digit_loss():
    some = next(rows)
    return surprise(run(parameters, x_digits[some]), Y[some])


for rate in (0.005, 0.001):
    minimize(digit_loss, parameters, rate, 800)
said = run(parameters, x_test).data.argmax(axis=1)
right = np.mean(said == data.y_test)


def model_h(kind, top):
    text = f"typedef {kind} weight;\n"
    for i, p in enumerate(parameters):
        numbers, step = p.data.T.ravel(), 1.0  # one neuron's weights side by side
        if top and i % 2 == 0:
            step = abs(numbers).max() / top
            numbers = np.rint(numbers / step).astype(int)
        form, listed = ("weight", "float")[i % 2], ", ".join(map(str, numbers.tolist()))
        text += f"#define STEP{i} {step:.9e}f\n"
        text += f"static const {form} p{i}[] = {{{listed}}};\n"
    return text


# %% [markdown]
# On the board it comes in two versions. In one, weights are C floats. In the other each
# is a whole number from -127 to 127, one byte, times a step that the whole layer
# shares: $w \approx q\,s$ with $s = \max|w|/127$. A sum of $q_i x_i$ is multiplied by
# $s$ once, at the end. (Chapter 19 makes the inputs small integers, too.) The program
# is the same for both; `noinline` keeps its two functions apart, for the count.

# %% tinyml={"objective": "06-use", "role": "explain"}
main_c = """#include "board.h"
#include "model.h"
__attribute__((noinline)) static void layer(const weight *w, float step,
        const float *b, const float *x, int k, float *y, int m, float least) {
    for (int j = 0; j < m; j++, w += k) {
        float z = 0.0f;
        for (int i = 0; i < k; i++) z += (float)w[i] * x[i];
        z = step * z + b[j];
        y[j] = z > least ? z : least;
    }
}
__attribute__((noinline)) static int digit(const float *x) {
    float first[16], second[16], score[10];
    layer(p0, STEP0, p1, x, 64, first, 16, 0.0f);
    layer(p2, STEP2, p3, first, 16, second, 16, 0.0f);
    layer(p4, STEP4, p5, second, 16, score, 10, -1e30f);
    int best = 0;
    for (int i = 1; i < 10; i++) best = score[i] > score[best] ? i : best;
    return best;
}
int main(void) {
    float x[64];
    while (board_read(x, sizeof x) == sizeof x) board_putc('0' + digit(x));
    return 0;
}"""

# %% [markdown]
# Both are built and run as in chapter 02, on all test digits (the code is in the folded
# cell). The weights of the second version take a quarter of the bytes. And its
# instructions?

# %% tags=["hide-input"] tinyml={"objective": "06-use", "role": "predict"}
bill, told, taken = {}, {}, {}
for name, kind, top in [("floats", "float", 0), ("int8", "signed char", 127)]:
    firmware = device.build({"main.c": main_c, "model.h": model_h(kind, top)})
    done = device.run(
        firmware, x_test.astype(np.float32).tobytes(), layers=["digit", "layer"]
    )
    mine = [row for row in done.profile if row.function in ("digit", "layer")]
    each = sum(row.instructions for row in mine) / len(x_test)
    taken[name] = each
    told[name] = np.array([*done.uart], dtype=int)
    right, same = np.mean(told[name] == data.y_test), np.sum(told[name] == said)
    bill[name] = (
        f"{name}: {firmware.flash_bytes:,} bytes of flash, {each:,.0f} instructions "
        f"for a digit, {right:.1%} right, {same} of {len(said)} answers as NumPy's. "
    )

names = {0.5: "a quarter as many", 0.98: "somewhat fewer", 1.02: "as many", 99: "more"}
Predict(
    "How many instructions does the version with 8-bit weights take for one digit?",
    options=list(names.values()),
    answer=next(names[r] for r in names if taken["int8"] < r * taken["floats"]),
    explain="Counted. " + bill["floats"] + bill["int8"] + "Each weight is turned into "
    "a float before it is used: bytes saved, time not. Only when the inputs are "
    "integers too does int8 save both; chapters 19 and 21 do that.",
)

# %% tags=["hide-input"] tinyml={"objective": "06-use", "role": "check"}
Check(
    "A network of 64 inputs, one hidden layer of 32 and 10 outputs: weights of one "
    "byte, biases as 32-bit floats. How many bytes are that (without the steps)?",
    answer=64 * 32 + 32 * 10 + 4 * 42,
    unit="bytes",
    mistakes={
        2368: "The weights, yes. Each neuron has one more number.",
        2410: "Counted right, but a bias is a 32-bit float here.",
        9640: "That is everything as 32-bit floats. Which numbers take one byte?",
        2496: "The ten outputs are neurons too.",
        2408: "Only the outputs' biases? The hidden neurons have some too.",
        168: "Those are the biases.",
    },
    low="Too few. Count the weights between each pair of layers, then the biases.",
    high="Too many. One byte for a weight, four for a bias; how many of each?",
    reveal="The weights between the pixels and the first layer are most of it, as in "
    "many small networks.",
)

# %% [markdown]
# ## On your own
#
# 1. `xor` again, but learned: train `network(2, 2, 1)` on the four corners from fifty
#    seeds. How often does it get there? And with four hidden neurons? (The answers are
#    a column, (4, 1). What does `squared_error` compute if they are not?)
# 2. Add `exp` and `log` to the machine, build the sigmoid as `exp(-log(1 + exp(-z)))`
#    (1 and -1 must be of class `Value`, too), and compare its slope with ours at z = 2,
#    at 40 and at -800. Whose is right, where,
#    and why? So why is `surprise` *one* operation?
# 3. In the autoencoder, make the bottleneck 1, 2, 4, 8, 16 wide and draw the error
#    beside PCA's. Where does the bent one stop winning?
# 4. Pixels are sixteenths: send `x_test * 16` to the board as `int8`, and let the first
#    layer's sum be an `int32_t`. How many instructions does a digit take now?
# 5. Problem set `ps03` asks you for a backward pass and an Adam of your own, grades
#    each, and gives you a pot on which they overfit.
#
# ## What you have done
#
# * You **wired** neurons by hand, and proved that one alone cannot do XOR.
# * You **bent** lines into curves, piece by piece: by hand through any points, by
#   descent with two layers of 16; and saw what the theorem does not promise.
# * You **derived** slopes backwards, built the machine that does it for any network,
#   held it against finite differences and TensorFlow, and watched slopes vanish.
# * You **used** networks: a bottleneck against PCA, a network for a table, and digits
#   read on the board by C of your own.
#
# **The idea to keep:** a network is a chain of simple operations; each knows how to
# pull a slope back, and so the chain can learn.
#
# **Next:** it fits. Does it also *know*? Chapter 07, *Training well*.
#
# ## Sources
#
# * F. Rosenblatt, "The Perceptron", *Psychological Review* 65 (1958); A. Novikoff, "On
#   Convergence Proofs for Perceptrons" (1962); M. Minsky and S. Papert, *Perceptrons*,
#   MIT Press (1969); M. Olazaran, "A Sociological Study of the Official History of the
#   Perceptrons Controversy", *Social Studies of Science* 26 (1996).
# * G. Cybenko, "Approximation by Superpositions of a Sigmoidal Function", *Mathematics
#   of Control, Signals and Systems* 2 (1989); K. Hornik, M. Stinchcombe and H. White,
#   "Multilayer Feedforward Networks are Universal Approximators", *Neural Networks* 2
#   (1989); M. Leshno and others, *Neural Networks* 6 (1993): the same for ReLU.
# * G. Montúfar, R. Pascanu, K. Cho and Y. Bengio, "On the Number of Linear Regions of
#   Deep Neural Networks", *NeurIPS* (2014).
# * D. Rumelhart, G. Hinton and R. Williams, "Learning Representations by
#   Back-propagating Errors", *Nature* 323 (1986).
# * A. Karpathy, *micrograd* (2020): a machine for slopes, small enough to read.
# * S. Hochreiter, *Untersuchungen zu dynamischen neuronalen Netzen*, TU München (1991):
#   vanishing slopes. X. Glorot and Y. Bengio, *AISTATS* (2010), and K. He and others,
#   "Delving Deep into Rectifiers", *ICCV* (2015): how large weights should start.
# * H. Li and others, "Visualizing the Loss Landscape of Neural Nets", *NeurIPS* (2018).
# * P. Baldi and K. Hornik, "Neural Networks and Principal Component Analysis", *Neural
#   Networks* 2 (1989); G. Hinton and R. Salakhutdinov, "Reducing the Dimensionality of
#   Data with Neural Networks", *Science* 313 (2006).
# * V. Mnih and others, "Human-level Control through Deep Reinforcement Learning",
#   *Nature* 518 (2015): DQN, and the network that is counted here.
# * J. Aynsley, *Deep Learning for Engineers*, Doulos (2019): two hidden layers of 16 as
#   a piecewise-linear fit, the landscape; *CS249r: Tiny Machine Learning*, Harvard
#   (2020): the perceptron, autoencoders, DQN among the kinds of learning.
