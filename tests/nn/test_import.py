"""What importing nn does: it refuses a foreign autograd, and stays light."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(code: str, *path: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
    command = [sys.executable, "-c", code]
    # The working directory comes first on the path.
    return subprocess.run(command, cwd=path[0], env=environment, capture_output=True, text=True, check=False)


def test_foreign_autograd_is_refused(tmp_path: Path) -> None:
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "__init__.py").write_text("")
    result = run("import nn", tmp_path, ROOT)
    assert result.returncode != 0
    assert "ImportError: convgrad's package 'autograd' is shadowed" in result.stderr
    assert "pip uninstall --yes autograd" in result.stderr


def test_nothing_heavy_is_imported() -> None:
    heavy = ("scipy", "matplotlib", "tqdm", "torch")
    result = run(f"import sys, nn; print([m for m in {heavy} if m in sys.modules])", ROOT)
    assert result.stdout.strip() == "[]"
