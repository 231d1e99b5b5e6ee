"""Wrong answers to ps07 that students plausibly give, by the cell they write in.

Each is right in its types and shapes where a plausible mistake leaves them right.
"""

WRONG = {
    "rnn-states": [
        (
            "the state stands on the other side",
            """
def rnn_states(x, h, W, U, b):
    states = np.zeros((len(x), len(h)))
    for t, row in enumerate(x):
        h = np.tanh(row @ W + U @ h + b)
        states[t] = h
    return states
""",
        ),
        (
            "it always begins with zeros",
            """
def rnn_states(x, h, W, U, b):
    h = np.zeros(len(h))
    states = np.zeros((len(x), len(h)))
    for t, row in enumerate(x):
        h = np.tanh(row @ W + h @ U + b)
        states[t] = h
    return states
""",
        ),
        (
            "only the last state",
            """
def rnn_states(x, h, W, U, b):
    for row in x:
        h = np.tanh(row @ W + h @ U + b)
    return h
""",
        ),
        (
            "a list, which has no columns when it is empty",
            """
def rnn_states(x, h, W, U, b):
    states = []
    for row in x:
        h = np.tanh(row @ W + h @ U + b)
        states.append(h)
    return np.array(states)
""",
        ),
        (
            "the state goes through the bend twice",
            """
def rnn_states(x, h, W, U, b):
    states = np.zeros((len(x), len(h)))
    for t, row in enumerate(x):
        h = row @ W + np.tanh(h) @ U + b
        states[t] = np.tanh(h)
    return states
""",
        ),
    ],
    "lstm-step": [
        (
            "the gates in another order",
            """
def lstm_step(x, h, c, W, U, b):
    i, f, o, g = np.split(x @ W + h @ U + b, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c
""",
        ),
        (
            "a sigmoid that overflows",
            """
def lstm_step(x, h, c, W, U, b):
    i, f, g, o = np.split(x @ W + h @ U + b, 4)
    i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c
""",
        ),
        (
            "the blocks are interleaved",
            """
def lstm_step(x, h, c, W, U, b):
    z = x @ W + h @ U + b
    i, f, g, o = z[0::4], z[1::4], z[2::4], z[3::4]
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c
""",
        ),
        (
            "c is changed in place",
            """
def lstm_step(x, h, c, W, U, b):
    i, f, g, o = np.split(x @ W + h @ U + b, 4)
    c *= sigmoid(f)
    c += sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c
""",
        ),
        (
            "the old h is forgotten",
            """
def lstm_step(x, h, c, W, U, b):
    i, f, g, o = np.split(x @ W + b, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c
""",
        ),
    ],
    "memory-left": [
        (
            "U is not transposed",
            """
def memory_left(states, U, g):
    lengths = []
    for h in states[::-1]:
        lengths.append(np.sqrt(np.sum(g**2)))
        g = (g * (1 - h**2)) @ U
    return np.array(lengths)
""",
        ),
        (
            "the slope of the state before",
            """
def memory_left(states, U, g):
    lengths = [np.sqrt(np.sum(g**2))]
    for h in states[-2::-1]:
        g = (g * (1 - h**2)) @ U.T
        lengths.append(np.sqrt(np.sum(g**2)))
    return np.array(lengths)
""",
        ),
        (
            "from the first to the last",
            """
def memory_left(states, U, g):
    lengths = []
    for h in states[::-1]:
        lengths.append(np.sqrt(np.sum(g**2)))
        g = (g * (1 - h**2)) @ U.T
    return np.array(lengths[::-1])
""",
        ),
        (
            "the sum of the slopes instead of their length",
            """
def memory_left(states, U, g):
    lengths = []
    for h in states[::-1]:
        lengths.append(np.abs(g).sum())
        g = (g * (1 - h**2)) @ U.T
    return np.array(lengths)
""",
        ),
        (
            "the slope comes after U",
            """
def memory_left(states, U, g):
    lengths = []
    for h in states[::-1]:
        lengths.append(np.sqrt(np.sum(g**2)))
        g = (g @ U.T) * (1 - h**2)
    return np.array(lengths)
""",
        ),
        (
            "g is changed in place",
            """
def memory_left(states, U, g):
    lengths = []
    for h in states[::-1]:
        lengths.append(np.sqrt(np.sum(g**2)))
        g[:] = (g * (1 - h**2)) @ U.T
    return np.array(lengths)
""",
        ),
    ],
    "listen": [
        (
            "counts from the beginning of each piece",
            """
def listen(step, samples, state, every):
    h, count = state
    kept = []
    for number, sample in enumerate(samples, 1):
        said, h = step(sample, h)
        if number % every == 0:
            kept.append(said)
    return kept, (h, count + len(samples))
""",
        ),
        (
            "keeps the first of every so many",
            """
def listen(step, samples, state, every):
    h, count = state
    kept = []
    for sample in samples:
        said, h = step(sample, h)
        if count % every == 0:
            kept.append(said)
        count += 1
    return kept, (h, count)
""",
        ),
        (
            "the count starts anew after each answer",
            """
def listen(step, samples, state, every):
    h, count = state
    kept = []
    for sample in samples:
        said, h = step(sample, h)
        count += 1
        if count == every:
            kept.append(said)
            count = 0
    return kept, (h, count + every * len(kept))
""",
        ),
        (
            "asks the cell twice where something is kept",
            """
def listen(step, samples, state, every):
    h, count = state
    kept = []
    for sample in samples:
        count += 1
        if count % every == 0:
            kept.append(step(sample, h)[0])
        h = step(sample, h)[1]
    return kept, (h, count)
""",
        ),
        (
            "asks the cell only where something is kept",
            """
def listen(step, samples, state, every):
    h, count = state
    kept = []
    for sample in samples:
        count += 1
        if count % every == 0:
            said, h = step(sample, h)
            kept.append(said)
    return kept, (h, count)
""",
        ),
    ],
    "windows": [
        (
            "more than the share, not at least",
            """
def windows(x, y, width, hop, pure):
    starts, labels = [], []
    for start in range(0, len(x) - width + 1, hop):
        counts = np.bincount(y[start : start + width])
        if counts.max() > pure * width or counts.max() == width:
            starts.append(start)
            labels.append(int(counts.argmax()))
    return x[np.array(starts, int)[:, None] + np.arange(width)], np.array(labels, int)
""",
        ),
        (
            "the last window is forgotten",
            """
def windows(x, y, width, hop, pure):
    starts, labels = [], []
    for start in range(0, len(x) - width, hop):
        counts = np.bincount(y[start : start + width])
        if counts.max() >= pure * width:
            starts.append(start)
            labels.append(int(counts.argmax()))
    return x[np.array(starts, int)[:, None] + np.arange(width)], np.array(labels, int)
""",
        ),
        (
            "a tie goes to the larger number",
            """
def windows(x, y, width, hop, pure):
    starts, labels = [], []
    for start in range(0, len(x) - width + 1, hop):
        counts = np.bincount(y[start : start + width])
        if counts.max() >= pure * width:
            starts.append(start)
            labels.append(int(np.flatnonzero(counts == counts.max())[-1]))
    return x[np.array(starts, int)[:, None] + np.arange(width)], np.array(labels, int)
""",
        ),
        (
            "no shape where nothing is kept",
            """
def windows(x, y, width, hop, pure):
    cut, labels = [], []
    for start in range(0, len(x) - width + 1, hop):
        counts = np.bincount(y[start : start + width])
        if counts.max() >= pure * width:
            cut.append(x[start : start + width])
            labels.append(int(counts.argmax()))
    return np.array(cut), np.array(labels, int)
""",
        ),
        (
            "the label is that of the last sample",
            """
def windows(x, y, width, hop, pure):
    starts, labels = [], []
    for start in range(0, len(x) - width + 1, hop):
        label = y[start + width - 1]
        if np.mean(y[start : start + width] == label) >= pure:
            starts.append(start)
            labels.append(int(label))
    return x[np.array(starts, int)[:, None] + np.arange(width)], np.array(labels, int)
""",
        ),
        (
            "the label is the median",
            """
def windows(x, y, width, hop, pure):
    starts, labels = [], []
    for start in range(0, len(x) - width + 1, hop):
        part = y[start : start + width]
        label = int(np.median(part))
        if np.mean(part == label) >= pure:
            starts.append(start)
            labels.append(label)
    cut = [x[i : i + width] for i in starts]
    return np.reshape(cut, (-1, width, x.shape[1])), np.array(labels, int)
""",
        ),
    ],
    "turned-alike": [
        (
            "the change of the length, not the length of the change",
            """
def turned_alike(cut, rate_hz):
    length = np.linalg.norm(cut, axis=2)
    change = np.abs(np.diff(length, axis=1)) * rate_hz
    return np.column_stack([length.mean(1), length.std(1), change.mean(1)])
""",
        ),
        (
            "changes from one window to the next",
            """
def turned_alike(cut, rate_hz):
    length = np.linalg.norm(cut, axis=2)
    line = cut.reshape(-1, 3)
    jolt = np.linalg.norm(np.diff(line, axis=0, prepend=line[:1]), axis=1) * rate_hz
    jolt = jolt.reshape(length.shape)
    mean = jolt.sum(axis=1) / (cut.shape[1] - 1)
    return np.column_stack([length.mean(1), length.std(1), mean])
""",
        ),
        (
            "the largest axis instead of the length",
            """
def turned_alike(cut, rate_hz):
    length = np.abs(cut).max(axis=2)
    change = np.linalg.norm(np.diff(cut, axis=1), axis=2) * rate_hz
    return np.column_stack([length.mean(1), length.std(1), change.mean(1)])
""",
        ),
        (
            "the spread divides by one less",
            """
def turned_alike(cut, rate_hz):
    length = np.linalg.norm(cut, axis=2)
    change = np.linalg.norm(np.diff(cut, axis=1), axis=2) * rate_hz
    return np.column_stack([length.mean(1), length.std(1, ddof=1), change.mean(1)])
""",
        ),
    ],
    "by-person": [
        (
            "everybody's windows in one mean",
            """
def by_person(y, said, person):
    right = y == said
    names = np.unique(person).tolist()
    shares = {name: float(right[person == name].mean()) for name in names}
    return shares, float(right.mean()), min(names, key=shares.get)
""",
        ),
        (
            "who has the most wrong windows",
            """
def by_person(y, said, person):
    right = y == said
    names = np.unique(person).tolist()
    shares = {name: float(right[person == name].mean()) for name in names}
    wrong = {name: np.sum(~right[person == name]) for name in names}
    worst = max(names, key=wrong.get)
    return shares, float(np.mean(list(shares.values()))), worst
""",
        ),
        (
            "people are numbers from 0 on",
            """
def by_person(y, said, person):
    right = np.array(y == said, float)
    counts = np.bincount(person)
    means = np.bincount(person, right) / np.maximum(counts, 1)
    shares = {int(p): float(means[p]) for p in np.flatnonzero(counts)}
    worst = min(shares, key=shares.get)
    return shares, float(np.mean(list(shares.values()))), worst
""",
        ),
        (
            "shares rounded to per cent",
            """
def by_person(y, said, person):
    names = np.unique(person).tolist()
    shares = {p: round(float(np.mean((y == said)[person == p])), 2) for p in names}
    return shares, float(np.mean(list(shares.values()))), min(names, key=shares.get)
""",
        ),
        (
            "the last among those served worst",
            """
def by_person(y, said, person):
    right = y == said
    names = np.unique(person).tolist()
    shares = {name: float(right[person == name].mean()) for name in names}
    worst = min(names[::-1], key=shares.get)
    return shares, float(np.mean(list(shares.values()))), worst
""",
        ),
        (
            "the first who comes, not the first when sorted",
            """
def by_person(y, said, person):
    right = y == said
    names = list(dict.fromkeys(person.tolist()))
    shares = {name: float(right[person == name].mean()) for name in names}
    return shares, float(np.mean(list(shares.values()))), min(names, key=shares.get)
""",
        ),
    ],
}
