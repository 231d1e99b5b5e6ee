"""Give pages what makes them live: MathJax from our own files, the widgets' script."""

from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from sphinx.util.fileutil import copy_asset

from tinyml_course import widgets

# Of the 24 MB of the package, what a page with formulas can ask for.
MATHJAX = ("tex-chtml.js", "output/chtml/fonts", "input/tex/extensions")


def load_widgets(app, pagename, templatename, context, doctree):
    """Add the widgets' script and style to the pages that show widgets, to no other."""
    if 'class="tinyml-widget"' in (context.get("body") or ""):
        app.add_js_file("tinyml-widgets.js", loading_method="defer")
        app.add_css_file("tinyml-widgets.css")


def name_empty_headers(app, doctree):
    """Drop header rows without words; say something in header cells without any.

    Markdown demands a header row of every table. What is said in an empty corner, only
    a screen reader tells.
    """
    for head in list(doctree.findall(nodes.thead)):
        if not head.astext().strip():
            head.parent.remove(head)
            continue
        for entry in head.findall(nodes.entry):
            if not entry.astext().strip():
                words = '<span class="visually-hidden">name</span>'
                entry.children = [nodes.raw("", words, format="html")]


def write_assets(app):
    """Write the files of the widgets and of MathJax into ``_static``."""
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    for name, text in widgets.static_assets().items():
        (static / name).write_text(text, encoding="utf-8")
    package = Path(find_spec("sphinx-mathjax-offline").origin).parent
    for part in MATHJAX:
        target = static / "mathjax" / part
        target = target.parent if target.suffix else target
        copy_asset(package / "static" / "mathjax" / part, target)


def setup(app):
    """Connect to Sphinx."""
    app.connect("html-page-context", load_widgets)
    app.connect("doctree-read", name_empty_headers)
    app.connect("builder-inited", write_assets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
