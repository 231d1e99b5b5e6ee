"""The board: C sources come in, firmware and what it does and costs go out."""

from tinyml_course.device.firmware import Firmware, build
from tinyml_course.device.harness import build_model, overhead_bytes
from tinyml_course.device.results import ProfileRow, RunResult
from tinyml_course.device.run import run, run_model

__all__ = [
    "Firmware",
    "ProfileRow",
    "RunResult",
    "build",
    "build_model",
    "overhead_bytes",
    "run",
    "run_model",
]
