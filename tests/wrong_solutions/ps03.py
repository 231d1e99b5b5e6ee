"""Wrong answers to ps03 that students plausibly give, by the cell they write in.

Each is right in its types and shapes where a plausible mistake leaves them right.
"""

WRONG = {
    "forward": [
        (
            "the answer is bent too",
            """
def forward(x, W1, b1, W2, b2):
    h = np.maximum(x @ W1 + b1, 0)
    return h, np.maximum(h @ W2 + b2, 0)
""",
        ),
        (
            "the bias comes after the activation",
            """
def forward(x, W1, b1, W2, b2):
    h = np.maximum(x @ W1, 0) + b1
    return h, h @ W2 + b2
""",
        ),
        (
            "h before the activation",
            """
def forward(x, W1, b1, W2, b2):
    z = x @ W1 + b1
    return z, np.maximum(z, 0) @ W2 + b2
""",
        ),
        (
            "one output, a flat array",
            """
def forward(x, W1, b1, W2, b2):
    h = np.maximum(x @ W1 + b1, 0)
    return h, (h @ W2 + b2)[:, 0]
""",
        ),
    ],
    "largest-gap": [
        (
            "p itself is nudged, and put back but for rounding",
            """
def largest_gap(f, p, slopes, step=1e-5):
    worst = 0.0
    for place in np.ndindex(p.shape):
        p[place] += step
        above = f(p)
        p[place] -= 2 * step
        worst = max(worst, abs((above - f(p)) / (2 * step) - slopes[place]))
        p[place] += step
    return float(worst)
""",
        ),
        (
            "a step to one side only",
            """
def largest_gap(f, p, slopes, step=1e-5):
    worst = 0.0
    for place in np.ndindex(p.shape):
        up = p.copy()
        up[place] += step
        worst = max(worst, abs((f(up) - f(p)) / step - slopes[place]))
    return worst
""",
        ),
        (
            "gaps with their sign",
            """
def largest_gap(f, p, slopes, step=1e-5):
    gaps = []
    for place in np.ndindex(p.shape):
        up, down = p.copy(), p.copy()
        up[place] += step
        down[place] -= step
        gaps.append((f(up) - f(down)) / (2 * step) - slopes[place])
    return float(max(gaps))
""",
        ),
        (
            "whole rows are nudged",
            """
def largest_gap(f, p, slopes, step=1e-5):
    worst = 0.0
    for i in range(len(p)):
        up, down = p.copy(), p.copy()
        up[i] += step
        down[i] -= step
        numeric = (f(up) - f(down)) / (2 * step)
        worst = max(worst, float(np.max(np.abs(numeric - slopes[i]))))
    return worst
""",
        ),
        (
            "p itself is nudged, and not put back",
            """
def largest_gap(f, p, slopes, step=1e-5):
    worst = 0.0
    for place in np.ndindex(p.shape):
        p[place] += step
        above = f(p)
        p[place] -= 2 * step
        worst = max(worst, abs((above - f(p)) / (2 * step) - slopes[place]))
    return float(worst)
""",
        ),
        (
            "the mean gap, and half the way",
            """
def largest_gap(f, p, slopes, step=1e-5):
    gaps = []
    for place in np.ndindex(p.shape):
        up, down = p.copy(), p.copy()
        up[place] += step
        down[place] -= step
        gaps.append(abs((f(up) - f(down)) / step - slopes[place]))
    return float(np.mean(gaps))
""",
        ),
    ],
    "backward": [
        (
            "the mean goes over the rows only",
            """
def backward(x, y, h, predicted, W2):
    G = 2 * (predicted - y) / len(x)
    G_z = G @ W2.T * (h > 0)
    return [x.T @ G_z, G_z.sum(axis=0), h.T @ G, G.sum(axis=0)]
""",
        ),
        (
            "the activation is forgotten",
            """
def backward(x, y, h, predicted, W2):
    G = 2 * (predicted - y) / predicted.size
    G_h = G @ W2.T
    return [x.T @ G_h, G_h.sum(axis=0), h.T @ G, G.sum(axis=0)]
""",
        ),
        (
            "the activation is forgotten for the biases",
            """
def backward(x, y, h, predicted, W2):
    G = 2 * (predicted - y) / predicted.size
    G_h = G @ W2.T
    return [x.T @ (G_h * (h > 0)), G_h.sum(axis=0), h.T @ G, G.sum(axis=0)]
""",
        ),
        (
            "the sum, not the mean",
            """
def backward(x, y, h, predicted, W2):
    G = 2 * (predicted - y)
    G_z = G @ W2.T * (h > 0)
    return [x.T @ G_z, G_z.sum(axis=0), h.T @ G, G.sum(axis=0)]
""",
        ),
        (
            "the slope is bent, not the neuron",
            """
def backward(x, y, h, predicted, W2):
    G = 2 * (predicted - y) / predicted.size
    G_z = np.maximum(G @ W2.T, 0)
    return [x.T @ G_z, G_z.sum(axis=0), h.T @ G, G.sum(axis=0)]
""",
        ),
        (
            "biases get the mean over the rows",
            """
def backward(x, y, h, predicted, W2):
    G = 2 * (predicted - y) / predicted.size
    G_z = G @ W2.T * (h > 0)
    return [x.T @ G_z, G_z.mean(axis=0), h.T @ G, G.mean(axis=0)]
""",
        ),
    ],
    "start-weights": [
        (
            "uniform, with the right variance",
            """
def start_weights(sizes, rng):
    parts = []
    for k, m in pairwise(sizes):
        end = np.sqrt(6 / k)
        parts += [rng.uniform(-end, end, (k, m)), np.zeros(m)]
    return parts
""",
        ),
        (
            "the variance as the spread",
            """
def start_weights(sizes, rng):
    parts = []
    for k, m in pairwise(sizes):
        parts += [rng.normal(0, 2 / k, (k, m)), np.zeros(m)]
    return parts
""",
        ),
        (
            "by the neurons, not by the inputs",
            """
def start_weights(sizes, rng):
    parts = []
    for k, m in pairwise(sizes):
        parts += [rng.normal(0, np.sqrt(2 / m), (k, m)), np.zeros(m)]
    return parts
""",
        ),
        (
            "every layer from the same seed",
            """
def start_weights(sizes, rng):
    parts = []
    for k, m in pairwise(sizes):
        mine = np.random.default_rng(0)
        parts += [mine.normal(0, np.sqrt(2 / k), (k, m)), np.zeros(m)]
    return parts
""",
        ),
        (
            "uniform and never negative",
            """
def start_weights(sizes, rng):
    parts = []
    for k, m in pairwise(sizes):
        parts += [rng.uniform(0, np.sqrt(2 / k), (k, m)), np.zeros(m)]
    return parts
""",
        ),
        (
            "all at zero",
            """
def start_weights(sizes, rng):
    parts = []
    for k, m in pairwise(sizes):
        parts += [np.zeros((k, m)), np.zeros(m)]
    return parts
""",
        ),
        (
            "biases by chance too",
            """
def start_weights(sizes, rng):
    parts = []
    for k, m in pairwise(sizes):
        parts += [rng.normal(0, np.sqrt(2 / k), (k, m)), rng.normal(0, 0.5, m)]
    return parts
""",
        ),
    ],
    "adam-step": [
        (
            "no correction",
            """
def adam_step(p, g, m, s, t, rate, keep=0.9, keep_size=0.999, tiny=1e-7):
    m = keep * m + (1 - keep) * g
    s = keep_size * s + (1 - keep_size) * g**2
    return p - rate * m / (np.sqrt(s) + tiny), m, s
""",
        ),
        (
            "t is a factor, not an exponent",
            """
def adam_step(p, g, m, s, t, rate, keep=0.9, keep_size=0.999, tiny=1e-7):
    m = keep * m + (1 - keep) * g
    s = keep_size * s + (1 - keep_size) * g**2
    top, low = m / (1 - keep), np.sqrt(s / (1 - keep_size))
    return p - rate * top / (low + tiny), m, s
""",
        ),
        (
            "the corrected means are kept",
            """
def adam_step(p, g, m, s, t, rate, keep=0.9, keep_size=0.999, tiny=1e-7):
    m = (keep * m + (1 - keep) * g) / (1 - keep**t)
    s = (keep_size * s + (1 - keep_size) * g**2) / (1 - keep_size**t)
    return p - rate * m / (np.sqrt(s) + tiny), m, s
""",
        ),
        (
            "in place",
            """
def adam_step(p, g, m, s, t, rate, keep=0.9, keep_size=0.999, tiny=1e-7):
    m *= keep
    m += (1 - keep) * g
    s *= keep_size
    s += (1 - keep_size) * g**2
    p -= rate * m / (1 - keep**t) / (np.sqrt(s / (1 - keep_size**t)) + tiny)
    return p, m, s
""",
        ),
        (
            "the usual numbers, whatever is asked for",
            """
def adam_step(p, g, m, s, t, rate, keep=0.9, keep_size=0.999, tiny=1e-7):
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    top, low = m / (1 - 0.9**t), np.sqrt(s / (1 - 0.999**t))
    return p - rate * top / (low + 1e-7), m, s
""",
        ),
    ],
    "add-penalty": [
        (
            "biases pay too",
            """
def add_penalty(parameters, slopes, penalty):
    return [g + 2 * penalty * p for p, g in zip(parameters, slopes, strict=True)]
""",
        ),
        (
            "the factor 2 is missing",
            """
def add_penalty(parameters, slopes, penalty):
    return [
        g + penalty * p * (p.ndim == 2)
        for p, g in zip(parameters, slopes, strict=True)
    ]
""",
        ),
        (
            "the slopes that came in are changed",
            """
def add_penalty(parameters, slopes, penalty):
    for i in range(0, len(parameters), 2):
        slopes[i] += 2 * penalty * parameters[i]
    return slopes
""",
        ),
        (
            "two layers, always",
            """
def add_penalty(parameters, slopes, penalty):
    new = list(slopes)
    for i in (0, 2):
        new[i] = new[i] + 2 * penalty * parameters[i]
    return new
""",
        ),
    ],
    "dropout": [
        (
            "always the same number",
            """
def dropout(h, keep, rng, training):
    if not training:
        return h
    kept = np.arange(h.size) < round(keep * h.size)
    return h * rng.permutation(kept).reshape(h.shape) / keep
""",
        ),
        (
            "chance from elsewhere",
            """
def dropout(h, keep, rng, training):
    lots = np.random.random(h.shape)
    return h * (lots < keep) / keep if training else h
""",
        ),
        (
            "the scale is forgotten",
            """
def dropout(h, keep, rng, training):
    return h * (rng.random(h.shape) < keep) if training else h
""",
        ),
        (
            "scaled in use, not in training",
            """
def dropout(h, keep, rng, training):
    return h * (rng.random(h.shape) < keep) if training else h * keep
""",
        ),
        (
            "keep is taken for the share that goes",
            """
def dropout(h, keep, rng, training):
    if not training:
        return h
    return h * (rng.random(h.shape) >= keep) / (1 - min(keep, 0.999))
""",
        ),
        (
            "a lot for each neuron, not for each entry",
            """
def dropout(h, keep, rng, training):
    return h * (rng.random(h.shape[-1]) < keep) / keep if training else h
""",
        ),
        (
            "the same lots each time",
            """
def dropout(h, keep, rng, training):
    lots = np.random.default_rng(1).random(h.shape)
    return h * (lots < keep) / keep if training else h
""",
        ),
        (
            "h itself is thinned",
            """
def dropout(h, keep, rng, training):
    if training:
        h[rng.random(h.shape) >= keep] = 0
        h /= keep
    return h
""",
        ),
    ],
    "stop-early": [
        (
            "an epoch that falls is not counted",
            """
def stop_early(validation, patience):
    best, kept, waited = np.inf, None, 0
    for epoch, error in enumerate(validation):
        if error < best:
            best, kept, waited = error, epoch, 0
        elif not (epoch and error < validation[epoch - 1]):
            waited += 1
        if waited == patience:
            break
    if kept is None:
        raise ValueError("no number")
    return kept, epoch + 1
""",
        ),
        (
            "the lowest of all, seen from the end",
            """
def stop_early(validation, patience):
    if np.all(np.isnan(validation)):
        raise ValueError("no number")
    kept = int(np.nanargmin(validation))
    return kept, min(kept + patience + 1, len(validation))
""",
        ),
        (
            "one epoch too patient",
            """
def stop_early(validation, patience):
    best, kept, waited = np.inf, None, 0
    for epoch, error in enumerate(validation):
        waited += 1
        if error < best:
            best, kept, waited = error, epoch, 0
        if waited > patience:
            break
    if kept is None:
        raise ValueError("no number")
    return kept, epoch + 1
""",
        ),
        (
            "a tie is a new best",
            """
def stop_early(validation, patience):
    best, kept, waited = np.inf, None, 0
    for epoch, error in enumerate(validation):
        waited += 1
        if error <= best:
            best, kept, waited = error, epoch, 0
        if waited >= patience:
            break
    if kept is None:
        raise ValueError("no number")
    return kept, epoch + 1
""",
        ),
        (
            "the first epoch is the best, even if it is nan",
            """
def stop_early(validation, patience):
    best, kept, waited = validation[0], 0, 0
    for epoch in range(1, len(validation)):
        if validation[epoch] < best:
            best, kept, waited = validation[epoch], epoch, 0
        else:
            waited += 1
        if waited == patience:
            return kept, epoch + 1
    return kept, len(validation)
""",
        ),
        (
            "every epoch without a new best counts, not only those in a row",
            """
def stop_early(validation, patience):
    best, kept, waited = np.inf, None, 0
    for epoch, error in enumerate(validation):
        if error < best:
            best, kept = error, epoch
        else:
            waited += 1
        if waited >= patience:
            break
    if kept is None:
        raise ValueError("no number")
    return kept, epoch + 1
""",
        ),
        (
            "the epoch where it stopped",
            """
def stop_early(validation, patience):
    best, kept, waited = np.inf, None, 0
    for epoch, error in enumerate(validation):
        waited += 1
        if error < best:
            best, kept, waited = error, epoch, 0
        if waited >= patience:
            break
    if kept is None:
        raise ValueError("no number")
    return epoch, epoch + 1
""",
        ),
    ],
    "choose-network": [
        (
            "by the run in the middle",
            """
def choose_network(flash, validation, test, limit):
    middle = np.where(flash <= limit, np.median(validation, axis=1), np.inf)
    if np.all(np.isinf(middle)):
        raise ValueError("nothing fits")
    place = min(range(len(flash)), key=lambda i: (middle[i], flash[i]))
    return place, float(np.mean(test[place]))
""",
        ),
        (
            "by the test errors",
            """
def choose_network(flash, validation, test, limit):
    means = np.mean(test, axis=1)
    order = sorted(range(len(flash)), key=lambda i: (means[i], flash[i]))
    for i in order:
        if flash[i] <= limit:
            return i, float(means[i])
    raise ValueError("nothing fits")
""",
        ),
        (
            "by the luckiest run",
            """
def choose_network(flash, validation, test, limit):
    luck = np.min(validation, axis=1)
    order = sorted(range(len(flash)), key=lambda i: (luck[i], flash[i]))
    for i in order:
        if flash[i] <= limit:
            return i, float(np.mean(test[i]))
    raise ValueError("nothing fits")
""",
        ),
        (
            "the place among those that fit",
            """
def choose_network(flash, validation, test, limit):
    fits = flash <= limit
    if not fits.any():
        raise ValueError("nothing fits")
    best = int(np.argmin(np.mean(validation[fits], axis=1)))
    return best, float(np.mean(test[fits][best]))
""",
        ),
        (
            "the first of equals, and a byte must be left over",
            """
def choose_network(flash, validation, test, limit):
    means = np.where(flash < limit, np.mean(validation, axis=1), np.inf)
    best = int(np.argmin(means))
    if means[best] == np.inf:
        raise ValueError("nothing fits")
    return best, float(np.mean(test[best]))
""",
        ),
        (
            "the limit is forgotten",
            """
def choose_network(flash, validation, test, limit):
    best = int(np.argmin(np.mean(validation, axis=1)))
    return best, float(np.mean(test[best]))
""",
        ),
        (
            "the best test error that there is",
            """
def choose_network(flash, validation, test, limit):
    fitting = [i for i in range(len(flash)) if flash[i] <= limit]
    if not fitting:
        raise ValueError("nothing fits")
    best = min(fitting, key=lambda i: (np.mean(validation[i]), flash[i]))
    return best, float(np.min(test))
""",
        ),
    ],
    "network-bytes": [
        (
            "the two widest, neighbours or not",
            """
def network_bytes(sizes, weight_bytes=1, bias_bytes=4):
    flash = sum(k * m * weight_bytes + m * bias_bytes for k, m in pairwise(sizes))
    return flash, sum(sorted(sizes)[-2:])
""",
        ),
        (
            "a bias is as large as a weight",
            """
def network_bytes(sizes, weight_bytes=1, bias_bytes=4):
    flash = sum((k + 1) * m for k, m in pairwise(sizes)) * weight_bytes
    return flash, max(k + m for k, m in pairwise(sizes))
""",
        ),
        (
            "one hidden layer, always",
            """
def network_bytes(sizes, weight_bytes=1, bias_bytes=4):
    k, m, o = sizes
    flash = weight_bytes * (k * m + m * o) + bias_bytes * (m + o)
    return flash, max(k + m, m + o)
""",
        ),
        (
            "the widest layer and what comes before it",
            """
def network_bytes(sizes, weight_bytes=1, bias_bytes=4):
    flash = sum(k * m * weight_bytes + m * bias_bytes for k, m in pairwise(sizes))
    widest = max(range(1, len(sizes)), key=lambda i: sizes[i])
    return flash, sizes[widest] + sizes[widest - 1]
""",
        ),
        (
            "the inputs and the first layer decide",
            """
def network_bytes(sizes, weight_bytes=1, bias_bytes=4):
    flash = sum(k * m * weight_bytes + m * bias_bytes for k, m in pairwise(sizes))
    return flash, sizes[0] + sizes[1]
""",
        ),
        (
            "everything stays in RAM",
            """
def network_bytes(sizes, weight_bytes=1, bias_bytes=4):
    flash = sum(k * m * weight_bytes + m * bias_bytes for k, m in pairwise(sizes))
    return flash, sum(sizes)
""",
        ),
    ],
}
