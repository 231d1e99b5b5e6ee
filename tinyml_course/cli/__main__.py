"""``python -m tinyml_course.cli``: the command ``tinyml``, however it is installed."""

import sys

from tinyml_course.cli import main

if __name__ == "__main__":
    sys.exit(main())
