"""Segmentation: an encoder and decoder with skips, padding to match, Dice loss, IoU, a boundary weight by unfold."""

import torch
import torch.nn as nn
import torch.nn.functional as F

from tests.parity.strangers.given import images, labels, set_weights


class DoubleConv(nn.Module):
    def __init__(self, in_channels, out_channels, mid_channels=None):
        super().__init__()
        if not mid_channels:
            mid_channels = out_channels
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, mid_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(mid_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(mid_channels, out_channels, kernel_size=3, padding=1, bias=False),
            nn.GroupNorm(2, out_channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, x):
        return self.double_conv(x)


class Up(nn.Module):
    def __init__(self, in_channels, out_channels, bilinear=True):
        super().__init__()
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            self.conv = DoubleConv(in_channels, out_channels, in_channels // 2)
        else:
            self.up = nn.ConvTranspose2d(in_channels, in_channels // 2, kernel_size=2, stride=2)
            self.conv = DoubleConv(in_channels, out_channels)

    def forward(self, x1, x2):
        x1 = self.up(x1)
        diffY = x2.size()[2] - x1.size()[2]
        diffX = x2.size()[3] - x1.size()[3]
        x1 = F.pad(x1, [diffX // 2, diffX - diffX // 2, diffY // 2, diffY - diffY // 2])
        x = torch.cat([x2, x1], dim=1)
        return self.conv(x)


class UNet(nn.Module):
    def __init__(self, n_channels, n_classes):
        super().__init__()
        self.inc = DoubleConv(n_channels, 4)
        self.down1 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(4, 8))
        self.down2 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(8, 8))
        self.up1 = Up(16, 4)
        self.up2 = Up(8, 4)
        self.outc = nn.Conv2d(4, n_classes, kernel_size=1)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        return self.outc(self.up2(self.up1(x3, x2), x1))


def dice_coeff(input, target, reduce_batch_first=False, epsilon=1e-6):
    assert input.size() == target.size()
    sum_dim = (-1, -2) if input.dim() == 2 or not reduce_batch_first else (-1, -2, -3)
    inter = 2 * (input * target).sum(dim=sum_dim)
    sets_sum = input.sum(dim=sum_dim) + target.sum(dim=sum_dim)
    sets_sum = torch.where(sets_sum == 0, inter, sets_sum)
    dice = (inter + epsilon) / (sets_sum + epsilon)
    return dice.mean()


def iou(pred, mask, n_classes):
    result = []
    for c in range(n_classes):
        inter = ((pred == c) & (mask == c)).sum().item()
        union = ((pred == c) | (mask == c)).sum().item()
        result.append(inter / union if union else float("nan"))
    return result


def boundary(mask, k=3):
    m = F.pad(mask.unsqueeze(1).float(), (1,) * 4, mode="replicate")
    patches = m.unfold(2, k, 1).unfold(3, k, 1).contiguous().view(*mask.shape, -1)
    return (patches.max(-1)[0] != patches.min(dim=-1).values).to(torch.get_default_dtype())


def main():
    model = UNet(n_channels=3, n_classes=3)
    set_weights(model)
    model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, weight_decay=1e-8, momentum=0.9, foreach=True)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, "max", patience=0)
    log = []
    for _ in range(2):
        x = images(2, 3, 14, 13).to(memory_format=torch.channels_last)
        true = labels(2 * 14 * 13, 3).view(2, 14, 13).to(dtype=torch.long)
        masks_pred = model(x)
        weight = 1 + boundary(true)
        loss = (F.cross_entropy(masks_pred, true, reduction="none") * weight).mean()
        one_hot = F.one_hot(true, 3).permute(0, 3, 1, 2).to(masks_pred.dtype)
        loss += 1 - dice_coeff(F.softmax(masks_pred, dim=1).flatten(0, 1), one_hot.flatten(0, 1), True)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        pred = masks_pred.argmax(dim=1)
        scheduler.step(-loss.item())
        log.append([loss.item(), norm.item(), *iou(pred, true, 3), optimizer.param_groups[0]["lr"]])
    small = F.interpolate(masks_pred, size=(7, 6), mode="bicubic", align_corners=False)
    return {
        "log": log,
        "grads": [p.grad for p in model.parameters()],
        "pred": pred,
        "small": small,
        "nearest": F.interpolate(masks_pred, scale_factor=0.5, mode="nearest"),
    }
