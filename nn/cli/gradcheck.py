"""``convgrad gradcheck``: gradients of operations, or of a model, against central differences."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from functools import partial

import autograd
from autograd import Tensor
from autograd.gradcheck import GradcheckError
from autograd.selftest import OperationCheck, check_operations, operation_names
from nn.cli.errors import FAILURE, CommandError, UsageError, one_line, suggestion
from nn.cli.models import find_model
from nn.module import Module

__all__ = ["run"]

#: Elements up to which each one is varied; above, random directions are.
_MOST = 2000


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each operation or model; the status says whether all are right."""
    failed = checked = samples = 0
    for check in _checks(arguments):
        checked, samples, failed = checked + 1, samples + check.samples, failed + bool(check.failures)
        _show(check, arguments.json)
    if not arguments.json:
        print(f"{checked - failed} of {checked} right, {samples} samples")
    return FAILURE if failed else 0


def _checks(arguments: argparse.Namespace) -> Iterator[OperationCheck]:
    models = [name for name in arguments.names if ":" in name]
    operations = [name for name in arguments.names if ":" not in name]
    known = operation_names()
    for name in operations:
        if name not in known:
            raise UsageError(f"there is no differentiable operation {name!r}{suggestion(name, known)}")
    for name in models:
        yield _check_model(name, arguments)
    if operations or not models:
        yield from check_operations(operations, arguments.twice)


def _show(check: OperationCheck, as_json: bool) -> None:
    if as_json:
        facts = {"name": check.name, "samples": check.samples, "failures": list(check.failures)}
        print(json.dumps({**facts, "seconds": round(check.seconds, 3)}))
        return
    verdict = "wrong" if check.failures else "right"
    print(f"{check.name:<32} {check.samples:>3} samples  {verdict}  {check.seconds:6.2f} s")
    for failure in check.failures:
        print(f"    {failure}")


def _check_model(name: str, arguments: argparse.Namespace) -> OperationCheck:
    """Check a model in double precision, with respect to its input and its parameters."""
    start = time.perf_counter()
    model, size = find_model(name, arguments)
    model = model.double().eval()
    images = autograd.randn(2, *size, dtype=autograd.float64, requires_grad=True)
    inputs = [images, *(p for p in model.parameters() if p.requires_grad)]
    fast = sum(t.numel() for t in inputs) > _MOST
    call, failures = partial(_call, model), []
    try:
        autograd.gradcheck(call, inputs, fast_mode=fast)
        if arguments.twice:
            autograd.gradgradcheck(call, inputs, fast_mode=fast)
    except GradcheckError as error:
        failures.append(one_line(error))
    except (RuntimeError, ValueError, TypeError) as error:
        raise CommandError(f"{name} fails: {one_line(error)}") from None
    return OperationCheck(name, 1, tuple(failures), time.perf_counter() - start)


def _call(model: Module, images: Tensor, *_: Tensor) -> Tensor:
    """Call the model; its parameters vary where they are."""
    output: Tensor = model(images)
    return output
