"""The examples of docs/convolution.md run, and its pictures exist."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import autograd

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "convolution.md"


def test_the_examples_run() -> None:
    autograd.manual_seed(0)
    blocks = re.findall(r"^```pycon\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) > 12
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, PAGE.name, str(PAGE), 0)
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=report.append)
    assert result.attempted > 60
    assert result.failed == 0, "".join(report)


@pytest.mark.parametrize("picture", re.findall(r"\]\((figures/[^)]+)\)", PAGE.read_text()))
def test_the_pictures_exist(picture: str) -> None:
    assert (DOCS / picture).read_bytes()[:4] in (b"\x89PNG", b"<?xm")
