"""What chapter 01 builds equals scikit-learn, exact values and the published ones."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest

from tinyml_course.scratch import gridworld, nearest

CHAPTERS = Path(__file__).parents[1] / "notebooks" / "src"


@pytest.fixture
def clouds():
    rng = np.random.default_rng(1)
    kinds = rng.integers(0, 3, 90)
    return rng.normal(0, 1, (90, 2)) + kinds[:, None] * [1.5, -1], kinds


@pytest.mark.parametrize("k", [1, 2, 5, 30, 90])
def test_neighbours_vote_as_scikit_learns_do(clouds, k):
    library = pytest.importorskip("sklearn.neighbors")
    points, kinds = clouds
    new = np.random.default_rng(2).uniform(-3, 5, (500, 2))
    oracle = library.KNeighborsClassifier(k, algorithm="brute").fit(points, kinds)
    ours = nearest.knn_vote(points, kinds, new, k)
    assert np.array_equal(ours, oracle.predict(new))


@pytest.mark.parametrize("seed", range(5))
def test_k_means_ends_where_scikit_learn_ends(clouds, seed):
    library = pytest.importorskip("sklearn.cluster")
    points, _ = clouds
    start = np.random.default_rng(seed).choice(points, 4, replace=False)
    oracle = library.KMeans(4, init=start, n_init=1, tol=0).fit(points)
    ours = nearest.k_means(points, start)
    assert np.allclose(ours[-1], oracle.cluster_centers_)
    tightness = [nearest.squared_distances(points, c).min(axis=1) for c in ours]
    sums = [distances.sum() for distances in tightness]
    assert sums == sorted(sums, reverse=True)


def test_a_centre_that_nobody_joins_stays_where_it_is():
    points = np.array([[0.0], [1.0]])
    assert nearest.k_means(points, np.array([[0.5], [99.0]]))[-1][1] == 99


def values(rounds):
    V = dict.fromkeys(gridworld.TILES, 0.0)
    for _ in range(rounds):
        V = gridworld.next_round(V)
    return V


def best(brings):
    return max(range(4), key=lambda move: round(brings(move), 9))


def test_values_after_three_and_ten_rounds_are_those_of_the_lecture():
    three, ten = values(3), values(10)
    assert [round(three[t], 2) for t in [(0, 1), (0, 2), (1, 2)]] == [0.52, 0.78, 0.43]
    assert [round(ten[0, c], 2) for c in range(3)] == [0.64, 0.74, 0.85]


def test_values_solve_the_equations_of_the_best_moves():
    V, tiles = values(300), gridworld.TILES
    A, b = np.eye(len(tiles)), np.zeros(len(tiles))
    for row, t in enumerate(tiles):
        if t in gridworld.END:
            b[row] = gridworld.END[t]
            continue
        move = best(lambda m, t=t: gridworld.worth(V, t, m, 0.2))
        for turn, share in [(0, 0.8), (-1, 0.1), (1, 0.1)]:
            A[row, tiles.index(gridworld.go(t, move + turn))] -= 0.9 * share
    assert np.allclose(np.linalg.solve(A, b), [V[t] for t in tiles])


def test_trying_finds_the_moves_that_the_map_gives():
    V, Q = values(300), gridworld.q_learning(50_000, 0.3)
    for t in gridworld.FREE:
        assert best(Q[t].__getitem__) == best(
            lambda m, t=t: gridworld.worth(V, t, m, 0.2)
        )
        assert abs(max(Q[t]) - V[t]) < 0.06


def test_without_random_tries_it_does_not():
    V, Q = values(300), gridworld.q_learning(50_000, 0.0)
    assert any(abs(max(Q[t]) - V[t]) > 0.2 for t in gridworld.FREE)


@pytest.mark.parametrize(
    "function",
    [
        *(getattr(nearest, name) for name in nearest.__all__),
        *(getattr(gridworld, n) for n in ("go", "worth", "next_round", "q_learning")),
    ],
    ids=lambda function: function.__name__,
)
def test_the_chapter_shows_each_function_as_it_is_here(function):
    def code(tree):
        body = tree.body[1:] if ast.get_docstring(tree) else tree.body
        return [ast.dump(tree.args), *map(ast.dump, body)]

    here = ast.parse(inspect.getsource(function)).body[0]
    (chapter,) = CHAPTERS.glob("01_*.py")
    shown = [
        code(node)
        for node in ast.walk(ast.parse(chapter.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == function.__name__
    ]
    assert shown == [code(here)]
