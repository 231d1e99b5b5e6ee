"""Wrong answers to ps05 that students plausibly give, by the cell they write in.

Each is right in its types and shapes where a plausible mistake leaves them right.
"""

WRONG = {
    "conv-layer": [
        (
            "the bias once for each channel",
            """
def conv_layer(x, kernels, bias, stride):
    seen = np.lib.stride_tricks.sliding_window_view(x, kernels.shape[:2], axis=(0, 1))
    out = np.einsum("ijcab,abcf->ijf", seen, kernels) + bias * x.shape[2]
    return np.maximum(out[::stride, ::stride], 0)
""",
        ),
        (
            "the bias comes after the ReLU",
            """
def conv_layer(x, kernels, bias, stride):
    seen = np.lib.stride_tricks.sliding_window_view(x, kernels.shape[:2], axis=(0, 1))
    out = np.einsum("ijcab,abcf->ijf", seen, kernels)
    return np.maximum(out, 0)[::stride, ::stride] + bias
""",
        ),
        (
            "the stride is forgotten where the kernel is put down",
            """
def conv_layer(x, kernels, bias, stride):
    rows, columns, _, filters = kernels.shape
    high = (x.shape[0] - rows) // stride + 1
    wide = (x.shape[1] - columns) // stride + 1
    out = np.zeros((high, wide, filters))
    for i in range(high):
        for j in range(wide):
            seen = x[i : i + rows, j : j + columns]
            out[i, j] = np.tensordot(seen, kernels, 3) + bias
    return np.maximum(out, 0)
""",
        ),
        (
            "as many places as strides, rounded up",
            """
def conv_layer(x, kernels, bias, stride):
    rows, columns, _, filters = kernels.shape
    high, wide = -(-x.shape[0] // stride), -(-x.shape[1] // stride)
    if stride == 1:
        high, wide = x.shape[0] - rows + 1, x.shape[1] - columns + 1
    out = np.zeros((high, wide, filters))
    for i in range(high):
        for j in range(wide):
            seen = x[i * stride : i * stride + rows, j * stride : j * stride + columns]
            if seen.shape[:2] == (rows, columns):
                out[i, j] = np.tensordot(seen, kernels, 3) + bias
    return np.maximum(out, 0)
""",
        ),
        (
            "kernels turned round",
            """
def conv_layer(x, kernels, bias, stride):
    kernels = kernels[::-1, ::-1]
    rows, columns, _, filters = kernels.shape
    seen = np.lib.stride_tricks.sliding_window_view(x, (rows, columns), (0, 1))
    sums = np.einsum("ijcab,abcf->ijf", seen[::stride, ::stride], kernels)
    return np.maximum(sums + bias, 0)
""",
        ),
        (
            "whole numbers only",
            """
def conv_layer(x, kernels, bias, stride):
    rows, columns, _, filters = kernels.shape
    seen = np.lib.stride_tricks.sliding_window_view(x, (rows, columns), (0, 1))
    sums = np.einsum("ijcab,abcf->ijf", seen[::stride, ::stride], kernels)
    return np.maximum(sums + bias, 0).astype(int)
""",
        ),
        (
            "rows and columns changed over",
            """
def conv_layer(x, kernels, bias, stride):
    if kernels.shape[0] < kernels.shape[1] and x.shape[0] > 2:
        kernels = kernels.swapaxes(0, 1)
    rows, columns, _, filters = kernels.shape
    high = (x.shape[0] - rows) // stride + 1
    wide = (x.shape[1] - columns) // stride + 1
    out = np.zeros((high, wide, filters))
    for i in range(high):
        for j in range(wide):
            seen = x[i * stride : i * stride + rows, j * stride : j * stride + columns]
            out[i, j] = np.tensordot(seen, kernels, 3) + bias
    return np.maximum(out, 0)
""",
        ),
    ],
    "stack-bill": [
        (
            "biases as small as weights",
            """
def stack_bill(layers, shape):
    flash, ram = 0, 0
    for kind, *rest in layers:
        before = int(np.prod(shape))
        if kind == "dense":
            flash, shape = flash + (before + 1) * rest[0], (rest[0],)
        elif kind == "globalmax":
            shape = (shape[2],)
        elif kind == "maxpool":
            shape = (shape[0] // rest[0], shape[1] // rest[0], shape[2])
        else:
            filters = rest[0] if kind == "conv" else shape[2]
            kernel, stride = rest[-2:]
            depth = shape[2] if kind == "conv" else 1
            flash += (kernel * kernel * depth + 1) * filters
            shape = (*[(n - kernel) // stride + 1 for n in shape[:2]], filters)
        ram = max(ram, before + int(np.prod(shape)))
    return flash, ram, shape
""",
        ),
        (
            "depthwise as deep as its input",
            """
def stack_bill(layers, shape):
    flash, ram = 0, 0
    for kind, *rest in layers:
        before = int(np.prod(shape))
        if kind == "dense":
            flash, shape = flash + (before + 4) * rest[0], (rest[0],)
        elif kind == "globalmax":
            shape = (shape[2],)
        elif kind == "maxpool":
            shape = (shape[0] // rest[0], shape[1] // rest[0], shape[2])
        else:
            filters = rest[0] if kind == "conv" else shape[2]
            kernel, stride = rest[-2:]
            flash += (kernel * kernel * shape[2] + 4) * filters
            shape = (*[(n - kernel) // stride + 1 for n in shape[:2]], filters)
        ram = max(ram, before + int(np.prod(shape)))
    return flash, ram, shape
""",
        ),
        (
            "the RAM of the first layer",
            """
def stack_bill(layers, shape):
    flash, rams = 0, []
    for kind, *rest in layers:
        before = int(np.prod(shape))
        if kind == "dense":
            flash, shape = flash + (before + 4) * rest[0], (rest[0],)
        elif kind == "globalmax":
            shape = (shape[2],)
        elif kind == "maxpool":
            shape = (shape[0] // rest[0], shape[1] // rest[0], shape[2])
        else:
            filters = rest[0] if kind == "conv" else shape[2]
            kernel, stride = rest[-2:]
            depth = shape[2] if kind == "conv" else 1
            flash += (kernel * kernel * depth + 4) * filters
            shape = (*[(n - kernel) // stride + 1 for n in shape[:2]], filters)
        rams.append(before + int(np.prod(shape)))
    return flash, rams[0] if rams else 0, shape
""",
        ),
        (
            "a depthwise layer keeps the sides",
            """
def stack_bill(layers, shape):
    flash, ram = 0, 0
    for kind, *rest in layers:
        before = int(np.prod(shape))
        if kind == "dense":
            flash, shape = flash + (before + 4) * rest[0], (rest[0],)
        elif kind == "globalmax":
            shape = (shape[2],)
        elif kind == "maxpool":
            shape = (shape[0] // rest[0], shape[1] // rest[0], shape[2])
        elif kind == "depthwise":
            flash += (rest[0] ** 2 + 4) * shape[2]
        else:
            filters, kernel, stride = rest
            flash += (kernel * kernel * shape[2] + 4) * filters
            shape = (*[(n - kernel) // stride + 1 for n in shape[:2]], filters)
        ram = max(ram, before + int(np.prod(shape)))
    return flash, ram, shape
""",
        ),
        (
            "sides rounded up",
            """
def stack_bill(layers, shape):
    flash, ram = 0, 0
    for kind, *rest in layers:
        before = int(np.prod(shape))
        if kind == "dense":
            flash, shape = flash + (before + 4) * rest[0], (rest[0],)
        elif kind == "globalmax":
            shape = (shape[2],)
        elif kind == "maxpool":
            shape = (-(-shape[0] // rest[0]), -(-shape[1] // rest[0]), shape[2])
        else:
            filters = rest[0] if kind == "conv" else shape[2]
            kernel, stride = rest[-2:]
            depth = shape[2] if kind == "conv" else 1
            flash += (kernel * kernel * depth + 4) * filters
            shape = (*[-(-(n - kernel) // stride) + 1 for n in shape[:2]], filters)
        ram = max(ram, before + int(np.prod(shape)))
    return flash, ram, shape
""",
        ),
    ],
    "build": [
        (
            "a weight for every pixel",
            """
def build():
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((24, 24, 1)),
            layers.Flatten(),
            layers.Dense(3, activation="relu"),
            layers.Dense(2, activation="softmax"),
        ]
    )
""",
        ),
        (
            "batch normalization with the momentum it has by itself",
            """
def build():
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((24, 24, 1)),
            layers.Conv2D(8, 5, strides=2, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2D(16, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.GlobalMaxPooling2D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
""",
        ),
        (
            "the mean over the leaf instead of the largest",
            """
def build():
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((24, 24, 1)),
            layers.Conv2D(8, 5, strides=2, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
""",
        ),
        (
            "a fine first layer, too large for the RAM",
            """
def build():
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((24, 24, 1)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(12, 3, activation="relu"),
            layers.GlobalMaxPooling2D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
""",
        ),
    ],
    "iou": [
        (
            "two negative sides make an area",
            """
def iou(box, others):
    high = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    wide = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    both = np.maximum(high * wide, 0)
    area = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    return both / (area + (box[2] - box[0]) * (box[3] - box[1]) - both)
""",
        ),
        (
            "the common part is counted twice",
            """
def iou(box, others):
    high = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    wide = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    both = np.maximum(high, 0) * np.maximum(wide, 0)
    area = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    return both / (area + (box[2] - box[0]) * (box[3] - box[1]))
""",
        ),
        (
            "divided by the smaller box",
            """
def iou(box, others):
    high = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    wide = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    both = np.maximum(high, 0) * np.maximum(wide, 0)
    area = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    return both / np.minimum(area, (box[2] - box[0]) * (box[3] - box[1]))
""",
        ),
        (
            "divided by the box around both",
            """
def iou(box, others):
    box, others = np.asarray(box, float), np.asarray(others, float)
    high = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    wide = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    hull = np.maximum(box[2], others[:, 2]) - np.minimum(box[0], others[:, 0])
    hull = hull * (np.maximum(box[3], others[:, 3]) - np.minimum(box[1], others[:, 1]))
    return np.maximum(high, 0) * np.maximum(wide, 0) / hull
""",
        ),
        (
            "all boxes are squares of one size",
            """
def iou(box, others):
    side = box[2] - box[0]
    high = side - np.abs(others[:, 0] - box[0])
    wide = side - np.abs(others[:, 1] - box[1])
    both = np.maximum(high, 0) * np.maximum(wide, 0)
    return both / (2 * side * side - both)
""",
        ),
        (
            "bytes that run over",
            """
def iou(box, others):
    one = (box[2] - box[0]) * (box[3] - box[1])
    high = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    wide = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    both = np.clip(high.astype(float), 0, None) * np.clip(wide.astype(float), 0, None)
    area = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    return both / (area + one - both)
""",
        ),
    ],
    "suppress": [
        (
            "a dropped box still drops others",
            """
def suppress(boxes, scores, limit, overlap):
    order = np.argsort(-scores, kind="stable")
    kept = []
    for place, i in enumerate(order):
        before = boxes[order[:place]]
        if not np.any(overlap(boxes[i], before) > limit):
            kept.append(int(i))
    return kept
""",
        ),
        (
            "an overlap equal to the limit is too much",
            """
def suppress(boxes, scores, limit, overlap):
    left, kept = np.argsort(-scores, kind="stable"), []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(int(best))
        left = left[overlap(boxes[best], boxes[left]) < limit]
    return kept
""",
        ),
        (
            "the last among equals comes first",
            """
def suppress(boxes, scores, limit, overlap):
    left, kept = np.argsort(scores, kind="stable")[::-1], []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(int(best))
        left = left[overlap(boxes[best], boxes[left]) <= limit]
    return kept
""",
        ),
        (
            "a sort that need not keep the order of equals",
            """
def suppress(boxes, scores, limit, overlap):
    order, kept = np.argsort(-scores), []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(best)
        order = order[overlap(boxes[best], boxes[order]) <= limit]
    return kept
""",
        ),
        (
            "the scores are crossed out where they stand",
            """
def suppress(boxes, scores, limit, overlap):
    kept = []
    while len(scores) and scores.max() > -np.inf:
        best = scores.argmax()
        kept.append(best)
        scores[overlap(boxes[best], boxes) > limit] = -np.inf
        scores[best] = -np.inf
    return kept
""",
        ),
        (
            "numbers in the sorted list",
            """
def suppress(boxes, scores, limit, overlap):
    boxes = boxes[np.argsort(-scores, kind="stable")]
    left, kept = np.arange(len(boxes)), []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(int(best))
        left = left[overlap(boxes[best], boxes[left]) <= limit]
    return kept
""",
        ),
    ],
    "recall-by-slice": [
        (
            "right answers instead of recall",
            """
def recall_by_slice(y, said, part):
    table, z = {}, 1.96
    for name in np.unique(part).tolist():
        right = (said == y)[part == name]
        n, p = len(right), float(right.mean())
        middle, whole = p + z**2 / (2 * n), 1 + z**2 / n
        spread = z * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
        table[name] = n, p, (middle - spread) / whole, (middle + spread) / whole
    return table
""",
        ),
        (
            "the interval of the first school book",
            """
def recall_by_slice(y, said, part):
    table = {}
    for name in np.unique(part[y == 1]).tolist():
        found = said[(part == name) & (y == 1)]
        n, p = len(found), float(found.mean())
        spread = 1.96 * (p * (1 - p) / n) ** 0.5
        table[name] = n, p, max(0, p - spread), min(1, p + spread)
    return table
""",
        ),
        (
            "slices without a beetle are 0",
            """
def recall_by_slice(y, said, part):
    table, z = {}, 1.96
    for name in np.unique(part).tolist():
        found = said[(part == name) & (y == 1)]
        n, p = max(len(found), 1), float(found.sum()) / max(len(found), 1)
        middle, whole = p + z**2 / (2 * n), 1 + z**2 / n
        spread = z * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
        low, high = (middle - spread) / whole, (middle + spread) / whole
        table[name] = len(found), p, low, high
    return table
""",
        ),
        (
            "half the formula: the last root lacks z * z / 4 n n",
            """
def recall_by_slice(y, said, part):
    table, z = {}, 1.96
    for name in np.unique(part[y == 1]).tolist():
        found = said[(part == name) & (y == 1)]
        n, p = len(found), float(found.mean())
        middle, whole = p + z**2 / (2 * n), 1 + z**2 / n
        spread = z * (p * (1 - p) / n) ** 0.5
        table[name] = n, p, (middle - spread) / whole, (middle + spread) / whole
    return table
""",
        ),
    ],
    "choose": [
        (
            "the RAM is forgotten",
            """
def choose(candidates, flash_bytes, ram_bytes):
    fits = [c for c in candidates if c[1] <= flash_bytes]
    return max(fits, key=lambda c: (min(c[3].values()), -c[2]))[0] if fits else None
""",
        ),
        (
            "the best mean of the slices",
            """
def choose(candidates, flash_bytes, ram_bytes):
    fits = [c for c in candidates if c[1] <= flash_bytes and c[2] <= ram_bytes]
    mean = lambda c: sum(c[3].values()) / len(c[3])
    return max(fits, key=lambda c: (mean(c), -c[2]))[0] if fits else None
""",
        ),
        (
            "just fitting is too much",
            """
def choose(candidates, flash_bytes, ram_bytes):
    fits = [c for c in candidates if c[1] < flash_bytes and c[2] < ram_bytes]
    return max(fits, key=lambda c: (min(c[3].values()), -c[2]))[0] if fits else None
""",
        ),
        (
            "the first among equal slices, whatever its RAM",
            """
def choose(candidates, flash_bytes, ram_bytes):
    fits = [c for c in candidates if c[1] <= flash_bytes and c[2] <= ram_bytes]
    return max(fits, key=lambda c: min(c[3].values()))[0] if fits else None
""",
        ),
        (
            "flash and RAM together",
            """
def choose(candidates, flash_bytes, ram_bytes):
    whole = flash_bytes + ram_bytes
    fits = [c for c in candidates if c[1] + c[2] <= whole]
    return max(fits, key=lambda c: (min(c[3].values()), -c[2]))[0] if fits else None
""",
        ),
        (
            "the RAM first, then the slices",
            """
def choose(candidates, flash_bytes, ram_bytes):
    fits = [c for c in candidates if c[1] <= flash_bytes and c[2] <= ram_bytes]
    return min(fits, key=lambda c: (c[2], -min(c[3].values())))[0] if fits else None
""",
        ),
        (
            "the worst slice is the last one",
            """
def choose(candidates, flash_bytes, ram_bytes):
    fits = [c for c in candidates if c[1] <= flash_bytes and c[2] <= ram_bytes]
    key = lambda c: (list(c[3].values())[-1], -c[2])
    return max(fits, key=key)[0] if fits else None
""",
        ),
        (
            "the fewest bytes of both among equals",
            """
def choose(candidates, flash_bytes, ram_bytes):
    fits = [c for c in candidates if c[1] <= flash_bytes and c[2] <= ram_bytes]
    key = lambda c: (min(c[3].values()), -c[1] - c[2])
    return max(fits, key=key)[0] if fits else None
""",
        ),
    ],
}
