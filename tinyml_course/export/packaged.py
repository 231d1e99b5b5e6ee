"""Hand-written files that go out with a model: a name comes in, its text goes out."""

from __future__ import annotations

from functools import cache
from importlib import resources

__all__ = ["licence", "packaged"]


@cache
def packaged(name: str) -> str:
    """The text of a file of ``runtime/``.

    >>> packaged("tc_io.h").startswith("/* tc_io.h: ")
    True
    """
    folder = resources.files("tinyml_course").joinpath("runtime")
    return folder.joinpath(*name.split("/")).read_text(encoding="utf-8")


def licence() -> str:
    """The licence of the files ``tc*`` that go out with a model.

    >>> licence().splitlines()[-1]
    'OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.'
    """
    return packaged("LICENSE.txt")
