"""Anomaly mode: the first value that is not finite, and where it comes from."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn
from autograd.config import MODES
from autograd.node import Observer
from autograd.observe import observing

NAN, INF = float("nan"), float("inf")


class Bad(autograd.Function):
    """Doubles; in backward the last element becomes `ctx.value`."""

    @staticmethod
    def forward(ctx, x, value):
        ctx.value = value
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        wrong = np.array(2 * grad.detach().numpy())
        wrong.reshape(-1)[-1] = ctx.value
        return autograd.from_numpy(wrong), None


class Layer(nn.Module):
    def __init__(self, value):
        super().__init__()
        self.value = value

    def forward(self, x):
        return Bad.apply(x, self.value)


class Spoiled(nn.Module):
    def __init__(self, value):
        super().__init__()
        self.value = value

    def forward(self, x):
        bad = np.zeros(x.shape)
        bad[1, 0] = self.value
        return x / (autograd.from_numpy(bad) + 1) if np.isfinite(self.value) else x + autograd.from_numpy(bad)


def values(*shape):
    return autograd.tensor(np.random.default_rng(0).uniform(1.0, 2.0, shape), requires_grad=True)


@pytest.mark.parametrize(("value", "what"), [(NAN, "nan"), (INF, "inf"), (-INF, "inf")])
def test_backward_names_operation_line_layer_element_and_ranges(value, what):
    net = nn.Sequential(nn.Identity(), nn.Sequential(nn.Tanh(), Layer(value)))
    x = values(2, 3, 4, 5)
    with autograd.detect_anomaly(), pytest.raises(RuntimeError) as caught:
        net(x).sum().backward()
    text = str(caught.value)
    assert text.startswith(f"Function 'BadBackward' returned {what} values in its 0th output.")
    assert "first at (n=1, c=2, h=3, w=4)" in text
    assert "1 of 120 elements" in text
    assert "test_anomaly.py" in text
    assert "in forward: return Bad.apply(x, self.value)" in text
    assert "layer:      1.1 (Layer)" in text
    assert "0: [2, 3, 4, 5] in [0.76" in text
    assert "gradient of the output in [1, 1]" in text


def test_pytorchs_phrase_for_a_built_in_operation():
    x = autograd.tensor([1.0, -1.0], requires_grad=True)
    phrase = "Function 'SqrtBackward0' returned nan values in its 0th output."
    with autograd.detect_anomaly(), pytest.raises(RuntimeError, match=phrase):
        x.sqrt().sum().backward()


def test_the_second_input_of_an_operation():
    w = autograd.ones(3, dtype=autograd.float64, requires_grad=True)
    x = autograd.tensor([1.0, 1.0, INF], dtype=autograd.float64)
    with autograd.detect_anomaly(), pytest.raises(RuntimeError, match="'MulBackward0' returned inf values in its 1th"):
        (x * w).sum().backward()


def test_nothing_is_raised_where_all_is_well():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    net.append(nn.Linear(8, 2))
    with autograd.detect_anomaly(check_forward=True):
        nn.CrossEntropyLoss()(net(autograd.randn(4, 1, 6, 6)), autograd.tensor([0, 1, 1, 0])).backward()


def test_an_infinite_mask_is_no_anomaly_but_an_infinity_that_arises_is():
    scores = values(2, 3)
    mask = autograd.tensor([[False, True, False]] * 2)
    with autograd.detect_anomaly(check_forward=True):
        scores.masked_fill(mask, -INF).softmax(-1)[:, 0].sum().backward()
        with pytest.raises(RuntimeError, match="Function 'Log' returned inf values in its 0th output in the forward"):
            (scores * 0).log()


def test_forward_is_checked_only_when_asked():
    x = values(2, 2)
    with autograd.detect_anomaly():
        Spoiled(NAN)(x)
    with autograd.detect_anomaly(check_forward=True), pytest.raises(RuntimeError) as caught:
        nn.Sequential(nn.Identity(), Spoiled(NAN))(x)
    text = str(caught.value)
    assert "Function 'Add' returned nan values in its 0th output in the forward pass." in text
    assert "first at (n=1, c=0): nan; 1 of 4 elements" in text
    assert "[0, 0] and 1 nan" in text
    assert text.count("layer:") == 1
    assert "layer:  1 (Spoiled)" in text


def test_without_a_forward_pass_inside():
    y = Bad.apply(values(3), NAN).sum()
    with autograd.detect_anomaly(), pytest.raises(RuntimeError, match="No forward pass information available"):
        y.backward()


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_gradients_of_gradients_say_what_they_are_the_gradient_of():
    x = autograd.tensor([1.0, 0.0], requires_grad=True)
    with autograd.detect_anomaly():
        (g,) = autograd.grad((x**2 + x.abs() ** 1.5).sum(), x, create_graph=True)
        with pytest.raises(RuntimeError, match="while:      computing the gradient of PowBackward0"):
            (g * g).sum().backward()


def test_gradients_are_checked_only_when_asked():
    with autograd.detect_anomaly(check_nan=False):
        Bad.apply(values(3), NAN).sum().backward()


def test_another_error_in_backward_is_told_where_forward_was():
    class Broken(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            raise KeyError("broken")

    with pytest.raises(KeyError) as caught, autograd.detect_anomaly():
        Broken.apply(values(2)).sum().backward()
    assert "Error detected in BrokenBackward." in caught.value.__notes__[0]
    assert "Broken.apply(values(2))" in caught.value.__notes__[0]


# ---- switching


def test_the_mode_ends_with_the_block_and_after_an_error():
    @autograd.detect_anomaly()
    def fails():
        assert autograd.is_anomaly_enabled()
        assert autograd.is_anomaly_check_nan_enabled()
        assert MODES.get().exact
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert not autograd.is_anomaly_enabled()
    assert not autograd.is_anomaly_check_nan_enabled()
    assert not MODES.get().exact


def test_switching_at_once():
    autograd.set_detect_anomaly(True)
    try:
        assert autograd.is_anomaly_enabled()
        with pytest.raises(RuntimeError, match="returned nan"):
            Bad.apply(values(2), NAN).sum().backward()
        with autograd.set_detect_anomaly(False):
            assert not autograd.is_anomaly_enabled()
            Bad.apply(values(2), NAN).sum().backward()
        assert autograd.is_anomaly_enabled()
    finally:
        autograd.set_detect_anomaly(False)
    assert not autograd.is_anomaly_enabled()
    assert MODES.get().observer is None


def test_as_a_decorator():
    @autograd.detect_anomaly()
    def loss(x):
        assert autograd.is_anomaly_enabled()
        return Bad.apply(x, NAN).sum().backward()

    with pytest.raises(RuntimeError, match="returned nan"):
        loss(values(2))


def test_other_observers_go_on_watching():
    class Count(Observer):
        seen = 0

        def after_forward(self, node, inputs, outputs):
            self.seen += 1

        def after_backward(self, node, grads, results):
            self.seen += 100

    outer, inner = Count(), Count()
    with observing(outer), autograd.detect_anomaly(), observing(inner):
        assert autograd.is_anomaly_enabled()
        (values(2) * 2).sum().backward()
    assert outer.seen == inner.seen >= 202
    assert MODES.get().observer is None
