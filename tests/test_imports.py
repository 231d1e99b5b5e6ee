"""Who may import whom: a module imports only from rows above its own."""

import ast
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tinyml_course

PACKAGE = Path(tinyml_course.__file__).parent
ROWS = (
    {"errors", "install"},
    {"boards", "datasets", "kernels", "mlperf", "scratch", "plots", "spread", "tables"},
    {"audio", "features", "public"},
    {"train", "graph"},
    {"compress", "quantize", "classic", "oracle", "vectors"},
    {"export"},
    {"device"},
    {"diagrams", "pictures", "report", "verify", "search", "deploy"},
    {"widgets", "grading", "automl", "chapters", "workspace", "serve", "doctor"},
    {"cli"},
)
ROW = {name: number for number, names in enumerate(ROWS) for name in names}
MODULES = sorted(
    path.stem
    for path in PACKAGE.iterdir()
    if (path.suffix == ".py" and path.stem != "__init__")
    or (path / "__init__.py").exists()
)


def files_of(module):
    path = PACKAGE / f"{module}.py"
    return [path] if path.exists() else sorted((PACKAGE / module).rglob("*.py"))


def imported(module):
    """The modules of the package that ``module`` imports, anywhere in its files."""
    found = set()
    for path in files_of(module):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            for name in names:
                parts = name.split(".")
                if parts[0] == "tinyml_course" and parts[1] in MODULES:
                    found.add(parts[1])
    return found - {module}


def test_every_module_has_a_row():
    assert [name for name in MODULES if name not in ROW] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_rows_above(module):
    below = {name for name in imported(module) if ROW[name] >= ROW[module]}
    assert below == set()


def test_no_relative_imports():
    for module in MODULES:
        for path in files_of(module):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                assert not (isinstance(node, ast.ImportFrom) and node.level), path


def test_the_set_up_needs_the_standard_library_alone():
    for path in files_of("install"):
        for node in ast.walk(ast.parse(path.read_text(), feature_version=(3, 6))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module]
            else:
                continue
            for name in names:
                own = name.startswith("tinyml_course.install")
                assert own or name.split(".")[0] in sys.stdlib_module_names, name


@pytest.mark.parametrize("module", MODULES)
def test_no_file_holds_two_ideas(module):
    for path in files_of(module):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 350, path


@pytest.mark.parametrize(
    ("words", "seconds"),
    [(["-c", "import tinyml_course"], 0.3), (["-m", "tinyml_course.cli", "-h"], 0.5)],
)
def test_starting_is_quick(words, seconds):
    times = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run([sys.executable, *words], check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    assert min(times) < seconds
