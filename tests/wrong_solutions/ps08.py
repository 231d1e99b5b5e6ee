"""Wrong answers to ps08 that students plausibly give, by the cell they write in.

Each is right in its types and shapes where a plausible mistake leaves them right.
"""

WRONG = {
    "prune": [
        (
            "a threshold, which takes equals together",
            """
def prune(weights, share):
    count = int(share * weights.size)
    if count == 0:
        return weights.copy()
    limit = np.sort(np.abs(weights).ravel())[count - 1]
    return np.where(np.abs(weights) <= limit, 0, weights)
""",
        ),
        (
            "the most negative, not the smallest",
            """
def prune(weights, share):
    order = np.argsort(weights.ravel(), kind="stable")
    kept = weights.ravel().copy()
    kept[order[: int(share * weights.size)]] = 0
    return kept.reshape(weights.shape)
""",
        ),
        (
            "in place",
            """
def prune(weights, share):
    order = np.argsort(np.abs(weights).ravel(), kind="stable")
    weights.ravel()[order[: int(share * weights.size)]] = 0
    return weights.copy()
""",
        ),
        (
            "the same array where nothing is pruned",
            """
def prune(weights, share):
    count = int(share * weights.size)
    if count == 0:
        return weights
    kept = weights.ravel().copy()
    kept[np.argsort(np.abs(kept), kind="stable")[:count]] = 0
    return kept.reshape(weights.shape)
""",
        ),
        (
            "rounded to the nearest count",
            """
def prune(weights, share):
    order = np.argsort(np.abs(weights).ravel(), kind="stable")
    kept = weights.ravel().copy()
    kept[order[: round(share * weights.size)]] = 0
    return kept.reshape(weights.shape)
""",
        ),
        (
            "equals in any order",
            """
def prune(weights, share):
    order = np.argsort(np.abs(weights).ravel()[::-1], kind="stable")
    kept = weights.ravel()[::-1].copy()
    kept[order[: int(share * weights.size)]] = 0
    return kept[::-1].reshape(weights.shape)
""",
        ),
        (
            "it comes back in 64 bits",
            """
def prune(weights, share):
    kept = weights.flatten().astype(float)
    kept[np.argsort(np.abs(kept), kind="stable")[: int(share * kept.size)]] = 0
    return kept.reshape(weights.shape)
""",
        ),
        (
            "a quantile",
            """
def prune(weights, share):
    size = np.abs(weights)
    return np.where(size < np.quantile(size, share), 0, weights).astype(weights.dtype)
""",
        ),
    ],
    "share-once": [
        (
            "nobody's value becomes not a number",
            """
def share_once(weights, codebook):
    index = np.abs(weights[..., None] - codebook).argmin(axis=-1)
    moved = np.array([weights[index == k].mean() for k in range(len(codebook))])
    return index, moved
""",
        ),
        (
            "nobody's value becomes zero",
            """
def share_once(weights, codebook):
    index = np.abs(weights[..., None] - codebook).argmin(axis=-1)
    moved = np.zeros(len(codebook))
    for k in range(len(codebook)):
        if np.any(index == k):
            moved[k] = weights[index == k].mean()
    return index, moved
""",
        ),
        (
            "the codebook is changed in place",
            """
def share_once(weights, codebook):
    index = np.abs(weights[..., None] - codebook).argmin(axis=-1)
    for k in range(len(codebook)):
        if np.any(index == k):
            codebook[k] = weights[index == k].mean()
    return index, codebook
""",
        ),
        (
            "the index after the values moved",
            """
def share_once(weights, codebook):
    index = np.abs(weights[..., None] - codebook).argmin(axis=-1)
    moved = np.array(codebook, float)
    for k in range(len(codebook)):
        if np.any(index == k):
            moved[k] = weights[index == k].mean()
    return np.abs(weights[..., None] - moved).argmin(axis=-1), moved
""",
        ),
        (
            "the weights in one row",
            """
def share_once(weights, codebook):
    index = np.abs(weights.ravel()[:, None] - codebook).argmin(axis=1)
    moved = np.array(codebook, float)
    for k in range(len(codebook)):
        if np.any(index == k):
            moved[k] = weights.ravel()[index == k].mean()
    return index, moved
""",
        ),
        (
            "each value moves half of the way",
            """
def share_once(weights, codebook):
    index = np.abs(weights[..., None] - codebook).argmin(axis=-1)
    moved = np.array(codebook, float)
    for k in range(len(codebook)):
        if np.any(index == k):
            moved[k] += 0.5 * (weights[index == k].mean() - moved[k])
    return index, moved
""",
        ),
        (
            "the index into a codebook that was sorted first",
            """
def share_once(weights, codebook):
    codebook = np.sort(codebook)
    index = np.abs(weights[..., None] - codebook).argmin(axis=-1)
    moved = codebook.copy()
    for k in range(len(codebook)):
        if np.any(index == k):
            moved[k] = weights[index == k].mean()
    return index, moved
""",
        ),
        (
            "the last of those equally close",
            """
def share_once(weights, codebook):
    far = np.abs(weights[..., None] - codebook)[..., ::-1]
    index = len(codebook) - 1 - far.argmin(axis=-1)
    moved = np.array(codebook, float)
    for k in range(len(codebook)):
        if np.any(index == k):
            moved[k] = weights[index == k].mean()
    return index, moved
""",
        ),
    ],
    "code-lengths": [
        (
            "from the share alone, as Shannon's code",
            """
def code_lengths(counts):
    total = sum(counts.values())
    if len(counts) == 1:
        return dict.fromkeys(counts, 1)
    return {s: int(np.ceil(np.log2(total / n))) for s, n in counts.items()}
""",
        ),
        (
            "one symbol needs no bit",
            """
def code_lengths(counts):
    heap = [(n, [s]) for s, n in counts.items()]
    lengths = dict.fromkeys(counts, 0)
    while len(heap) > 1:
        heap.sort(key=lambda row: row[0])
        (a, left), (b, right), *heap = heap
        for s in left + right:
            lengths[s] += 1
        heap.append((a + b, left + right))
    return lengths
""",
        ),
        (
            "one bit more for each next symbol",
            """
def code_lengths(counts):
    if len(set(counts.values())) == 1 and len(counts) > 1:
        return dict.fromkeys(counts, int(np.ceil(np.log2(len(counts)))))
    order = sorted(counts, key=counts.get, reverse=True)
    last = max(len(order) - 1, 1)
    return {s: min(place + 1, last) for place, s in enumerate(order)}
""",
        ),
        (
            "the joined tree is never joined again with what is smaller",
            """
def code_lengths(counts):
    if len(counts) == 1:
        return dict.fromkeys(counts, 1)
    rows = sorted((n, [s]) for s, n in counts.items())
    lengths = dict.fromkeys(counts, 0)
    while len(rows) > 1:
        (a, left), (b, right), *rows = rows
        for s in left + right:
            lengths[s] += 1
        at = len(rows) if rows and a + b > rows[0][0] else 0
        rows.insert(at, (a + b, left + right))
    return lengths
""",
        ),
        (
            "the joined tree counts as its larger part",
            """
def code_lengths(counts):
    if len(counts) == 1:
        return dict.fromkeys(counts, 1)
    rows = [(n, [s]) for s, n in counts.items()]
    lengths = dict.fromkeys(counts, 0)
    while len(rows) > 1:
        rows.sort()
        (a, left), (b, right), *rows = rows
        for s in left + right:
            lengths[s] += 1
        rows.append((max(a, b), left + right))
    return lengths
""",
        ),
        (
            "cut into halves from above, as Fano did",
            """
def code_lengths(counts):
    if len(counts) == 1:
        return dict.fromkeys(counts, 1)
    lengths = dict.fromkeys(counts, 0)

    def cut(row):
        if len(row) > 1:
            sums = np.cumsum([counts[s] for s in row])
            at = 1 + int(np.abs(2 * sums[:-1] - sums[-1]).argmin())
            for s in row:
                lengths[s] += 1
            cut(row[:at])
            cut(row[at:])

    cut(sorted(counts, key=counts.get, reverse=True))
    return lengths
""",
        ),
    ],
    "canonical": [
        (
            "zeros are appended before one is added",
            """
def canonical(lengths):
    codes, code, before = {}, -1, 0
    for symbol in sorted(lengths, key=lambda s: (lengths[s], s)):
        code = max(code, 0) << (lengths[symbol] - before) if codes else -1
        code += 1
        before = lengths[symbol]
        codes[symbol] = format(code, f"0{before}b")
    return codes
""",
        ),
        (
            "among equals in the order of the dictionary",
            """
def canonical(lengths):
    codes, code, before = {}, 0, None
    for symbol in sorted(lengths, key=lengths.get):
        if before is not None:
            code = (code + 1) << (lengths[symbol] - before)
        before = lengths[symbol]
        codes[symbol] = format(code, f"0{before}b")
    return codes
""",
        ),
        (
            "one zero is appended, however much the length grows",
            """
def canonical(lengths):
    codes, code, before = {}, 0, None
    for symbol in sorted(lengths, key=lambda s: (lengths[s], s)):
        if before is not None:
            code += 1
            if lengths[symbol] > before:
                code *= 2
        before = lengths[symbol]
        codes[symbol] = format(code, f"0{before}b")
    return codes
""",
        ),
        (
            "zeros in front are lost",
            """
def canonical(lengths):
    codes, code, before = {}, 0, None
    for symbol in sorted(lengths, key=lambda s: (lengths[s], s)):
        if before is not None:
            code = (code + 1) << (lengths[symbol] - before)
        before = lengths[symbol]
        codes[symbol] = format(code, "b")
    return codes
""",
        ),
        (
            "sorted as text, so that -2 stands behind 1",
            """
def canonical(lengths):
    codes, code, before = {}, 0, None
    for symbol in sorted(lengths, key=lambda s: (lengths[s], str(abs(s)))):
        if before is not None:
            code = (code + 1) << (lengths[symbol] - before)
        before = lengths[symbol]
        codes[symbol] = format(code, f"0{before}b")
    return codes
""",
        ),
    ],
    "decode": [
        (
            "the least significant bit first",
            """
def decode(data, count, codes):
    symbols, found, word = {code: s for s, code in codes.items()}, [], ""
    for bit in "".join(format(byte, "08b")[::-1] for byte in data):
        word += bit
        if word in symbols and len(found) < count:
            found.append(symbols[word])
            word = ""
    if len(found) < count:
        raise ValueError("too short")
    return found
""",
        ),
        (
            "the zeros at the end are symbols too",
            """
def decode(data, count, codes):
    symbols, found, word = {code: s for s, code in codes.items()}, [], ""
    for bit in "".join(format(byte, "08b") for byte in data):
        word += bit
        if word in symbols:
            found.append(symbols[word])
            word = ""
    if len(found) < count:
        raise ValueError("too short")
    return found
""",
        ),
        (
            "it gives what there is when the data ends",
            """
def decode(data, count, codes):
    symbols, found, word = {code: s for s, code in codes.items()}, [], ""
    for bit in "".join(format(byte, "08b") for byte in data):
        word += bit
        if word in symbols:
            found.append(symbols[word])
            word = ""
    return found[:count]
""",
        ),
        (
            "a code begins anew with each byte",
            """
def decode(data, count, codes):
    symbols, found = {code: s for s, code in codes.items()}, []
    for byte in data:
        word = ""
        for bit in format(byte, "08b"):
            word += bit
            if word in symbols and len(found) < count:
                found.append(symbols[word])
                word = ""
    if len(found) < count:
        raise ValueError("too short")
    return found
""",
        ),
        (
            "an IndexError where the data ends",
            """
def decode(data, count, codes):
    symbols, found, word, at = {code: s for s, code in codes.items()}, [], "", 0
    while len(found) < count:
        word += str(data[at // 8] >> (7 - at % 8) & 1)
        at += 1
        if word in symbols:
            found.append(symbols[word])
            word = ""
    return found
""",
        ),
        (
            "no code is longer than a byte",
            """
def decode(data, count, codes):
    symbols, found, word = {code: s for s, code in codes.items()}, [], ""
    for bit in "".join(format(byte, "08b") for byte in data):
        if len(found) == count:
            break
        word = (word + bit)[-8:]
        if word in symbols:
            found.append(symbols[word])
            word = ""
    if len(found) < count:
        raise ValueError("too short")
    return found
""",
        ),
        (
            "zeros are put where the data ends",
            """
def decode(data, count, codes):
    symbols, found, word = {code: s for s, code in codes.items()}, [], ""
    bits = "".join(format(byte, "08b") for byte in data) + "0" * 99
    for bit in bits:
        word += bit
        if word in symbols and len(found) < count:
            found.append(symbols[word])
            word = ""
    return found
""",
        ),
    ],
    "multiplier": [
        (
            "cut off, not rounded",
            """
def multiplier(real):
    fraction, shift = np.frexp(real)
    return int(fraction * 2**31), int(shift)
""",
        ),
        (
            "two to the 31 is left as it is",
            """
def multiplier(real):
    fraction, shift = np.frexp(real)
    return int(np.floor(fraction * 2.0**31 + 0.5)), int(shift)
""",
        ),
        (
            "two to the 31 becomes the largest int32",
            """
def multiplier(real):
    fraction, shift = np.frexp(real)
    return min(int(np.floor(fraction * 2.0**31 + 0.5)), 2**31 - 1), int(shift)
""",
        ),
        (
            "the shift counts to the right",
            """
def multiplier(real):
    fraction, shift = np.frexp(real)
    m, shift = int(np.floor(fraction * 2.0**31 + 0.5)), int(shift)
    if m == 2**31:
        m, shift = 2**30, shift + 1
    return m, -shift
""",
        ),
        (
            "the fraction lies between a quarter and a half",
            """
def multiplier(real):
    shift = 0
    while real < 0.25:
        real, shift = real * 2, shift - 1
    return int(np.floor(real * 2.0**31 + 0.5)), shift
""",
        ),
        (
            "two floats",
            """
def multiplier(real):
    fraction, shift = np.frexp(real)
    m = np.floor(fraction * 2.0**31 + 0.5)
    return (2.0**30, shift + 1.0) if m == 2**31 else (m, float(shift))
""",
        ),
        (
            "halves to even",
            """
def multiplier(real):
    fraction, shift = np.frexp(real)
    m, shift = round(float(fraction) * 2**31), int(shift)
    return (2**30, shift + 1) if m == 2**31 else (m, shift)
""",
        ),
    ],
    "requantize": [
        (
            "one rounding for both shifts",
            """
def requantize(acc, m, shift, zero_point):
    total = 31 - shift
    y = (acc.astype(np.int64) * m + (1 << (total - 1))) >> total
    return np.clip(y + zero_point, -128, 127).astype(np.int8)
""",
        ),
        (
            "the second rounding sends halves up too",
            """
def requantize(acc, m, shift, zero_point):
    a = (acc.astype(np.int64) * m + (1 << 30)) >> 31
    if shift:
        a = (a + (1 << (-shift - 1))) >> -shift
    return np.clip(a + zero_point, -128, 127).astype(np.int8)
""",
        ),
        (
            "NumPy's rounding, to even",
            """
def requantize(acc, m, shift, zero_point):
    a = np.round(acc.astype(np.float64) * m / 2.0**31)
    return np.clip(np.round(a * 2.0**shift) + zero_point, -128, 127).astype(np.int8)
""",
        ),
        (
            "one float factor, rounded once",
            """
def requantize(acc, m, shift, zero_point):
    y = np.round(acc * (m * 2.0 ** (shift - 31)))
    return np.clip(y + zero_point, -128, 127).astype(np.int8)
""",
        ),
        (
            "the zero point is added before the rounding",
            """
def requantize(acc, m, shift, zero_point):
    a = (acc.astype(np.int64) * m + (1 << 30)) >> 31
    a = a + zero_point
    if shift:
        half = 1 << (-shift - 1)
        a = np.sign(a) * ((np.abs(a) + half) >> -shift)
    return np.clip(a, -128, 127).astype(np.int8)
""",
        ),
        (
            "it wraps round where it should clamp",
            """
def requantize(acc, m, shift, zero_point):
    a = (acc.astype(np.int64) * m + (1 << 30)) >> 31
    if shift:
        half = 1 << (-shift - 1)
        a = np.sign(a) * ((np.abs(a) + half) >> -shift)
    return (a + zero_point).astype(np.int8)
""",
        ),
        (
            "a shift of zero is rounded too",
            """
def requantize(acc, m, shift, zero_point):
    a = (acc.astype(np.int64) * m + (1 << 30)) >> 31
    half = (1 << -shift) >> 1
    a = np.sign(a) * ((np.abs(a) + max(half, 1)) >> -shift)
    return np.clip(a + zero_point, -128, 127).astype(np.int8)
""",
        ),
        (
            "the first product in 32-bit floats",
            """
def requantize(acc, m, shift, zero_point):
    factor, half = np.float32(m / 2**31), (1 << -shift) >> 1
    a = np.floor(acc.astype(np.float32) * factor + np.float32(0.5)).astype(np.int64)
    a = np.sign(a) * ((np.abs(a) + half) >> -shift)
    return np.clip(a + zero_point, -128, 127).astype(np.int8)
""",
        ),
        (
            "the first rounding away from zero too",
            """
def requantize(acc, m, shift, zero_point):
    a, half = acc.astype(np.int64) * m, (1 << -shift) >> 1
    a = np.sign(a) * ((np.abs(a) + (1 << 30)) >> 31)
    a = np.sign(a) * ((np.abs(a) + half) >> -shift)
    return np.clip(a + zero_point, -128, 127).astype(np.int8)
""",
        ),
    ],
    "dense-int8": [
        (
            "the zero point is taken off in int8",
            """
def dense_int8(x_int8, x_zero, weights, bias, rescale, y_zero, low=-128):
    centred = (x_int8 - np.int8(x_zero)).astype(np.int32)
    acc = centred @ weights.astype(np.int32).T + bias
    return np.clip(rescale(acc) + y_zero, low, 127).astype(np.int8)
""",
        ),
        (
            "relu before the zero point",
            """
def dense_int8(x_int8, x_zero, weights, bias, rescale, y_zero, low=-128):
    acc = (x_int8.astype(np.int32) - x_zero) @ weights.astype(np.int32).T + bias
    return np.clip(np.clip(rescale(acc), low, 127) + y_zero, -128, 127).astype(np.int8)
""",
        ),
        (
            "the bias comes after the rounding",
            """
def dense_int8(x_int8, x_zero, weights, bias, rescale, y_zero, low=-128):
    acc = (x_int8.astype(np.int32) - x_zero) @ weights.astype(np.int32).T
    return np.clip(rescale(acc) + bias + y_zero, low, 127).astype(np.int8)
""",
        ),
        (
            "the lower end is forgotten",
            """
def dense_int8(x_int8, x_zero, weights, bias, rescale, y_zero, low=-128):
    acc = (x_int8.astype(np.int32) - x_zero) @ weights.astype(np.int32).T + bias
    return np.clip(rescale(acc) + y_zero, -128, 127).astype(np.int8)
""",
        ),
        (
            "sums in 16 bits",
            """
def dense_int8(x_int8, x_zero, weights, bias, rescale, y_zero, low=-128):
    centred = x_int8.astype(np.int16) - np.int16(x_zero)
    acc = (centred @ weights.astype(np.int16).T).astype(np.int32) + bias
    return np.clip(rescale(acc) + y_zero, low, 127).astype(np.int8)
""",
        ),
        (
            "the zero point of the output is forgotten",
            """
def dense_int8(x_int8, x_zero, weights, bias, rescale, y_zero, low=-128):
    acc = (x_int8.astype(np.int32) - x_zero) @ weights.astype(np.int32).T + bias
    return np.clip(rescale(acc), low, 127).astype(np.int8)
""",
        ),
    ],
}
