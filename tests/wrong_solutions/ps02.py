"""Wrong answers to ps02 that students plausibly give, by the cell they write in.

Each is right in its types and shapes where a plausible mistake leaves them right.
"""

WRONG = {
    "weighted-loss": [
        (
            "the logarithm of a sigmoid that ran out of digits",
            """
def weighted_loss(y, z, fall_weight):
    p = sigmoid(z)
    weights = np.where(y == 1, fall_weight, 1)
    return float(-np.mean(weights * np.log(np.where(y == 1, p, 1 - p))))
""",
        ),
        (
            "probabilities cut off before the logarithm",
            """
def weighted_loss(y, z, fall_weight):
    p = np.clip(sigmoid(z), 1e-15, 1 - 1e-15)
    rows = -(fall_weight * y * np.log(p) + (1 - y) * np.log(1 - p))
    return float(np.mean(rows))
""",
        ),
        (
            "divided by the sum of the weights",
            """
def weighted_loss(y, z, fall_weight):
    weights = np.where(y == 1, fall_weight, 1)
    return float(np.average(np.logaddexp(0, z) - y * z, weights=weights))
""",
        ),
    ],
    "weighted-gradient": [
        (
            "all rows count alike",
            """
def weighted_gradient(X, y, w, fall_weight):
    return X.T @ (sigmoid(X @ w) - y) / len(y)
""",
        ),
        (
            "what is said at the start is said for ever",
            """
def weighted_gradient(X, y, w, fall_weight):
    weights = np.where(y == 1, fall_weight, 1)
    return X.T @ (weights * (sigmoid(0 * X @ w) - y)) / len(y)
""",
        ),
        (
            "happened minus said",
            """
def weighted_gradient(X, y, w, fall_weight):
    weights = np.where(y == 1, fall_weight, 1)
    return X.T @ (weights * (y - sigmoid(X @ w))) / len(y)
""",
        ),
    ],
    "confusion": [
        (
            "truth and answer swapped",
            """
def confusion(y, said, kinds):
    matrix = np.zeros((kinds, kinds), int)
    for truth, answer in zip(y, said):
        matrix[int(answer), int(truth)] += 1
    return matrix
""",
        ),
        (
            "two kinds only, whatever is asked for",
            """
def confusion(y, said, kinds):
    return np.array(
        [[np.sum((y == a) & (said == b)) for b in (0, 1)] for a in (0, 1)]
    )
""",
        ),
        (
            "only the kinds that occur",
            """
def confusion(y, said, kinds):
    found = np.unique(np.concatenate([y, said]))
    return np.array([[np.sum((y == a) & (said == b)) for b in found] for a in found])
""",
        ),
    ],
    "prf": [
        (
            "recall first",
            """
def precision_recall_f1(matrix):
    (calm, alarms), (misses, hits) = matrix
    recall, precision = hits / (hits + misses), hits / (hits + alarms)
    return recall, precision, 2 * precision * recall / (precision + recall)
""",
        ),
        (
            "nothing done about empty denominators",
            """
def precision_recall_f1(matrix):
    (calm, alarms), (misses, hits) = matrix
    precision, recall = hits / (hits + alarms), hits / (hits + misses)
    return precision, recall, 2 * precision * recall / (precision + recall)
""",
        ),
        (
            "no alarm, so all alarms were right",
            """
def precision_recall_f1(matrix):
    (calm, alarms), (misses, hits) = matrix
    precision = hits / (hits + alarms) if hits + alarms else 1.0
    recall = hits / (hits + misses) if hits + misses else 1.0
    f1 = 2 * hits / (2 * hits + alarms + misses) if hits else 0.0
    return float(precision), float(recall), float(f1)
""",
        ),
    ],
    "recall-within": [
        (
            "a grid of thresholds from the lowest to the highest score",
            """
def recall_within(y, z, budget):
    best = 0.0
    for t in np.linspace(z.min(), z.max() + 1e-9, 1000):
        if np.mean(z[y == 0] >= t) <= budget:
            best = max(best, np.mean(z[y == 1] >= t))
    return best
""",
        ),
        (
            "walks row by row, also between equal scores",
            """
def recall_within(y, z, budget):
    order = np.argsort(-z, kind="stable")
    found = np.cumsum(y[order] == 1) / np.sum(y == 1)
    alarms = np.cumsum(y[order] == 0) / np.sum(y == 0)
    return float(np.max(found[alarms <= budget], initial=0))
""",
        ),
        (
            "the budget itself is too much",
            """
def recall_within(y, z, budget):
    best = 0.0
    for t in np.unique(z):
        if np.mean(z[y == 0] >= t) < budget:
            best = max(best, np.mean(z[y == 1] >= t))
    return float(best)
""",
        ),
        (
            "the share of the alarms that are false",
            """
def recall_within(y, z, budget):
    best = 0.0
    for t in np.unique(z):
        if np.mean(y[z >= t] == 0) <= budget:
            best = max(best, np.mean(z[y == 1] >= t))
    return float(best)
""",
        ),
    ],
    "cheapest-threshold": [
        (
            "never calling is not tried",
            """
def cheapest_threshold(y, p, miss_cost, alarm_cost):
    best = None
    for t in sorted(set(p), reverse=True):
        misses, alarms = np.sum((y == 1) & (p < t)), np.sum((y == 0) & (p >= t))
        cost = miss_cost * misses + alarm_cost * alarms
        if best is None or cost < best[1]:
            best = (float(t), float(cost))
    return best
""",
        ),
        (
            "the lowest of equally cheap thresholds",
            """
def cheapest_threshold(y, p, miss_cost, alarm_cost):
    tried = np.append(np.unique(p), np.inf)
    costs = [
        miss_cost * np.sum((y == 1) & (p < t)) + alarm_cost * np.sum(y[p >= t] == 0)
        for t in tried
    ]
    best = int(np.argmin(costs))
    return float(tried[best]), float(costs[best])
""",
        ),
        (
            "the first in the order of the rows",
            """
def cheapest_threshold(y, p, miss_cost, alarm_cost):
    best = None
    for t in [np.inf, *p]:
        misses, alarms = np.sum((y == 1) & (p < t)), np.sum((y == 0) & (p >= t))
        cost = miss_cost * misses + alarm_cost * alarms
        if best is None or cost < best[1]:
            best = (float(t), float(cost))
    return best
""",
        ),
        (
            "a grid of hundredths instead of the values that occur",
            """
def cheapest_threshold(y, p, miss_cost, alarm_cost):
    best = None
    for t in [np.inf, *np.linspace(1, 0, 101)]:
        misses, alarms = np.sum((y == 1) & (p < t)), np.sum((y == 0) & (p >= t))
        cost = miss_cost * misses + alarm_cost * alarms
        if best is None or cost < best[1]:
            best = (float(t), float(cost))
    return best
""",
        ),
        (
            "the threshold of the formula",
            """
def cheapest_threshold(y, p, miss_cost, alarm_cost):
    t = alarm_cost / (alarm_cost + miss_cost)
    misses, alarms = np.sum((y == 1) & (p < t)), np.sum((y == 0) & (p >= t))
    return t, float(miss_cost * misses + alarm_cost * alarms)
""",
        ),
    ],
    "entropy": [
        (
            "natural logarithms",
            """
def entropy(counts):
    shares = counts / counts.sum(axis=-1, keepdims=True)
    return -np.sum(shares * np.log(shares), axis=-1)
""",
        ),
        (
            "absent kinds give nan",
            """
def entropy(counts):
    shares = counts / counts.sum(axis=-1, keepdims=True)
    return -np.sum(shares * np.log2(shares), axis=-1)
""",
        ),
        (
            "everything is one group",
            """
def entropy(counts):
    shares = np.asarray(counts) / max(np.sum(counts), 1)
    shares = shares[shares > 0]
    return -np.sum(shares * np.log2(shares))
""",
        ),
    ],
    "best-question": [
        (
            "both sides count the same",
            """
def best_question(x, y):
    best, kinds = None, y.max() + 1
    before = gini(np.bincount(y, minlength=kinds))
    for column in range(x.shape[1]):
        values = np.unique(x[:, column])
        for t in (values[1:] + values[:-1]) / 2:
            low = x[:, column] <= t
            left = gini(np.bincount(y[low])) + gini(np.bincount(y[~low]))
            if best is None or before - left / 2 > best[2] + 1e-9:
                best = column, t, before - left / 2
    return best
""",
        ),
        (
            "also between rows with equal values",
            """
def best_question(x, y):
    best, n = None, len(y)
    before = gini(np.bincount(y))
    for column in range(x.shape[1]):
        order = np.argsort(x[:, column], kind="stable")
        v, kinds = x[order, column], y[order]
        for i in range(1, n):
            low, high = gini(np.bincount(kinds[:i])), gini(np.bincount(kinds[i:]))
            gain = before - i / n * low - (n - i) / n * high
            if best is None or gain > best[2] + 1e-9:
                best = column, (v[i - 1] + v[i]) / 2, gain
    return best
""",
        ),
        (
            "a rounding error decides between equal gains",
            """
def best_question(x, y):
    best = None
    before = gini(np.bincount(y))
    for column in range(x.shape[1]):
        values = np.unique(x[:, column])
        for t in (values[1:] + values[:-1]) / 2:
            low = x[:, column] <= t
            share = low.mean()
            gain = before - share * gini(np.bincount(y[low]))
            gain -= (1 - share) * gini(np.bincount(y[~low]))
            if best is None or gain > best[2]:
                best = column, t, gain
    return best
""",
        ),
        (
            "the last of several that gain most",
            """
def best_question(x, y):
    best = None
    before = gini(np.bincount(y))
    for column in range(x.shape[1]):
        values = np.unique(x[:, column])
        for t in (values[1:] + values[:-1]) / 2:
            low = x[:, column] <= t
            gain = before - low.mean() * gini(np.bincount(y[low]))
            gain -= (~low).mean() * gini(np.bincount(y[~low]))
            if best is None or gain >= best[2] - 1e-9:
                best = column, t, gain
    return best
""",
        ),
    ],
    "grow": [
        (
            "goes on where all rows are of one kind",
            """
def grow(x, y, depth, ask, answer):
    question = ask(x, y) if depth > 0 else None
    if question is None:
        return answer(y)
    column, threshold, _ = question
    low = x[:, column] <= threshold
    sides = (grow(x[s], y[s], depth - 1, ask, answer) for s in (low, ~low))
    return column, threshold, *sides
""",
        ),
        (
            "a value on the threshold goes to the high side",
            """
def grow(x, y, depth, ask, answer):
    if depth == 0 or len(set(y)) == 1 or ask(x, y) is None:
        return answer(y)
    column, threshold, _ = ask(x, y)
    low, high = x[:, column] < threshold, x[:, column] >= threshold
    left = grow(x[low], y[low], depth - 1, ask, answer)
    return column, threshold, left, grow(x[high], y[high], depth - 1, ask, answer)
""",
        ),
        (
            "the sides are swapped",
            """
def grow(x, y, depth, ask, answer):
    if depth == 0 or len(set(y)) == 1 or ask(x, y) is None:
        return answer(y)
    column, threshold, _ = ask(x, y)
    low = x[:, column] <= threshold
    sides = (grow(x[s], y[s], depth - 1, ask, answer) for s in (~low, low))
    return column, threshold, *sides
""",
        ),
        (
            "a leaf answers for all rows",
            """
def grow(x, y, depth, ask, answer, all_rows=None):
    all_rows = y if all_rows is None else all_rows
    if depth == 0 or len(set(y)) == 1:
        return answer(y)
    question = ask(x, y)
    if question is None:
        return answer(all_rows)
    low = x[:, question[0]] <= question[1]
    left, right = (grow(x[s], y[s], depth - 1, ask, answer, y) for s in (low, ~low))
    return question[0], question[1], left, right
""",
        ),
    ],
    "tree-bill": [
        (
            "only the low side is followed",
            """
def tree_bill(tree):
    longest = 0
    while isinstance(tree, tuple):
        longest, tree = longest + 1, tree[2]
    questions = 2**longest - 1
    return 6 * questions + questions + 1, longest
""",
        ),
        (
            "every tree is as full as it is deep",
            """
def tree_bill(tree):
    def deep(t):
        return 1 + max(deep(t[2]), deep(t[3])) if isinstance(t, tuple) else 0
    return 6 * (2 ** deep(tree) - 1) + 2 ** deep(tree), deep(tree)
""",
        ),
        (
            "leaves are free",
            """
def tree_bill(tree):
    if not isinstance(tree, tuple):
        return 0, 0
    (low, a), (high, b) = tree_bill(tree[2]), tree_bill(tree[3])
    return 6 + low + high, 1 + max(a, b)
""",
        ),
    ],
}
