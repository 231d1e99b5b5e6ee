"""The C as a package: CMake builds and runs it; Zephyr's files say what it reads."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from models import DIGITS, GOLDEN, vectors

from tinyml_course import deploy, export, graph

MLP = next(path for path in GOLDEN if path.stem == "mlp")
BESIDE = shutil.which("cmake", path=Path(sys.executable).parent)
CMAKE = BESIDE or shutil.which("cmake")
needs_cmake = pytest.mark.skipif(
    CMAKE is None or not (shutil.which("cc") and shutil.which("make")),
    reason="cmake, cc or make is not installed: the CMake package is not built "
    "(apt install cmake gcc make, or pip install cmake)",
)
MAIN = """#include <stdio.h>
#include "digits.h"
#include "test.h"
int main(void) {
  if (fread(digits_input(), 1, DIGITS_INPUT_0_BYTES, stdin) != DIGITS_INPUT_0_BYTES)
    return 1;
  if (digits_invoke() != 0 || test_invoke() != 0)
    return 1;
  fwrite(digits_output(), 1, DIGITS_OUTPUT_0_BYTES, stdout);
  return 0;
}
"""
PROJECT = """cmake_minimum_required(VERSION 3.16)
project(app LANGUAGES C)
enable_testing()
{models}
add_executable(app main.c)
target_link_libraries(app PRIVATE digits::digits test::test)
"""
WAYS = {
    "sources": """add_subdirectory(digits)
include(FetchContent)
FetchContent_Declare(test SOURCE_DIR ${CMAKE_CURRENT_SOURCE_DIR}/test)
FetchContent_MakeAvailable(test)""",
    "find_package": """find_package(digits CONFIG REQUIRED)
find_package(test CONFIG REQUIRED)""",
}


def cmake(*words):
    done = subprocess.run([CMAKE, *map(str, words)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def built(source, build, *options):
    cmake("-S", source, "-B", build, "-G", "Unix Makefiles", *options)
    cmake("--build", build)


@needs_cmake
@pytest.mark.parametrize("way", WAYS)
def test_two_models_build_and_run_from_cmake(way, tmp_path):
    app = tmp_path / "app"
    app.mkdir()
    # test is a word that CMake keeps to itself, for the targets but not for the models
    for name, path in (("digits", DIGITS), ("test", MLP)):
        deploy.write("cmake", path, app / name, name, values=export.Values())
        if way == "find_package":
            built(app / name, tmp_path / f"build_{name}")
            cmake("--install", tmp_path / f"build_{name}", "--prefix", tmp_path / "to")
            shutil.rmtree(app / name)
    (app / "main.c").write_text(MAIN)
    (app / "CMakeLists.txt").write_text(PROJECT.format(models=WAYS[way]))
    built(app, tmp_path / "build", f"-DCMAKE_PREFIX_PATH={tmp_path / 'to'}")
    model = graph.read(DIGITS)
    x = vectors(model, 3)[0][2:]
    said = subprocess.run(
        [tmp_path / "build" / "app"], input=x.tobytes(), capture_output=True, check=True
    )
    assert said.stdout == graph.invoke(model, x).tobytes()


ZEPHYR = """cmake_minimum_required(VERSION 3.20)
project(app LANGUAGES C)
# Zephyr's own commands, as its documentation describes them.
function(zephyr_include_directories)
  foreach(folder ${ARGV})
    get_filename_component(whole ${folder} ABSOLUTE)
    include_directories(${whole})
    set_property(GLOBAL APPEND PROPERTY INCLUDES ${whole})
  endforeach()
endfunction()
macro(zephyr_library_named name)
  add_library(${name} STATIC)
  set(ZEPHYR_CURRENT_LIBRARY ${name})
endmacro()
function(zephyr_library_sources)
  target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGV})
endfunction()
set(CONFIG_TINYML_DIGITS y)
add_subdirectory(digits/zephyr)
add_executable(app main.c)
get_property(folders GLOBAL PROPERTY INCLUDES)
target_include_directories(app PRIVATE ${folders})
target_link_libraries(app PRIVATE tinyml_digits)
"""


def test_zephyr_finds_a_module_with_an_option(tmp_path):
    deploy.write("zephyr", DIGITS, tmp_path, "digits")
    module = yaml.safe_load((tmp_path / "zephyr" / "module.yml").read_text())
    assert module["name"] == "tinyml_digits"
    assert (tmp_path / module["build"]["cmake"] / "CMakeLists.txt").is_file()
    option = (tmp_path / module["build"]["kconfig"]).read_text()
    assert re.search(r'^config TINYML_DIGITS\n\s+bool "', option, re.M)
    text = (tmp_path / "zephyr" / "CMakeLists.txt").read_text()
    listed = set(re.findall(r"\.\./(\w+\.c)\b", text))
    assert listed == {path.name for path in tmp_path.glob("*.c")}


@needs_cmake
def test_the_zephyr_module_builds_where_its_commands_mean_what_zephyr_says(tmp_path):
    deploy.write("zephyr", DIGITS, tmp_path / "digits", "digits")
    (tmp_path / "CMakeLists.txt").write_text(ZEPHYR)
    main = MAIN.replace('#include "test.h"\n', "").replace(" || test_invoke() != 0", "")
    (tmp_path / "main.c").write_text(main)
    built(tmp_path, tmp_path / "build")
    x = np.zeros((1, 8, 8, 1), np.int8)
    said = subprocess.run(
        [tmp_path / "build" / "app"], input=x.tobytes(), capture_output=True, check=True
    )
    assert said.stdout == graph.invoke(graph.read(DIGITS), x).tobytes()
