"""The key of a course: made once, read back, refused when it is none; what it draws."""

import os
import stat

import nbformat
import pytest

from tinyml_course.errors import DataError
from tinyml_course.grading.keys import drawn, keyed, read_key

HEX = "0123456789abcdef" * 4


def test_a_key_is_made_where_there_is_none_and_then_it_stays(tmp_path):
    path = tmp_path / "course.key"
    key = read_key(path)
    assert len(key) == 32
    assert read_key(path) == key
    assert read_key(tmp_path / "another.key") != key
    assert path.read_text() == key.hex() + "\n"


def test_nobody_but_its_owner_reads_a_key(tmp_path):
    read_key(tmp_path / "course.key")
    assert stat.S_IMODE((tmp_path / "course.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("text", [HEX, HEX + "\n", "  " + HEX.upper() + "\r\n\n"])
def test_spaces_around_a_key_and_capitals_make_no_difference(tmp_path, text):
    (tmp_path / "key").write_bytes(text.encode())
    assert read_key(tmp_path / "key") == bytes.fromhex(HEX)


@pytest.mark.parametrize(
    "held",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\n\n", id="blank"),
        pytest.param(HEX[:-1].encode(), id="short"),
        pytest.param(HEX.encode() + b"0", id="long"),
        pytest.param(HEX.encode() + b"\n" + HEX.encode(), id="two keys"),
        pytest.param(HEX[:-1].encode() + b"g", id="not hexadecimal"),
        pytest.param(HEX[:32].encode() + b" " + HEX[32:].encode(), id="parted"),
        pytest.param(bytes(range(256)) * 2, id="binary"),
        pytest.param(HEX.encode() * 100_000, id="huge"),
        pytest.param(HEX.encode("utf-16"), id="of two bytes a character"),
    ],
)
def test_what_is_no_key_is_refused_and_stays_as_it_is(tmp_path, held):
    path = tmp_path / "key"
    path.write_bytes(held)
    with pytest.raises(DataError, match="is no key: expected 64 hexadecimal digits"):
        read_key(path)
    assert path.read_bytes() == held


def test_a_message_about_a_key_does_not_tell_it(tmp_path):
    (tmp_path / "key").write_text(HEX + "0")
    with pytest.raises(DataError) as told:
        read_key(tmp_path / "key")
    assert HEX[:8] not in str(told.value)


def test_a_folder_and_a_place_that_is_not_there_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "no" / "key"):
        with pytest.raises(DataError, match=r"cannot be read: .*Name a text file"):
            read_key(path)
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    """By its error: root may read everything, and tests run as root, too."""
    (tmp_path / "key").write_text(HEX)

    def refuse(*_):
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(DataError, match="cannot be read: Permission denied"):
        read_key(tmp_path / "key")


def test_numbers_are_those_of_their_names_and_of_their_key():
    numbers = [
        drawn(key, *names)
        for key in (b"one", b"two")
        for names in (
            ("ps01", "a/1"),
            ("ps01", "a/2"),
            ("ps02", "a/1"),
            ("ps01a", "/1"),
        )
    ]
    assert len(set(numbers)) == len(numbers)
    assert drawn(b"one", "ps01", "a/1") == numbers[0]


def test_numbers_are_seeds_and_cover_what_they_may():
    numbers = [drawn(b"key", "ps01", k) for k in range(2000)]
    assert all(isinstance(number, int) for number in numbers)
    assert 2**30 <= min(numbers) < 2**30 * 1.01
    assert 2**30 * 1.99 < max(numbers) < 2**31
    assert abs(sum(n % 2 for n in numbers) - 1000) < 4 * (2000 / 4) ** 0.5


def notebook(**cells):
    """Grade id to source; ``plain`` cells have none, ``text`` ones are markdown."""
    made = []
    for name, source in cells.items():
        text = name.startswith("text")
        new = nbformat.v4.new_markdown_cell if text else nbformat.v4.new_code_cell
        about = {} if name.startswith("plain") else {"nbgrader": {"grade_id": name}}
        made.append(new(source, metadata=about))
    return nbformat.v4.new_notebook(cells=made)


def test_keyed_puts_the_numbers_of_the_key_into_cells_with_a_grade_id():
    public = notebook(
        data="COURSE = 0  # public\nx = COURSE",
        a="hidden_seed = 31\nx = 1\nhidden_seed = 31  # again\n",
        b="hidden_seed = 31",
    )
    own = keyed(public, "ps03", b"key")
    course, one, two, other = (
        drawn(b"key", "ps03", what) for what in ("COURSE", "a/1", "a/2", "b/1")
    )
    assert [cell.source for cell in own.cells] == [
        f"COURSE = {course}  # public\nx = COURSE",
        f"hidden_seed = {one}\nx = 1\nhidden_seed = {two}  # again\n",
        f"hidden_seed = {other}",
    ]
    assert public.cells[2].source == "hidden_seed = 31", "the notebook stays as it is"
    assert keyed(public, "ps04", b"key").cells[2].source != own.cells[2].source


def test_what_several_hidden_tests_share_is_one_number_in_all_of_them():
    public = notebook(
        a="hidden_seed = 1\nhidden_seed_of_all = 7",
        b="hidden_seed_of_all = 7\nhidden_seed = 1",
    )
    own = keyed(public, "ps03", b"key")
    one, other, shared = (
        drawn(b"key", "ps03", what) for what in ("a/1", "b/1", "hidden_seed_of_all")
    )
    assert [cell.source for cell in own.cells] == [
        f"hidden_seed = {one}\nhidden_seed_of_all = {shared}",
        f"hidden_seed_of_all = {shared}\nhidden_seed = {other}",
    ]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("plain", "hidden_seed = 31"),
        ("text", "hidden_seed = 31"),
        ("a", "    hidden_seed = 31"),
        ("a", "my_hidden_seed = 31\nhidden_seeds = 31\nhidden_seed == 31"),
        ("a", "# hidden_seed = 31\nHIDDEN_SEED = 31\nCOURSES = 3"),
        ("a", "hidden_seed = [31]\nx, hidden_seed = 1, 31"),
    ],
)
def test_what_is_no_such_line_stays(name, source):
    own = keyed(notebook(**{name: source}), "ps03", b"key")
    assert own.cells[0].source == source
