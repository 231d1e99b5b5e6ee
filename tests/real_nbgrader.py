"""nbgrader's own commands, as a person gives them, without waiting for its imports.

Each runs in a process of its own, forked from one that has imported nbgrader.
"""

import multiprocessing
import os
import sys
import tempfile
from pathlib import Path

__all__ = ["nbgrader"]

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["nbgrader.apps.nbgraderapp"])


def nbgrader(folder, *words, **env):
    """Give one command in this folder; an error of its own if it fails."""
    # nbgrader calls alembic by its name
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    env = {"PATH": path, "JUPYTER_PREFER_ENV_PATH": "1", **env}
    with tempfile.NamedTemporaryFile("r") as said:
        process = _processes.Process(
            target=_run, args=(str(folder), [*map(str, words)], env, said.name)
        )
        process.start()
        process.join()
        assert process.exitcode == 0, said.read()[-3000:]


def _run(folder, words, env, said):
    from nbgrader.apps.nbgraderapp import NbGraderApp

    os.environ.update(env)
    os.chdir(folder)
    with Path(said).open("w") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    NbGraderApp.launch_instance(words)
