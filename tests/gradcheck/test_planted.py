"""Every planted mistake is found: in the right operation, on the right line, with the right diagnosis."""

from __future__ import annotations

import json

import numpy as np
import pytest

import autograd
from autograd.gradcheck import DIAGNOSES, GradcheckError
from tests.gradcheck.further_mistakes import FURTHER
from tests.gradcheck.further_own_mistakes import FURTHER_OWN
from tests.gradcheck.mistakes import BUILT_IN
from tests.gradcheck.own_mistakes import OWN
from tests.gradcheck.planting import function, node_class, values

IN_OPERATIONS = BUILT_IN | {f"{name} (further)": case for name, case in FURTHER.items()}
IN_FUNCTIONS = OWN | {f"{name} (further)": case for name, case in FURTHER_OWN.items()}


def check(error, op, diagnosis, position):
    finding = error.report.finding
    assert finding is not None, error
    assert finding.diagnosis in DIAGNOSES
    assert finding.op == op, error
    assert diagnosis in ("*", finding.diagnosis), error
    assert position is None or finding.input == position, error
    text = str(error)
    assert op in text
    assert finding.diagnosis in text
    if finding.index is not None:
        assert finding.wrong > 0
        assert not np.isclose(finding.analytic, finding.numeric, rtol=1e-4, atol=0)
    json.dumps(error.to_dict(), default=str)  # complex numbers have no JSON


@pytest.fixture
def planted(request, monkeypatch):
    case = IN_OPERATIONS[request.param]
    operation = node_class(case.op)
    right = operation.backward

    def wrong(self, *grads):
        results = right(self, *grads)
        return case.change(self, grads, results if isinstance(results, tuple) else (results,))

    monkeypatch.setattr(operation, "backward", wrong)
    return case


@pytest.mark.parametrize("planted", IN_OPERATIONS, indirect=True)
def test_a_wrong_rule_of_a_built_in_operation(planted):
    with pytest.raises(GradcheckError) as caught:
        autograd.gradcheck(planted.function, planted.inputs)
    check(caught.value, f"{planted.op}Backward0", planted.diagnosis, planted.input)
    assert caught.value.report.finding.place.source.file.endswith(("mistakes.py", "test_planted.py"))


@pytest.mark.parametrize("name", IN_FUNCTIONS)
def test_a_wrong_function_of_ones_own(name):
    case = IN_FUNCTIONS[name]

    def model(*inputs):
        first, *others = inputs
        return case.apply(first * 1.0, *others).tanh()

    with pytest.raises(GradcheckError) as caught:
        autograd.gradcheck(model, case.inputs)
    check(caught.value, "MineBackward", case.diagnosis, case.input)
    assert "case.apply(first * 1.0, *others)" in str(caught.value)


def test_there_are_enough_of_them():
    assert len(IN_OPERATIONS) + len(IN_FUNCTIONS) >= 130


def test_a_gradient_that_is_not_conjugated():
    z = autograd.tensor(np.array([1 + 2j, 0.5 - 1j]), requires_grad=True)
    square = function(lambda z: z * z, lambda g, z: 2 * g * z)
    with pytest.raises(GradcheckError) as caught:
        autograd.gradcheck(lambda z: square(z * 1.0), z)
    check(caught.value, "MineBackward", "not conjugated", 0)


def test_an_incoming_gradient_changed_in_place_spoils_another_branch():
    def spoil(g, x):
        return g.mul_(2 * x)

    square = function(lambda x: x * x, spoil)

    def model(x):
        y = x * 1.0
        return y.sin() + square(y)

    with pytest.raises(GradcheckError) as caught:
        autograd.gradcheck(model, values(4))
    check(caught.value, "MineBackward", "input modified in place", None)


SECOND = {
    "cut": (lambda g, x: g * 3 * x.detach() ** 2, "gradient missing"),
    "half": (lambda g, x: g * 3 * x * x.detach(), "constant factor"),
}


@pytest.mark.parametrize("name", SECOND)
def test_a_second_derivative_that_alone_is_wrong(name):
    backward, diagnosis = SECOND[name]
    cube = function(lambda x: x**3, backward)

    def model(x):
        return cube(x * 1.0).sin()

    assert autograd.gradcheck(model, values(4))
    with pytest.raises(GradcheckError) as caught:
        autograd.gradgradcheck(model, values(4))
    check(caught.value, "MineBackward", diagnosis, 0)
