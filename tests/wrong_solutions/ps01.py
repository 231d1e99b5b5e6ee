"""Wrong answers to ps01 that students plausibly give, by the cell they write in.

Each is right in its types and shapes where a plausible mistake leaves them right.
"""

WRONG = {
    "mse": [
        (
            "the root of the mean squared error, nothing refused",
            """
def mse(y, predicted):
    return float(np.sqrt(np.mean((y - predicted) ** 2)))
""",
        ),
        (
            "shapes broadcast",
            """
def mse(y, predicted):
    if len(y) == 0:
        raise ValueError("empty")
    return float(np.mean((y - predicted) ** 2))
""",
        ),
        (
            "only the numbers of elements are compared",
            """
def mse(y, predicted):
    if y.size != predicted.size or y.size == 0:
        raise ValueError("cannot be averaged")
    return np.mean(np.square(y - predicted))
""",
        ),
    ],
    "mse-gradient": [
        (
            "the factor 2 is missing",
            """
def mse_gradient(x, y, w, b):
    gaps = w * x + b - y
    return np.array([np.mean(gaps * x), np.mean(gaps)])
""",
        ),
        (
            "residuals the other way round",
            """
def mse_gradient(x, y, w, b):
    gaps = y - (w * x + b)
    return np.array([2 * np.mean(gaps * x), 2 * np.mean(gaps)])
""",
        ),
        (
            "the intercept is forgotten in the prediction",
            """
def mse_gradient(x, y, w, b):
    gaps = w * x - y
    return np.array([2 * np.mean(gaps * x), 2 * np.mean(gaps)])
""",
        ),
        (
            "divided by the 24 points of the screen",
            """
def mse_gradient(x, y, w, b):
    gaps = w * x + b - y
    return np.array([2 * np.sum(gaps * x) / 24, 2 * np.sum(gaps) / 24])
""",
        ),
    ],
    "descend": [
        (
            "one step too few in the path",
            """
def descend(gradient, start, rate, steps):
    path = [np.array(start, dtype=float)]
    for _ in range(steps - 1):
        path.append(path[-1] - rate * gradient(path[-1]))
    return np.array(path)
""",
        ),
        (
            "the same array is kept again and again",
            """
def descend(gradient, start, rate, steps):
    p = np.array(start, dtype=float)
    path = [p]
    for _ in range(steps):
        p -= rate * gradient(p)
        path.append(p)
    return np.array(path)
""",
        ),
        (
            "the caller's start is changed",
            """
def descend(gradient, start, rate, steps):
    p = np.asarray(start, dtype=float)
    path = [p.copy()]
    for _ in range(steps):
        p -= rate * gradient(p)
        path.append(p.copy())
    return np.array(path)
""",
        ),
    ],
    "curvature": [
        (
            "sums instead of means",
            """
def curvature(x):
    return 2 * np.array([[np.sum(x * x), np.sum(x)], [np.sum(x), len(x)]])
""",
        ),
        (
            "the mixed derivative is forgotten",
            """
def curvature(x):
    return np.diag([2 * np.mean(x**2), 2.0])
""",
        ),
        (
            "the variance of x",
            """
def curvature(x):
    return 2 * np.array([[np.var(x), np.mean(x)], [np.mean(x), 1.0]])
""",
        ),
    ],
    "largest-rate": [
        (
            "one over the curvature",
            """
def largest_rate(H):
    return 1 / np.max(np.linalg.eigvalsh(H))
""",
        ),
        (
            "the flattest direction",
            """
def largest_rate(H):
    return 2 / np.min(np.linalg.eigvalsh(H))
""",
        ),
        (
            "the largest number on the diagonal",
            """
def largest_rate(H):
    return float(2 / np.max(np.diag(H)))
""",
        ),
        (
            "the first eigenvalue, as if it were the largest",
            """
def largest_rate(H):
    return float(2 / np.linalg.eig(H).eigenvalues[0].real)
""",
        ),
    ],
    "normal-equation": [
        (
            "each column on its own",
            """
def normal_equation(X, y):
    return (X.T @ y) / np.sum(X**2, axis=0)
""",
        ),
        (
            "the inverse of X, as if it were square",
            """
def normal_equation(X, y):
    return np.linalg.inv(X) @ y
""",
        ),
        (
            "a line through the first column only",
            """
def normal_equation(X, y):
    x = X[:, 0]
    w = np.sum((x - x.mean()) * (y - y.mean())) / np.sum((x - x.mean()) ** 2)
    return np.array([w, y.mean() - w * x.mean()])
""",
        ),
    ],
    "r-squared": [
        (
            "what is left over, not what is explained",
            """
def r_squared(y, predicted):
    return float(np.sum((y - predicted) ** 2) / np.sum((y - y.mean()) ** 2))
""",
        ),
        (
            "the squared correlation",
            """
def r_squared(y, predicted):
    return float(np.corrcoef(y, predicted)[0, 1] ** 2)
""",
        ),
        (
            "never below zero",
            """
def r_squared(y, predicted):
    spread = np.sum((y - y.mean()) ** 2)
    return max(0.0, float(1 - np.sum((y - predicted) ** 2) / spread))
""",
        ),
    ],
    "integer-line": [
        (
            "half is not added",
            """
def integer_line(count, w_q, b_q, shift):
    return (w_q * count + b_q) >> shift
""",
        ),
        (
            "cut towards zero",
            """
def integer_line(count, w_q, b_q, shift):
    total = w_q * np.asarray(count) + b_q + 2**shift // 2
    return (total / 2**shift).astype(int)
""",
        ),
        (
            "shift 0 is forgotten",
            """
def integer_line(count, w_q, b_q, shift):
    return (w_q * count + b_q + (1 << (shift - 1))) >> shift
""",
        ),
    ],
    "largest-shift": [
        (
            "cut off instead of rounded",
            """
def largest_shift(w, b, count_max):
    best = 0
    for s in range(32):
        bound = abs(int(w * 2**s)) * count_max + abs(int(b * 2**s)) + 2**s // 2
        if bound < 2**31:
            best = s
    return best
""",
        ),
        (
            "not rounded at all",
            """
def largest_shift(w, b, count_max):
    best = 0
    for s in range(32):
        if (abs(w) * count_max + abs(b)) * 2**s + 2**s // 2 < 2**31:
            best = s
    return best
""",
        ),
        (
            "an unsigned register",
            """
def largest_shift(w, b, count_max):
    best = 0
    for s in range(32):
        bound = abs(round(w * 2**s)) * count_max + abs(round(b * 2**s)) + 2**s // 2
        if bound < 2**32:
            best = s
    return best
""",
        ),
        (
            "the intercept is forgotten",
            """
def largest_shift(w, b, count_max):
    best = 0
    for s in range(32):
        if abs(round(w * 2**s)) * count_max + 2**s // 2 < 2**31:
            best = s
    return best
""",
        ),
        (
            "signs are not taken off",
            """
def largest_shift(w, b, count_max):
    best = 0
    for s in range(32):
        if round(w * 2**s) * count_max + round(b * 2**s) + 2**s // 2 < 2**31:
            best = s
    return best
""",
        ),
    ],
}
