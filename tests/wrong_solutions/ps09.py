"""Wrong answers to ps09 that students plausibly give, by the cell they write in.

Each is right in its types and shapes where a plausible mistake leaves them right.
"""


def _prepare(body, loop="int i = 0; i < n; i++"):
    return f'''
def mended():
    return """
#include <stdint.h>
void prepare(const int16_t *samples, int8_t *input, int n, int gain, int shift,
             int zero) {{
  for ({loop}) {{
    {body}
  }}
}}
"""
'''


_VALUE = "int32_t value = ((product + (1 << (shift - 1))) >> shift) + zero;"
_PRODUCT = "int32_t product = (int32_t)samples[i] * gain;"
_CLAMP = "if (value > 127) value = 127; if (value < -128) value = -128;"
_STORE = "input[i] = (int8_t)value;"


def _best_order(changed):
    return f"""
def best_order(steps, given, wanted, sizes):
    from itertools import permutations

    found = []
    for order in permutations(range(len(steps))):
        have, runs = set(given), True
        for k in order:
            runs = runs and set(steps[k][0]) <= have
            have |= set(steps[k][1])
        if not runs:
            continue
        top = sum(sizes[name] for name in given)
        for t, k in enumerate(order):
            there = set(given) | {{n for j in order[: t + 1] for n in steps[j][1]}}
            later = {{n for j in order[t:] for n in steps[j][0]}}
            later |= set(wanted) | set(steps[k][1])
            top = max(top, sum(sizes[name] for name in there & later))
        found.append((top, list(order)))
    {changed}
"""


WRONG = {
    "lifetimes": [
        (
            "what is given begins with the first step",
            """
def lifetimes(steps, given, wanted):
    first, last = dict.fromkeys(given, 0), dict.fromkeys(given, 0)
    for number, (reads, writes) in enumerate(steps):
        for name in reads:
            last[name] = number
        for name in writes:
            first[name] = last[name] = number
    for name in wanted:
        last[name] = len(steps)
    return first, last
""",
        ),
        (
            "the first reader ends a life",
            """
def lifetimes(steps, given, wanted):
    first, last = dict.fromkeys(given, -1), {}
    for number, (reads, writes) in enumerate(steps):
        for name in reads:
            last.setdefault(name, number)
        for name in writes:
            first[name] = number
    for name in wanted:
        last[name] = len(steps)
    return first, {name: last.get(name, first[name]) for name in first}
""",
        ),
        (
            "what nobody reads has no end",
            """
def lifetimes(steps, given, wanted):
    first, last = dict.fromkeys(given, -1), {}
    for number, (reads, writes) in enumerate(steps):
        for name in reads:
            last[name] = number
        for name in writes:
            first[name] = number
    for name in wanted:
        last[name] = len(steps)
    return first, last
""",
        ),
        (
            "wanted counts only where nobody reads it",
            """
def lifetimes(steps, given, wanted):
    first, last = dict.fromkeys(given, -1), dict.fromkeys(given, -1)
    for name in wanted:
        last[name] = len(steps)
    for number, (reads, writes) in enumerate(steps):
        for name in writes:
            first[name] = number
            last.setdefault(name, number)
        for name in reads:
            last[name] = number
    return first, last
""",
        ),
        (
            "what nobody reads lives on to the end",
            """
def lifetimes(steps, given, wanted):
    first, last = dict.fromkeys(given, -1), {}
    for number, (reads, writes) in enumerate(steps):
        for name in reads:
            last[name] = number
        for name in writes:
            first[name] = number
    for name in wanted:
        last[name] = len(steps)
    return first, {name: last.get(name, len(steps)) for name in first}
""",
        ),
    ],
    "lower-bound": [
        (
            "the last step of a life is left out",
            """
def lower_bound(sizes, first, last):
    steps = range(-1, max(last.values(), default=0) + 1)
    return max(
        (sum(sizes[n] for n in sizes if first[n] <= t < last[n]) for t in steps),
        default=0,
    )
""",
        ),
        (
            "nothing counts before step 0",
            """
def lower_bound(sizes, first, last):
    steps = range(max(last.values(), default=0) + 1)
    return max(sum(sizes[n] for n in sizes if first[n] <= t <= last[n]) for t in steps)
""",
        ),
        (
            "the largest tensor and its company",
            """
def lower_bound(sizes, first, last):
    if not sizes:
        return 0
    big = max(sizes, key=sizes.get)
    return sum(
        sizes[n] for n in sizes if first[n] <= last[big] and first[big] <= last[n]
    )
""",
        ),
        (
            "no tensor, no maximum",
            """
def lower_bound(sizes, first, last):
    steps = range(-1, max(last.values()) + 1)
    return max(sum(sizes[n] for n in sizes if first[n] <= t <= last[n]) for t in steps)
""",
        ),
    ],
    "plan": [
        (
            "in the order in which they are written",
            """
def plan(sizes, first, last, align):
    offsets = {}
    for name in sorted(sizes, key=lambda n: (first[n], n)):
        near = [
            (offsets[o], offsets[o] + sizes[o])
            for o in offsets
            if first[o] <= last[name] and first[name] <= last[o]
        ]
        place = 0
        for begin, end in sorted(near):
            if place + sizes[name] <= begin:
                break
            place = max(place, -(-end // align) * align)
        offsets[name] = place
    return offsets
""",
        ),
        (
            "never into a gap",
            """
def plan(sizes, first, last, align):
    offsets = {}
    for name in sorted(sizes, key=lambda n: (-sizes[n], first[n], n)):
        ends = [
            offsets[o] + sizes[o]
            for o in offsets
            if first[o] <= last[name] and first[name] <= last[o]
        ]
        offsets[name] = -(-max(ends, default=0) // align) * align
    return offsets
""",
        ),
        (
            "who ends where another begins may share",
            """
def plan(sizes, first, last, align):
    offsets = {}
    for name in sorted(sizes, key=lambda n: (-sizes[n], first[n], n)):
        near = [
            (offsets[o], offsets[o] + sizes[o])
            for o in offsets
            if first[o] < last[name] and first[name] < last[o]
        ]
        place = 0
        for begin, end in sorted(near):
            if place + sizes[name] <= begin:
                break
            place = max(place, -(-end // align) * align)
        offsets[name] = place
    return offsets
""",
        ),
        (
            "nothing is aligned",
            """
def plan(sizes, first, last, align):
    offsets = {}
    for name in sorted(sizes, key=lambda n: (-sizes[n], first[n], n)):
        near = [
            (offsets[o], offsets[o] + sizes[o])
            for o in offsets
            if first[o] <= last[name] and first[name] <= last[o]
        ]
        place = 0
        for begin, end in sorted(near):
            if place + sizes[name] <= begin:
                break
            place = max(place, end)
        offsets[name] = place
    return offsets
""",
        ),
        (
            "aligned after the gap was measured",
            """
def plan(sizes, first, last, align):
    offsets = {}
    for name in sorted(sizes, key=lambda n: (-sizes[n], first[n], n)):
        near = [
            (offsets[o], offsets[o] + sizes[o])
            for o in offsets
            if first[o] <= last[name] and first[name] <= last[o]
        ]
        place = 0
        for begin, end in sorted(near):
            if place + sizes[name] <= begin:
                break
            place = max(place, end)
        offsets[name] = -(-place // align) * align
    return offsets
""",
        ),
        (
            "ties by name alone",
            """
def plan(sizes, first, last, align):
    offsets = {}
    for name in sorted(sizes, key=lambda n: (-sizes[n], n)):
        near = [
            (offsets[o], offsets[o] + sizes[o])
            for o in offsets
            if first[o] <= last[name] and first[name] <= last[o]
        ]
        place = 0
        for begin, end in sorted(near):
            if place + sizes[name] <= begin:
                break
            place = max(place, -(-end // align) * align)
        offsets[name] = place
    return offsets
""",
        ),
        (
            "the end of the last neighbour, not the highest so far",
            """
def plan(sizes, first, last, align):
    offsets = {}
    for name in sorted(sizes, key=lambda n: (-sizes[n], first[n], n)):
        near = [
            (offsets[o], offsets[o] + sizes[o])
            for o in offsets
            if first[o] <= last[name] and first[name] <= last[o]
        ]
        place = 0
        for begin, end in sorted(near):
            if place + sizes[name] <= begin:
                break
            place = -(-end // align) * align
        offsets[name] = place
    return offsets
""",
        ),
        (
            "the tightest gap, not the lowest",
            """
def plan(sizes, first, last, align):
    offsets = {}
    for name in sorted(sizes, key=lambda n: (-sizes[n], first[n], n)):
        near = [
            (offsets[o], offsets[o] + sizes[o])
            for o in offsets
            if first[o] <= last[name] and first[name] <= last[o]
        ]
        gaps, free = [], 0
        for begin, end in sorted(near):
            if free + sizes[name] <= begin:
                gaps.append((begin - free, free))
            free = max(free, -(-end // align) * align)
        offsets[name] = min(gaps)[1] if gaps else free
    return offsets
""",
        ),
        (
            "an align that is a power of two",
            """
def plan(sizes, first, last, align):
    offsets = {}
    for name in sorted(sizes, key=lambda n: (-sizes[n], first[n], n)):
        near = [
            (offsets[o], offsets[o] + sizes[o])
            for o in offsets
            if first[o] <= last[name] and first[name] <= last[o]
        ]
        place = 0
        for begin, end in sorted(near):
            if place + sizes[name] <= begin:
                break
            place = max(place, (end + align - 1) & -align)
        offsets[name] = place
    return offsets
""",
        ),
        (
            "each has a place of its own",
            """
def plan(sizes, first, last, align):
    offsets, place = {}, 0
    for name in sorted(sizes, key=lambda n: (-sizes[n], first[n], n)):
        offsets[name] = place
        place += -(-sizes[name] // align) * align
    return offsets
""",
        ),
    ],
    "best-order": [
        (
            "the steps as they came",
            """
def best_order(steps, given, wanted, sizes):
    last = {name: len(steps) for name in wanted}
    for number, (reads, writes) in enumerate(steps):
        for name in (*reads, *writes):
            last[name] = max(last.get(name, 0), number)
    alive, peak = {*given}, sum(sizes[name] for name in given)
    for number, (reads, writes) in enumerate(steps):
        alive = {n for n in alive if last.get(n, -1) >= number} | set(writes)
        peak = max(peak, sum(sizes[name] for name in alive))
    return peak, list(range(len(steps)))
""",
        ),
        (
            "always the step that is cheapest now",
            """
def best_order(steps, given, wanted, sizes):
    done, have, peak = [], set(given), sum(sizes[name] for name in given)
    while len(done) < len(steps):
        choices = []
        for k, (reads, writes) in enumerate(steps):
            if k not in done and set(reads) <= have:
                left = [s for j, s in enumerate(steps) if j not in done]
                needed = {n for r, _ in left for n in r} | set(wanted) | set(writes)
                now = (have | set(writes)) & needed
                choices.append((sum(sizes[n] for n in now), k))
        full, k = min(choices)
        peak = max(peak, full)
        done.append(k)
        have |= set(steps[k][1])
    return peak, done
""",
        ),
        (
            "among equals the last one",
            _best_order(
                "return max(row for row in found if row[0] == min(found)[0])",
            ),
        ),
        (
            "what is wanted is forgotten when it has been read",
            _best_order("return min(found)").replace("set(wanted) | ", ""),
        ),
        (
            "what nobody reads takes no room",
            _best_order("return min(found)").replace(
                "set(wanted) | set(steps[k][1])", "set(wanted)"
            ),
        ),
        (
            "what is given is not counted before the first step",
            _best_order("return min(found)").replace(
                "top = sum(sizes[name] for name in given)", "top = 0"
            ),
        ),
        (
            "a step writes one tensor only",
            _best_order("return min(found)").replace(
                "there = set(given) | {n for j in order[: t + 1] for n in steps[j][1]}",
                "there = set(given) | {steps[j][1][0] for j in order[: t + 1]}",
            ),
        ),
        (
            "what is given is never wanted",
            _best_order("return min(found)").replace(
                "set(wanted) | set(", "set(wanted) - set(given) | set("
            ),
        ),
        (
            "nothing is ever freed",
            _best_order("return min(found)").replace("there & later", "there"),
        ),
        (
            "the place of each step, not the step at each place",
            _best_order(
                "top, order = min(found)\n"
                "    return top, [order.index(k) for k in range(len(order))]"
            ),
        ),
    ],
    "first-difference": [
        (
            "the difference in int8",
            """
def first_difference(reference, board):
    for number, (a, b) in enumerate(zip(reference, board)):
        gaps = np.abs(a - b)
        if gaps.any():
            return number, int(np.count_nonzero(gaps)), int(gaps.max())
    return None
""",
        ),
        (
            "the one that differs most",
            """
def first_difference(reference, board):
    rows = []
    for number, (a, b) in enumerate(zip(reference, board)):
        gaps = np.abs(a.astype(int) - b.astype(int))
        rows.append((int(gaps.max()), number, int(np.count_nonzero(gaps))))
    if not rows or max(rows)[0] == 0:
        return None
    worst, number, count = max(rows)
    return number, count, worst
""",
        ),
        (
            "sums instead of values",
            """
def first_difference(reference, board):
    for number, (a, b) in enumerate(zip(reference, board)):
        a, b = a.astype(int), b.astype(int)
        if a.sum() != b.sum():
            gaps = np.abs(a - b)
            return number, int(np.count_nonzero(gaps)), int(gaps.max())
    return None
""",
        ),
        (
            "a step of one is taken for rounding",
            """
def first_difference(reference, board):
    for number, (a, b) in enumerate(zip(reference, board)):
        gaps = np.abs(a.astype(int) - b.astype(int))
        if (gaps > 1).any():
            return number, int(np.count_nonzero(gaps)), int(gaps.max())
    return None
""",
        ),
        (
            "the difference, not its size",
            """
def first_difference(reference, board):
    for number, (a, b) in enumerate(zip(reference, board)):
        gaps = b.astype(int) - a.astype(int)
        if gaps.any():
            return number, int(np.count_nonzero(gaps)), int(gaps.max())
    return None
""",
        ),
        (
            "all differences added up",
            """
def first_difference(reference, board):
    for number, (a, b) in enumerate(zip(reference, board)):
        gaps = np.abs(a.astype(int) - b.astype(int))
        if gaps.any():
            return number, int(np.count_nonzero(gaps)), int(gaps.sum())
    return None
""",
        ),
        (
            "floats",
            """
def first_difference(reference, board):
    for number, (a, b) in enumerate(zip(reference, board)):
        gaps = np.abs(a.astype(float) - b.astype(float))
        if gaps.any():
            return number, float(np.count_nonzero(gaps)), float(gaps.max())
    return None
""",
        ),
    ],
    "mended": [
        ("as it was", "def mended():\n    return BROKEN\n"),
        (
            "the half is forgotten",
            _prepare(
                f"{_PRODUCT} int32_t value = (product >> shift) + zero; "
                f"{_CLAMP} {_STORE}"
            ),
        ),
        ("no clamp", _prepare(f"{_PRODUCT} {_VALUE} {_STORE}")),
        (
            "one below the end",
            _prepare(
                f"{_PRODUCT} {_VALUE} if (value > 127) value = 127; "
                f"if (value < -127) value = -127; {_STORE}"
            ),
        ),
        (
            "a product of 16 bits",
            _prepare(
                f"int16_t product = (int16_t)(samples[i] * gain); "
                f"{_VALUE} {_CLAMP} {_STORE}"
            ),
        ),
        (
            "it divides",
            _prepare(
                f"{_PRODUCT} int32_t value = (product + (1 << (shift - 1))) / "
                f"(1 << shift) + zero; {_CLAMP} {_STORE}"
            ),
        ),
        (
            "the last one is left out",
            _prepare(
                f"{_PRODUCT} {_VALUE} {_CLAMP} {_STORE}", "int i = 0; i < n - 1; i++"
            ),
        ),
        (
            "a float, which cannot hold the product",
            _prepare(
                "float real = (float)samples[i] * (float)gain / (float)(1 << shift);"
                "int32_t value = (int32_t)(real + (real < 0 ? -0.5f : 0.5f)) + zero;"
                f"{_CLAMP} {_STORE}"
            ),
        ),
        (
            "a semicolon is missing",
            _prepare(f"{_PRODUCT} {_VALUE} {_CLAMP} input[i] = (int8_t)value"),
        ),
        (
            "it needs a sample",
            _prepare(
                f"{_PRODUCT} {_VALUE} {_CLAMP} {_STORE}", "int i = 0; i != n || !n; i++"
            ),
        ),
        (
            "one sample too many",
            _prepare(
                f"{_PRODUCT} {_VALUE} {_CLAMP} {_STORE}", "int i = 0; i <= n; i++"
            ),
        ),
        (
            "a value of 16 bits, before the clamp",
            _prepare(
                f"{_PRODUCT} {_VALUE.replace('int32_t value', 'int16_t value')} "
                f"{_CLAMP} {_STORE}"
            ),
        ),
        (
            "rounded down in floats",
            _prepare(
                "float real = ((float)samples[i] * (float)gain + "
                "(float)(1 << (shift - 1))) / (float)(1 << shift);"
                "int32_t value = (int32_t)real; if ((float)value > real) value--;"
                f"value += zero; {_CLAMP} {_STORE}"
            ),
        ),
        (
            "clamped before zero is added",
            _prepare(
                f"{_PRODUCT} {_VALUE.replace(' + zero', '')} {_CLAMP} "
                "input[i] = (int8_t)(value + zero);"
            ),
        ),
    ],
    "probe": [
        (
            "a gentle tone",
            """
def probe(gain, shift, zero):
    return np.round(800 * np.sin(np.arange(12))).astype(np.int16)
""",
        ),
        (
            "only the ends",
            """
def probe(gain, shift, zero):
    return np.array([32767, -32768, 0, 1, -1], np.int16)
""",
        ),
        (
            "nothing below zero",
            """
def probe(gain, shift, zero):
    half = 2 ** (shift - 1)
    return np.array([0, 1, half, 3 * half, 2000, 9000, 32767, half], np.int16)
""",
        ),
        (
            "random samples",
            """
def probe(gain, shift, zero):
    draw = np.random.default_rng(3).integers(-32768, 32768, 12)
    return draw.astype(np.int16)
""",
        ),
        (
            "the last one is clamped to nothing",
            """
def probe(gain, shift, zero):
    half = 2 ** (shift - 1)
    one = 2**shift // gain
    found = [half, -half, 32767, -32768, one, -one, 32767 // gain + 1]
    return np.array([*found, -round(zero * 2**shift / gain)], np.int16)
""",
        ),
        (
            "too many",
            """
def probe(gain, shift, zero):
    return np.arange(-32768, 32768, 16, dtype=np.int16)
""",
        ),
        (
            "no half",
            """
def probe(gain, shift, zero):
    one = -(-(2**shift) // gain)
    found = [0, 32767, -32768, one, -one, 1, -1, 32767 // gain + 1, one // 2 + 1]
    return np.array([*found, -one // 2], np.int16)
""",
        ),
        (
            "the ends alone are too loud: by chance they wrap onto the clamp",
            """
def probe(gain, shift, zero):
    half, one = 2 ** (shift - 1), -(-(2**shift) // gain)
    found = [32767, -32768, 32767 // gain + 1, 0, half, -half, one, -one, 1, -1]
    return np.array([*found, one // 2 + 1, -one // 2], np.int16)
""",
        ),
    ],
}
