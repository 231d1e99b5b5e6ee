"""A step's title and how far it is come in, one line on the terminal comes out."""

import sys
import time

__all__ = ["Progress"]


class Progress:
    """One line per step; on a terminal the line is a bar that moves."""

    def __init__(self, stream=None):
        self.stream = stream or sys.stdout
        self.live = self.stream.isatty()
        self.title, self.began, self.tenths = "", 0.0, 0

    def step(self, title):
        """Begin a step, for example ``Installing packages``."""
        self.title, self.began, self.tenths = title, time.time(), 0
        self._write("%s ..." % title, end="" if self.live else "\n")

    def update(self, fraction, note=""):
        """Show how far the step is (0 to 1), and what it is doing."""
        percent = int(100 * min(max(fraction, 0.0), 1.0))
        if self.live:
            bar = ("#" * (percent // 4)).ljust(25, ".")
            line = "%s [%s] %3d %%  %s" % (self.title, bar, percent, note)
            self._write("\r" + line[:78].ljust(78), end="")
        elif percent // 10 > self.tenths:
            self.tenths = percent // 10
            self._write("  %3d %%  %s" % (percent, note))

    def done(self):
        """End the step and say how long it took."""
        line = "%s: done in %.0f s" % (self.title, time.time() - self.began)
        self._write("\r" + line.ljust(78) if self.live else line)

    def _write(self, text, end="\n"):
        self.stream.write(text + end)
        self.stream.flush()
