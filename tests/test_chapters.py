"""Text becomes notebooks, notebooks run, and what fails is named."""

import os

import nbformat
import pytest

from tinyml_course import chapters

SOURCE = """\
# %% [markdown]
# # Draw a line

# %% tags=["hide-input"] tinyml={"objective": "02-loss", "role": "explore"}
x = 1

# %%
x + 1
"""


@pytest.fixture
def root(tmp_path):
    """A checkout with one chapter."""
    source = tmp_path / "notebooks" / "src" / "02_line.py"
    source.parent.mkdir(parents=True)
    source.write_text(SOURCE)
    (tmp_path / "requirements.lock").write_text("")
    return tmp_path


def write(path, *cells):
    """A notebook of these code cells."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells]
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def test_a_chapter_is_built_once_and_the_same_each_time(root):
    target = root / "notebooks" / "02_line.ipynb"
    assert chapters.build(root, check=True) == [target]
    assert not target.exists()
    assert chapters.build(root) == [target]
    first = target.read_bytes()
    assert chapters.build(root) == []
    target.unlink()
    chapters.build(root)
    assert target.read_bytes() == first


def test_a_built_chapter_has_its_metadata_and_no_outputs(root):
    chapters.build(root)
    notebook = nbformat.read(root / "notebooks" / "02_line.ipynb", 4)
    assert notebook.metadata.kernelspec.name == "python3"
    cell = notebook.cells[1]
    assert cell.metadata.tinyml == {"objective": "02-loss", "role": "explore"}
    assert cell.metadata.tags == ["hide-input"]
    assert cell.outputs == []
    assert cell.execution_count is None


def test_a_new_cell_leaves_the_other_ids_as_they_are(root):
    def ids():
        chapters.build(root)
        notebook = nbformat.read(root / "notebooks" / "02_line.ipynb", 4)
        return [cell.id for cell in notebook.cells]

    before = ids()
    source = root / "notebooks" / "src" / "02_line.py"
    source.write_text(SOURCE.replace("# %%\nx", "# %%\ny = 2\n\n# %%\nx"))
    after = ids()
    assert len(after) == 4
    assert set(before) < set(after)


def test_a_chapter_is_found_by_number_and_path(root):
    chapters.build(root)
    path = root / "notebooks" / "02_line.ipynb"
    assert chapters.find("2", root) == chapters.find("02", root) == path
    assert chapters.find(str(path), root) == path


@pytest.mark.parametrize("name", ["03", "no.ipynb", "setup.py", "", "002", ".."])
def test_what_is_not_there_is_one_line(root, name):
    with pytest.raises(chapters.ChapterError) as caught:
        chapters.find(name, root)
    assert "\n" not in str(caught.value)


def test_a_number_twice_is_refused(root):
    write(root / "notebooks" / "02_a.ipynb")
    write(root / "notebooks" / "02_b.ipynb")
    with pytest.raises(chapters.ChapterError, match="there 2 times"):
        chapters.find("02", root)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[]", b"{}"])
def test_what_is_no_notebook_is_one_line(root, content):
    path = root / "notebooks" / "04_bad.ipynb"
    path.write_bytes(content)
    with pytest.raises(chapters.ChapterError, match="not a Jupyter notebook"):
        chapters.execute(path, root=root)


@pytest.mark.slow
def test_a_chapter_runs_in_static_mode_and_is_kept_until_it_changes(root):
    path = write(
        root / "notebooks" / "02_line.ipynb",
        "import os\nos.environ['TINYML_STATIC']",
        "import sys\nsys.executable",
    )
    before, steps = path.read_bytes(), []
    done = chapters.execute(path, root=root, progress=lambda *step: steps.append(step))
    assert path.read_bytes() == before
    assert steps == [(1, 2), (2, 2)]
    assert done.saved == root / "build" / "executed" / "02_line.ipynb"
    outputs = [cell.outputs[0] for cell in nbformat.read(done.saved, 4).cells]
    assert outputs[0].data["text/plain"] == "'1'"
    assert ".venv" in outputs[1].data["text/plain"]
    assert chapters.executed(path, root) == done.saved
    another = write(root / "notebooks" / "03_next.ipynb", "1")
    assert chapters.executed(path, root) is None, "chapter 00's map would be stale"
    another.unlink()
    assert chapters.executed(path, root) == done.saved
    (root / "book").mkdir()
    (root / "book" / "course_map.toml").write_text("[[part]]", encoding="utf-8")
    assert chapters.executed(path, root) is None
    (root / "book" / "course_map.toml").unlink()
    assert chapters.executed(path, root) == done.saved
    write(path, "1")
    assert chapters.executed(path, root) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("x = 1", "1 / 0"), r"cell 2 \('1 / 0'\) failed: ZeroDivisionError"),
        (("import os\nos._exit(1)",), r"cell 1 \('import os'\) ended the kernel"),
        (
            (
                "import ipywidgets as w\n"
                "def f(x):\n    raise ValueError('no')\n"
                "w.interactive(f, x=3)",
            ),
            r"Output.* widget of cell 1 .* failed: ValueError: no",
        ),
        (
            (
                "import ipywidgets as w, traitlets as t\n"
                "class Bad(w.HTML):\n"
                "    error = t.Unicode('the picture failed').tag(sync=True)\n"
                "Bad()",
            ),
            "widget of cell 1 .* failed: the picture failed",
        ),
        (
            (
                "import sys\n"
                "print('Traceback (most recent call last)\\nKeyError: 1', "
                "file=sys.stderr)",
            ),
            "cell 1 .* failed: KeyError: 1",
        ),
    ],
)
def test_what_fails_is_named(root, cells, words):
    path = write(root / "notebooks" / "05_bad.ipynb", *cells)
    with pytest.raises(chapters.ChapterError, match=words):
        chapters.execute(path, root=root)
    assert not (root / "build").exists()


@pytest.mark.slow
def test_a_cell_that_never_ends_is_named(root):
    path = write(root / "notebooks" / "05_bad.ipynb", "while True: pass")
    with pytest.raises(chapters.ChapterError, match="ran longer than 3 s"):
        chapters.execute(path, root=root, cell_timeout_s=3)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="a kernel's pipes are POSIX's")
def test_the_kernel_listens_on_no_port(root):
    """A machine may have no network at all, not even loopback."""
    ask = (
        "import json; from ipykernel.connect import get_connection_info\n"
        "assert json.loads(get_connection_info())['transport'] == 'ipc'"
    )
    path = write(root / "notebooks" / "03_quiet.ipynb", ask)
    assert chapters.execute(path, root=root).cells == 1
