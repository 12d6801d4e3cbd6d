"""The pictures of docs/convolution.md exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "convolution.md"


@pytest.mark.parametrize("picture", re.findall(r"\]\((figures/[^)]+)\)", PAGE.read_text()))
def test_the_pictures_exist(picture: str) -> None:
    assert (DOCS / picture).read_bytes()[:4] in (b"\x89PNG", b"<?xm")
