"""What only a fresh process can tell: the time of an import and the memory of a training step."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.models import STEPS
from benchmarks.report import Report
from benchmarks.timing import Measurement, summary

__all__ = ["run_import", "run_memory"]

IMPORTS = {"convgrad": "autograd, nn, optim", "numpy alone": "numpy", "torch": "torch"}

TRAIN = """
import sys
from benchmarks.libraries import Convgrad, Torch
from benchmarks.models import STEPS
from benchmarks.steps import trainer
library = Convgrad() if sys.argv[1] == "convgrad" else Torch(channels_last=sys.argv[1] == "torch-nhwc")
step = next(s for s in STEPS if s.name == sys.argv[2])
def peak():
    # Not getrusage: what it reports begins at the parent's figure, and the parent has imported everything.
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

before = peak()
train, _ = trainer(library, step, None)
for _ in range(5):
    train()
print((peak() - before) / 1024)
"""


def _python(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout


def run_import(report: Report, candidates: list[Any], rounds: int, only: str) -> None:
    """Time ``import`` in fresh processes, interleaved."""
    names = ["convgrad", "numpy alone"] + (["torch"] if any("torch" in c.name for c in candidates) else [])
    times: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            code = f"import time; t = time.perf_counter(); import {IMPORTS[name]}; print(time.perf_counter() - t)"
            times[name].append(float(_python("-c", code)))
    measured = {name: summary(seen) for name, seen in times.items()}
    report.add("import", measured)
    surplus = measured["convgrad"].median - measured["numpy alone"].median
    print(f"more than NumPy's own import: {surplus * 1e3:.0f} ms")


def run_memory(report: Report, candidates: list[Any], rounds: int, only: str) -> None:
    """Measure the peak resident set of training, less the figure after the imports, in MB (printed as ms)."""
    if not Path("/proc/self/status").exists():
        raise SystemExit("the memory of a process is read from /proc, which this system does not have")
    names = [c.name for c in candidates if hasattr(c, "nn")]
    for step in STEPS:
        if only not in step.name:
            continue
        peaks = {name: [float(_python("-c", TRAIN, name, step.name)) for _ in range(3)] for name in names}
        median = {name: sorted(seen)[1] for name, seen in peaks.items()}
        scaled = {
            name: Measurement(mb / 1e3, min(peaks[name]) / 1e3, max(peaks[name]) / 1e3) for name, mb in median.items()
        }
        report.add(f"{step.name} (MB)", scaled)
