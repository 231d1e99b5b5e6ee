"""A class hands out and in through JupyterLab: real server, real browser, nbgrader."""

import contextlib
import getpass
import shutil
import subprocess
import sys

import browser
import nbformat
import pytest
from problem_sets import ROOT, hidden_lines, id_of, points, solution

from tinyml_course import cli
from tinyml_course.grading.sheet import hint_in, visible_part

pytestmark = pytest.mark.slow

NAME = "ps01"
ME = getpass.getuser()  # the exchange knows students by their account
WRONG = """def mse(y, predicted):
    return np.mean((y - predicted) ** 2)"""  # what students see of the tests it passes
FAILS = "mse-refuses"  # the hidden test that it does not pass
CELLS = {id_of(cell): cell for cell in solution(NAME).cells if id_of(cell)}


@pytest.fixture(scope="module")
def chrome():
    with browser.chromium() as started:
        yield started


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A home of one's own, and nothing of this computer's."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TINYML_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path / "etc"))
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "TINYML_STATIC"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@contextlib.contextmanager
def lab():
    """`tinyml lab`, as a student starts it; gives the page's address and its token."""
    command = [sys.executable, "-m", "tinyml_course.cli", "lab", "--no-browser"]
    command += ["--port", str(browser.free_port())]
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        url, token = server.stdout.readline().split("?token=")
        yield url.split("/lab")[0], token.strip()
    finally:
        server.terminate()
        _, said = server.communicate(timeout=30)
    said = [line for line in said.splitlines() if "received signal" not in line]
    assert [line for line in said if not line.startswith("work/: ")] == []


def instructor(course, *words):
    """A command, as the instructor gives it in the course's folder."""
    tool = "tinyml_course.cli" if words[0] == "tinyml" else "nbgrader"
    words = words[1:] if words[0] == "tinyml" else words
    done = subprocess.run(
        [sys.executable, "-m", tool, *words], cwd=course, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture
def course(desk):
    """A class on this computer: its exchange, and one problem set handed out."""
    course, exchange = desk / "course", desk / "exchange"
    for folder in (course, exchange, desk / "etc"):
        folder.mkdir()
    exchange.chmod(0o777)
    (desk / "etc" / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        f"c.Exchange.root = {str(exchange)!r}\n"
        'c.CourseDirectory.course_id = "tinyml"\n'
    )
    source = ROOT / "assignments"
    shutil.copytree(source / "source" / NAME, course / "source" / NAME)
    shutil.copy(source / "nbgrader_config.py", course)
    instructor(course, "generate_assignment", NAME)
    instructor(course, "release_assignment", NAME)
    return course


def validated(page):
    """Press the button of the notebook that is open; what the box says."""
    button = page.get_by_role("button", name="Validate", exact=True)
    button.locator("visible=true").click()
    box = page.locator(".jp-Dialog", has_text="Validation Results")
    said = box.inner_text(timeout=60_000)
    box.get_by_role("button", name="Ok", exact=True).click()
    return said


def opened(page, url, token, path):
    page.goto(f"{url}/lab/tree/{path}?reset&token={token}")
    page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for(timeout=60_000)
    idle = ".jp-Notebook-ExecutionIndicator[data-status='idle']"
    page.locator(idle).wait_for(timeout=60_000, state="attached")


def write(page, old, new):
    """Replace what stands in the cell that has the text ``old``."""
    cell = page.locator(".jp-CodeCell .cm-content", has_text=old).first
    cell.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(new)


def joined(text):
    """The text in one line, without the marks of hints."""
    return " ".join(text.replace("\n### HINT:", "").split())


def code_of(source):
    """Lines that are no comment."""
    lines = source.splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def test_alone_a_student_can_validate_and_is_offered_nothing_that_fails(chrome, desk):
    with lab() as (url, token), browser.watched(chrome) as page:
        opened(page, url, token, f"assignments/{NAME}/{NAME}.ipynb")
        assert "NotImplementedError" in validated(page)
        menus = page.locator("#jp-menu-panel .lm-MenuBar-itemLabel").all_inner_texts()
        assert "Kernel" in menus
        assert "Nbgrader" not in menus
    assert not (desk / "work" / "gradebook.db").exists()


def test_a_class_from_fetch_to_feedback(chrome, desk, course, capsys):
    mine = desk / "work" / "assignments" / NAME / f"{NAME}.ipynb"
    with lab() as (url, token), browser.watched(chrome) as page:
        page.goto(f"{url}/lab?reset&token={token}")
        assert not mine.exists()  # a class hands out its own
        page.locator(".jp-Launcher").wait_for(timeout=60_000)
        menu = page.get_by_role("menuitem", name="Nbgrader", exact=True)
        menu.click()
        items = page.locator(".lm-Menu-itemLabel:visible").all_inner_texts()
        assert [item for item in items if item] == ["Assignment List"]
        page.get_by_role("menuitem", name="Assignment List").click()
        page.get_by_role("button", name="Fetch", exact=True).click()
        page.locator(".assignment-notebooks-link").click()
        page.locator(".nested_list_item a").click()
        page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for()

        said = validated(page)
        seen = [n for n in points(NAME) if code_of(visible_part(CELLS[n].source))]
        written = [c for c in CELLS.values() if c.cell_type == "markdown"]
        assert said.count("The following cell failed") == len(seen) + len(written)
        assert hint_in(CELLS["mse-value"].source) in joined(said)
        assert "NotImplementedError" in said

        notebook = nbformat.read(mine, as_version=4)
        for cell in notebook.cells:
            if cell.source.rstrip().endswith("raise NotImplementedError()"):
                cell.source = CELLS[id_of(cell)].source
            if cell.source == "YOUR ANSWER HERE":
                cell.source = "My answer, in my own words."
        nbformat.write(notebook, mine)
        opened(page, url, token, f"assignments/{NAME}/{NAME}.ipynb")
        write(page, "your-name", f'STUDENT = "{ME}"')
        write(page, "def mse(", "def mse(y, predicted):\n    return 4.0")
        said = validated(page)
        assert said.count("The following cell failed") == 1
        assert "4.0 is not their mean square." in said
        write(page, "return 4.0", WRONG)
        assert "Success! Your notebook passes all the tests." in validated(page)
        assert cli.main(["check", NAME]) == 0
        assert "Missing" not in capsys.readouterr().out

        menu.click()
        page.get_by_role("menuitem", name="Assignment List").click()
        page.get_by_role("button", name="Submit", exact=True).click()
        page.get_by_role("button", name="Fetch Feedback").wait_for()

        instructor(course, "collect", NAME)
        said = instructor(course, "tinyml", "grade", NAME)
        assert f"{ME:<24} 24 of 30 points, 4 to be given by hand" in said
        instructor(course, "tinyml", "feedback", NAME)
        instructor(course, "release_feedback", NAME)

        page.get_by_role("button", name="Fetch Feedback").click()
        page.get_by_text("view feedback").click()
        page.get_by_text(f"{NAME}.html").dblclick()
        told = page.frame_locator(".jp-HTMLViewer iframe").locator("body")
        words = joined(told.inner_text())
        assert f"{FAILS} 0 of 2" in words
        assert joined(hint_in(CELLS[FAILS].source)) in words
        seen = joined(mine.read_text("utf-8"))
        hidden = [
            joined(line)
            for cell in CELLS.values()
            for line in hidden_lines(cell.source)
            if not line.startswith("### HINT")
        ]
        secret = [line for line in hidden if line not in seen]
        assert len(secret) > 50
        assert [line for line in secret if line in words] == []
