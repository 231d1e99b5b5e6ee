"""A search tries the same settings however it is run, and never one of them twice."""

import json
import math
import os
import random
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from tinyml_course import search
from tinyml_course.errors import BudgetError, DataError, ToolError
from tinyml_course.search import Integer, Trial, Uniform
from tinyml_course.search.journal import Journal

SPACE = {
    "units": [8, 16, 32],
    "layers": [(16,), (16, 16)],
    "rate": Uniform(1e-4, 1e-1, log=True),
    "depth": Integer(1, 12),
}
METHODS = ("random", "bayes")


def score(params):
    """A hill with its top at a rate of 0.01 and a depth of 3."""
    far = abs(math.log10(params["rate"]) + 2) + abs(params["depth"] - 3) / 4
    return {"value": -far, "bytes": params["units"] * len(params["layers"])}


def run(evaluate=score, space=SPACE, **words):
    return search.run(evaluate, space, progress=False, **words)


# --- what is tried


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_tries_the_same_and_another_seed_others(method):
    first, again, other = (run(method=method, seed=seed) for seed in (0, 0, 1))
    assert first.trials == again.trials
    assert first.trials[0].params != other.trials[0].params
    assert len(first.trials) == 20


@pytest.mark.parametrize("method", METHODS)
def test_settings_stay_in_their_ranges_and_keep_their_types(method):
    for trial in run(method=method, trials=30).trials:
        assert trial.params["units"] in SPACE["units"]
        assert isinstance(trial.params["layers"], tuple)
        assert 1e-4 <= trial.params["rate"] <= 1e-1
        assert isinstance(trial.params["rate"], float)
        assert type(trial.params["depth"]) is int
        assert 1 <= trial.params["depth"] <= 12


def test_random_draws_reach_every_choice_evenly():
    space = {"a": [None, True, "x"], "n": Integer(1, 4), "m": Integer(1, 100, log=True)}
    trials = run(lambda p: 0, space, trials=600).trials
    drawn = {name: [trial.params[name] for trial in trials] for name in space}
    for choice in space["a"]:
        assert 150 < sum(value is choice for value in drawn["a"]) < 250
    assert sorted(set(drawn["n"])) == [1, 2, 3, 4]
    small = np.mean(np.array(drawn["m"]) <= 10)
    assert 0.45 < small < 0.7  # by factors: half of the draws are below 10
    assert min(drawn["m"]) == 1


def test_a_grid_tries_every_combination_once_in_order():
    found = run(lambda p: p["a"] * p["b"], {"a": [1, 2], "b": Integer(3, 5)}, trials=99)
    found_all = run(lambda p: p["a"] * p["b"], {"a": [1, 2], "b": [3, 4, 5]})
    pairs = [(a, b) for a in (1, 2) for b in (3, 4, 5)]
    grid = run(lambda p: 0, {"a": [1, 2], "b": Integer(3, 5)}, method="grid")
    assert [tuple(t.params.values()) for t in grid.trials] == pairs
    assert len(found.trials) == 99
    assert len(found_all.trials) == 20


def test_bayes_learns_from_the_trials_before():
    ends = [
        [np.mean([t.value for t in run(method=m, trials=40, seed=s).trials[20:]])]
        for m in METHODS
        for s in range(3)
    ]
    assert np.mean(ends[3:]) > np.mean(ends[:3]) + 0.2


def test_more_trials_go_on_from_fewer():
    for method in METHODS:
        few, many = (run(method=method, trials=n).trials for n in (6, 14))
        assert many[:6] == few


def test_optuna_talks_as_before_a_search(capfd):
    import optuna

    before = optuna.logging.get_verbosity()
    run(method="bayes", trials=5)
    assert optuna.logging.get_verbosity() == before
    assert capfd.readouterr().err == ""


# --- what comes back


def test_best_is_the_largest_value_and_the_first_of_equal_ones():
    found = run(
        lambda p: [1.0, 3.0, 3.0, 2.0][p["i"]], {"i": [0, 1, 2, 3]}, trials=None
    )
    grid = run(lambda p: [1, 3, 3, 2][p["i"]], {"i": [0, 1, 2, 3]}, method="grid")
    assert grid.best == Trial(1, {"i": 1}, 3.0)
    assert grid.best_so_far.tolist() == [1, 3, 3, 3]
    assert found.best.value == 3.0
    assert grid.seconds >= 0


def test_a_trial_that_fails_is_kept_with_its_reason_and_the_search_goes_on():
    def evaluate(params):
        if params["i"] == 0:
            raise ValueError("two\nlines")
        if params["i"] == 1:
            raise BudgetError(
                "Too big.", region="RAM", needed_bytes=2, available_bytes=1
            )
        return {2: math.nan, 3: -math.inf, 4: np.float32(0.5)}[params["i"]]

    found = run(evaluate, {"i": Integer(0, 4)}, method="grid")
    errors = [trial.error for trial in found.trials]
    nan, inf = "The value is nan.", "The value is -inf."
    assert errors == ["ValueError: two lines", "Too big.", nan, inf, ""]
    assert [trial.value for trial in found.trials] == [None] * 4 + [0.5]
    assert found.best.number == 4
    assert np.isnan(found.best_so_far[:4]).all()
    assert "4 failed, the first with: ValueError: two lines." in str(found)


def test_bayes_lives_with_failed_trials():
    def evaluate(params):
        if params["units"] == 32:
            raise MemoryError("no room")
        return score(params)

    found = run(evaluate, method="bayes", trials=12)
    assert found.trials == run(evaluate, method="bayes", trials=12, jobs=1).trials
    assert any(trial.error for trial in found.trials)


def test_a_table_shows_the_best_first_without_times_and_escapes_text():
    found = run(lambda p: {"value": p["i"], "kind": "<b>"}, {"i": list(range(12))})
    lines = str(found).splitlines()
    assert lines[0].split() == ["trial", "i", "value", "kind"]
    assert len(lines) == 12
    assert "the best 10 shown" in lines[-1]
    html = found._repr_html_()
    assert "&lt;b&gt;" in html
    assert "second" not in html


# --- mistakes


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"space": {}}, "space is empty"),
        ({"space": [8, 16]}, "space is empty"),
        ({"space": {"a": []}}, "choices for 'a' is empty"),
        ({"space": {"a": 3}}, r"To keep it fixed: \[3\]"),
        ({"space": {"a": "relu"}}, r"To keep it fixed: \['relu'\]"),
        ({"space": {"a": [1, 1]}}, "a value twice"),
        ({"space": {"a": [object()]}}, "cannot be written down"),
        ({"space": {3: [1]}}, "is text; received 3"),
        ({"method": "grid"}, "needs a list of choices for 'rate'"),
        ({"method": "best"}, "no method 'best'. Known: 'random', 'grid', 'bayes'"),
        ({"trials": 0}, "trials is 0; expected a whole number, 1 or more"),
        ({"trials": 2.5}, "trials is 2.5"),
        ({"seed": -1}, "seed is -1; expected a whole number, 0 or more"),
        ({"batch": 0}, "batch is 0"),
        ({"jobs": 0}, "jobs is 0; expected 1, 2"),
        ({"evaluate": 3}, "evaluate is 3; expected a function"),
        ({"evaluate": lambda p: "good"}, "gave 'good', a str; expected a number"),
        ({"evaluate": lambda p: None}, "gave 'None', a NoneType"),
        ({"evaluate": lambda p: {"loss": 1}}, 'a dict with a number as "value"'),
        ({"evaluate": lambda p: {"value": 1, "w": [1, 2]}}, "gave a list as 'w'"),
        ({"evaluate": lambda p: 1 / 0}, "All 20 trials failed.*ZeroDivisionError"),
    ],
)
def test_a_mistake_is_answered_in_words(words, message):
    with pytest.raises(DataError, match=message):
        run(**words)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Uniform(1, 1), "low < high"),
        (lambda: Uniform(0, 1, log=True), "expected low > 0"),
        (lambda: Uniform(0, math.inf), "no range"),
        (lambda: Integer(0, 1.5), "no whole numbers. Try: Uniform"),
        (lambda: Integer(3, 1), "low < high"),
    ],
)
def test_a_range_that_is_none_is_answered_in_words(make, message):
    with pytest.raises(DataError, match=message):
        make()


# --- the journal


@pytest.mark.parametrize("method", ["random", "grid", "bayes"])
def test_a_search_goes_on_where_it_was_stopped(method, tmp_path):
    space = {"a": [(1,), (2, 2), "x"], "b": Integer(0, 3)}
    ran = []

    def evaluate(params):
        if len(ran) == stop:
            raise KeyboardInterrupt
        ran.append(params)
        return {"value": params["b"] - len(params["a"]), "note": "ok"}

    stop = -1
    whole = run(evaluate, space, method=method, trials=12)
    path, ran[:], stop = tmp_path / "j", [], 5
    with pytest.raises(KeyboardInterrupt):
        run(evaluate, space, method=method, trials=12, journal=path)
    assert len(path.read_text().splitlines()) == 6
    stop = -1
    resumed = run(evaluate, space, method=method, trials=12, journal=path)
    assert resumed.resumed == 5
    assert len(ran) == 12
    assert resumed == whole
    again = run(evaluate, space, method=method, trials=12, journal=path)
    assert (len(ran), again, again.resumed) == (12, whole, 12)


def test_a_last_line_cut_anywhere_is_mended(tmp_path):
    path = tmp_path / "j"
    whole = run(method="random", trials=3, journal=path)
    text = path.read_bytes()
    lines = text.splitlines(keepends=True)
    for size in range(len(text)):
        path.write_bytes(text[:size])
        found = run(method="random", trials=3, journal=path)
        assert found == whole
        done = [line.rstrip(b"\n") for line in lines[1:]]
        assert found.resumed == sum(line in text[:size] for line in done)
        assert path.read_bytes().count(b"\n") == 4


def test_failures_are_remembered_too(tmp_path):
    def evaluate(params):
        ran.append(params)
        raise RuntimeError("no")

    ran = []
    for _ in range(2):
        with pytest.raises(DataError, match=r"RuntimeError: no .* Then remove .*j1"):
            run(evaluate, trials=2, journal=tmp_path / "j1")
    assert len(ran) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"seed": 1}, "its seed is 0, here it is 1"),
        ({"method": "random"}, "its method is bayes, here it is random"),
        ({"batch": 2}, "its batch is 4, here it is 2"),
        (
            {"space": {"a": [1, 3]}},
            r"its space is \['a', \[1, 2\]\].*\['a', \[1, 3\]\]",
        ),
        ({"space": {"b": [1, 2]}}, r"its space is \['a'\], here it is \['b'\]"),
    ],
)
def test_the_journal_of_another_search_is_refused(words, message, tmp_path):
    ours = {"space": {"a": [1, 2]}, "method": "bayes", "trials": 2}
    run(lambda p: p["a"], journal=tmp_path / "j", **ours)
    before = (tmp_path / "j").read_bytes()
    with pytest.raises(DataError, match=message):
        run(lambda p: 0, journal=tmp_path / "j", **ours | words)
    assert (tmp_path / "j").read_bytes() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"Dear diary", "no journal of a search"),
        (b"Dear diary\n", "Line 1 of .* cannot be read"),
        (b"\x89PNG\r\n\x1a\n", "Line 1 of"),
        (b'{"a": 1}\n', "no journal of a search"),
        (b"[1]\n", "Line 1 of"),
    ],
)
def test_a_file_that_is_no_journal_stays_as_it_was(text, message, tmp_path):
    path = tmp_path / "j"
    path.write_bytes(text)
    with pytest.raises(DataError, match=message):
        run(journal=path)
    assert path.read_bytes() == text


def test_a_changed_line_is_named(tmp_path):
    path = tmp_path / "j"
    run(trials=3, journal=path)
    lines = path.read_text().splitlines()
    for bad, message in [("{", "Line 3 of"), ('{"number": 7}', "was changed")]:
        path.write_text("\n".join([*lines[:2], bad, lines[3], ""]))
        with pytest.raises(DataError, match=message):
            run(trials=3, journal=path)


def test_a_place_that_cannot_hold_a_journal_is_named(tmp_path, monkeypatch):
    with pytest.raises(DataError, match="Is a directory"):
        run(journal=tmp_path)
    with pytest.raises(DataError, match="No such file or directory"):
        run(journal=tmp_path / "none" / "j")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(DataError, match=r"Permission denied\. Give the path"):
        run(journal=tmp_path / "j")


def test_a_full_disk_is_named(tmp_path):
    class Full:
        def write(self, line):
            raise OSError(28, "No space left on device")

        def close(self):
            pass

    with Journal(tmp_path / "j", {"search": 1}) as journal:
        journal._file.close()
        journal._file = Full()
        with pytest.raises(DataError, match=r"No space left on device.*make room"):
            journal.add({})


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no /dev/zero here")
def test_a_device_is_no_journal():
    with pytest.raises(DataError, match="is no file"):
        run(journal="/dev/zero")


def test_two_searches_do_not_share_a_journal(tmp_path):
    def evaluate(params):
        with pytest.raises(DataError, match="Another search is writing"):
            run(trials=1, journal=tmp_path / "j")
        return 1

    assert run(evaluate, trials=2, journal=tmp_path / "j").best.value == 1


def test_the_journal_is_one_readable_line_a_trial(tmp_path):
    run(trials=1, journal=tmp_path / "j")
    first, second = map(json.loads, (tmp_path / "j").read_text().splitlines())
    assert (first["method"], first["seed"]) == ("random", 0)
    assert second["number"] == 0
    assert set(second["params"]) == set(SPACE)


# --- on several processors


@pytest.mark.slow
def test_two_jobs_give_what_one_job_gives(tmp_path):
    def evaluate(params):  # inside a function: sent to the workers whole
        time.sleep(0.01 * (params["depth"] % 3))  # so that trials end in another order
        if params["units"] == 32 and params["depth"] > 6:
            raise ValueError("too much")
        return -abs(params["rate"] - 0.01)

    for method in METHODS:
        one, two = (run(evaluate, method=method, jobs=jobs) for jobs in (1, 2))
        assert two.trials == one.trials


@pytest.mark.slow
def test_a_worker_that_dies_ends_the_search_with_one_line(tmp_path):
    with pytest.raises(ToolError, match="A worker could not run the tasks"):
        run(lambda p: os._exit(1), jobs=2)


PROGRAM = """
import sys, time
from pathlib import Path
from tinyml_course import search

folder, jobs = Path(sys.argv[1]), int(sys.argv[2])

def evaluate(params):
    time.sleep(0.1)
    (folder / f"{params['x']!r} {time.time_ns()}").touch()
    return -abs(params["x"] - 0.3)

found = search.run(
    evaluate, {"x": search.Uniform(0, 1), "k": ["a", "b"]}, method="bayes",
    trials=24, jobs=jobs, journal=folder / "journal", progress=False,
)
print(found.resumed, found.best.number, found.best.params, found.best.value)
"""


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_search_resumes_without_repeating_a_finished_trial(jobs, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)

    def words(folder):
        return [sys.executable, program, folder, str(jobs)]

    killed, whole = tmp_path / "killed", tmp_path / "whole"
    killed.mkdir()
    whole.mkdir()
    process = subprocess.Popen(words(killed))
    journal = killed / "journal"
    while not journal.exists() or len(journal.read_text().splitlines()) < 8:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = [json.loads(line) for line in journal.read_text().splitlines(True)[1:]]
    time.sleep(2)  # workers that lost their parent end within a second
    before = set(killed.iterdir())
    second = subprocess.run(words(killed), capture_output=True, text=True, check=True)
    straight = subprocess.run(words(whole), capture_output=True, text=True, check=True)
    resumed, _, best = second.stdout.partition(" ")
    assert int(resumed) == len(kept)
    assert best == straight.stdout.partition(" ")[2]
    ran = [path.name.split()[0] for path in set(killed.iterdir()) - before]
    assert len(ran) == 24 - len(kept)
    assert not {repr(record["params"]["x"]) for record in kept} & set(ran)


@pytest.mark.slow
def test_a_dask_cluster_gives_what_one_job_gives(cluster, tmp_path):
    import distributed

    def evaluate(params):
        time.sleep(0.02)
        if params["units"] == 32 and params["depth"] > 8:
            raise ValueError("too much")
        far = abs(params["rate"] - 0.01)
        return {"value": -far, "far": far}

    with distributed.Client(cluster, timeout=30, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    for method in METHODS:
        here = run(evaluate, method=method)
        there = run(
            evaluate, method=method, scheduler=cluster, journal=tmp_path / method
        )
        assert there.trials == here.trials
        assert there.best == here.best
        again = run(evaluate, method=method, journal=tmp_path / method)
        assert again.resumed == 20

    def draw(params):  # what Keras's seeds come down to
        random.seed(0)
        time.sleep(0.2)  # Dask's own threads draw meanwhile, from the same numbers
        return {"value": random.random(), "where": os.getpid()}

    found = run(draw, scheduler=cluster)
    assert {trial.value for trial in found.trials} == {random.Random(0).random()}
    where = {trial.metrics["where"] for trial in found.trials}
    assert len(where) == 2
    assert os.getpid() not in where
    with pytest.raises(DataError, match="a str; expected a number"):
        run(lambda p: "good", scheduler=cluster)


@pytest.mark.slow
def test_a_scheduler_that_is_not_there_is_named_soon(monkeypatch):
    began = time.monotonic()
    held = socket.socket()
    held.bind(("127.0.0.1", 0))  # and nobody listens
    nobody = f"tcp://127.0.0.1:{held.getsockname()[1]}"
    why = "No Dask scheduler answers at 'tcp://127"
    with held, pytest.raises(ToolError, match=why):
        run(scheduler=nobody)
    assert time.monotonic() - began < 15
    monkeypatch.setattr("tinyml_course.spread._PATIENCE_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ToolError, match="Start one with: dask scheduler"):
            run(scheduler=address)
    with pytest.raises(ToolError, match="No Dask scheduler answers at 'here'"):
        run(scheduler="here")


def test_the_search_is_imported_without_its_tools():
    code = (
        "import sys; from tinyml_course import search; search.run(lambda p: 1, "
        "{'a': [1]}, progress=False); assert not {'optuna', 'dask', 'distributed', "
        "'joblib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
