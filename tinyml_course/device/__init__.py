"""The board: C sources come in, firmware and what it does and costs go out."""

from tinyml_course.device.firmware import Firmware, build
from tinyml_course.device.harness import build_model, overhead_bytes
from tinyml_course.device.host import HostModel, host, wasm
from tinyml_course.device.results import ProfileRow, RunResult
from tinyml_course.device.run import run, run_model
from tinyml_course.device.warm import warm

__all__ = [
    "Firmware",
    "HostModel",
    "ProfileRow",
    "RunResult",
    "build",
    "build_model",
    "host",
    "overhead_bytes",
    "run",
    "run_model",
    "warm",
    "wasm",
]
