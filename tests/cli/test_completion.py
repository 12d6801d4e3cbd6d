"""Completion by the tab key, over the protocol by which the shell asks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nn.cli

PROGRAM = "import sys; from nn.cli import main; sys.exit(main())"


def ask(line: str, folder: Path, program: str = PROGRAM) -> tuple[int, set[str]]:
    """Return exit status and offers for a line with the cursor at its end."""
    answer = folder / "answer"
    answer.touch()
    protocol = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
        "COMP_TYPE": "9",
    }
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, **protocol, "PYTHONPATH": path}
    result = subprocess.run([sys.executable, "-c", program], env=environment, cwd=folder, capture_output=True)
    assert result.stdout == b""
    return result.returncode, {offer.strip() for offer in answer.read_text().splitlines()}


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("convgrad ev", {"evaluate"}),
        ("convgrad train --opt", {"--optimizer"}),
        ("convgrad train --optimizer rms", {"rmsprop", "rmsprop-notes"}),
        ("convgrad train --augment flip,s", {"flip,shift"}),
        ("convgrad race be", {"beale"}),
        ("convgrad gradcheck max_pool2", {"max_pool2d"}),
        ("convgrad summary w", {"weights.npz"}),
        ("convgrad evaluate w", {"weights.npz"}),
    ],
)
def test_offers(line: str, offers: set[str], tmp_path: Path) -> None:
    pytest.importorskip("argcomplete")
    (tmp_path / "weights.npz").touch()
    status, found = ask(line, tmp_path)
    assert status == 0
    assert found == offers


def test_without_argcomplete_no_command_starts(tmp_path: Path) -> None:
    program = "import sys; sys.modules['argcomplete'] = None; sys.argv += ['train', '--out', 'run']; " + PROGRAM
    status, found = ask("convgrad train --out run", tmp_path, program)
    assert (status, found) == (1, set())
    assert not (tmp_path / "run").exists()


def test_global_completion_finds_the_mark() -> None:
    for name in ("__init__.py", "../__main__.py"):
        assert b"PYTHON_ARGCOMPLETE_OK" in Path(nn.cli.__path__[0], name).read_bytes()[:1024]
