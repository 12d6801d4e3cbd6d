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
_OPTIONAL = ("matplotlib", "tqdm", "Pillow", "safetensors", "onnx", "mpi4py")


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
    for name, value in facts.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {held}" for key, held in value.items())
        print(f"{name + ':':<10} {value}")
    return 0


def _facts() -> dict[str, Any]:
    build = autograd.__config__
    optional = {name: version(name) or "not installed" for name in _OPTIONAL}
    return {
        "convgrad": version("convgrad") or "not installed",
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "numpy": version("numpy"),
        "scipy": version("scipy"),
        "optional": optional,
        "blas": build.blas(),
        "threads": autograd.get_num_threads(),
        "memory": build.memory(),
    }
