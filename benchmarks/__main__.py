"""``python -m benchmarks conv|steps|ops|overhead|memory|import|scaling``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import conv, machine, ops, overhead, processes, scaling, steps
from benchmarks.libraries import libraries
from benchmarks.report import Report

RUNS: dict[str, tuple[str, Callable[..., None]]] = {
    "conv": ("Convolution: forward, backward-data, backward-weight", conv.run),
    "steps": ("Training steps", steps.run),
    "ops": ("Operations bound by memory", ops.run),
    "overhead": ("The tape's own cost", overhead.run),
    "memory": ("Peak memory of training", processes.run_memory),
    "import": ("Time to import", processes.run_import),
    "scaling": ("Training on several processes", scaling.run),
}


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    result = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure convgrad side by side with other libraries: interleaved rounds, medians, ratios.",
        epilog="example: python -m benchmarks conv --against torch --only '3x3 64' --plot conv.png",
    )
    result.add_argument("run", choices=RUNS, help="what to measure")
    result.add_argument(
        "--against", default="torch", help="libraries, separated by commas: torch, jax, mygrad; or none"
    )
    result.add_argument("--rounds", type=int, default=15, help="turns each candidate has (default %(default)s)")
    result.add_argument("--only", default="", metavar="TEXT", help="only the rows whose name contains TEXT")
    result.add_argument("--json", type=Path, metavar="FILE", help="write machine and figures as JSON")
    result.add_argument("--plot", type=Path, metavar="FILE", help="draw the ratios (needs matplotlib)")
    result.add_argument("--plain-malloc", action="store_true", help="leave malloc as it is, for every library")
    return result


def main(arguments: list[str] | None = None) -> None:
    """Run what the command line asks for."""
    options: Any = parser().parse_args(arguments)
    if not options.plain_malloc and not machine.keep_freed_memory():
        print("this C library cannot keep freed memory; every library pays for fresh pages")
    title, run = RUNS[options.run]
    names = [name for name in options.against.split(",") if name and name != "none"]
    unknown = set(names) - {"torch", "jax", "mygrad"}
    if unknown:
        parser().error(f"unknown library: {', '.join(sorted(unknown))}")
    candidates = libraries(names)
    report = Report(title)
    run(report, candidates, options.rounds, options.only)
    report.summary()
    if options.json:
        report.write_json(options.json)
    if options.plot:
        report.plot(options.plot)


if __name__ == "__main__":
    main()
