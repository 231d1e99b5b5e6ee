"""Assignments go all the way through nbgrader itself: points, feedback, no leak."""

import csv
import getpass
import html
import re
import shutil

import nbformat
import pytest
import real_nbgrader
from problem_sets import (
    NAMES,
    ROOT,
    checks_of,
    failures,
    graded,
    hidden_lines,
    id_of,
    points,
    solution,
    wrong_solutions,
)

from tinyml_course import grading
from tinyml_course.errors import CourseError

pytestmark = pytest.mark.slow

COURSE = "tinyml"
ADA = getpass.getuser()  # the exchange knows students by their account
WRITTEN = "My answer, in my own words."
SOURCE = ROOT / "assignments" / "source"
SHOWN = {  # what a cell prints of the student's data
    "ps01": lambda data: f"volts: {data['x'][:3].round(2)}",
    "ps02": lambda data: f"peak (g): {data['x_train'][:3, 0]}",
    "ps03": lambda data: f"counts: {data['raw'][:3, 0]}",
    "ps04": lambda data: f"{len(data['x'])} pictures of 12 trees",
    "ps05": lambda data: f"brightness {data['x_train'].mean():.5f}",
    "ps06": lambda data: f"{(data['scores'] > 0.5).sum():,} of them above 0.5",
    "ps07": lambda data: f"person 0: {len(data['people'][0][0]) / 25:.0f} s",
    "ps08": lambda data: f"the first: {data['W1'][0, :3].round(3)}",
    "ps09": lambda data: f"stem -> a-wide ({data['sizes']['a-wide']:,} bytes)",
    "ps10": lambda data: f"all of them: {data['x_train'].std():.4f} g",
}


def nbgrader(folder, *words):
    """One nbgrader command, with an exchange and a home of the course's own."""
    base = folder.parent
    options = [f"--Exchange.root={base / 'exchange'}", f"--course={COURSE}"]
    real_nbgrader.nbgrader(folder, *words, *options, HOME=str(base))


def gradebook(folder):
    from nbgrader.api import Gradebook

    return Gradebook(f"sqlite:///{folder / 'gradebook.db'}")


def answered(released, name, replaced):
    """The release with the reference solution, and ``replaced``, put into it."""
    notebook = nbformat.from_dict(released)
    mine = {id_of(cell): cell.source for cell in solution(name).cells} | replaced
    for cell in notebook.cells:
        if graded(cell).get("solution"):
            written = cell.cell_type == "markdown"
            cell.source = WRITTEN if written else mine[id_of(cell)]
    return notebook


def submissions(released, name):
    """Student to (notebook, solution cells that are wrong)."""
    bank = wrong_solutions(name)
    stubs = {id_of(cell): cell.source for cell in released.cells}
    left = {item: stubs[item] for item in list(bank)[::2]}
    students = {
        ADA: (answered(released, name, {}), set()),
        "untouched": (released, set(bank)),
        "partial": (answered(released, name, left), set(left)),
    }
    for number in (0, 1):  # test_assignments.py runs all of them, without nbgrader
        wrong = {item: answers[number][1] for item, answers in bank.items()}
        students[f"wrong{number}"] = (answered(released, name, wrong), set(wrong))
    return students


def score_by_hand(folder, name, student):
    """Full points for what waits for a person."""
    with gradebook(folder) as book:
        for grade in book.find_submission(name, student).notebooks[0].grades:
            if grade.needs_manual_grade:
                grade.manual_score = grade.max_score
                grade.needs_manual_grade = False
        book.db.commit()


@pytest.fixture(scope="module", params=NAMES)
def course(request, tmp_path_factory):
    """A course where one assignment went from its source to the grades."""
    name = request.param
    folder = tmp_path_factory.mktemp(name) / COURSE
    desk = folder.parent / "desk"  # where a student works
    for path in (folder, desk, folder.parent / "exchange"):
        path.mkdir()
    (folder.parent / "exchange").chmod(0o777)
    shutil.copytree(SOURCE / name, folder / "source" / name)
    shutil.copy(SOURCE.parent / "nbgrader_config.py", folder)

    nbgrader(folder, "generate_assignment", name)
    nbgrader(folder, "release_assignment", name)
    nbgrader(desk, "fetch_assignment", name)
    bundle = desk / name
    released = nbformat.read(bundle / f"{name}.ipynb", as_version=4)
    shutil.copytree(bundle, folder.parent / "bundle")

    students = submissions(released, name)
    nbformat.write(students[ADA][0], bundle / f"{name}.ipynb")
    nbgrader(desk, "submit", name)
    nbgrader(folder, "collect", name)
    archive = folder / "downloaded" / name / "archive"
    archive.mkdir(parents=True)
    for student in students.keys() - {ADA}:
        file = f"{name}_{student}_attempt_2026-11-21-10-00-00_{name}.ipynb"
        nbformat.write(students[student][0], archive / file)
    nbgrader(folder, "zip_collect", name)

    nbgrader(folder, "autograde", name)
    score_by_hand(folder, name, ADA)
    nbgrader(folder, "generate_feedback", name)
    nbgrader(folder, "export", "--to=grades.csv")
    return name, folder, released


def scores(folder, name, student):
    """Score of every automatically graded cell."""
    with gradebook(folder) as book:
        grades = book.find_submission(name, student).notebooks[0].grades
        return {g.name: g.score for g in grades if g.name in points(name)}


def plain(text):
    return " ".join(text.split())


def feedback(folder, name, student):
    """What a student reads: the page without its marks, spaces made one."""
    page = (folder / "feedback" / student / name / f"{name}.html").read_text()
    return plain(html.unescape(re.sub(r"<[^>]+>", "", page)))


def test_each_student_gets_the_points_of_what_is_right(course):
    name, folder, released = course
    for student, (_, wrong) in submissions(released, name).items():
        got = scores(folder, name, student)
        lost = {check for check, score in got.items() if score < points(name)[check]}
        for item, checks in checks_of(name).items():
            assert bool(lost & checks) == (item in wrong), (student, item, got)


def test_a_written_answer_waits_for_a_person_and_an_empty_one_is_zero(course):
    name, folder, _ = course
    with gradebook(folder) as book:
        for student in ("partial", "untouched"):
            (notebook,) = book.find_submission(name, student).notebooks
            written = [g for g in notebook.grades if g.name not in points(name)]
            assert written
            for grade in written:
                assert grade.needs_manual_grade == (student == "partial")
                assert grade.score == 0


def test_the_export_has_full_marks_for_the_solution_and_zero_for_nothing(course):
    _, folder, _ = course
    with (folder / "grades.csv").open() as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    best = float(rows[ADA]["max_score"])
    assert float(rows[ADA]["score"]) == best
    assert float(rows["untouched"]["score"]) == 0
    assert 0 < float(rows["partial"]["score"]) < best


def test_feedback_gives_the_hint_of_each_check_that_lost_points_and_no_other(course):
    name, folder, released = course
    for student in submissions(released, name):
        page = feedback(folder, name, student)
        got = scores(folder, name, student)
        for cell in solution(name).cells:
            if id_of(cell) in got:
                words = re.findall(r"(?m)^\s*### HINT: (.*)$", cell.source)
                lost = got[id_of(cell)] < points(name)[id_of(cell)]
                told = plain("Hint: " + " ".join(words)) in page
                assert told == lost, (student, id_of(cell))


def secrets(name, released):
    """Lines of hidden tests, and of solutions, that the release does not have."""
    known = {plain(line) for c in released.cells for line in c.source.splitlines()}
    tests, answers = set(), set()
    for cell in solution(name).cells:
        tests |= {plain(line) for line in hidden_lines(cell.source)}
        if graded(cell).get("solution"):
            answers |= {plain(line) for line in cell.source.splitlines()}
    tests = {line for line in tests if not line.startswith("### HINT:")}
    return [
        {line for line in lines - known if len(line) > 5} for lines in (tests, answers)
    ]


def test_no_hidden_line_and_no_solution_reaches_a_student(course):
    name, folder, released = course
    tests, answers = secrets(name, released)
    assert len(tests) > 20
    assert len(answers) > 20
    files = [p for p in (folder.parent / "bundle").rglob("*") if p.is_file()]
    assert [path.name for path in files] == [f"{name}.ipynb"]
    text = plain(files[0].read_text().replace("\\n", "\n").replace('\\"', '"'))
    assert [line for line in tests | answers if line in text] == []
    for student in submissions(released, name):
        page = feedback(folder, name, student)
        assert [line for line in tests if line in page] == [], student
        assert "HIDDEN" not in page
    page = feedback(folder, name, "untouched")
    assert [line for line in answers if line in page] == []


def test_the_untouched_release_says_only_that_something_is_not_written(course):
    name, folder, released = course
    raised = failures(released)
    assert {type(error) for error in raised.values()} == {NotImplementedError}
    assert set(scores(folder, name, "untouched").values()) == {0}


def test_a_student_is_graded_on_the_data_of_the_name_handed_in(course):
    name, folder, _ = course
    (data,) = (c for c in solution(name).cells if id_of(c) == "student-data")
    for student in ("partial", "wrong0"):  # they left another name in their cell
        page = feedback(folder, name, student)
        assert f"STUDENT = '{student}' # as handed in" in page
        namespace = {"STUDENT": student}
        exec(data.source, namespace)
        assert plain(SHOWN[name](namespace)) in page


def test_a_cell_left_out_in_grading_is_released_with_its_tag_and_not_run(course):
    name, folder, released = course

    path = folder / "autograded" / ADA / name / f"{name}.ipynb"
    run = nbformat.read(path, as_version=4)
    left_out, in_release, in_source = (
        [c for c in some.cells if "skip-execution" in c.metadata.get("tags", ())]
        for some in (run, released, solution(name))
    )
    assert len(left_out) == len(in_release) == len(in_source)
    for cell in left_out:
        assert cell.execution_count is None
        assert cell.outputs == []


def test_release_makes_what_nbgrader_makes(course, tmp_path):
    name, folder, _ = course
    made = grading.release(SOURCE, tmp_path / "out")
    assert tmp_path / "out" / name / f"{name}.ipynb" in made
    for path in made:
        if path.stem == name:
            released = folder.parent / "bundle" / path.name
            assert path.read_bytes() == released.read_bytes()


def test_release_refuses_a_broken_source_with_the_reason(tmp_path):
    cell = nbformat.v4.new_code_cell("### BEGIN SOLUTION\nx = 1\n### END SOLUTION")
    source = tmp_path / "source" / "ps99"
    source.mkdir(parents=True)
    with pytest.raises(CourseError, match="no assignment"):
        grading.release(tmp_path / "source", tmp_path / "out")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), source / "ps99.ipynb")
    with pytest.raises(CourseError, match="ps99"):
        grading.release(tmp_path / "source", tmp_path / "out")
    assert not (tmp_path / "out").exists()
