"""Wrong answers to ps04 that students plausibly give, by the cell they write in.

Each is right in its types and shapes where a plausible mistake leaves them right.
"""

WRONG = {
    "seen-before": [
        (
            "mirror images are forgotten",
            """
def seen_before(x_learned, x_asked):
    return np.array([any((p == q).all() for q in x_learned) for p in x_asked], bool)
""",
        ),
        (
            "pictures whose sums are equal",
            """
def seen_before(x_learned, x_asked):
    sums = x_learned.sum(axis=(1, 2))
    return np.isin(x_asked.sum(axis=(1, 2)), sums)
""",
        ),
        (
            "close is taken for equal",
            """
def seen_before(x_learned, x_asked):
    both = np.concatenate([x_learned, x_learned[:, :, ::-1]])
    return np.array([any(np.abs(p - q).max() < 0.01 for q in both) for p in x_asked])
""",
        ),
        (
            "nearly equal is equal enough",
            """
def seen_before(x_learned, x_asked):
    both = np.concatenate([x_learned, x_learned[:, :, ::-1]])
    return np.array([any(np.allclose(p, q) for q in both) for p in x_asked], bool)
""",
        ),
        (
            "turned upside down as well",
            """
def seen_before(x_learned, x_asked):
    both = np.concatenate([x_learned, x_learned[:, :, ::-1], x_learned[:, ::-1]])
    return np.array([any((p == q).all() for q in both) for p in x_asked], bool)
""",
        ),
    ],
    "hold-back": [
        (
            "the tree that would be too much is left out",
            """
def hold_back(tree, order, wanted):
    aside = np.zeros(len(tree), bool)
    for one in order:
        if (aside | (tree == one)).sum() > wanted:
            break
        aside |= tree == one
    return aside
""",
        ),
        (
            "counts trees, not pictures",
            """
def hold_back(tree, order, wanted):
    return np.isin(tree, order[:wanted])
""",
        ),
        (
            "the first tree is always taken",
            """
def hold_back(tree, order, wanted):
    aside = np.zeros(len(tree), bool)
    for one in order:
        aside |= tree == one
        if aside.sum() >= wanted:
            break
    return aside
""",
        ),
        (
            "the trees of the first so many pictures",
            """
def hold_back(tree, order, wanted):
    rank = {one: place for place, one in enumerate(order)}
    places = np.array([rank.get(one, len(order)) for one in tree.tolist()])
    first = np.argsort(places, kind="stable")[:wanted]
    return np.isin(tree, tree[first])
""",
        ),
    ],
    "standardize": [
        (
            "the asked pictures give their own mean and spread",
            """
def standardize(x_learned, x_asked):
    def own(x):
        return (x - x.mean(axis=0)) / x.std(axis=0)

    return own(x_learned), own(x_asked)
""",
        ),
        (
            "a little is added to every spread",
            """
def standardize(x_learned, x_asked):
    middle, spread = x_learned.mean(axis=0), x_learned.std(axis=0) + 1e-8
    return (x_learned - middle) / spread, (x_asked - middle) / spread
""",
        ),
        (
            "one mean and one spread for all pixels",
            """
def standardize(x_learned, x_asked):
    middle, spread = x_learned.mean(), x_learned.std()
    return (x_learned - middle) / spread, (x_asked - middle) / spread
""",
        ),
        (
            "only a spread of exactly 0 is none",
            """
def standardize(x_learned, x_asked):
    middle, spread = x_learned.mean(axis=0), x_learned.std(axis=0)
    spread = np.where(spread == 0, np.inf, spread)
    return (x_learned - middle) / spread, (x_asked - middle) / spread
""",
        ),
        (
            "a small spread counts as none",
            """
def standardize(x_learned, x_asked):
    middle, spread = x_learned.mean(axis=0), x_learned.std(axis=0)
    spread = np.where(spread < 1e-12, np.inf, spread)
    return (x_learned - middle) / spread, (x_asked - middle) / spread
""",
        ),
        (
            "without spread, the difference is kept",
            """
def standardize(x_learned, x_asked):
    middle, spread = x_learned.mean(axis=0), x_learned.std(axis=0)
    spread = np.where(spread == 0, 1, spread)
    return (x_learned - middle) / spread, (x_asked - middle) / spread
""",
        ),
    ],
    "cross-validate": [
        (
            "all pictures count alike, not all folds",
            """
def cross_validate(x, y, tree, fold_of, fit, predict):
    fold = np.array([fold_of[one] for one in tree.tolist()])
    right, shares = [], []
    for number in np.unique(fold):
        held = fold == number
        right.append(predict(fit(x[~held], y[~held]), x[held]) == y[held])
        shares.append(right[-1].mean())
    error = np.std(shares, ddof=1) / np.sqrt(len(shares))
    return float(np.concatenate(right).mean()), float(error)
""",
        ),
        (
            "the spread, not the standard error",
            """
def cross_validate(x, y, tree, fold_of, fit, predict):
    fold = np.array([fold_of[one] for one in tree.tolist()])
    shares = []
    for number in np.unique(fold):
        held = fold == number
        shares.append(np.mean(predict(fit(x[~held], y[~held]), x[held]) == y[held]))
    return float(np.mean(shares)), float(np.std(shares, ddof=1))
""",
        ),
        (
            "k below the spread instead of k - 1",
            """
def cross_validate(x, y, tree, fold_of, fit, predict):
    fold = np.array([fold_of[one] for one in tree.tolist()])
    shares = []
    for number in np.unique(fold):
        held = fold == number
        shares.append(np.mean(predict(fit(x[~held], y[~held]), x[held]) == y[held]))
    return float(np.mean(shares)), float(np.std(shares) / np.sqrt(len(shares)))
""",
        ),
        (
            "each tree is a fold",
            """
def cross_validate(x, y, tree, fold_of, fit, predict):
    shares = []
    for one in np.unique(tree):
        held = tree == one
        shares.append(np.mean(predict(fit(x[~held], y[~held]), x[held]) == y[held]))
    error = np.std(shares, ddof=1) / np.sqrt(len(shares))
    return float(np.mean(shares)), float(error)
""",
        ),
        (
            "one model for all folds, fitted to everything",
            """
def cross_validate(x, y, tree, fold_of, fit, predict):
    fold = np.array([fold_of[one] for one in tree.tolist()])
    model, shares = fit(x, y), []
    for number in np.unique(fold):
        held = fold == number
        shares.append(np.mean(predict(model, x[held]) == y[held]))
    error = np.std(shares, ddof=1) / np.sqrt(len(shares))
    return float(np.mean(shares)), float(error)
""",
        ),
    ],
    "filtered": [
        (
            "the kernel is turned over",
            """
def filtered(picture, kernel, stride, padding):
    padded, turned = np.pad(picture, padding), kernel[::-1, ::-1]
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return np.einsum("ijab,ab->ij", windows, turned)[::stride, ::stride]
""",
        ),
        (
            "the border is repeated instead of zeros",
            """
def filtered(picture, kernel, stride, padding):
    padded = np.pad(picture, padding, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return np.einsum("ijab,ab->ij", windows, kernel)[::stride, ::stride]
""",
        ),
        (
            "the padding is at the end only",
            """
def filtered(picture, kernel, stride, padding):
    padded = np.pad(picture, ((0, 2 * padding), (0, 2 * padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return np.einsum("ijab,ab->ij", windows, kernel)[::stride, ::stride]
""",
        ),
        (
            "the sides are taken from the height alone",
            """
def filtered(picture, kernel, stride, padding):
    padded, k = np.pad(picture, padding), kernel.shape[0]
    n = (len(padded) - k) // stride + 1
    out = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            top, left = i * stride, j * stride
            out[i, j] = np.sum(kernel * padded[top : top + k, left : left + k])
    return out
""",
        ),
        (
            "the stride is that of the rows only",
            """
def filtered(picture, kernel, stride, padding):
    padded = np.pad(picture, padding)
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return np.einsum("ijab,ab->ij", windows, kernel)[::stride]
""",
        ),
        (
            "the result has the picture's type",
            """
def filtered(picture, kernel, stride, padding):
    padded = np.pad(picture, padding)
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    out = np.einsum("ijab,ab->ij", windows, kernel)[::stride, ::stride]
    return out.astype(picture.dtype)
""",
        ),
    ],
    "sides": [
        (
            "the extra zero comes first",
            """
def sides(size, kernel, stride, padding):
    if padding == "valid":
        return (size - kernel) // stride + 1, 0, 0
    answers = -(-size // stride)
    zeros = max((answers - 1) * stride + kernel - size, 0)
    return answers, zeros - zeros // 2, zeros // 2
""",
        ),
        (
            "half a kernel on both sides, whatever the stride",
            """
def sides(size, kernel, stride, padding):
    if padding == "valid":
        return (size - kernel) // stride + 1, 0, 0
    return -(-size // stride), (kernel - 1) // 2, kernel // 2
""",
        ),
        (
            "valid rounded up",
            """
def sides(size, kernel, stride, padding):
    if padding == "valid":
        return -(-(size - kernel) // stride) + 1, 0, 0
    answers = -(-size // stride)
    zeros = max((answers - 1) * stride + kernel - size, 0)
    return answers, zeros // 2, zeros - zeros // 2
""",
        ),
        (
            "no zeros may be too few",
            """
def sides(size, kernel, stride, padding):
    if padding == "valid":
        return (size - kernel) // stride + 1, 0, 0
    answers = -(-size // stride)
    zeros = (answers - 1) * stride + kernel - size
    return answers, zeros // 2, zeros - zeros // 2
""",
        ),
    ],
    "layer-bill": [
        (
            "one input channel, always",
            """
def layer_bill(kind, kernel, shape_in, shape_out):
    if kind == "pool":
        return 0, 0
    if kind == "dense":
        return (shape_in[0] + 1) * shape_out[0], shape_in[0] * shape_out[0]
    taps, (height, width, channels) = kernel[0] * kernel[1], shape_out
    return (taps + 1) * channels, height * width * channels * taps
""",
        ),
        (
            "a depthwise kernel is as deep as its input",
            """
def layer_bill(kind, kernel, shape_in, shape_out):
    if kind == "pool":
        return 0, 0
    if kind == "dense":
        return (shape_in[0] + 1) * shape_out[0], shape_in[0] * shape_out[0]
    taps = kernel[0] * kernel[1] * shape_in[2]
    height, width, channels = shape_out
    return (taps + 1) * channels, height * width * channels * taps
""",
        ),
        (
            "as many depthwise kernels as input channels",
            """
def layer_bill(kind, kernel, shape_in, shape_out):
    if kind == "pool":
        return 0, 0
    if kind == "dense":
        return (shape_in[0] + 1) * shape_out[0], shape_in[0] * shape_out[0]
    height, width, channels = shape_out
    if kind == "depthwise":
        channels = shape_in[2]
    taps = kernel[0] * kernel[1] * (shape_in[2] if kind == "conv" else 1)
    return (taps + 1) * channels, height * width * channels * taps
""",
        ),
        (
            "the kernel goes over the input's sides, not the output's",
            """
def layer_bill(kind, kernel, shape_in, shape_out):
    if kind == "pool":
        return 0, 0
    if kind == "dense":
        return (shape_in[0] + 1) * shape_out[0], shape_in[0] * shape_out[0]
    taps = kernel[0] * kernel[1] * (shape_in[2] if kind == "conv" else 1)
    height, width, _ = shape_in
    return (taps + 1) * shape_out[2], height * width * shape_out[2] * taps
""",
        ),
        (
            "a maximum is counted as work",
            """
def layer_bill(kind, kernel, shape_in, shape_out):
    if kind == "dense":
        return (shape_in[0] + 1) * shape_out[0], shape_in[0] * shape_out[0]
    taps = kernel[0] * kernel[1] * (shape_in[2] if kind == "conv" else 1)
    height, width, channels = shape_out
    parameters = (taps + 1) * channels if kind != "pool" else 0
    return parameters, height * width * channels * taps
""",
        ),
    ],
}
