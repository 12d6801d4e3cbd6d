"""The lecture notes' two networks: forward, and every gradient of the derivation by its explicit formula.

Each function returns a dictionary: activations under their names in the derivation, gradients of the mean loss under
``d`` and the name (``dz1`` is dL/dz1).
"""

import numpy as np


def correlate(x, w):
    """y_(s,j) = sum_i x_(s,i) (valid correlation) w_(j,i)."""
    (h, v), (kh, kw) = x.shape[2:], w.shape[2:]
    y = np.zeros((len(x), len(w), h - kh + 1, v - kw + 1), x.dtype)
    for s, j, i, a, b in np.ndindex(len(x), *w.shape):
        y[s, j] += x[s, i, a : a + h - kh + 1, b : b + v - kw + 1] * w[j, i, a, b]
    return y


def input_gradient(dy, w):
    """dx_(s,i) = sum_j dy_(s,j) (full convolution) w_(j,i): full correlation with the kernel rotated by 180 degrees."""
    kh, kw = w.shape[2:]
    padded = np.pad(dy, ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)))
    return correlate(padded, w[:, :, ::-1, ::-1].swapaxes(0, 1))


def kernel_gradient(x, dy):
    """dw_(j,i) = sum_s x_(s,i) (valid correlation) dy_(s,j)."""
    return correlate(x.swapaxes(0, 1), dy.swapaxes(0, 1)).swapaxes(0, 1)


def pool(x):
    """2x2 maximum, stride 2; a last odd row or column is left out."""
    h, w = x.shape[2] // 2, x.shape[3] // 2
    return x[:, :, : 2 * h, : 2 * w].reshape(*x.shape[:2], h, 2, w, 2).max((3, 5))


def pool_gradient(x, dy):
    """The gradient goes back to where the maximum came from: the first one of a window."""
    dx = np.zeros_like(x)
    for s, c, i, j in np.ndindex(dy.shape):
        window = x[s, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        a, b = divmod(int(window.argmax()), 2)
        dx[s, c, 2 * i + a, 2 * j + b] = dy[s, c, i, j]
    return dx


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def cross_entropy(yhat, labels):
    """(mean loss, its gradient with respect to the logits: softmax minus one-hot, over the batch size)."""
    n = len(labels)
    loss = -np.log(yhat[np.arange(n), labels]).sum() / n
    return loss, (yhat - np.eye(yhat.shape[1], dtype=yhat.dtype)[labels]) / n


def net_sigmoid(x, labels, g1, g2, W1, W2):
    """a1 = pool(sigmoid(g1 * x)); a2 = pool(sigmoid(g2 * a1)); a3 = sigmoid(W1 a2); yhat = softmax(W2 a3).

    Shapes: x (N, C, H, W), g1 (C1, C, k, k), g2 (C2, C1, k, k), W1 (hidden, features), W2 (classes, hidden).
    """
    z1 = correlate(x, g1)
    s1 = sigmoid(z1)
    a1 = pool(s1)
    z2 = correlate(a1, g2)
    s2 = sigmoid(z2)
    a2 = pool(s2)
    flat = a2.reshape(len(x), -1)
    z3 = flat @ W1.T
    a3 = sigmoid(z3)
    z4 = a3 @ W2.T
    yhat = softmax(z4)
    loss, dz4 = cross_entropy(yhat, labels)
    dW2 = dz4.T @ a3
    da3 = dz4 @ W2
    dz3 = da3 * a3 * (1 - a3)
    dW1 = dz3.T @ flat
    da2 = (dz3 @ W1).reshape(a2.shape)
    dz2 = pool_gradient(s2, da2) * s2 * (1 - s2)
    dg2 = kernel_gradient(a1, dz2)
    da1 = input_gradient(dz2, g2)
    dz1 = pool_gradient(s1, da1) * s1 * (1 - s1)
    dg1 = kernel_gradient(x, dz1)
    dx = input_gradient(dz1, g1)
    return {
        **{"z1": z1, "a1": a1, "z2": z2, "a2": a2, "z3": z3, "a3": a3, "z4": z4, "yhat": yhat, "loss": loss},
        **{"dz4": dz4, "dW2": dW2, "da3": da3, "dz3": dz3, "dW1": dW1, "da2": da2, "dz2": dz2, "dg2": dg2},
        **{"da1": da1, "dz1": dz1, "dg1": dg1, "dx": dx},
    }


def net_relu(x, labels, g, b, W1, b1, W2, b2):
    """Convolution, ReLU, 2x2 maximum, fully connected, ReLU, fully connected, softmax, cross-entropy; with biases.

    Shapes: x (N, C, H, W), g (F, C, k, k), b (F,), W1 (hidden, features), b1 (hidden,), W2 (classes, hidden),
    b2 (classes,).
    """
    z1 = correlate(x, g) + b[:, None, None]
    s1 = np.maximum(z1, 0)
    a1 = pool(s1)
    flat = a1.reshape(len(x), -1)
    z2 = flat @ W1.T + b1
    a2 = np.maximum(z2, 0)
    z3 = a2 @ W2.T + b2
    yhat = softmax(z3)
    loss, dz3 = cross_entropy(yhat, labels)
    dW2, db2 = dz3.T @ a2, dz3.sum(0)
    da2 = dz3 @ W2
    dz2 = da2 * (z2 > 0)
    dW1, db1 = dz2.T @ flat, dz2.sum(0)
    da1 = (dz2 @ W1).reshape(a1.shape)
    dz1 = pool_gradient(s1, da1) * (z1 > 0)
    dg, db = kernel_gradient(x, dz1), dz1.sum((0, 2, 3))
    dx = input_gradient(dz1, g)
    return {
        **{"z1": z1, "a1": a1, "z2": z2, "a2": a2, "z3": z3, "yhat": yhat, "loss": loss},
        **{"dz3": dz3, "dW2": dW2, "db2": db2, "da2": da2, "dz2": dz2, "dW1": dW1, "db1": db1},
        **{"da1": da1, "dz1": dz1, "dg": dg, "db": db, "dx": dx},
    }
