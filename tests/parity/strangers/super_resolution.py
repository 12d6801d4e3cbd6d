"""Super-resolution: sub-pixel convolution, Charbonnier and SSIM losses, PSNR, tiled inference, self-ensemble, normalising."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from tests.parity.strangers.given import set_weights, uniform


class ResBlock(nn.Module):
    def __init__(self, n, res_scale=0.1):
        super().__init__()
        m = []
        for i in range(2):
            m.append(nn.Conv2d(n, n, 3, padding=1, padding_mode="reflect"))
            if i == 0:
                m.append(nn.LeakyReLU(0.2, True))
        self.body = nn.Sequential(*m)
        self.res_scale = res_scale

    def forward(self, x):
        res = self.body(x).mul(self.res_scale)
        res += x
        return res


class MeanShift(nn.Conv2d):
    def __init__(self, rgb_mean=(0.4488, 0.4371, 0.4040), rgb_std=(1.0, 1.0, 1.0), sign=-1):
        super(MeanShift, self).__init__(3, 3, kernel_size=1)
        std = torch.Tensor(rgb_std)
        self.weight.data = torch.eye(3).view(3, 3, 1, 1) / std.view(3, 1, 1, 1)
        self.bias.data = sign * torch.Tensor(rgb_mean) / std
        for p in self.parameters():
            p.requires_grad = False


class EDSR(nn.Module):
    def __init__(self, n=6, scale=2):
        super().__init__()
        self.sub_mean, self.add_mean = MeanShift(), MeanShift(sign=1)
        self.head = nn.Conv2d(3, n, 3, padding=1)
        self.body = nn.Sequential(*[ResBlock(n) for _ in range(2)], nn.Conv2d(n, n, 3, padding=1))
        self.tail = nn.Sequential(nn.Conv2d(n, n * scale**2, 3, padding=1), nn.PixelShuffle(scale), nn.Conv2d(n, 3, 3, 1, 1))

    def forward(self, x):
        x = self.head(self.sub_mean(x))
        return self.add_mean(self.tail(self.body(x) + x))


def gaussian(window_size, sigma):
    gauss = torch.Tensor([math.exp(-((x - window_size // 2) ** 2) / float(2 * sigma**2)) for x in range(window_size)])
    return gauss / gauss.sum()


def create_window(window_size, channel):
    _1D_window = gaussian(window_size, 1.5).unsqueeze(1)
    _2D_window = _1D_window.mm(_1D_window.t()).float().unsqueeze(0).unsqueeze(0)
    return _2D_window.expand(channel, 1, window_size, window_size).contiguous()


def ssim(img1, img2, window_size=5):
    channel = img1.size(1)
    window = create_window(window_size, channel).type_as(img1)
    pad = window_size // 2
    mu1, mu2 = (F.conv2d(i, window, padding=pad, groups=channel) for i in (img1, img2))
    mu1_sq, mu2_sq, mu1_mu2 = mu1.pow(2), mu2.pow(2), mu1 * mu2
    sigma1_sq = F.conv2d(img1 * img1, window, padding=pad, groups=channel) - mu1_sq
    sigma2_sq = F.conv2d(img2 * img2, window, padding=pad, groups=channel) - mu2_sq
    sigma12 = F.conv2d(img1 * img2, window, padding=pad, groups=channel) - mu1_mu2
    C1, C2 = 0.01**2, 0.03**2
    ssim_map = ((2 * mu1_mu2 + C1) * (2 * sigma12 + C2)) / ((mu1_sq + mu2_sq + C1) * (sigma1_sq + sigma2_sq + C2))
    return ssim_map.mean()


def psnr(a, b):
    mse = ((a - b) ** 2).mean()
    return (10 * torch.log10(1.0 / mse)).item()


def rgb2y(img):
    r, g, b = img.unbind(dim=1) if img.dim() == 4 else torch.split(img, 1)
    return 0.257 * r + 0.504 * g + 0.098 * b + 16.0 / 255


def sobel(x):
    kernel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]).to(x)
    kernels = torch.stack((kernel, kernel.t()))[:, None].repeat(x.size(1), 1, 1, 1)
    g = F.conv2d(F.pad(x, (1,) * 4, mode="replicate"), kernels, groups=x.size(1))
    return torch.sqrt(g[:, 0::2] ** 2 + g[:, 1::2] ** 2 + 1e-6)


def self_ensemble(model, x):
    outs = []
    for flip in (False, True):
        for k in range(4):
            t = torch.rot90(x, k, [2, 3])
            t = t.flip(-1) if flip else t
            y = model(t)
            y = y.flip(-1) if flip else y
            outs.append(torch.rot90(y, -k, [2, 3]))
    return torch.stack(outs).mean(0)


def tiled(model, x, tile=6, overlap=2):
    b, c, h, w = x.shape
    out, weight = x.new_zeros(b, c, h * 2, w * 2), torch.zeros(b, 1, h * 2, w * 2, dtype=x.dtype)
    for i in list(range(0, h - tile, tile - overlap)) + [h - tile]:
        for j in [*range(0, w - tile, tile - overlap), w - tile]:
            patch = model(x[..., i : i + tile, j : j + tile])
            out[..., i * 2 : (i + tile) * 2, j * 2 : (j + tile) * 2].add_(patch)
            weight[..., i * 2 : (i + tile) * 2, j * 2 : (j + tile) * 2] += 1
    return out.div_(weight)


def main():
    model = EDSR()
    for part in (model.head, model.body, model.tail):
        set_weights(part)
    optimizer = torch.optim.Adamax(filter(lambda p: p.requires_grad, model.parameters()), lr=1e-2)
    scheduler = torch.optim.lr_scheduler.CyclicLR(optimizer, 1e-3, 1e-2, step_size_up=2, cycle_momentum=False)
    log = []
    for _ in range(3):
        hr = F.avg_pool2d(uniform(2, 3, 24, 24), 3, 1, 1)
        lr = F.interpolate(hr, scale_factor=0.5, mode="bicubic", align_corners=False, antialias=True).clamp(0, 1)
        sr = model(lr)
        charbonnier = torch.sqrt((sr - hr) ** 2 + 1e-6).mean()
        loss = charbonnier + 0.1 * (1 - ssim(sr, hr)) + 0.05 * F.l1_loss(sobel(sr), sobel(hr))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        log.append([loss.item(), psnr(sr.detach(), hr), scheduler.get_last_lr()[0]])
    model.eval()
    with torch.no_grad():
        x = lr[:, :, :10]
        both = self_ensemble(model, lr), tiled(model, x)
        bicubic = F.interpolate(lr, size=(24, 24), mode="bicubic", align_corners=False)
        y = rgb2y(bicubic)
        out = (sr[0].detach().permute(1, 2, 0).clamp(0, 1) * 255).round().to(torch.uint8)
    return {"log": log, "ensemble": both[0], "tiled": both[1], "y": y, "image": out.float().mean(), "shape": out.shape}
