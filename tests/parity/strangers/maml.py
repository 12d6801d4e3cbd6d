"""Learning to learn: inner steps with create_graph, functional forms, Hessian-vector products, gradients of gradients."""

from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.autograd import grad
from torch.autograd.functional import hessian, hvp, jacobian

from tests.parity.strangers.given import images, labels, set_weights


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.features = nn.Sequential(
            OrderedDict(
                [
                    ("conv", nn.Conv2d(1, 4, 3)),
                    ("bn", nn.BatchNorm2d(4, momentum=1, affine=True, track_running_stats=False)),
                    ("relu", nn.ReLU(inplace=True)),
                    ("pool", nn.MaxPool2d(2, 2)),
                ]
            )
        )
        self.add_module("fc", nn.Linear(4 * 3 * 3, 3))

    def forward(self, x, weights=None):
        if weights is None:
            x = self.features(x)
            return self.fc(x.view(x.size(0), -1))
        x = F.conv2d(x, weights["features.conv.weight"], weights["features.conv.bias"])
        x = F.batch_norm(
            x,
            torch.zeros(x.size(1)),
            torch.ones(x.size(1)),
            weights["features.bn.weight"],
            weights["features.bn.bias"],
            momentum=1,
            training=True,
        )
        x = F.max_pool2d(F.threshold(x, 0, 0, inplace=True), kernel_size=2, stride=2)
        return F.linear(x.view(x.size(0), -1), weights["fc.weight"], weights["fc.bias"])


def main():
    model = Net()
    set_weights(model)
    meta = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(2):
        meta_loss = 0
        for _ in range(2):
            xs, ys, xq, yq = images(4, 1, 8, 8), labels(4, 3), images(4, 1, 8, 8), labels(4, 3)
            fast = OrderedDict((name, param) for name, param in model.named_parameters())
            for _ in range(2):
                loss = F.cross_entropy(model(xs, fast), ys)
                gradients = torch.autograd.grad(loss, fast.values(), create_graph=True)
                fast = OrderedDict((n, p - 0.1 * g) for ((n, p), g) in zip(fast.items(), gradients))
            meta_loss = meta_loss + F.cross_entropy(model(xq, fast), yq)
        meta.zero_grad()
        meta_loss.backward()
        meta.step()
        losses.append(meta_loss.item())

    x, y = images(4, 1, 8, 8), labels(4, 3)
    params = list(model.parameters())
    loss = F.cross_entropy(model(x), y)
    first = grad(loss, params, create_graph=True)
    flat = torch.cat([g.contiguous().view(-1) for g in first])
    v = flat.detach().sign()
    product = grad(flat @ v, params, retain_graph=True)
    penalty = sum(g.pow(2).sum() for g in first)
    (0.1 * penalty).backward()
    w = model.fc.weight.detach()[:, :4]
    energy = lambda t: (torch.tanh(t @ w.t()) ** 2).sum()
    point = images(4)
    return {
        "losses": losses,
        "weights": params,
        "product": product,
        "penalty": [p.grad for p in params],
        "hessian": hessian(energy, point),
        "jacobian": jacobian(lambda t: torch.softmax(t @ w.t(), 0), point),
        "hvp": hvp(energy, point, torch.ones(4))[1],
    }
