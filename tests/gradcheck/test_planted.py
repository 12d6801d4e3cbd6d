"""Every planted mistake is found: in the right operation, on the right line, with the right diagnosis."""

from __future__ import annotations

import json

import numpy as np
import pytest

import autograd
from autograd.gradcheck import DIAGNOSES, GradcheckError
from tests.gradcheck.mistakes import BUILT_IN, OWN, node_class


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
    json.dumps(error.to_dict())


@pytest.fixture
def planted(request, monkeypatch):
    case = BUILT_IN[request.param]
    operation = node_class(case.op)
    right = operation.backward

    def wrong(self, *grads):
        results = right(self, *grads)
        return case.change(self, grads, results if isinstance(results, tuple) else (results,))

    monkeypatch.setattr(operation, "backward", wrong)
    return case


@pytest.mark.parametrize("planted", BUILT_IN, indirect=True)
def test_a_wrong_rule_of_a_built_in_operation(planted):
    with pytest.raises(GradcheckError) as caught:
        autograd.gradcheck(planted.function, planted.inputs)
    check(caught.value, f"{planted.op}Backward0", planted.diagnosis, planted.input)
    assert caught.value.report.finding.place.source.file.endswith(("mistakes.py", "test_planted.py"))


@pytest.mark.parametrize("name", OWN)
def test_a_wrong_function_of_ones_own(name):
    case = OWN[name]

    def model(*inputs):
        first, *others = inputs
        return case.apply(first * 1.0, *others).tanh()

    with pytest.raises(GradcheckError) as caught:
        autograd.gradcheck(model, case.inputs)
    check(caught.value, "MineBackward", case.diagnosis, case.input)
    assert "case.apply(first * 1.0, *others)" in str(caught.value)


def test_there_are_enough_of_them():
    assert len(BUILT_IN) + len(OWN) >= 70
