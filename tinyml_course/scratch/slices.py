"""A model's answers by slice, its slopes at the input, and its card: chapter 12.

Answers and what each row is about come in; tables, maps, attacked inputs and a page
of Markdown come out. Nothing here is about boats.
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "balance",
    "fgsm",
    "importance",
    "input_slope",
    "model_card",
    "slice_table",
    "slices_markdown",
    "threshold_for",
    "wilson",
]


def wilson(hits, n, z=1.96):
    """Lowest and highest share that ``hits`` of ``n`` do not speak against: chapter 12.

    E. B. Wilson (1927). With ``n`` of 0 nothing is excluded: 0 to 1.

    >>> low, high = wilson(10, 10)
    >>> round(low, 3), round(high, 3)
    (0.722, 1.0)
    """
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return float(max(middle - half, 0)), float(min(middle + half, 1))


def slice_table(y, said, slices):
    """How well each slice is served, the worst recall first: chapter 12.

    Parameters
    ----------
    y, said : ndarray (n,)
        The truth and the answers, 1 for what is looked for.
    slices : ndarray (n,)
        The name of the slice that each row belongs to.

    Returns
    -------
    list of dict
        ``slice``, ``n`` (rows), ``positives``, ``recall`` with ``low`` and ``high``
        (:func:`wilson`), ``precision`` and ``false_alarms`` (a share of the rows
        without). NaN where there is nothing to divide by, and for the precision of a
        slice that has only rows of one kind. Slices without positives come last.

    >>> rows = slice_table([1, 1, 1, 0], [1, 1, 0, 0], ["a", "a", "b", "b"])
    >>> [(row["slice"], float(row["recall"])) for row in rows]
    [('b', 0.0), ('a', 1.0)]
    """
    y, said, slices = np.asarray(y) == 1, np.asarray(said) == 1, np.asarray(slices)
    rows = []
    for name in np.unique(slices):
        here = slices == name
        hits, boats = np.sum(here & y & said), np.sum(here & y)
        alarms, empty = np.sum(here & ~y & said), np.sum(here & ~y)
        low, high = wilson(hits, boats)
        both = boats and empty and hits + alarms
        rows.append(
            {
                "slice": str(name), "n": int(here.sum()), "positives": int(boats),
                "recall": hits / boats if boats else np.nan, "low": low, "high": high,
                "precision": hits / (hits + alarms) if both else np.nan,
                "false_alarms": alarms / empty if empty else np.nan,
            }
        )  # fmt: skip
    return sorted(rows, key=lambda row: np.nan_to_num(row["recall"], nan=2.0))


def slices_markdown(rows):
    """A :func:`slice_table` as a table of Markdown.

    >>> print(slices_markdown(slice_table([1, 0], [1, 0], ["a", "a"])))
    | slice | to find | recall (95 % interval) | precision | false alarms |
    |---|---|---|---|---|
    | a | 1 of 2 | 100.0% (20.7% to 100.0%) | 100.0% | 0.0% |
    """

    def share(part):
        return "" if np.isnan(part) else f"{part:.1%}"

    lines = [
        "| slice | to find | recall (95 % interval) | precision | false alarms |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        interval = f" ({share(row['low'])} to {share(row['high'])})"
        lines.append(
            f"| {row['slice'] or '(no name)'} | {row['positives']:,} of {row['n']:,} | "
            f"{share(row['recall'])}{interval if row['positives'] else ''} | "
            f"{share(row['precision'])} | {share(row['false_alarms'])} |"
        )
    return "\n".join(lines)


def balance(groups):
    """A weight for each row, so that every group weighs the same in all: chapter 12.

    >>> balance(np.array(["a", "a", "a", "b"])).round(3).tolist()
    [0.667, 0.667, 0.667, 2.0]
    """
    names, place, counts = np.unique(groups, return_inverse=True, return_counts=True)
    return (len(groups) / (len(names) * counts))[place]


def threshold_for(scores, wanted):
    """The highest threshold that finds the share ``wanted`` of ``scores``: chapter 12.

    Parameters
    ----------
    scores : ndarray (n,)
        Scores of rows that should be found; found is ``score >= threshold``.

    >>> threshold_for(np.array([0.2, 0.9, 0.6, 0.7]), 0.75)
    0.6
    """
    keep = int(np.ceil(wanted * len(scores)))
    return float(np.sort(scores)[len(scores) - keep])


def importance(right, x, repeats=10, seed=0):
    """What each column is worth: how much of ``right(x)`` shuffling it costs.

    Parameters
    ----------
    right : callable
        ``right(x)`` gives the score of a model for the rows ``x``, higher is better.
    x : ndarray (n, columns)

    Returns
    -------
    ndarray (columns, repeats)
        The loss of score for each column and shuffle: chapter 12.

    >>> x = np.array([[0.0, 5.0], [1.0, 5.0], [0.0, 5.0], [1.0, 5.0]])
    >>> lost = importance(lambda x: np.mean(x[:, 0] == [0, 1, 0, 1]), x, repeats=50)
    >>> (lost.mean(axis=1) > 0.3).tolist(), float(lost[1].max())
    ([True, False], 0.0)
    """
    rng, whole = np.random.default_rng(seed), right(x)
    lost = np.zeros((x.shape[1], repeats))
    for column in range(x.shape[1]):
        for turn in range(repeats):
            mixed = x.copy()
            mixed[:, column] = rng.permutation(x[:, column])
            lost[column, turn] = whole - right(mixed)
    return lost


def input_slope(model, x, y):
    """The slope of each row's loss at each pixel, shaped like ``x``: chapter 12.

    Parameters
    ----------
    model : keras.Model
        It gives probabilities (n, classes).
    x : ndarray (n, ...) float32
    y : ndarray (n,) of int
        The class that each row should be.
    """
    import tensorflow as tf

    pixels = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        said = model(pixels, training=False)
        right = tf.gather(said, y, batch_dims=1)  # (n,) probability of the truth
        loss = -tf.math.log(tf.maximum(right, 1e-7))
    return tape.gradient(loss, pixels).numpy()


def fgsm(x, slope, epsilon):
    """``x`` moved by ``epsilon`` at every pixel, uphill on the loss: chapter 12.

    Goodfellow, Shlens and Szegedy (2015). Pixels stay between 0 and 1.

    >>> fgsm(np.array([0.5, 0.99, 0.2]), np.array([-3.0, 0.1, 0.0]), 0.1).tolist()
    [0.4, 1.0, 0.2]
    """
    return np.clip(x + epsilon * np.sign(slope), 0, 1)


def model_card(title, rows, cost, **texts):
    """A page of Markdown about a model, its figures computed: chapter 12.

    Parameters
    ----------
    rows : list of dict
        A :func:`slice_table`.
    cost : dict
        A row of :func:`tinyml_course.report.bench`.
    texts : str
        Sections in their order, ``intended_use="..."``; the name is the heading.

    M. Mitchell et al., "Model Cards for Model Reporting" (2019).
    """
    worst = rows[0]
    parts = [f"### {title}"]
    for name, text in texts.items():
        parts.append(f"**{name.replace('_', ' ').capitalize()}.** {text}")
    parts.append(
        f"**Worst slice.** {worst['slice']}: {worst['recall']:.1%} of "
        f"{worst['positives']:,} found ({worst['low']:.1%} to {worst['high']:.1%})."
    )
    parts.append(slices_markdown(rows))
    parts.append(
        f"**On the board ({cost['board']}).** {'Fits' if cost['fits'] else 'Too big'}: "
        f"flash {cost['flash_bytes']:,} bytes, RAM {cost['ram_bytes']:,} bytes "
        f"(counted), {cost['latency_ms']:.0f} ms and "
        f"{cost['energy_uj'] / 1000:.2f} mJ for a picture (estimated)."
    )
    return "\n\n".join(parts)
