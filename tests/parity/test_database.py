"""Every operation of PyTorch's own database that we have, against PyTorch: values, gradients, forms and mistakes.

What differs is in `EXCEPTIONS`, with the reason; an exception that no longer applies fails. Run with ``-s`` to see how
many calls of each family agree.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from tests.parity.database import FORMS, entries, judged

SAMPLES = 24
"""Calls a form and dtype, evenly spread over those of the database."""

DTYPES = ("float64", "float32", "int64", "bool")

pytestmark = pytest.mark.filterwarnings("ignore:torch.qr is deprecated")  # PyTorch's database calls it

NOT_RAISED = r"mistake: Exception \(\) is not raised"

# Operations, what is said (a regular expression), why.
EXCEPTIONS: tuple[tuple[str, str, str], ...] = (
    (
        "clamp_max clamp_min bitwise_left_shift bitwise_right_shift copysign eq fmod remainder ge gt le lt ne pow "
        "float_power bitwise_and bitwise_or bitwise_xor rsub xlogy special.xlog1py __radd__ __rmul__ __rand__ __ror__ "
        "__rxor__",
        NOT_RAISED,
        "a number may be the first operand, and a reflected operator is a plain function",
    ),
    (
        "kthvalue masked_select gather index_select take cat",
        r"mistake: RuntimeError \((unsupported operation|the written-to tensor)",
        "results are computed before they are written: out= may overlap the inputs",
    ),
    (
        "aminmax amax amin gather",
        r"mistake: RuntimeError \(Expected (out tensor|the dtype)",
        "out= takes every dtype of its category",
    ),
    (
        "kthvalue topk mode",
        r"(function|method): output .* here$",
        "of equal integers each library picks another, in the order of its algorithm",
    ),
    ("sort argsort", r"(function|method): output \[", "without stable=True the order of equal truth values is free"),
    ("as_strided", r"non-contiguous: output", "strides are those of row-major memory"),
    (
        "as_strided.partial_views",
        r"(function|method|non-contiguous): (output|we raise RuntimeError: setStorage)",
        "memory beyond the tensor itself is out of reach",
    ),
    ("float_power", r"in-place: PyTorch raises RuntimeError: the base given", "float_power_ keeps the tensor's dtype"),
    (
        "gather",
        r"(function|method|non-contiguous|out): we raise RuntimeError: Index tensor must have the same number",
        "an empty index has as many axes as any other",
    ),
    ("multinomial", r"mistake: RuntimeError \(multinomial expects Long", "out= takes every dtype of its category"),
    ("multinomial", r"mistake: RuntimeError \(number of categories", "there is no limit to the categories"),
    (
        "normal normal.number_mean bernoulli",
        r"(function|method|non-contiguous): requires_grad \[True\] is \[False\]",
        "draws have no history; PyTorch's have one whose gradients are zero",
    ),
    (
        "logcumsumexp",
        r"(function|method): gradient",
        "in float32 PyTorch's gradients are up to 2e-3 from those in float64, ours 2e-4",
    ),
    (
        "linalg.eigh linalg.eigvalsh",
        r"out: output",
        "a matrix stands for its symmetric part, PyTorch's for one of its triangles",
    ),
)

COUNTS: dict[str, Counter[str]] = {}


def label(info: Any) -> str:
    return f"{info.name}.{info.variant_test_name}" if info.variant_test_name else info.name


def expected(name: str) -> list[tuple[str, str, str]]:
    return [entry for entry in EXCEPTIONS if name in entry[0].split()]


@pytest.fixture(scope="module", autouse=True)
def table():
    """Print at the end how many calls of each family agree."""
    yield
    total: Counter[str] = Counter()
    for family, counts in sorted(COUNTS.items()):
        total += counts
        print(f"\n{family:12}", *(f"{form} {counts[form]}" for form in FORMS if counts[form]), end="")
    print(f"\n{'together':12}", *(f"{form} {total[form]}" for form in FORMS))


@pytest.mark.parametrize("info", entries(), ids=label)
def test_agrees_with_pytorch(info: Any):
    name = label(info)
    exceptions = expected(name)
    counts = COUNTS.setdefault(info.name.partition(".")[0] if "." in info.name else "torch", Counter())
    wrong: list[str] = []
    used = set()
    for form, difference in judged(info, SAMPLES, DTYPES):
        if not difference:
            counts[form] += 1
            continue
        said = f"{form}: {difference}"
        entry = next((e for e in exceptions if re.search(e[1], said)), None)
        if entry is None:
            wrong.append(said)
        used.add(entry)
    assert not wrong, "\n".join(wrong[:5])
    assert set(exceptions) <= used, "an exception of this operation is out of date"


def test_exceptions_are_of_operations_in_the_database():
    known = {label(info) for info in entries()}
    assert {name for entry in EXCEPTIONS for name in entry[0].split()} <= known
