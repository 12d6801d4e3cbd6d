"""docs/differences.md against what is really there, here and in PyTorch."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

import autograd
import nn
import nn.data
import optim

PAGE = (Path(__file__).parent.parent / "docs" / "differences.md").read_text()
#: What PyTorch has under these names, here.
HERE: dict[str, Any] = {
    "torch": autograd,
    "torch.Tensor": autograd.Tensor,
    "torch.nn": nn,
    "torch.nn.functional": nn.functional,
    "torch.nn.Module": nn.Module,
    "torch.nn.init": nn.init,
    "torch.nn.utils": nn.utils,
    "torch.optim": optim,
    "torch.optim.lr_scheduler": optim.lr_scheduler,
    "torch.optim.swa_utils": optim.swa_utils,
    "torch.utils.data": nn.data,
    "torch.autograd": autograd,
    "torch.linalg": autograd.linalg,
    "torch.special": autograd.special,
}


def left_out() -> dict[str, list[str]]:
    """The names and patterns of each section; a sentence's other code is not one of them."""
    listed = {}
    for section in PAGE.split("## Left out")[1].split("\n### ")[1:]:
        title, text = section.split("\n", 1)
        listed[title.strip("`")] = [t for t in re.findall(r"`([^`]+)`", text) if re.fullmatch(r"[\w*]+", t)]
    return listed


LEFT_OUT = left_out()
#: Named in a sentence that says what stands in their place.
STAND_INS = {"torch.nn": {"LocalResponseNorm", "NLLLoss", "Sequential"}, "torch.utils.data": {"DistributedSampler"}}


def has(owner: Any, name: str) -> bool:
    """Whether a name is public here; what another one is imported for does not count."""
    try:
        found = getattr(owner, name)
    except AttributeError:
        return False
    inside = isinstance(found, types.ModuleType) and not found.__name__.startswith(("autograd", "nn", "optim"))
    return not inside


def test_every_namespace_has_its_section() -> None:
    assert list(LEFT_OUT) == list(HERE)


@pytest.mark.parametrize("namespace", HERE)
def test_what_is_left_out_is_absent(namespace: str) -> None:
    names = [n for n in LEFT_OUT[namespace] if "*" not in n and n not in STAND_INS.get(namespace, ())]
    public = set(getattr(HERE[namespace], "__all__", dir(HERE[namespace])))
    present = [name for name in names if name in public and has(HERE[namespace], name)]
    assert not present, f"listed as left out of {namespace}, but there: {present}"


def theirs(namespace: str, modules: bool = True) -> Iterator[str]:
    """Public names of PyTorch's, without what it imports from elsewhere.

    Which submodules are attributes depends on what has been imported: they are left away unless `modules`.
    """
    torch = pytest.importorskip("torch")
    owner = torch
    for part in namespace.split(".")[1:]:
        owner = getattr(owner, part)
    for name in dir(owner):
        value = getattr(owner, name)
        module = isinstance(value, types.ModuleType)
        if module and not modules:
            continue
        home = value.__name__ if module else getattr(value, "__module__", None) or "torch"
        if not name.startswith("_") and home.startswith("torch" if module else ("torch", "builtins")):
            yield name


@pytest.mark.parametrize("namespace", HERE)
def test_what_is_absent_is_listed(namespace: str) -> None:
    absent = [name for name in theirs(namespace, modules=False) if not has(HERE[namespace], name)]
    patterns = LEFT_OUT[namespace]
    unlisted = [name for name in absent if not any(fnmatchcase(name, pattern) for pattern in patterns)]
    assert not unlisted, f"absent from {namespace}'s counterpart and not listed: {unlisted}"


@pytest.mark.parametrize("namespace", HERE)
def test_every_listed_name_is_pytorchs(namespace: str) -> None:
    names = set(theirs(namespace))
    invented = [p for p in LEFT_OUT[namespace] if not any(fnmatchcase(name, p) for name in names)]
    assert not set(invented) - STAND_INS.get(namespace, set()), f"PyTorch has no such name: {invented}"
