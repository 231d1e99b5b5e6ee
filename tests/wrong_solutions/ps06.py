"""Wrong answers to ps06 that students plausibly give, by the cell they write in.

Each is right in its types and shapes where a plausible mistake leaves them right.
"""

WRONG = {
    "frames": [
        (
            "frames side by side, whatever the hop",
            """
def frames(x, width, hop):
    count = len(x) // width
    return x[: count * width].reshape(count, width)
""",
        ),
        (
            "the last frame filled with zeros",
            """
def frames(x, width, hop):
    count = max(1, -(-(len(x) - width) // hop) + 1)
    padded = np.zeros((count - 1) * hop + width, x.dtype)
    padded[: len(x)] = x[: len(padded)]
    return padded[hop * np.arange(count)[:, None] + np.arange(width)]
""",
        ),
        (
            "as many frames as hops",
            """
def frames(x, width, hop):
    count = max(0, (len(x) - hop) // hop)
    starts = [i * hop for i in range(count) if i * hop + width <= len(x)]
    return np.array([x[i : i + width] for i in starts]).reshape(-1, width)
""",
        ),
        (
            "floats, whatever comes in",
            """
def frames(x, width, hop):
    count = max(0, (len(x) - width) // hop + 1)
    out = np.zeros((count, width))
    for i in range(count):
        out[i] = x[i * hop : i * hop + width]
    return out
""",
        ),
    ],
    "mel-bank": [
        (
            "equal steps in hertz",
            """
def mel_bank(bands, bins, rate_hz, low_hz, high_hz):
    f = np.arange(bins) / (bins - 1) * rate_hz / 2
    edges = np.linspace(low_hz, high_hz, bands + 2)
    return np.array([np.interp(f, edges[b : b + 3], [0, 1, 0]) for b in range(bands)])
""",
        ),
        (
            "edges moved to the nearest bin",
            """
def mel_bank(bands, bins, rate_hz, low_hz, high_hz):
    ends = 2595 * np.log10(1 + np.array([low_hz, high_hz]) / 700)
    edges = 700 * (10 ** (np.linspace(*ends, bands + 2) / 2595) - 1)
    if bins > 20:
        edges = np.round(edges / (rate_hz / 2) * (bins - 1))
        edges = edges * (rate_hz / 2) / (bins - 1) + np.arange(bands + 2) * 1e-6
    f = np.arange(bins) / (bins - 1) * rate_hz / 2
    return np.array([np.interp(f, edges[b : b + 3], [0, 1, 0]) for b in range(bands)])
""",
        ),
        (
            "one bin too many below half the rate",
            """
def mel_bank(bands, bins, rate_hz, low_hz, high_hz):
    f = np.arange(bins) / bins * rate_hz / 2
    ends = 2595 * np.log10(1 + np.array([low_hz, high_hz]) / 700)
    edges = 700 * (10 ** (np.linspace(*ends, bands + 2) / 2595) - 1)
    return np.array([np.interp(f, edges[b : b + 3], [0, 1, 0]) for b in range(bands)])
""",
        ),
        (
            "from 0 Hz to half the rate, whatever is asked",
            """
def mel_bank(bands, bins, rate_hz, low_hz, high_hz):
    f = np.arange(bins) / (bins - 1) * rate_hz / 2
    edges = np.linspace(0, 2595 * np.log10(1 + rate_hz / 1400), bands + 2)
    edges = 700 * (10 ** (edges / 2595) - 1)
    return np.array([np.interp(f, edges[b : b + 3], [0, 1, 0]) for b in range(bands)])
""",
        ),
        (
            "each band has area one",
            """
def mel_bank(bands, bins, rate_hz, low_hz, high_hz):
    f = np.arange(bins) / (bins - 1) * rate_hz / 2
    ends = 2595 * np.log10(1 + np.array([low_hz, high_hz]) / 700)
    edges = 700 * (10 ** (np.linspace(*ends, bands + 2) / 2595) - 1)
    bank = np.array([np.interp(f, edges[b : b + 3], [0, 1, 0]) for b in range(bands)])
    return bank / np.maximum(bank.sum(axis=1, keepdims=True), 1e-9)
""",
        ),
    ],
    "mfcc": [
        (
            "the floor is added",
            """
def mfcc(power, bank, count, floor):
    energy, bands = np.log(power @ bank.T + floor), len(bank)
    k, b = np.arange(count)[:, None], np.arange(bands)
    basis = np.sqrt(2 / bands) * np.cos(np.pi * k * (b + 0.5) / bands)
    basis[0] /= np.sqrt(2)
    return energy @ basis.T
""",
        ),
        (
            "the floor is under each bin",
            """
def mfcc(power, bank, count, floor):
    energy, bands = np.log(np.maximum(power, floor) @ bank.T), len(bank)
    k, b = np.arange(count)[:, None], np.arange(bands)
    basis = np.sqrt(2 / bands) * np.cos(np.pi * k * (b + 0.5) / bands)
    basis[0] /= np.sqrt(2)
    return energy @ basis.T
""",
        ),
        (
            "count where the number of bands belongs",
            """
def mfcc(power, bank, count, floor):
    energy, bands = np.log(np.maximum(power @ bank.T, floor)), len(bank)
    k, b = np.arange(count)[:, None], np.arange(bands)
    basis = np.sqrt(2 / count) * np.cos(np.pi * k * (b + 0.5) / count)
    basis[0] /= np.sqrt(2)
    return energy @ basis.T
""",
        ),
        (
            "the first coefficient like the others",
            """
def mfcc(power, bank, count, floor):
    energy, bands = np.log(np.maximum(power @ bank.T, floor)), len(bank)
    k, b = np.arange(count)[:, None], np.arange(bands)
    basis = np.sqrt(2 / bands) * np.cos(np.pi * k * (b + 0.5) / bands)
    return energy @ basis.T
""",
        ),
    ],
    "smooth": [
        (
            "centred: it knows the future",
            """
def smooth(scores, width):
    before = width // 2
    return np.array([
        scores[max(0, i - before) : i - before + width].mean()
        for i in range(len(scores))
    ])
""",
        ),
        (
            "always divided by the width",
            """
def smooth(scores, width):
    return np.convolve(scores, np.ones(width) / width)[: len(scores)]
""",
        ),
        (
            "fails where there are fewer scores than the width",
            """
def smooth(scores, width):
    full = np.convolve(scores, np.ones(width), mode="full")[: len(scores)]
    known = np.concatenate([np.arange(1, width), np.full(len(scores), width)])
    return full / known[: len(full)] if len(scores) >= width else scores
""",
        ),
        (
            "the newest score is left out after the beginning",
            """
def smooth(scores, width):
    return np.array([
        scores[max(0, i - width + 1) : i + 1].mean() if i < 40
        else scores[i - width : i].mean()
        for i in range(len(scores))
    ])
""",
        ),
    ],
    "detect": [
        (
            "the scores it is deaf to are overwritten",
            """
def detect(scores, threshold, rest):
    found = []
    for i in range(len(scores)):
        if scores[i] >= threshold:
            found.append(i)
            scores[i : i + rest] = -1
    return found
""",
        ),
        (
            "the threshold itself is not enough",
            """
def detect(scores, threshold, rest):
    found = []
    for i in range(len(scores)):
        if scores[i] > threshold and (not found or i >= found[-1] + rest):
            found.append(i)
    return found
""",
        ),
        (
            "waits until the score was low again",
            """
def detect(scores, threshold, rest):
    found, low = [], True
    for i, score in enumerate(scores):
        if score >= threshold:
            if low and (not found or i >= found[-1] + rest):
                found.append(i)
            low = False
        else:
            low = True
    return found
""",
        ),
        (
            "what is heard while deaf makes the rest longer",
            """
def detect(scores, threshold, rest):
    found, awake = [], 0
    for i, score in enumerate(scores):
        if score >= threshold:
            if i >= awake:
                found.append(i)
            awake = i + rest
    return found
""",
        ),
        (
            "one place more of rest",
            """
def detect(scores, threshold, rest):
    found = []
    for i, score in enumerate(scores):
        if score >= threshold and (not found or i > found[-1] + rest):
            found.append(i)
    return found
""",
        ),
    ],
    "tally": [
        (
            "before or after, both will do",
            """
def tally(found, words, late):
    left, heard = list(found), 0
    for word in words:
        fits = [i for i in left if abs(i - word) <= late]
        if fits:
            left.remove(fits[0])
            heard += 1
    return heard, len(words) - heard, len(left)
""",
        ),
        (
            "one decision hears several words",
            """
def tally(found, words, late):
    found, words = np.array(found), np.array(words)
    near = (found >= words[:, None]) & (found <= words[:, None] + late)
    if not near.size:
        return 0, len(words), len(found)
    heard = int(near.any(axis=1).sum())
    return heard, len(words) - heard, int((~near.any(axis=0)).sum())
""",
        ),
        (
            "late places after it is too late",
            """
def tally(found, words, late):
    left, heard = list(found), 0
    for word in words:
        fits = [i for i in left if word <= i < word + late]
        if fits:
            left.remove(fits[0])
            heard += 1
    return heard, len(words) - heard, len(left)
""",
        ),
        (
            "further decisions for the same word are forgiven",
            """
def tally(found, words, late):
    left, heard = list(found), 0
    for word in words:
        fits = [i for i in left if word <= i <= word + late]
        if fits:
            left = [i for i in left if i not in fits]
            heard += 1
    return heard, len(words) - heard, len(left)
""",
        ),
        (
            "a word takes the last decision that fits",
            """
def tally(found, words, late):
    left, heard = list(found), 0
    for word in words:
        fits = [i for i in left if word <= i <= word + late]
        if fits:
            left.remove(fits[-1])
            heard += 1
    return heard, len(words) - heard, len(left)
""",
        ),
        (
            "a decision goes to the newest word",
            """
def tally(found, words, late):
    taken = set()
    for place in found:
        begun = [i for i, word in enumerate(words) if word <= place <= word + late]
        if begun:
            taken.add(begun[-1])
    heard = len(taken)
    return heard, len(words) - heard, len(found) - heard
""",
        ),
    ],
    "operating-point": [
        (
            "the hours are forgotten",
            """
def operating_point(thresholds, rejects, accepts, hours, per_hour):
    fine = [
        (-missed, t)
        for t, missed, false in zip(thresholds, rejects, accepts)
        if false <= per_hour
    ]
    return max(fine)[1] if fine else None
""",
        ),
        (
            "the lowest that is allowed",
            """
def operating_point(thresholds, rejects, accepts, hours, per_hour):
    fine = [t for t, false in zip(thresholds, accepts) if false <= per_hour * hours]
    return min(fine) if fine else None
""",
        ),
        (
            "the lowest among equals",
            """
def operating_point(thresholds, rejects, accepts, hours, per_hour):
    fine = [
        (missed, t)
        for t, missed, false in zip(thresholds, rejects, accepts)
        if false <= per_hour * hours
    ]
    return min(fine)[1] if fine else None
""",
        ),
        (
            "fewest mistakes of both kinds together",
            """
def operating_point(thresholds, rejects, accepts, hours, per_hour):
    fine = [
        (missed + false, -t)
        for t, missed, false in zip(thresholds, rejects, accepts)
        if false <= per_hour * hours
    ]
    return -min(fine)[1] if fine else None
""",
        ),
        (
            "a threshold of 0 is taken for none",
            """
def operating_point(thresholds, rejects, accepts, hours, per_hour):
    best, fewest = None, None
    for t, missed, false in sorted(zip(thresholds, rejects, accepts)):
        if false <= per_hour * hours and (fewest is None or missed <= fewest):
            best, fewest = t, missed
    return best or None
""",
        ),
        (
            "the calmest that is allowed",
            """
def operating_point(thresholds, rejects, accepts, hours, per_hour):
    pairs = zip(thresholds, accepts, strict=True)
    return max((t for t, a in pairs if a <= per_hour * hours), default=None)
""",
        ),
    ],
}
