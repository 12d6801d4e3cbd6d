"""Pieces of a detector: anchors, box IoU, matching, encoding, focal loss, smooth L1, non-maximum suppression."""

import math
from collections import defaultdict
from typing import Dict, List, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.parity.strangers.given import images, set_weights, uniform


def box_area(boxes: Tensor) -> Tensor:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def box_iou(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    lt = torch.max(boxes1[:, None, :2], boxes2[:, :2])
    rb = torch.min(boxes1[:, None, 2:], boxes2[:, 2:])
    wh = (rb - lt).clamp(min=0)
    inter = wh[:, :, 0] * wh[:, :, 1]
    return inter / (box_area(boxes1)[:, None] + box_area(boxes2) - inter)


def nms(boxes: Tensor, scores: Tensor, threshold: float) -> Tensor:
    keep: List[int] = []
    order = scores.argsort(descending=True)
    while order.numel() > 0:
        i = order[0].item()
        keep.append(i)
        if order.numel() == 1:
            break
        iou = box_iou(boxes[i].unsqueeze(0), boxes[order[1:]]).squeeze(0)
        order = order[1:][(iou <= threshold).nonzero(as_tuple=False).squeeze(1)]
    return torch.as_tensor(keep, dtype=torch.long)


def sigmoid_focal_loss(inputs, targets, alpha: float = 0.25, gamma: float = 2, reduction: str = "none"):
    p = torch.sigmoid(inputs)
    ce_loss = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    p_t = p * targets + (1 - p) * (1 - targets)
    loss = ce_loss * ((1 - p_t) ** gamma)
    if alpha >= 0:
        alpha_t = alpha * targets + (1 - alpha) * (1 - targets)
        loss = alpha_t * loss
    return loss.mean() if reduction == "mean" else loss.sum() if reduction == "sum" else loss


def make_anchors(size: Tuple[int, int], stride: int, scales, ratios) -> Tensor:
    scales = torch.as_tensor(scales, dtype=torch.get_default_dtype())
    ratios = torch.as_tensor(ratios, dtype=torch.get_default_dtype())
    h_ratios = torch.sqrt(ratios)
    w_ratios = 1 / h_ratios
    ws = (w_ratios[:, None] * scales[None, :]).view(-1)
    hs = (h_ratios[:, None] * scales[None, :]).view(-1)
    base = torch.stack([-ws, -hs, ws, hs], dim=1) / 2
    shift_y, shift_x = torch.meshgrid(
        torch.arange(0, size[0]) * stride, torch.arange(0, size[1]) * stride, indexing="ij"
    )
    shift_x, shift_y = shift_x.reshape(-1), shift_y.reshape(-1)
    shifts = torch.stack((shift_x, shift_y, shift_x, shift_y), dim=1)
    return (shifts.view(-1, 1, 4) + base.view(1, -1, 4)).reshape(-1, 4)


def encode(reference: Tensor, anchors: Tensor) -> Tensor:
    wh = anchors[:, 2:] - anchors[:, :2]
    ctr = anchors[:, :2] + 0.5 * wh
    gt_wh = reference[:, 2:] - reference[:, :2]
    gt_ctr = reference[:, :2] + 0.5 * gt_wh
    return torch.cat(((gt_ctr - ctr) / wh, torch.log(gt_wh / wh)), dim=1)


def decode(deltas: Tensor, anchors: Tensor) -> Tensor:
    wh = anchors[..., 2:] - anchors[..., :2]
    ctr = anchors[..., :2] + 0.5 * wh
    dwh = torch.clamp(deltas[..., 2:], max=math.log(1000.0 / 16))
    pred_ctr, pred_wh = deltas[..., :2] * wh + ctr, torch.exp(dwh) * wh
    out = torch.zeros_like(deltas)
    out[..., 0::2] = torch.stack([pred_ctr[..., 0] - pred_wh[..., 0] / 2, pred_ctr[..., 0] + pred_wh[..., 0] / 2], -1)
    out[..., 1::2] = torch.stack([pred_ctr[..., 1] - pred_wh[..., 1] / 2, pred_ctr[..., 1] + pred_wh[..., 1] / 2], -1)
    return out


class Head(nn.Module):
    def __init__(self, in_channels: int, num_anchors: int, num_classes: int) -> None:
        super().__init__()
        conv = []
        for _ in range(2):
            conv.append(nn.Conv2d(in_channels, in_channels, 3, 1, 1))
            conv.append(nn.GroupNorm(2, in_channels))
            conv.append(nn.ReLU())
        self.conv = nn.Sequential(*conv)
        self.cls_logits = nn.Conv2d(in_channels, num_anchors * num_classes, kernel_size=3, padding=1)
        self.bbox_pred = nn.Conv2d(in_channels, num_anchors * 4, kernel_size=3, padding=1)
        self.num_classes = num_classes
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                torch.nn.init.normal_(layer.weight, std=0.01)
                torch.nn.init.constant_(layer.bias, -math.log((1 - 0.01) / 0.01))

    def forward(self, x: List[Tensor]) -> Dict[str, Tensor]:
        outs = defaultdict(list)
        for features in x:
            t = self.conv(features)
            for name, layer, k in (("cls", self.cls_logits, self.num_classes), ("box", self.bbox_pred, 4)):
                y = layer(t)
                N, _, H, W = y.shape
                y = y.view(N, -1, k, H, W).permute(0, 3, 4, 1, 2).reshape(N, -1, k)
                outs[name].append(y)
        return {k: torch.cat(v, dim=1) for k, v in outs.items()}


class FPN(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=4, padding=1)
        self.down = nn.Conv2d(8, 8, 3, stride=2, padding=1)
        self.lateral = nn.Conv2d(8, 8, 1)

    def forward(self, x):
        c1 = F.hardswish(self.stem(x))
        c2 = F.mish(self.down(c1))
        up = F.interpolate(c2, size=c1.shape[-2:], mode="nearest")
        return [self.lateral(c1) + up, c2]


def main():
    fpn, head = FPN(), Head(8, 6, 3)
    set_weights(fpn)
    set_weights(head)
    params = [p for p in list(fpn.parameters()) + list(head.parameters()) if p.requires_grad]
    optimizer = torch.optim.SGD(params, lr=0.01, momentum=0.9, weight_decay=0.0005)
    anchors = torch.cat([make_anchors((8, 8), 4, (4, 8), (0.5, 1, 2)), make_anchors((4, 4), 8, (8, 16), (0.5, 1, 2))])
    log = []
    for _ in range(2):
        xy = uniform(2, 3, 2) * 16
        gt = torch.cat([xy, xy + 4 + uniform(2, 3, 2) * 12], dim=-1)
        cls = torch.tensor([[0, 1, 2], [2, 2, 0]])
        out = head(fpn(images(2, 3, 32, 32)))
        losses = []
        for i in range(2):
            iou = box_iou(gt[i], anchors)
            vals, matches = iou.max(dim=0)
            below, between = vals < 0.3, (vals >= 0.3) & (vals < 0.45)
            matches = matches.clone()
            matches[below], matches[between] = -1, -2
            best = iou.max(dim=1)[1]
            matches[best] = torch.arange(len(best))
            fg = matches >= 0
            target = torch.zeros_like(out["cls"][i])
            target[fg, cls[i][matches[fg]]] = 1.0
            valid = matches != -2
            num = max(1, fg.sum().item())
            losses.append(sigmoid_focal_loss(out["cls"][i][valid], target[valid], reduction="sum") / num)
            reg = encode(gt[i][matches[fg]], anchors[fg])
            losses.append(F.smooth_l1_loss(out["box"][i][fg], reg, beta=1.0 / 9, reduction="sum") / num)
        loss = sum(losses)
        if not math.isfinite(loss):
            raise SystemExit(1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        log.append([l.item() for l in losses])
    with torch.no_grad():
        scores = torch.sigmoid(out["cls"][0]).flatten()
        top, idx = scores.topk(20)
        boxes = decode(out["box"][0], anchors)[torch.div(idx, 3, rounding_mode="floor")]
        boxes = boxes.clamp(0, 32)
        labels = idx % 3
        offsets = labels.to(boxes) * (boxes.max() + torch.tensor(1).to(boxes))
        kept = nms(boxes + offsets[:, None], top, 0.5)
    return {"log": log, "anchors": anchors, "boxes": boxes[kept], "labels": labels[kept], "top": top[kept]}
