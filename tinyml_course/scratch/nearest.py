"""Neighbours and groups, as chapter 01 builds them: points come in, kinds go out."""

from __future__ import annotations

import numpy as np

__all__ = ["k_means", "knn_vote", "neighbours", "squared_distances"]


def squared_distances(points, others):
    """From each of ``points`` (n, d) to each of ``others`` (m, d), (n, m): chapter 01.

    >>> squared_distances(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [1.0, 0.0]]))
    array([[25.,  1.]])
    """
    return ((points[:, None] - others) ** 2).sum(axis=-1)


def neighbours(known, new, k):
    """For each row of ``new`` which ``k`` rows of ``known`` are nearest: chapter 01.

    >>> neighbours(np.array([[0.0], [5.0], [9.0]]), np.array([[8.0]]), k=2)
    array([[2, 1]])
    """
    return squared_distances(new, known).argsort(axis=1, kind="stable")[:, :k]


def knn_vote(known, kinds, new, k):
    """For each row of ``new`` the most common kind of its ``k`` nearest: chapter 01.

    ``kinds`` are whole numbers from 0; of kinds with as many votes the lowest wins.

    >>> known = np.array([[0.0], [1.0], [5.0], [6.0]])
    >>> knn_vote(known, np.array([0, 0, 1, 1]), np.array([[4.0]]), k=3)
    array([1])
    """
    votes = kinds[neighbours(known, new, k)]  # (n, k): what each neighbour is
    counts = (votes[..., None] == np.arange(kinds.max() + 1)).sum(axis=1)
    return counts.argmax(axis=1)  # (n,): the kind with most votes


def k_means(points, centres):
    """The centres (k, d) of each round until none moves, first to last: chapter 01.

    >>> k_means(np.array([[1.0], [2.0], [6.0], [9.0]]), np.array([[1.0], [2.0]]))[-1]
    array([[1.5],
           [7.5]])
    """
    rounds = [centres]
    while True:
        owner = squared_distances(points, centres).argmin(axis=1)
        moved = centres.copy()
        for j in range(len(centres)):
            if (owner == j).any():  # a centre that nobody joins stays
                moved[j] = points[owner == j].mean(axis=0)
        if np.array_equal(moved, centres):
            return rounds
        rounds.append(moved)
        centres = moved
