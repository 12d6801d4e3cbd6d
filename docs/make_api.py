"""Writes api.md, the list of what there is, from the packages themselves: ``python docs/make_api.py``."""

from __future__ import annotations

import sys
import types
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("api.md")
ROOT = Path(__file__).parent.parent

#: Namespaces in the order of the page, and what they hold.
NAMESPACES = {
    "autograd": "Tensors, operations on them, gradients.",
    "autograd.linalg": "Linear algebra.",
    "autograd.special": "Special functions.",
    "autograd.functional": "Derivatives of functions.",
    "autograd.graph": "Hooks on what the graph saves.",
    "autograd.inspect": "Explanations, drawings and profiles of graphs and layers.",
    "autograd.convert": "To and from PyTorch.",
    "autograd.distributed": "Processes that compute together.",
    "nn": "Layers and losses.",
    "nn.functional": "Functions of networks.",
    "nn.init": "Initial values of parameters.",
    "nn.utils": "Helpers for gradients, weights and modules.",
    "nn.utils.parametrize": "Weights that are made of other weights.",
    "nn.grad": "Gradients of convolutions by themselves.",
    "nn.parallel": "Training on several processes.",
    "nn.onnx": "Models for other programs, and theirs.",
    "nn.data": "Loading data.",
    "nn.data.datasets": "Image sets.",
    "nn.data.transforms": "Changing images.",
    "nn.models": "Ready-made networks.",
    "nn.training": "Training loops.",
    "optim": "Optimizers.",
    "optim.lr_scheduler": "Schedules of the learning rate.",
    "optim.swa_utils": "Averages of weights.",
}


def family(value: Any) -> str:
    """Return the module that a public name comes from, by the last part of its name."""
    module = str(getattr(value, "__module__", ""))
    return module.rpartition(".")[2].strip("_").replace("_", " ") if callable(value) and module else "values"


def families(module: types.ModuleType) -> dict[str, list[str]]:
    """Return the public names of a module that are no modules, by the family they come from."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in sorted(getattr(module, "__all__", dir(module)), key=lambda n: (n.lower(), n)):
        value = getattr(module, name)
        if not name.startswith("_") and not isinstance(value, types.ModuleType):
            found[family(value)].append(name)
    return dict(sorted(found.items()))


def table(rows: dict[str, list[str]]) -> Iterator[str]:
    """Yield a table of families; of one family only its names."""
    if len(rows) == 1:
        yield from (", ".join(f"`{name}`" for name in names) for names in rows.values())
        return
    yield "| family | names |\n|---|---|"
    for title, names in rows.items():
        yield f"| {title} | {', '.join(f'`{name}`' for name in names)} |"


def methods() -> dict[str, list[str]]:
    """Return the methods of tensors, by the family that gives them."""
    from autograd.methods import FAMILIES

    named = {module: [n for n in names.split() if not n.startswith("_")] for module, names in FAMILIES.items()}
    return {module.rpartition(".")[2].replace("_", " "): names for module, names in named.items() if names}


def page() -> str:
    """Return the whole page."""
    lines = [
        "# What there is",
        "Written by `python docs/make_api.py` from the packages themselves. Names, arguments and results are\n"
        "PyTorch's; [differences.md](differences.md) says where not, and what is left out. `help(name)` explains each.",
    ]
    for path, about in NAMESPACES.items():
        rows = families(import_module(path))
        count = sum(map(len, rows.values()))
        lines += [f"## `{path}`", f"{about} {count} names.", "\n".join(table(rows))]
        if path == "autograd":
            rows = methods()
            about = f"{sum(map(len, rows.values()))} methods beside those of its class; `_` at the end: in place."
            lines += ["## `autograd.Tensor`", about, "\n".join(table(rows))]
    return "\n\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    PAGE.write_text(page())
