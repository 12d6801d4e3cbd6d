"""Metrics of each epoch, as files that other programs read."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograd.serialization import replacing

__all__ = ["MetricsFiles"]


class MetricsFiles:
    """``metrics.jsonl`` and ``metrics.csv`` in a folder: a row for each epoch, as they come.

    Parameters
    ----------
    folder : path
    rows : sequence of dict, optional
        The rows so far, all with the same keys. Whatever the files hold beyond them is dropped, for a training that
        is resumed repeats what came after its checkpoint.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     MetricsFiles(folder).add({"epoch": 1, "loss": 0.5})
    ...     print(Path(folder, "metrics.csv").read_text())
    epoch,loss
    1,0.5
    <BLANKLINE>
    """

    def __init__(self, folder: str | os.PathLike[str], rows: Sequence[Mapping[str, Any]] = ()) -> None:
        self._jsonl = Path(folder, "metrics.jsonl")
        self._csv = Path(folder, "metrics.csv")
        for path in (self._jsonl, self._csv):
            with replacing(path):
                pass
        for row in rows:
            self.add(row)

    def add(self, row: Mapping[str, Any]) -> None:
        """Append a row to both files."""
        with open(self._jsonl, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        with open(self._csv, "a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(row), lineterminator="\n")
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow(row)
