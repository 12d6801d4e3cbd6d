"""Rows of figures as a table, as JSON and as a picture."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.timing import Measurement

__all__ = ["Report", "geometric_mean"]

OURS = "convgrad"

MARKERS = {"forward": ">", "backward-data": "<", "backward-weight": "s", "": "o"}
"""How the last word of a row's name is drawn."""


def geometric_mean(values: list[float]) -> float:
    """Return the geometric mean."""
    return math.exp(sum(map(math.log, values)) / len(values))


def split(name: str) -> tuple[str, str]:
    """Return a row's layer and direction; without direction, its name and nothing."""
    layer, _, last = name.rpartition(" ")
    return (layer, last) if last in MARKERS else (name, "")


class Report:
    """The rows of one run.

    Parameters
    ----------
    title : str
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.machine = machine.describe()
        self.rows: list[dict[str, Any]] = []
        print(title)
        for key, value in self.machine.items():
            print(f"  {key:14} {value}")

    def add(self, name: str, times: dict[str, Measurement], flops: float = 0, moved: float = 0) -> None:
        """Print and keep one row: times in ms, and the ratios of ours to each other candidate.

        Parameters
        ----------
        name : str
        times : dict of str to Measurement
        flops, moved : float
            Operations and bytes of the plain algorithm, for the shares of the machine's limits.
        """
        ours = times[OURS].median
        ratios = {other: ours / t.median for other, t in times.items() if other != OURS}
        row: dict[str, Any] = {
            "name": name,
            "ms": {who: t.median * 1e3 for who, t in times.items()},
            "spread": {who: t.spread for who, t in times.items()},
            "ratio": ratios,
        }
        if ratios:
            row["ratio to the best"] = ours / min(t.median for who, t in times.items() if who != OURS)
        if flops:
            row["gflops"] = flops / ours / 1e9
            row["share of peak"] = row["gflops"] / float(self.machine["gemm peak"].split()[0])
        if moved:
            row["gb/s"] = moved / ours / 1e9
            row["share of bandwidth"] = row["gb/s"] / float(self.machine["copy bandwidth"].split()[0])
        self.rows.append(row)
        parts = [f"{who} {ms:9.3f} ms ±{row['spread'][who]:3.0%}" for who, ms in row["ms"].items()]
        parts += [f"/{other} {ratio:5.2f}" for other, ratio in ratios.items()]
        parts += [f"{row['gflops']:6.0f} GFLOP/s ({row['share of peak']:.0%})"] if flops else []
        parts += [f"{row['gb/s']:5.1f} GB/s ({row['share of bandwidth']:.0%})"] if moved else []
        print(f"{name:44} " + "  ".join(parts), flush=True)

    def summary(self) -> None:
        """Print the geometric means of the ratios."""
        best = [row["ratio to the best"] for row in self.rows if "ratio to the best" in row]
        if best:
            others = sorted({other for row in self.rows for other in row["ratio"]})
            means = {o: geometric_mean([r["ratio"][o] for r in self.rows if o in r["ratio"]]) for o in others}
            text = ", ".join(f"{other} {mean:.2f}" for other, mean in means.items())
            print(f"geometric means of the ratios: {text}, the best of them {geometric_mean(best):.2f}")

    def write_json(self, path: Path) -> None:
        """Write machine and rows as JSON."""
        content = {"title": self.title, "machine": self.machine, "rows": self.rows}
        path.write_text(json.dumps(content, indent=1) + "\n")

    def plot(self, path: Path) -> None:
        """Draw the ratios as bars; needs matplotlib."""
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot

        rows = [row for row in self.rows if row["ratio"]]
        if not rows:
            print("nothing to draw: no other library was measured")
            return
        layers = list(dict.fromkeys(split(row["name"])[0] for row in rows))
        figure, axes = pyplot.subplots(figsize=(8, 0.24 * len(layers) + 1.6), layout="constrained")
        for k, other in enumerate(rows[0]["ratio"]):
            for direction, marker in MARKERS.items():
                named = [(*split(row["name"]), row["ratio"].get(other, math.nan)) for row in rows]
                here = {layer: ratio for layer, last, ratio in named if last == direction}
                if here:
                    places = [layers.index(layer) + 0.3 * k for layer in here]
                    label = f"{direction} against {other}".strip()
                    axes.plot(list(here.values()), places, marker, color=f"C{k}", markersize=5, alpha=0.8, label=label)
        axes.axvline(1.0, color="black", linewidth=0.8)
        axes.set_xscale("log")
        axes.set_xticks(ticks := [0.01, 0.03, 0.1, 0.2, 0.5, 1, 2, 4, 8], [f"{tick:g}" for tick in ticks])
        axes.set_xticks([], minor=True)
        ratios = [value for row in rows for value in row["ratio"].values()]
        axes.set_xlim(min(ratios) / 1.2, max(*ratios, 1) * 1.2)
        axes.set_yticks(range(len(layers)), layers)
        axes.grid(axis="y", linewidth=0.3)
        axes.invert_yaxis()
        axes.set_xlabel("time of convgrad / time of the other: left of 1, convgrad is faster")
        axes.set_title(self.title)
        axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
        figure.savefig(path, dpi=150)
        print(f"wrote {path}")
