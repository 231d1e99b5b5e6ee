"""The servers: what they set up around JupyterLab and Voila."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_what_is_not_for_students_is_off_and_their_own_choice_stays(
    monkeypatch, tmp_path
):
    from jupyterlab_server.config import get_page_config

    page_config = tmp_path / "labconfig" / "page_config.json"
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    serve._switch(page_config, False)
    off = {*serve.SWITCHED_OFF, *serve.HANDING_IN}
    assert off <= set(get_page_config([])["disabledExtensions"])
    chosen = {"disabledExtensions": {serve.SWITCHED_OFF[1]: False, "a": True}, "b": "c"}
    page_config.write_text(json.dumps(chosen), encoding="utf-8")
    serve._switch(page_config, True)
    switches = dict.fromkeys(serve.SWITCHED_OFF, True)
    switches |= dict.fromkeys(serve.HANDING_IN, False)
    chosen["disabledExtensions"] = switches | chosen["disabledExtensions"]
    assert json.loads(page_config.read_text(encoding="utf-8")) == chosen
    assert [file.name for file in page_config.parent.iterdir()] == [page_config.name]


def test_settings_that_cannot_be_read_are_written_anew(tmp_path):
    page_config = tmp_path / "page_config.json"
    for damaged in ("{", "[]", '{"disabledExtensions": 3}'):
        page_config.write_text(damaged, encoding="utf-8")
        serve._switch(page_config, False)
        assert set(json.loads(page_config.read_text(encoding="utf-8"))) == {
            "disabledExtensions"
        }


@pytest.mark.skipif(os.name == "nt", reason="there is no JupyterHub on Windows")
def test_a_hub_gets_its_server_with_the_same_settings(monkeypatch, tmp_path):
    for name in ("CONFIG_DIR", "DATA_DIR"):
        monkeypatch.delenv(f"JUPYTER_{name}", raising=False)
    tools, work = tmp_path / "tools", tmp_path / "work"
    for folder in (tools, work):
        folder.mkdir()
    singleuser = tools / "jupyterhub-singleuser"
    singleuser.write_text('#!/bin/sh\necho "$JUPYTER_CONFIG_DIR" "$@"\n')
    singleuser.chmod(0o755)
    told = {"JUPYTERHUB_API_TOKEN": "t", "PATH": f"{tools}:{os.environ['PATH']}"}
    call = "import sys; from pathlib import Path; from tinyml_course import serve; "
    call += "serve.lab(Path(sys.argv[1]), hand_in=True)"
    done = subprocess.run(
        [sys.executable, "-c", call, work],
        env=os.environ | told,
        capture_output=True,
        text=True,
    )
    config, *options = done.stdout.split()
    assert config == str(work / ".jupyter")
    assert f"--ServerApp.root_dir={work}" in options
    assert (work / "assignments").is_dir()
