"""Nothing comes in, a page that records and labels motion goes out."""

from __future__ import annotations

import numpy as np

from tinyml_course.datasets import motion
from tinyml_course.widgets.explore import Explore

__all__ = ["record_motion"]

MOST_ROWS = 200_000
_ALT = (
    "A picture of signals over time in which spans are marked and named, a list of "
    "these spans, and buttons that open a CSV, record this device and save."
)


def record_motion(labels: tuple[str, ...] = motion.LABELS, *, seed: int = 0) -> Explore:
    """Open a CSV or record this device's sensors, mark spans, name them, save a CSV.

    Parameters
    ----------
    labels : tuple of str
        Names that the label field offers; others can be typed.
    seed : int
        Of the simulated recording that is there to try.

    Returns
    -------
    Explore
        Its ``values`` tell ``rows``, ``columns``, ``rate_hz`` and ``spans`` (each with
        ``from``, ``to``, ``label``, counted in readings, ``to`` not included). The
        readings themselves stay in the page.

    >>> record_motion().live
    'recorder'
    """
    counts, _ = motion.session(seed)
    felt = motion.to_units(counts[:, :6]).round(4).astype(float)
    names = ("ax", "ay", "az", "gx", "gy", "gz")
    return Explore(
        live="recorder",
        look="Where does one activity end and the next begin? Mark, name, save.",
        alt=_ALT,
        data={
            "sample": {
                "time": (np.arange(len(felt)) / motion.RATE_HZ).round(4),
                "columns": {name: felt[:, k] for k, name in enumerate(names)},
            },
            "labels": list(labels),
            "most": MOST_ROWS,
        },
    )
