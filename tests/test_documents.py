"""The programs in the documents run."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from nn.cli.parser import build_parser

ROOT = Path(__file__).parent.parent

AFTER = {
    "README.md": "assert loss.item() < 1, loss.item()",
    "CONTRIBUTING.md": """
import numpy
from autograd.selftest import check_operations
(check,) = check_operations(["softclip"], twice=True)
assert check.samples == 3 and not check.failures, check
x = numpy.linspace(-2, 2, 5)
assert numpy.allclose(softclip(autograd.tensor(x)).numpy(), TABLE["softclip"](x))
""",
}


def blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / document).read_text(), re.S | re.M)


@pytest.mark.parametrize("document", sorted(AFTER))
def test_python(document: str) -> None:
    program = "\n".join(["import autograd; autograd.manual_seed(0)", *blocks(document, "python"), AFTER[document]])
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


PATH = {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
PAGES = sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md") if "_build" not in page.parts)
EXTRAS = {"torch", "onnx", "onnxruntime"}


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "pycon")])
def test_examples_of_a_page(page: str) -> None:
    source = "\n".join(blocks(page, "pycon"))
    for extra in EXTRAS & set(re.findall(r"^>>> import (\w+)", source, re.M)):
        pytest.importorskip(extra)
    autograd.manual_seed(0)
    test = doctest.DocTestParser().get_doctest(source, {}, page, page, 0)
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=report.append)
    assert result.attempted > 3
    assert result.failed == 0, "".join(report)


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/howto") and blocks(page, "sh")])
def test_commands_of_a_page(page: str, tmp_path: Path) -> None:
    if "onnx" in page + "".join(blocks(page, "sh")):
        pytest.importorskip("onnx")
    for line in "\n".join(blocks(page, "sh")).splitlines():
        command = [sys.executable, "-m", "nn", *line.split()[1:]]
        assert line.startswith("convgrad "), line
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, **PATH})
        assert result.returncode == 0, line + result.stderr


def test_the_first_blocks_of_the_readme_install_train_and_test() -> None:
    first, second = blocks("README.md", "sh")[:2]
    assert first.splitlines()[-1] == ".venv/bin/convgrad train"
    assert second.splitlines()[-1] == ".venv/bin/python -m pytest"


def test_commands_of_the_readme_exist() -> None:
    commands = re.findall(r"^\| `convgrad (\w+)", (ROOT / "README.md").read_text(), re.M)
    assert {"train", "evaluate", "predict", "summary", "gradcheck", "info"} <= set(commands)
    for command in commands:
        with pytest.raises(SystemExit) as leaving:
            build_parser().parse_args([command, "--help"])
        assert leaving.value.code == 0


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(document: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / document).read_text()):
        assert (ROOT / target).exists(), target
