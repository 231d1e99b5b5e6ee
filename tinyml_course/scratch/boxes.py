"""Boxes around things in a picture: how alike two are, and which of many to keep.

A box is (left, top, right, bottom) in pixels; a list of them is an array (n, 4). What
chapter 11 derives: intersection over union, non-maximum suppression, and which found
boxes count as right.
"""

from __future__ import annotations

import numpy as np

__all__ = ["draw", "hits", "iou", "nms"]


def iou(a, b):
    """Intersection over union of each box of ``a`` (n, 4) with each of ``b`` (m, 4).

    Returns
    -------
    ndarray (n, m)
        1 for equal boxes, 0 for boxes that share nothing.

    >>> iou(np.array([[0, 0, 4, 4]]), np.array([[2, 0, 6, 4], [4, 0, 8, 4]])).round(3)
    array([[0.333, 0.   ]])
    """
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)  # (n, m)
    area_a, area_b = ((c[:, 2:] - c[:, :2]).prod(axis=1) for c in (a, b))
    return shared / (area_a[:, None] + area_b - shared)


def nms(boxes, scores, limit=0.3):
    """Non-maximum suppression: the places of the boxes to keep, best score first.

    Of two boxes whose intersection over union is above ``limit`` only the one with
    the higher score stays.

    >>> two = np.array([[0, 0, 9, 9], [1, 1, 9, 9], [20, 0, 29, 9]])
    >>> nms(two, np.array([0.8, 0.9, 0.7]))
    [1, 2]
    """
    order, kept = np.argsort(-scores, kind="stable"), []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(int(best))
        alike = iou(boxes[[best]], boxes[order])[0]
        order = order[alike <= limit]
    return kept


def hits(found, true, at=0.5):
    """Which found boxes are right: each true box counts for one of them.

    Parameters
    ----------
    found : ndarray (n, 4)
        Best score first: a found box takes the free true box it is most alike to.
    true : ndarray (m, 4)
        What is really there.
    at : float
        The intersection over union from which on two boxes count as the same.

    Returns
    -------
    ndarray (n,) of bool

    >>> hits(np.array([[0, 0, 9, 9], [1, 0, 9, 9]]), np.array([[0, 0, 9, 9]]))
    array([ True, False])
    """
    right, free = np.zeros(len(found), bool), np.ones(len(true), bool)
    for i, alike in enumerate(iou(found, true)):
        alike[~free] = 0
        if len(true) and alike.max() >= at:
            right[i], free[alike.argmax()] = True, False
    return right


def draw(ax, x, found=(), true=()):
    """Draw a picture (h, w, 1) with white frames around found boxes, dotted true ones.

    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots()
    >>> draw(ax, np.zeros((16, 16, 1)), np.array([[2, 2, 9, 6]]))
    >>> len(ax.patches)
    1
    """
    from matplotlib.patches import Rectangle

    ax.imshow(x[..., 0], cmap="gray", vmin=0, vmax=1)
    for some, style, color in ((found, "-", "white"), (true, ":", "#ff7733")):
        for x0, y0, x1, y1 in some:
            size = x1 - x0 + 4, y1 - y0 + 4  # two pixels off, so that it can be seen
            frame = Rectangle((x0 - 2.5, y0 - 2.5), *size, fill=False)
            frame.set(linewidth=1.8, linestyle=style, edgecolor=color)
            ax.add_patch(frame)
    ax.axis("off")
