"""``convgrad export``: a network as ONNX, or its weights as safetensors or npz."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import autograd
from nn.cli.errors import CommandError, UsageError, one_line
from nn.cli.models import find_model
from nn.cli.weights import Description, load_trained, save_trained
from nn.module import Module
from nn.onnx.exporting import DEFAULT, export

__all__ = ["run"]

ENDINGS = (".onnx", ".safetensors", ".npz")


def run(arguments: argparse.Namespace) -> int:
    """Write the file, and say what is in it."""
    out = Path(arguments.out)
    if out.suffix.lower() not in ENDINGS:
        raise UsageError(f"{out} should end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")
    if out.suffix.lower() != ".onnx" and (arguments.opset is not None or arguments.fixed_batch is not None):
        raise UsageError("--opset and --fixed-batch belong to .onnx; other files hold weights alone")
    model, size, description = _find(arguments)
    report: dict[str, Any] = {
        "file": str(out),
        "format": out.suffix.lower()[1:],
        "parameters": sum(p.numel() for p in model.parameters()),
    }
    if out.suffix.lower() == ".onnx":
        report |= _write_onnx(model, size, description, out, arguments)
    elif description is not None:
        save_trained(out, model.state_dict(), description)
    else:
        autograd.save(dict(model.state_dict()), out)
    print(json.dumps(report) if arguments.json else _line(report))
    return 0


def _find(arguments: argparse.Namespace) -> tuple[Module, tuple[int, int, int], Description | None]:
    """Return the model, the size of its images, and what is known of its training."""
    model, size = find_model(arguments.model, arguments)
    if ":" in arguments.model or not Path(arguments.model).exists():
        return model, size, None
    model, description = load_trained(arguments.model)
    return model, size, description


def _write_onnx(
    model: Module,
    size: tuple[int, int, int],
    description: Description | None,
    out: Path,
    arguments: argparse.Namespace,
) -> dict[str, Any]:
    """Write the network; return what the report says of it."""
    batch = arguments.fixed_batch
    # What the images of a trained network must go through is written beside it.
    metadata = {} if description is None else {key: json.dumps(v) for key, v in asdict(description).items()}
    try:
        export(
            model,
            autograd.rand(batch or 1, *size, generator=autograd.Generator().manual_seed(0)),
            out,
            input_names=["input"],
            output_names=["output"],
            opset_version=arguments.opset,
            dynamic_axes=None if batch else {"input": {0: "batch"}, "output": {0: "batch"}},
            metadata=metadata,
        )
    except ValueError as error:
        raise UsageError(one_line(error)) from None
    except (RuntimeError, TypeError, NotImplementedError, ImportError) as error:
        raise CommandError(one_line(error)) from None
    opset = DEFAULT if arguments.opset is None else arguments.opset
    return {"opset": opset, "input": [batch or "batch", *size], "bytes": out.stat().st_size}


def _line(report: dict[str, Any]) -> str:
    text = f"{report['file']}: {report['parameters']:,} parameters"
    if report["format"] != "onnx":
        return text
    shape = ", ".join(map(str, report["input"]))
    return f"{text}, input [{shape}], ONNX opset {report['opset']}, {report['bytes']:,} bytes"
