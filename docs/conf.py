"""Settings of Sphinx: ``python -m sphinx -W docs docs/_build`` makes all pages, the reference from the docstrings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from make_reference import write_reference  # noqa: E402

import autograd  # noqa: E402

project = "convgrad"
author = "the convgrad developers"
copyright = "the convgrad developers, MIT licence"
release = version = autograd.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax", "sphinx.ext.viewcode", "myst_parser"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
suppress_warnings = [
    "myst.xref_missing",  # links to files beside docs/, which are right in the repository
    "ref.python",  # words of an attribute's type are looked up as if they were classes
]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"convgrad {release}"
html_show_sphinx = False

autodoc_typehints = "none"  # numpydoc sections say shapes and dtypes, which annotations cannot
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
napoleon_preprocess_types = False


def setup(app: Any) -> None:
    """Write the pages of the reference before Sphinx looks for sources."""
    app.connect("config-inited", lambda app, config: write_reference(HERE / "reference"))
