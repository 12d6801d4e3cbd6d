"""Training on two processes, measured, and on more, modelled: ``python -m benchmarks scaling``."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from autograd.kernels import threads
from benchmarks.report import Report
from benchmarks.scaling_model import Link, Times, all_reduce, fit, limit, step
from benchmarks.timing import Measurement

__all__ = ["run"]

NETWORKS = ("LeNet-5 N256", "ResNet-8 w32 N64", "VGG6-BN N64", "Perceptron N64")
RANKS = (2, 4, 8, 16, 32, 64)
#: Taken from data sheets and common experience, not measured here.
ETHERNET = Link("10 GbE", 30e-6, 1.1e9, hides=True)
FAST = Link("100 Gb", 2e-6, 11e9, hides=True)
#: Images in the whole batch whose division is modelled.
WHOLE = 1024


def _mpiexec() -> str:
    beside = Path(sys.executable).with_name("mpiexec")
    found = str(beside) if beside.exists() else shutil.which("mpiexec")
    if found is None:
        raise SystemExit("needs mpiexec: python -m pip install 'convgrad[mpi]'")
    return found


def _measure(ranks: int, *arguments: object) -> Any:
    words = [_mpiexec(), "-n", str(ranks), sys.executable, "-m", "benchmarks.scaling_rank", *map(str, arguments)]
    return json.loads(subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout)


def _times(parts: dict[str, Any]) -> Times:
    forward, both, alone, collecting = (parts[name][0] for name in ("forward", "both", "alone", "collect"))
    return Times(forward, both - forward, max(0.0, alone - both), collecting, parts["buckets"])


def run(report: Report, candidates: list[Any], rounds: int, only: str) -> None:
    """Measure sums and steps on two ranks, then model more of them."""
    cores = threads.get_num_threads()
    sums = {int(size): found[0] for size, found in _measure(2, "sums", rounds).items()}
    latency, bandwidth = fit(sums)
    print(f"sums over two ranks: latency {latency * 1e6:.1f} us, bandwidth {bandwidth / 1e9:.1f} GB/s; microseconds:")
    print("  " + ", ".join(f"{size:,} B {seconds * 1e6:.1f}" for size, seconds in sums.items()))
    memory = Link("memory, a share each", latency, bandwidth, hides=False)
    measured: dict[str, Times] = {}
    whole: dict[str, Times] = {}
    for name in NETWORKS:
        if only not in name:
            continue
        single = _measure(1, "steps", rounds, 1, 1, name)[name]
        threaded = _measure(1, "steps", rounds, cores, 1, name)[name]
        halves = _measure(2, "steps", rounds, max(1, cores // 2), 2, name)[name]
        rows = {
            "convgrad": halves["overlap"],
            "sums after backward": halves["after"],
            "no sums": halves["alone"],
            f"1 process x {cores}": threaded["alone"],
            "1 process x 1": single["alone"],
        }
        report.add(f"2 ranks, {name}", {who: Measurement(*quartiles) for who, quartiles in rows.items()})
        measured[name], whole[name] = _times(halves), _times(threaded)
        sums_cost = sum(all_reduce(2, size, memory) for size in halves["buckets"])
        costs = [halves["collect"][0], sums_cost, step(2, measured[name], memory), halves["overlap"][0]]
        texts = [f"{cost * 1e3:.2f} ms" for cost in costs]
        print("  buckets {}, sums by latency and bandwidth {}; step modelled {}, measured {}".format(*texts))
    bus = Link("memory, one bus", latency, bandwidth, hides=False, is_shared=True)
    for links, parts in (((memory, bus), measured), ((ETHERNET, FAST), whole)):
        _model(parts, links)


def _model(parts: dict[str, Times], links: tuple[Link, ...]) -> None:
    """Print modelled efficiencies with the same batch for each rank, and how far a given batch can be divided."""
    for link in links:
        print(f"modelled: {link.name}, {link.latency * 1e6:.1f} us, {link.bandwidth / 1e9:.1f} GB/s")
        for name, times in parts.items():
            shares = ", ".join(f"{n}: {times.alone / step(n, times, link):.0%}" for n in RANKS)
            images = int(name.rpartition("N")[2]) // (1 if link.hides else 2)
            most = limit(times.scaled(WHOLE / images), link, RANKS[-1])
            print(f"  {name:18} efficiency by ranks {shares}; {WHOLE} images pay up to {most} ranks")
