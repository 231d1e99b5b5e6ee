"""Every chapter keeps the promises of a chapter: its form, its figures, its numbers."""

import ast
import re
from functools import cache
from pathlib import Path

import nbformat
import pytest

from tinyml_course import chapters

SOURCES = [
    (source, notebook)
    for source, notebook in chapters.sources()
    if re.match(r"\d\d_", source.name) and source.parent.name == "src"
]
NUMBERS = [source.name[:2] for source, _ in SOURCES]
ROLES = {"explain", "predict", "explore", "check", "exercise"}
TRIED = {"predict", "explore", "exercise"}
LONG = {"19": 82, "21": 80, "22": 100}  # two or three sittings, the breaks marked

every_chapter = pytest.mark.parametrize("number", NUMBERS)


@cache
def cells(number):
    notebook = chapters.ROOT / "notebooks"
    (path,) = notebook.glob(f"{number}_*.ipynb")
    return nbformat.read(path, as_version=4).cells


def code(number):
    return [cell for cell in cells(number) if cell.cell_type == "code"]


def markdown(number):
    return [cell.source for cell in cells(number) if cell.cell_type == "markdown"]


def nodes(cell):
    """The cell as Python; lines for the notebook itself (%, !) are left out."""
    return list(ast.walk(parsed(re.sub(r"(?m)^[%!].*", "pass", cell.source))))


@cache
def parsed(source):
    return ast.parse(source)


def calls(cell, name):
    """Calls of ``name`` (``Check``) or ``owner.name`` (``plots.show``) in a cell."""
    return [
        node
        for node in nodes(cell)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name
    ]


def prose(text):
    """Markdown without code, formulas, links and references to literature."""
    text = text.split("## Sources")[0]
    for noise in (r"```.*?```", r"\$\$.*?\$\$", r"\$[^$]+\$", r"`[^`]*`", r"\(http\S+"):
        text = re.sub(noise, " ", text, flags=re.DOTALL)
    return text


def bullets_after(text, marker):
    block = text.split(marker, 1)[1].split("\n\n")[1]
    return re.findall(r"(?m)^[*-] ", block)


def test_each_notebook_is_what_its_text_makes():
    stale = [path.name for path in chapters.build(check=True)]
    assert stale == [], "run: python -m tinyml_course.chapters build"


@every_chapter
def test_a_chapter_is_committed_without_results(number):
    assert all(not cell.outputs and not cell.execution_count for cell in code(number))


@every_chapter
def test_a_chapter_has_the_length_of_a_lesson(number):
    count = len(cells(number))
    assert (15 if number == "00" else 35) <= count <= LONG.get(number, 60)


@every_chapter
def test_there_is_as_much_text_as_code(number):
    assert 1.0 <= len(markdown(number)) / len(code(number)) <= 1.3


@every_chapter
def test_no_code_cell_is_longer_than_25_lines(number):
    long = {
        cell.source.split("\n")[0]: cell.source.count("\n") + 1 for cell in code(number)
    }
    assert {first: lines for first, lines in long.items() if lines > 25} == {}


@every_chapter
def test_never_more_than_two_code_cells_in_a_row(number):
    kinds = "".join(cell.cell_type[0] for cell in cells(number))
    assert "ccc" not in kinds


@every_chapter
def test_it_opens_with_what_you_will_do_and_closes_with_what_you_have_done(number):
    first, last = markdown(number)[0], markdown(number)[-1]
    assert first.startswith("# ")
    for promise in ("You will", "You need"):
        assert promise in first
    assert re.search("you have done|You have", last)
    assert "idea to keep" in last
    assert "Next" in last
    assert "## Sources" in last


@every_chapter
def test_each_objective_is_explained_tried_and_checked(number):
    objectives = cells(number)[0].metadata["tinyml"]["objectives"]
    assert len(bullets_after(markdown(number)[0], "You will")) == len(objectives)
    roles = {objective: set() for objective in objectives}
    for cell in cells(number):
        about = cell.metadata.get("tinyml", {})
        if "objective" in about:
            assert about["role"] in ROLES
            roles[about["objective"]].add(about["role"])  # KeyError: not announced
    for objective, found in roles.items():
        assert objective.startswith(f"{number}-")
        missing = {"explain", "check"} - found or (not found & TRIED and TRIED)
        assert not missing, f"{objective} has no cell with the role {missing}"


@every_chapter
def test_a_widget_states_the_objective_and_the_role_it_has(number):
    for cell in code(number):
        for name in ("Predict", "Check", "Explore"):
            if calls(cell, name):
                about = cell.metadata.get("tinyml", {})
                assert about.get("role") == name.lower(), cell.source.split("\n")[0]
                if name != "Explore":  # its source tells the answer
                    assert "hide-input" in cell.metadata.get("tags", [])


@every_chapter
def test_a_guess_is_locked_and_answers_are_checked(number):
    count = {
        name: sum(len(calls(cell, name)) for cell in code(number))
        for name in ("Predict", "Check")
    }
    assert count["Predict"] >= 1
    assert 2 <= count["Check"] <= LONG.get(number, 50) // 10 or number == "00"


@every_chapter
def test_every_figure_is_shown_with_alt_text(number):
    for cell in code(number):
        assert not calls(cell, "plt.show"), "plots.show(fig, alt=...) instead"
        for name in ("plots.show", "Explore"):
            for call in calls(cell, name):
                assert "alt" in {keyword.arg for keyword in call.keywords}
        inside = {
            id(node)
            for function in nodes(cell)
            if isinstance(function, (ast.FunctionDef, ast.Lambda))
            for node in ast.walk(function)
        }
        drawn = [
            call
            for name in ("plt.subplots", "plt.figure")
            for call in calls(cell, name)
            if id(call) not in inside
        ]
        assert len(drawn) <= len(calls(cell, "plots.show")), cell.source
    for text in markdown(number):
        assert not re.search(r"!\[\s*\]\(", text), "an image without alt text"


@every_chapter
def test_errors_are_neither_expected_nor_swallowed(number):
    for cell in code(number):
        assert "raises-exception" not in cell.metadata.get("tags", [])
        for node in nodes(cell):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, "a bare except"
                assert ast.unparse(node.type) not in ("Exception", "BaseException")


@every_chapter
def test_no_measured_figure_is_typed_into_the_text(number):
    """A first net; the second compares the text with what the cells really show."""
    wanted = r"\d[\d,.]* ?(?:%|percent|ms\b|µs|uJ|instructions\b)|0\.\d{3,}"
    for text in markdown(number):
        found = re.findall(wanted, prose(text))
        assert found == [], text


@every_chapter
def test_a_formula_in_a_quote_stays_on_one_line(number):
    for text in markdown(number):  # JupyterLab takes the > of the next line into it
        for line in text.split("\n"):
            if line.startswith(">"):
                assert line.count("$") % 2 == 0, line


@every_chapter
def test_the_tone_is_plain(number):
    text = "\n".join(map(prose, markdown(number)))
    assert not re.search(r"\b(simply|obviously|trivially?)\b", text, re.IGNORECASE)
    assert not re.search("[\U0001f300-\U0001faff\u2600-\u27bf]", text), "an emoji"


@pytest.fixture(scope="module")
def executed():
    @cache
    def run(number):
        path = chapters.find(number)
        done = chapters.executed(path) or chapters.execute(path).saved
        return nbformat.read(done, as_version=4).cells

    return run


def shown(cell):
    """What a code cell shows, as text: sentences, tables, values."""
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        text = output.get("text") or data.get("text/markdown") or data.get("text/plain")
        if text and not text.startswith(("Figure", "Explore", "Check", "Predict")):
            yield text


@pytest.mark.slow
@every_chapter
def test_every_picture_of_the_executed_chapter_has_alt_text(executed, number):
    for cell in executed(number):
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            assert not {"image/png", "image/svg+xml"} & set(data), cell.source
            for tag in re.findall(r"<img\b[^>]*>", data.get("text/html", "")):
                alt = re.search(r'\balt="([^"]*)"', tag)
                assert alt, cell.source
                assert len(alt[1].split()) > 3, cell.source


@pytest.mark.slow
@every_chapter
def test_the_text_repeats_no_number_that_a_cell_computed(executed, number):
    number_like = r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w])"
    given = {
        found for cell in code(number) for found in re.findall(number_like, cell.source)
    }
    computed = {
        found
        for cell in executed(number)
        if cell.cell_type == "code" and ".card" not in cell.source
        for text in shown(cell)
        for found in re.findall(number_like, text)
        if len(re.sub(r"\D", "", found).strip("0")) >= 3
    } - given
    for text in markdown(number):
        assert not computed & set(re.findall(number_like, prose(text))), text


def test_there_is_a_chapter_to_test():
    assert "02" in NUMBERS
    assert all(Path(source).is_file() for source, _ in SOURCES)
