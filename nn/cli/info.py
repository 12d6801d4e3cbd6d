"""``convgrad info``: versions, the BLAS core and why, threads, memory."""

from __future__ import annotations

import argparse
import json
import platform
from importlib import metadata
from typing import Any

import autograd

__all__ = ["run", "version"]

#: Packages that are used where they are installed.
_OPTIONAL = ("matplotlib", "tqdm", "Pillow", "safetensors", "tensorboardX", "argcomplete", "onnx", "mpi4py")


def version(package: str) -> str | None:
    """Return the version of an installed package, or None."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def run(arguments: argparse.Namespace) -> int:
    """Print what this installation consists of and how it computes."""
    facts = _facts()
    if arguments.json:
        print(json.dumps(facts))
        return 0
    facts["blas"] = autograd.__config__.show().removeprefix("BLAS ")
    facts["optional"] = ", ".join(f"{name} {number}" for name, number in facts["optional"].items())
    facts["memory"] = _sentence(facts["memory"])
    for name, value in facts.items():
        print(f"{name + ':':<10} {value}")
    return 0


def _sentence(memory: dict[str, int]) -> str:
    held, limit = (f"{memory[name] / 2**20:,.0f} MiB" for name in ("held", "limit"))
    return f"{held} kept for reuse, at most {limit}; {memory['hits']} requests served, {memory['misses']} not"


def _facts() -> dict[str, Any]:
    build = autograd.__config__
    optional = {name: version(name) or "not installed" for name in _OPTIONAL}
    return {
        "convgrad": autograd.__version__ + ("" if version("convgrad") else ", run from its source"),
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "numpy": version("numpy"),
        "scipy": version("scipy"),
        "optional": optional,
        "blas": build.blas(),
        "threads": autograd.get_num_threads(),
        "memory": build.memory(),
    }
