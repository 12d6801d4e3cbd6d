"""``convgrad gradcheck``: gradients of operations, or of a model, against central differences."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import autograd
from autograd import Tensor
from autograd.gradcheck import GradcheckError, ParameterCheck, module_checks
from autograd.selftest import OperationCheck, check_operations, operation_names
from nn.cli.errors import FAILURE, CommandError, UsageError, one_line, suggestion
from nn.cli.models import find_model
from nn.module import Module

__all__ = ["run"]

#: Elements up to which second derivatives are varied one by one; above, random directions are.
_MOST = 2000


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each operation, or parameter of a model; the status says whether all are right."""
    models = [name for name in arguments.names if ":" in name]
    operations = [name for name in arguments.names if ":" not in name]
    known = operation_names()
    for name in operations:
        if name not in known:
            raise UsageError(f"there is no differentiable operation {name!r}{suggestion(name, known)}")
    failed = 0
    for name in models:
        failed += not _check_model(name, arguments)
    if operations or not models:
        failed += _check_operations(operations, arguments)
    return FAILURE if failed else 0


# ---- operations


def _check_operations(names: list[str], arguments: argparse.Namespace) -> int:
    """Print a line for each operation as it is done, and return how many are wrong."""
    failed = checked = samples = 0
    for check in check_operations(names, arguments.twice):
        checked, samples, failed = checked + 1, samples + check.samples, failed + bool(check.failures)
        _show(check, arguments.json)
    if not arguments.json:
        print(f"{checked - failed} of {checked} right, {samples} samples")
    return failed


def _show(check: OperationCheck, as_json: bool) -> None:
    if as_json:
        facts = {"name": check.name, "samples": check.samples, "failures": list(check.failures)}
        print(json.dumps({**facts, "seconds": round(check.seconds, 3)}))
        return
    verdict = "wrong" if check.failures else "right"
    print(f"{check.name:<32} {check.samples:>3} samples  {verdict}  {check.seconds:6.2f} s")
    for failure in check.failures:
        print(f"    {failure}")


# ---- models


def _check_model(name: str, arguments: argparse.Namespace) -> bool:
    """Check a model in double precision, by its input and its parameters: a table, and a report of what is wrong."""
    start = time.perf_counter()
    model, inputs = _prepared(name, arguments)
    settings: dict[str, Any] = {"method": arguments.method, "budget": arguments.budget}
    total = 1 + sum(p.requires_grad for p in model.parameters())
    names = [key for key, p in model.named_parameters() if p.requires_grad]
    width = max(len(key) for key in [*names, "parameter"])
    checks: list[ParameterCheck] = []
    with _failures_of(name):
        for check in module_checks(model, inputs, **settings):
            _clear_progress()
            if not checks and not arguments.json:
                print(f"{name}\n  {'parameter':<{width}}  {'shape':<16} {'compared':>8}  {'worst':>8}  {'time':>8}")
            checks.append(check)
            _show_parameter(name, check, width, arguments.json)
            _progress(len(checks), total)
        report = _report(model, inputs, settings) if any(c.mismatch for c in checks) else None
        if report is None and arguments.twice:
            report = _check_twice(model, inputs)
    wrong = sum(check.mismatch is not None for check in checks)
    seconds = time.perf_counter() - start
    if arguments.json:
        failures = [] if report is None else [report.to_dict()["message"]]
        facts = {"name": name, "samples": 1, "failures": failures, "seconds": round(seconds, 3)}
        print(json.dumps(facts | {"report": None if report is None else report.to_dict()}, default=str))
    else:
        print(f"{len(checks) - wrong} of {len(checks)} right, {seconds:.1f} s")
        print("" if report is None else f"\n{report}\n", end="")
    return report is None


def _prepared(name: str, arguments: argparse.Namespace) -> tuple[Module, tuple[Tensor, ...]]:
    """Return a model in double precision, and a random batch for it."""
    model, size = find_model(name, arguments)
    shape = tuple(arguments.input_shape or (2, *size))
    return model.double().train(arguments.train), (autograd.randn(*shape, dtype=autograd.float64, requires_grad=True),)


def _show_parameter(name: str, check: ParameterCheck, width: int, as_json: bool) -> None:
    right = check.mismatch is None
    if as_json:
        facts = {"model": name, "parameter": check.name, "shape": list(check.shape), "compared": check.compared}
        print(json.dumps({**facts, "worst": check.worst, "seconds": round(check.seconds, 3), "right": right}))
        return
    shape = "[" + ", ".join(map(str, check.shape)) + "]"
    verdict = "right" if right else "wrong"
    figures = f"{check.compared:>8}  {check.worst:8.1e}  {check.seconds:6.2f} s"
    print(f"  {check.name:<{width}}  {shape:<16} {figures}  {verdict}", flush=True)


def _report(model: Module, inputs: tuple[Tensor, ...], settings: dict[str, Any]) -> GradcheckError | None:
    """Return what the first wrong gradient comes from."""
    try:
        autograd.gradcheck_module(model, *inputs, **settings)
    except GradcheckError as error:
        return error
    return None


def _check_twice(model: Module, inputs: tuple[Tensor, ...]) -> GradcheckError | None:
    """Check the gradients of the gradients; the parameters vary where they are."""
    varied = [*inputs, *(p for p in model.parameters() if p.requires_grad)]
    try:
        autograd.gradgradcheck(lambda x, *_: model(x), varied, fast_mode=sum(t.numel() for t in varied) > _MOST)
    except GradcheckError as error:
        return error
    return None


@contextmanager
def _failures_of(name: str) -> Iterator[None]:
    """Tell what a model raises in one line.

    Raises
    ------
    CommandError
        If it raises anything.
    """
    try:
        yield
    except GradcheckError:
        raise
    except Exception as error:  # the user's code may raise anything
        raise CommandError(f"{name} fails: {one_line(error)}") from error
    finally:
        _clear_progress()


def _progress(done: int, total: int) -> None:
    """Say how far it is, where somebody watches."""
    if done < total and sys.stderr.isatty():
        sys.stderr.write(f"\r  {done} of {total} checked")
        sys.stderr.flush()


def _clear_progress() -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{'':<40}\r")
        sys.stderr.flush()
