"""Weights made of other weights: weight and spectral norm, parametrisations, pruning masks, tied weights, hooks, checkpoints."""

import copy
import io

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.utils.parametrize as parametrize
from torch.nn.utils import parameters_to_vector, spectral_norm, vector_to_parameters, weight_norm
from torch.utils.checkpoint import checkpoint

from tests.parity.strangers.given import images, set_weights


class Symmetric(nn.Module):
    def forward(self, X):
        return X.triu() + X.triu(1).transpose(-1, -2)


class Masked(nn.Conv2d):
    """A causal convolution."""

    def __init__(self, mask_type, *args, **kwargs):
        super(Masked, self).__init__(*args, **kwargs)
        assert mask_type in {"A", "B"}
        self.register_buffer("mask", self.weight.data.clone())
        _, _, kH, kW = self.weight.size()
        self.mask.fill_(1)
        self.mask[:, :, kH // 2, kW // 2 + (mask_type == "B") :] = 0
        self.mask[:, :, kH // 2 + 1 :] = 0

    def forward(self, x):
        self.weight.data *= self.mask
        return super(Masked, self).forward(x)


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input, levels):
        ctx.save_for_backward(input)
        ctx.levels = levels
        return torch.round(input * levels) / levels

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        grad_input = grad_output.clone()
        grad_input[input.abs() > 1] = 0
        return grad_input, None


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(6, 4, bias=False)
        self.decoder = nn.Linear(4, 6, bias=False)
        self.decoder.weight = nn.Parameter(self.encoder.weight.detach().t().contiguous())
        self.again = nn.Linear(6, 4, bias=False)
        self.again.weight = self.encoder.weight

    def forward(self, x):
        return self.again(F.silu(self.decoder(torch.tanh(self.encoder(x)))))


def main():
    results, log = {}, []
    torch.manual_seed(0)
    layer = nn.Linear(4, 4)
    set_weights(layer)
    parametrize.register_parametrization(layer, "weight", Symmetric())
    out = layer(images(3, 4))
    out.pow(2).sum().backward()
    results["symmetric"] = [layer.weight, layer.parametrizations.weight.original.grad]

    conv = Masked("A", 2, 4, 3, padding=1)
    set_weights(conv)
    y = conv(images(1, 2, 5, 5))
    y.sum().backward()
    results["masked"] = [y, conv.weight.grad, (conv.weight == 0).sum().item()]

    wn = weight_norm(nn.Conv2d(2, 3, 3), name="weight")
    set_weights(wn)
    y = wn(images(1, 2, 4, 4))
    y.mean().backward()
    results["weight_norm"] = [y, *(p.grad for _, p in sorted(wn.named_parameters())), sorted(wn.state_dict())]

    sn = spectral_norm(nn.Linear(3, 3))
    set_weights(sn)
    u = F.normalize(images(3), dim=0)
    sn.weight_u.copy_(u), sn.weight_v.copy_(u)
    for _ in range(30):
        y = sn(torch.eye(3, dtype=u.dtype))
    results["spectral_norm"] = torch.linalg.matrix_norm(y - sn.bias, 2).detach()

    tied = Tied()
    set_weights(tied)
    x = images(2, 6).requires_grad_(True)
    handles = []
    for name, module in tied.named_modules():
        if not list(module.children()):
            handles.append(module.register_forward_pre_hook(lambda m, i, n=name: log.append(("pre", n, tuple(i[0].shape)))))
            handles.append(module.register_forward_hook(lambda m, i, o, n=name: log.append(("post", n, o.dim()))))
            handles.append(
                module.register_full_backward_hook(
                    lambda m, gi, go, n=name: log.append(("back", n, len(gi), tuple(go[0].size())))
                )
            )
    tied(x).sum().backward()
    [h.remove() for h in handles]
    results["tied"] = [len(list(tied.parameters())), sorted(tied.state_dict()), tied.encoder.weight.grad, x.grad]

    vec = parameters_to_vector(tied.parameters())
    vector_to_parameters(vec * 0.5, tied.parameters())
    twin = copy.deepcopy(tied)
    with torch.no_grad():
        for p, q in zip(twin.parameters(), tied.parameters()):
            p.lerp_(q + 1, 0.25)
    results["vector"] = [vec, parameters_to_vector(twin.parameters()), twin.again.weight is twin.encoder.weight]

    q = images(5).requires_grad_()
    STE.apply(q, 4).mul(torch.arange(5.0).to(q)).sum().backward()
    results["ste"] = [q.grad, STE.apply(q.detach(), 4)]

    block = nn.Sequential(nn.Linear(6, 6), nn.GELU(), nn.Linear(6, 6))
    set_weights(block)
    z = images(2, 6).requires_grad_()
    checkpoint(block, z, use_reentrant=False).pow(2).sum().backward()
    results["checkpoint"] = [z.grad, block[0].weight.grad]

    with torch.no_grad():
        w = block[0].weight
        threshold = torch.quantile(w.abs().flatten(), 0.5)
        mask = w.abs().gt(threshold).to(w.dtype)
    block[0].weight.register_hook(lambda g: g * mask)
    block[0].weight.data.mul_(mask)
    block.zero_grad()
    block(z.detach()).sum().backward()
    results["pruned"] = [block[0].weight.grad, int(mask.sum())]

    file = io.BytesIO()
    torch.save(tied.state_dict(), file)
    file.seek(0)
    fresh = Tied()
    results["loaded"] = [str(fresh.load_state_dict(torch.load(file))), fresh.encoder.weight]
    results["log"] = log
    return results
