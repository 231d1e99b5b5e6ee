"""A course's own key: its hidden numbers are others, and no answer is known by heart.

One assignment: ``pytest tests/test_secrets.py -k ps04`` (and ``-m tf`` for ps05, ps10).
"""

import contextlib
import re

import nbformat
import numpy as np
import pytest
from memory import Memory, Unseen, content, learnt, recited
from problem_sets import (
    NAMES,
    assignment,
    failures,
    graded,
    hidden_lines,
    id_of,
    points,
    solution,
)

from tinyml_course.grading.keys import keyed

KEY, OTHER = b"a key", b"another key"
SEED = r"hidden_seed(?:_of_all)?"
NUMBER = re.compile(rf"(?m)^({SEED}|COURSE) = (\d+)")

# Hidden checks in which there is nothing to draw: {grade id: why}.
NO_SEED = {}
# Hidden checks that an answer known by heart may pass: {grade id: why}.
BY_HEART = {
    "mended-any": "the answer is a text in C, the same whatever it is tried with",
    "model-accuracy": "the answer is a model, made for pumps that it has not met",
    "model-worst": "the same",
    "model-promise": "the same",
    "build-finds": "the answer is a network, trained in the test where it never was",
}

each = pytest.mark.parametrize("name", [*map(assignment, NAMES)])


@pytest.fixture
def desk(tmp_path):
    """A folder to work in, of which there are as many as one likes."""

    @contextlib.contextmanager
    def fresh():
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        with contextlib.chdir(folder):
            yield

    return fresh


def checks_with_hidden_tests(notebook):
    return [c for c in notebook.cells if graded(c).get("grade") and hidden(c)]


def hidden(cell):
    return "\n".join(hidden_lines(cell.source))


def with_the_public_course(notebook):
    """The student's data as in the repository: what may be seen may be learnt."""
    for cell in notebook.cells:
        cell.source = re.sub(r"(?m)^COURSE = \d+", "COURSE = 0", cell.source)
    return notebook


@each
@pytest.mark.parametrize("key", [b"one", b"two", b"three"])
def test_with_any_key_the_solution_passes_every_cell(name, key, desk):
    with desk():
        assert failures(keyed(solution(name), name, key)) == {}


@each
def test_a_key_changes_numbers_and_nothing_else(name):
    public, own = solution(name), keyed(solution(name), name, KEY)
    assert own.metadata == public.metadata
    assert len(own.cells) == len(public.cells)
    for before, after in zip(public.cells, own.cells, strict=True):
        old, new = NUMBER.findall(before.source), NUMBER.findall(after.source)
        assert [what for what, _ in old] == [what for what, _ in new]
        assert not set(old) & set(new), "a number of the repository is left"
        source = NUMBER.sub(r"\1 = 0", after.source)
        assert NUMBER.sub(r"\1 = 0", before.source) == source
        assert {**before, "source": 0} == {**after, "source": 0}


@each
def test_each_hidden_check_draws_from_numbers_of_its_own(name):
    """Where a check is hidden, so is its number; one that is seen tells the others."""
    notebook = solution(name)
    for cell in notebook.cells:
        seeds = re.findall(rf"(?m)^{SEED} = ", cell.source)
        assert len(seeds) == len(re.findall(rf"(?m)^{SEED} = \d+$", hidden(cell)))
        draws = len(re.findall(rf"\b{SEED}\b", cell.source))
        assert draws >= 2 * len(seeds), f"{id_of(cell)}: a number that is not used"
    none = {
        id_of(cell)
        for cell in checks_with_hidden_tests(notebook)
        if not re.search(rf"(?m)^{SEED} = ", hidden(cell))
    }
    assert none == NO_SEED.keys() & set(points(name))


@each
def test_a_courses_own_number_goes_into_the_students_data_once(name):
    found = [c for c in solution(name).cells if re.search(r"(?m)^COURSE = ", c.source)]
    assert [id_of(cell) for cell in found] == ["student-data"]
    assert re.findall(r"(?m)^COURSE = .*", found[0].source) == [
        "COURSE = 0  # your course's own number"
    ]
    seen = set()
    for key in (None, KEY, OTHER):
        notebook = keyed(solution(name), name, key) if key else solution(name)
        (cell,) = (c for c in notebook.cells if id_of(c) == "student-data")
        data = {"STUDENT": "ada"}
        exec(cell.source, data)
        del data["COURSE"], data["__builtins__"]
        seen.add(content(data))
    assert len(seen) == 3


@each
def test_a_key_gives_the_same_course_again_and_another_key_another(name):
    own = keyed(solution(name), name, KEY)
    assert keyed(solution(name), name, KEY) == own
    others = NUMBER.findall("\n".join(c.source for c in own.cells))
    other = keyed(solution(name), name, OTHER)
    mine = NUMBER.findall("\n".join(c.source for c in other.cells))
    assert not set(mine) & set(others)


@each
def test_who_knows_the_public_tests_by_heart_fails_each_hidden_one_with_a_key(
    name, desk
):
    with desk():
        memory, failed = learnt(solution(name))
        assert failed == {}
        assert recited(solution(name), memory) == {}, "the control: by heart is right"
    own = with_the_public_course(keyed(solution(name), name, OTHER))
    hidden = {id_of(cell) for cell in checks_with_hidden_tests(own)}
    for guess in (False, True):  # who guesses gives known answers to new questions
        with desk():
            failed = recited(own, memory, guess=guess)
        missing = {k: e for k, e in failed.items() if isinstance(e, NameError)}
        assert missing == {}, "these fail because a cell before did not get so far"
        assert hidden - set(failed) == BY_HEART.keys() & hidden, guess


STEPS = [lambda x: 2 * x, lambda x: 3 * x]


def draw(rng, start, step):
    """What is asked here: chance, a change in place, a function, a refusal."""
    if start is None:
        raise ValueError("no start")
    start[1][:] = 7
    return step(rng.random())


def chance():
    return np.random.default_rng(0)


def test_by_heart_goes_as_far_as_what_was_heard_and_no_further():
    memory = Memory()
    heard = memory.learn("draw", draw)
    double, triple = (heard(chance(), [0, np.zeros(2)], step) for step in STEPS)
    with pytest.raises(ValueError, match="no start"):
        heard(chance(), None, step=STEPS[0])

    parrot, rng, start = memory.recite("draw"), chance(), [0, np.zeros(2)]
    called = []
    assert parrot(rng, start, step=called.append) == double
    assert called == [chance().random()], "what is handed over is called as before"
    assert parrot(chance(), [0, np.zeros(2)], step=STEPS[1]) == triple
    assert rng.random() != chance().random(), "the generator has moved on"
    assert np.all(start[1] == 7)
    with pytest.raises(ValueError, match="no start"):
        parrot(chance(), None, STEPS[0])
    for unseen in (
        (chance(), [1, np.zeros(2)], STEPS[0]),
        (chance(), [0, np.zeros(3)], STEPS[0]),
        (np.random.default_rng(1), [0, np.zeros(2)], STEPS[0]),
        (chance(), (0, np.zeros(2)), STEPS[0]),
        (chance(), [0, np.zeros(2)], None),
    ):
        with pytest.raises(Unseen):
            parrot(*unseen)


def test_who_knows_the_tests_by_heart_passes_where_nothing_is_drawn():
    """So the test above can fail: with the public numbers in it, the key is no use."""
    seed, n = "hidden_seed = 5\n", "hidden_seed"
    test = {"grade": True, "points": 1, "solution": False}
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source, metadata={"nbgrader": about})
            for source, about in (
                (
                    "def twice(x):\n    return 2 * x",
                    {"grade_id": "a", "solution": True},
                ),
                ("assert twice(4) == 8", test | {"grade_id": "b"}),
                (f"{seed}assert twice({n}) == 2 * {n}", test | {"grade_id": "c"}),
                (f"{seed}assert twice({n}) is not None", test | {"grade_id": "d"}),
            )
        ]
    )
    memory, failed = learnt(notebook)
    assert failed == {}
    own = keyed(notebook, "ps99", KEY)
    assert set(recited(own, memory)) == {"c", "d"}
    assert set(recited(own, memory, guess=True)) == {"c"}
