"""Layers people write themselves: attention over channels and space, weight standardisation, drop path, deformable pieces."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.modules.utils import _pair
from torch.nn.parameter import Parameter

from tests.parity.strangers.given import images, set_weights


class SELayer(nn.Module):
    def __init__(self, channel, reduction=4):
        super(SELayer, self).__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(channel, channel // reduction, bias=False),
            nn.ReLU(inplace=True),
            nn.Linear(channel // reduction, channel, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, x):
        b, c, _, _ = x.size()
        y = self.avg_pool(x).view(b, c)
        y = self.fc(y).view(b, c, 1, 1)
        return x * y.expand_as(x)


class CBAM(nn.Module):
    def __init__(self, kernel_size=7):
        super().__init__()
        self.conv = nn.Conv2d(2, 1, kernel_size, padding=kernel_size // 2, bias=False)

    def forward(self, x):
        avg_out = torch.mean(x, dim=1, keepdim=True)
        max_out, _ = torch.max(x, dim=1, keepdim=True)
        return torch.sigmoid(self.conv(torch.cat([avg_out, max_out], dim=1))) * x


class WSConv2d(nn.Conv2d):
    def forward(self, x):
        weight = self.weight
        weight_mean = weight.mean(dim=1, keepdim=True).mean(dim=2, keepdim=True).mean(dim=3, keepdim=True)
        weight = weight - weight_mean
        std = weight.view(weight.size(0), -1).std(dim=1).view(-1, 1, 1, 1) + 1e-5
        weight = weight / std.expand_as(weight)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class CoordConv(nn.Module):
    def __init__(self, in_channels, out_channels, **kwargs):
        super().__init__()
        self.conv = nn.Conv2d(in_channels + 2, out_channels, **kwargs)

    def forward(self, x):
        b, _, h, w = x.shape
        yy, xx = torch.meshgrid(
            torch.linspace(-1, 1, h, dtype=x.dtype), torch.linspace(-1, 1, w, dtype=x.dtype), indexing="ij"
        )
        coords = torch.stack((yy, xx)).unsqueeze(0).repeat(b, 1, 1, 1)
        return self.conv(torch.cat((x, coords), 1))


class FixedBatchNorm(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.register_buffer("weight", torch.ones(n))
        self.register_buffer("bias", torch.zeros(n))
        self.register_buffer("running_mean", torch.full((n,), 0.25))
        self.register_buffer("running_var", torch.ones(n) * 2)

    def forward(self, x):
        w, b = self.weight.reshape(1, -1, 1, 1), self.bias.reshape(1, -1, 1, 1)
        scale = w * (self.running_var.reshape(1, -1, 1, 1) + 1e-5).rsqrt()
        return x * scale + (b - self.running_mean.reshape(1, -1, 1, 1) * scale)


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x):
        return F.layer_norm(
            x.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias, self.eps
        ).permute(0, 3, 1, 2)


class NonLocal(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.theta, self.phi, self.g = (nn.Conv2d(c, c // 2, 1) for _ in range(3))
        self.gamma = nn.Parameter(torch.zeros(1) + 0.3)
        self.out = nn.Conv2d(c // 2, c, 1)

    def forward(self, x):
        b, c, h, w = x.size()
        theta = self.theta(x).view(b, -1, h * w).permute(0, 2, 1)
        phi = F.max_pool2d(self.phi(x), [2, 2]).view(b, c // 2, -1)
        g = F.max_pool2d(self.g(x), [2, 2]).view(b, c // 2, -1)
        attention = F.softmax(torch.bmm(theta, phi) / math.sqrt(c // 2), -1)
        o = torch.bmm(g, attention.transpose(1, 2)).view(b, c // 2, h, w)
        return self.gamma * self.out(o) + x


class BlurPool(nn.Module):
    def __init__(self, channels):
        super().__init__()
        a = torch.tensor([1.0, 2.0, 1.0])
        filt = a[:, None] * a[None, :]
        filt = filt / torch.sum(filt)
        self.register_buffer("filt", filt[None, None, :, :].repeat((channels, 1, 1, 1)))

    def forward(self, x):
        return F.conv2d(F.pad(x, [1, 1, 1, 1], "reflect"), self.filt, stride=2, groups=x.shape[1])


class STN(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.loc = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(c * 4, 6))
        self.loc[2].weight.data.zero_()
        self.loc[2].bias.data.copy_(torch.tensor([1, 0, 0, 0, 1, 0], dtype=torch.float))

    def forward(self, x):
        theta = self.loc(x).view(-1, 2, 3)
        grid = F.affine_grid(theta, x.size(), align_corners=False)
        return F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)


class MyConv(nn.Module):
    """An im2col convolution with its own parameters."""

    def __init__(self, cin, cout, k):
        super(MyConv, self).__init__()
        self.k = _pair(k)
        self.weight = Parameter(torch.Tensor(cout, cin, *self.k))
        self.bias = Parameter(torch.Tensor(cout))
        self.register_parameter("none", None)
        self.reset_parameters()

    def reset_parameters(self):
        stdv = 1.0 / math.sqrt(self.weight.size(1) * self.k[0] * self.k[1])
        self.weight.data.uniform_(-stdv, stdv)
        if self.bias is not None:
            self.bias.data.uniform_(-stdv, stdv)

    def forward(self, x):
        n, _, h, w = x.shape
        cols = F.unfold(x, self.k, padding=self.k[0] // 2)
        out = self.weight.flatten(1) @ cols + self.bias[:, None]
        return out.reshape(n, -1, h, w)

    def extra_repr(self):
        return "kernel={k}".format(**self.__dict__)


def channel_shuffle(x, groups):
    b, c, h, w = x.data.size()
    x = x.view(b, groups, c // groups, h, w)
    x = torch.transpose(x, 1, 2).contiguous()
    return x.view(b, -1, h, w)


def drop_path(x, mask, keep):
    return x.div(keep) * mask.view((x.shape[0],) + (1,) * (x.ndim - 1)).floor()


class Everything(nn.Module):
    def __init__(self, c=8):
        super().__init__()
        self.blocks = nn.ModuleList(
            [SELayer(c), CBAM(3), WSConv2d(c, c, 3, padding=1), CoordConv(c, c, kernel_size=1), FixedBatchNorm(c)]
        )
        self.blocks.extend([LayerNorm2d(c), NonLocal(c), STN(c), MyConv(c, c, 3), BlurPool(c)])
        self.heads = nn.ModuleDict({"a": nn.Conv2d(c, 2, 1), "b": nn.Conv2d(c, 3, 1)})
        self.scales = nn.ParameterList([nn.Parameter(torch.ones(1) * (i + 1)) for i in range(2)])
        self.gains = nn.ParameterDict({"a": nn.Parameter(torch.tensor(0.5))})

    def forward(self, x):
        for i, block in enumerate(self.blocks):
            x = channel_shuffle(block(x), 2)
            if i % 2 and torch.is_grad_enabled():
                x = x + 0.1 * drop_path(x, torch.tensor([1.0, 0.0]).to(x), 0.8)
        outs = {k: self.scales[i] * head(x) for i, (k, head) in enumerate(self.heads.items())}
        outs["a"] = outs["a"] * self.gains["a"].exp()
        return outs


def main():
    model = Everything().train()
    set_weights(model)
    x = images(2, 8, 8, 8).requires_grad_()
    outs = model(x)
    loss = sum(o.abs().mean() + o.var(unbiased=False) for o in outs.values())
    loss.backward()
    return {
        "outs": outs,
        "loss": loss.item(),
        "x": x.grad,
        "grads": {n: p.grad for n, p in model.named_parameters()},
        "text": repr(model),
        "buffers": [n for n, _ in model.named_buffers()],
    }
