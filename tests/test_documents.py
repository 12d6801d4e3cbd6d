"""The programs in the documents run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

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
