"""One step of every optimizer, as its paper or the lecture notes write it.

A step takes a parameter, its gradient, the parameter's state (a dictionary, empty at first and updated in place) and
the settings under PyTorch's names; it returns the new parameter. ``STEPS`` holds the library's rules under their class
names, ``NOTES`` the lecture notes' rules under the ids of the worked examples.
"""

import numpy as np


def begin(param, grad, state, weight_decay, maximize):
    """Count the step; turn the gradient round for ascent; add the decay."""
    state["step"] = state.get("step", 0) + 1
    return (-grad if maximize else grad) + weight_decay * param


def decayed(param, grad, state, lr, weight_decay, maximize, decoupled):
    """(parameter, gradient) with the decay in one of them."""
    if decoupled:
        return param * (1 - lr * weight_decay), begin(param, grad, state, 0, maximize)
    return param, begin(param, grad, state, weight_decay, maximize)


def average(state, key, beta, value):
    """Exponential moving average that starts at zero."""
    state[key] = beta * state.get(key, 0.0) + (1 - beta) * value
    return state[key]


def sgd(param, grad, state, *, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, maximize=False):
    """The first step's momentum is the gradient itself, without dampening."""
    grad = begin(param, grad, state, weight_decay, maximize)
    if momentum:
        v = grad if state["step"] == 1 else momentum * state["v"] + (1 - dampening) * grad
        state["v"] = v
        grad = grad + momentum * v if nesterov else v
    return param - lr * grad


def adagrad(
    param, grad, state, *, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, maximize=False
):
    grad = begin(param, grad, state, weight_decay, maximize)
    state["s"] = state.get("s", initial_accumulator_value) + grad**2
    return param - lr / (1 + (state["step"] - 1) * lr_decay) * grad / (np.sqrt(state["s"]) + eps)


def rmsprop(
    param, grad, state, *, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, maximize=False
):
    grad = begin(param, grad, state, weight_decay, maximize)
    s = average(state, "s", alpha, grad**2)
    if centered:
        s = s - average(state, "mean", alpha, grad) ** 2
    direction = grad / (np.sqrt(s) + eps)
    state["v"] = momentum * state.get("v", 0.0) + direction
    return param - lr * state["v"]


def adadelta(param, grad, state, *, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, maximize=False):
    grad = begin(param, grad, state, weight_decay, maximize)
    s = average(state, "s", rho, grad**2)
    delta = np.sqrt(state.get("d", 0.0) + eps) / np.sqrt(s + eps) * grad
    average(state, "d", rho, delta**2)
    return param - lr * delta


def adam(
    param,
    grad,
    state,
    *,
    lr=1e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0,
    amsgrad=False,
    maximize=False,
    decoupled_weight_decay=False,
):
    param, grad = decayed(param, grad, state, lr, weight_decay, maximize, decoupled_weight_decay)
    step = state["step"]
    m = average(state, "m", betas[0], grad) / (1 - betas[0] ** step)
    v = average(state, "v", betas[1], grad**2)
    if amsgrad:
        v = state["largest"] = np.maximum(state.get("largest", 0.0), v)
    return param - lr * m / (np.sqrt(v / (1 - betas[1] ** step)) + eps)


def adamw(param, grad, state, *, weight_decay=1e-2, **settings):
    return adam(param, grad, state, weight_decay=weight_decay, decoupled_weight_decay=True, **settings)


def adamax(param, grad, state, *, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, maximize=False):
    grad = begin(param, grad, state, weight_decay, maximize)
    m = average(state, "m", betas[0], grad) / (1 - betas[0] ** state["step"])
    state["u"] = np.maximum(betas[1] * state.get("u", 0.0), np.abs(grad) + eps)
    return param - lr * m / state["u"]


def nadam(
    param,
    grad,
    state,
    *,
    lr=2e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0,
    momentum_decay=4e-3,
    decoupled_weight_decay=False,
    maximize=False,
):
    param, grad = decayed(param, grad, state, lr, weight_decay, maximize, decoupled_weight_decay)
    step = state["step"]
    mu, following = (betas[0] * (1 - 0.5 * 0.96 ** (t * momentum_decay)) for t in (step, step + 1))
    product = state["product"] = state.get("product", 1.0) * mu
    m = average(state, "m", betas[0], grad)
    v = average(state, "v", betas[1], grad**2) / (1 - betas[1] ** step)
    ahead = following * m / (1 - product * following) + (1 - mu) * grad / (1 - product)
    return param - lr * ahead / (np.sqrt(v) + eps)


def radam(
    param,
    grad,
    state,
    *,
    lr=1e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0,
    decoupled_weight_decay=False,
    maximize=False,
):
    """Adaptive only once the variance of the adaptive rate is tractable; its length is then rectified."""
    param, grad = decayed(param, grad, state, lr, weight_decay, maximize, decoupled_weight_decay)
    step = state["step"]
    m = average(state, "m", betas[0], grad) / (1 - betas[0] ** step)
    v = average(state, "v", betas[1], grad**2)
    limit = 2 / (1 - betas[1]) - 1
    rho = limit - 2 * step * betas[1] ** step / (1 - betas[1] ** step)
    if rho <= 5:
        return param - lr * m
    rectify = np.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
    return param - lr * m * rectify * np.sqrt(1 - betas[1] ** step) / (np.sqrt(v) + eps)


def rprop(param, grad, state, *, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50), maximize=False):
    """Each weight has its own step, longer while the gradient keeps its sign; a change of sign skips one update."""
    grad = begin(param, grad, state, 0, maximize)
    agreement = grad * state.get("previous", 0.0)
    factor = np.where(agreement > 0, etas[1], np.where(agreement < 0, etas[0], 1.0))
    state["size"] = np.clip(state.get("size", np.full_like(param, lr)) * factor, *step_sizes)
    grad = state["previous"] = np.where(agreement < 0, 0.0, grad)
    return param - np.sign(grad) * state["size"]


def asgd(param, grad, state, *, lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6, weight_decay=0, maximize=False):
    """``state["average"]`` is the averaged parameter; before step t0 it is the parameter itself."""
    grad = begin(param, grad, state, weight_decay, maximize)
    step, eta, mu = state["step"], state.get("eta", lr), state.get("mu", 1.0)
    param = param * (1 - lambd * eta) - eta * grad
    before = state.get("average", 0.0)
    state["average"] = param if mu == 1 else before + mu * (param - before)
    state["eta"] = lr / (1 + lambd * lr * step) ** alpha
    state["mu"] = 1 / max(1, step - t0)
    return param


def lars(
    param,
    grad,
    state,
    *,
    lr=1e-3,
    momentum=0.9,
    weight_decay=0,
    trust_coefficient=1e-3,
    eps=0.0,
    maximize=False,
):
    """You, Gitman and Ginsburg (2017), algorithm 1; where a norm is zero the trust ratio is 1."""
    state["step"] = state.get("step", 0) + 1
    grad = -grad if maximize else grad
    length, slope = np.sqrt((param**2).sum()), np.sqrt((grad**2).sum())
    trust = 1.0
    if length > 0 and slope > 0:
        trust = trust_coefficient * length / (slope + weight_decay * length + eps)
    state["v"] = momentum * state.get("v", 0.0) + lr * trust * (grad + weight_decay * param)
    return param - state["v"]


STEPS = {
    "SGD": sgd,
    "Adagrad": adagrad,
    "RMSprop": rmsprop,
    "Adadelta": adadelta,
    "Adam": adam,
    "AdamW": adamw,
    "Adamax": adamax,
    "NAdam": nadam,
    "RAdam": radam,
    "Rprop": rprop,
    "ASGD": asgd,
    "LARS": lars,
}


def notes_gd(theta, g, state, *, lr):
    return theta - lr * g


def notes_momentum(theta, g, state, *, lr, rho):
    state["v"] = rho * state.get("v", 0.0) + g
    return theta - lr * state["v"]


def notes_adagrad(theta, g, state, *, lr, eps=1e-5):
    state["s"] = state.get("s", 0.0) + g**2
    return theta - lr * g / (np.sqrt(state["s"]) + eps)


def notes_adagrad_inside(theta, g, state, *, lr, eps=1e-5):
    state["s"] = state.get("s", 0.0) + g**2
    return theta - lr * g / np.sqrt(state["s"] + eps)


def notes_rmsprop(theta, g, state, *, lr, a=0.9, eps=1e-5):
    s = average(state, "s", a, g**2)
    return theta - lr * g / (np.sqrt(s) + eps)


def notes_adadelta(theta, g, state, *, lr, b=0.9, eps=1e-6):
    s = average(state, "s", b, g**2)
    return theta - lr * g / np.sqrt(s + eps)


def notes_adam(theta, g, state, *, lr, betas=(0.9, 0.999), eps=1e-8):
    """Without bias correction."""
    m = average(state, "m", betas[0], g)
    v = average(state, "v", betas[1], g**2)
    return theta - lr * m / (np.sqrt(v) + eps)


NOTES = {
    "gd": notes_gd,
    "momentum": notes_momentum,
    "adagrad": notes_adagrad,
    "adagrad-inside": notes_adagrad_inside,
    "rmsprop": notes_rmsprop,
    "adadelta": notes_adadelta,
    "adam": notes_adam,
}
