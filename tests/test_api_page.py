"""docs/api.md is what ``docs/make_api.py`` writes now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"


def test_the_page_is_current() -> None:
    """In a process of its own, since what has been imported is public too."""
    code = (
        f"import sys; sys.path[:0] = {[str(DOCS.parent), str(DOCS)]}; import make_api; print(make_api.page(), end='')"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert made == (DOCS / "api.md").read_text(), "run python docs/make_api.py"
