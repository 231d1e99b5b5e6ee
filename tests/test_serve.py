"""The servers: what they set up around JupyterLab and Voila."""

import shutil
import sys
from pathlib import Path

from tinyml_course import serve


def test_notebooks_and_terminals_find_the_programs_of_this_environment(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("CONFIG_DIR", "DATA_DIR", "PREFER_ENV_PATH"):
        monkeypatch.setenv(f"JUPYTER_{name}", str(tmp_path))  # put back afterwards
    serve._own_settings(tmp_path)
    found = shutil.which("python") or shutil.which("python.exe")
    assert Path(found).parent == Path(sys.executable).parent
