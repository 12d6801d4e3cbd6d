"""Named tuples that operations with several results return.

Examples
--------
>>> import autograd
>>> autograd.tensor([1.0, 3.0, 2.0]).max(0)
autograd.return_types.max(
values=tensor(3.),
indices=tensor(1))
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

__all__ = [
    "aminmax",
    "cummax",
    "cummin",
    "kthvalue",
    "linalg_eigh",
    "linalg_qr",
    "linalg_slogdet",
    "linalg_svd",
    "max",
    "median",
    "min",
    "mode",
    "nanmedian",
    "slogdet",
    "sort",
    "svd",
    "topk",
]


def _represent(result: Any) -> str:
    fields = [f"{name}={value!r}" for name, value in zip(result._fields, result, strict=True)]
    return f"autograd.return_types.{type(result).__name__}(\n" + ",\n".join(fields) + ")"


def _fields(name: str, *fields: str) -> Any:
    return type(name, (namedtuple(name, fields),), {"__slots__": (), "__repr__": _represent, "__module__": __name__})


aminmax = _fields("aminmax", "min", "max")
cummax = _fields("cummax", "values", "indices")
cummin = _fields("cummin", "values", "indices")
kthvalue = _fields("kthvalue", "values", "indices")
linalg_eigh = _fields("linalg_eigh", "eigenvalues", "eigenvectors")
linalg_qr = _fields("linalg_qr", "Q", "R")
linalg_slogdet = _fields("linalg_slogdet", "sign", "logabsdet")
linalg_svd = _fields("linalg_svd", "U", "S", "Vh")
max = _fields("max", "values", "indices")
median = _fields("median", "values", "indices")
min = _fields("min", "values", "indices")
mode = _fields("mode", "values", "indices")
nanmedian = _fields("nanmedian", "values", "indices")
slogdet = _fields("slogdet", "sign", "logabsdet")
sort = _fields("sort", "values", "indices")
svd = _fields("svd", "U", "S", "V")
topk = _fields("topk", "values", "indices")
