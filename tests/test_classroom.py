"""Where a class hands out and collects, as the computer's configuration says."""

import os
import sys

import pytest

from tinyml_course import cli
from tinyml_course.errors import DataError
from tinyml_course.grading.classroom import classroom

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="nbgrader has no exchange on Windows"
)


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Write the computer's nbgrader_config.py; gives what a student's `work` sees."""
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path / "etc"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "home"))
    (tmp_path / "etc").mkdir()

    def tell(*lines):
        text = "\n".join(["c = get_config()", *lines])
        (tmp_path / "etc" / "nbgrader_config.py").write_text(text, encoding="utf-8")
        return classroom(tmp_path / "work")

    return tell


def test_a_student_alone_has_none(told, tmp_path):
    if os.path.isdir("/usr/local/share/nbgrader/exchange"):
        pytest.skip("this computer has nbgrader's own default exchange")
    assert told() is None
    assert classroom(tmp_path / "work") is None


def test_the_configured_exchange_and_what_was_handed_out_last(told, tmp_path):
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    place = f"c.Exchange.root = {str(exchange)!r}"
    assert told(place).course == "*"
    for number, year in enumerate(("spring", "autumn")):
        folder = exchange / year / "outbound" / "ps01"
        folder.mkdir(parents=True)
        (folder / "ps01.ipynb").write_text(year, encoding="utf-8")
        os.utime(folder / "ps01.ipynb", (number, number))
    assert told(place).released("ps01").read_text("utf-8") == "autumn"
    one = told(place, 'c.CourseDirectory.course_id = "spring"')
    assert one.released("ps01").read_text("utf-8") == "spring"
    assert one.released("ps02") is None


def test_a_class_that_hands_out_itself_says_how_to_begin_anew(
    told, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("TINYML_WORK", str(tmp_path / "work"))
    folder = tmp_path / "exchange" / "c" / "outbound" / "ps01"
    folder.mkdir(parents=True)
    (folder / "ps01.ipynb").write_text("{}", encoding="utf-8")
    told(f"c.Exchange.root = {str(tmp_path / 'exchange')!r}")
    assert cli.main(["reset", "ps01"]) == 2
    assert "fetch it again" in capsys.readouterr().err
    assert cli.main(["reset", "02"]) == 0
    assert str(tmp_path / "work") in capsys.readouterr().out


def test_an_exchange_that_is_not_there_or_closed_is_told(told, tmp_path):
    place = f"c.Exchange.root = {str(tmp_path / 'exchange')!r}"
    with pytest.raises(DataError, match="You cannot fetch or submit"):
        told(place)
    if os.geteuid() != 0:
        (tmp_path / "exchange").mkdir(mode=0o500)
        with pytest.raises(DataError, match="cannot be written by you"):
            told(place)
