"""How Sphinx makes the book: every asset is local, every warning is an error.

`build.py` copies these files and the executed chapters into one folder and calls
Sphinx there.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "The TinyML Course"
author = "The TinyML Course authors"
project_copyright = "The TinyML Course authors. Text CC BY 4.0, code BSD-3-Clause"
html_title = "The TinyML Course"
language = "en"

extensions = ["myst_nb", "sphinx_design", "sphinx_copybutton", "live_pages"]
exclude_patterns = ["_ext", "_templates", "generated"]

nb_execution_mode = "off"  # tinyml_course.chapters has executed them
nb_ipywidgets_js = {}  # our widgets bring themselves; no html-manager, no require.js
nb_mime_priority_overrides = [
    ("html", "text/html", 0),
    ("html", "application/vnd.jupyter.widget-view+json", None),
]
nb_merge_streams = True
nb_render_markdown_format = "myst"  # plots.say may show a table
myst_enable_extensions = [
    "colon_fence",
    "deflist",
    "dollarmath",
    "amsmath",
    "attrs_inline",
]
myst_heading_anchors = 3
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True

html_theme = "sphinx_book_theme"
html_static_path = ["_static"]
html_css_files = ["course.css"]
html_js_files = [("book.js", {"defer": "defer"})]
templates_path = ["_templates"]
html_sidebars = {
    "**": ["home.html", "search-button-field.html", "sbt-sidebar-nav.html"]
}
html_favicon = "_static/favicon.svg"
html_context = {"default_mode": "auto"}
html_show_sphinx = False
html_theme_options = {
    "show_toc_level": 2,
    "show_navbar_depth": 1,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "use_source_button": False,
    "navbar_start": [],  # the side bar has the name and the search
    "navbar_center": [],
    "navbar_end": [],
    "navbar_persistent": [],
    "navigation_with_keys": False,  # arrow keys belong to the sliders
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
mathjax_path = "mathjax/tex-chtml.js"  # live_pages copies it from its package
mathjax3_config = {"options": {"enableMenu": False}}
