"""Mixup, label smoothing, exponential moving average, warm-up by LambdaLR, gradient accumulation, confusion matrix."""

import copy
import math

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, Subset

from tests.parity.strangers.given import images, labels, set_weights


class Pictures(Dataset):
    def __init__(self, n, transform=None):
        self.x = images(n, 3, 8, 8)
        self.y = labels(n, 5)
        self.transform = transform

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        x = self.x[i]
        if self.transform is not None:
            x = self.transform(x)
        return {"image": x, "label": int(self.y[i]), "index": i}


def augment(x):
    x = torch.flip(x, dims=[-1])
    x = F.pad(x[None], (1, 1, 1, 1), mode="reflect").squeeze(0)[:, 1:-1, 1:-1]
    x[:, 2:4, 2:4] = 0
    return (x - x.mean(dim=(1, 2), keepdim=True)) / x.std(dim=(1, 2), keepdim=True).clamp(min=1e-3)


class EMA:
    def __init__(self, model, decay):
        self.module = copy.deepcopy(model)
        self.module.eval()
        self.decay = decay
        for p in self.module.parameters():
            p.requires_grad_(False)

    @torch.no_grad()
    def update(self, model):
        for ema_v, model_v in zip(self.module.state_dict().values(), model.state_dict().values()):
            if ema_v.dtype.is_floating_point:
                ema_v.copy_(self.decay * ema_v + (1.0 - self.decay) * model_v)
            else:
                ema_v.copy_(model_v)


class LabelSmoothing(nn.Module):
    def __init__(self, smoothing=0.1):
        super(LabelSmoothing, self).__init__()
        self.confidence = 1.0 - smoothing
        self.smoothing = smoothing

    def forward(self, x, target):
        logprobs = F.log_softmax(x, dim=-1)
        nll_loss = -logprobs.gather(dim=-1, index=target.unsqueeze(1))
        nll_loss = nll_loss.squeeze(1)
        smooth_loss = -logprobs.mean(dim=-1)
        return (self.confidence * nll_loss + self.smoothing * smooth_loss).mean()


def mixup_data(x, y, lam, index):
    mixed_x = lam * x + (1 - lam) * x[index, :]
    return mixed_x, y, y[index], lam


def rand_bbox(size, lam):
    cut = np.sqrt(1.0 - lam)
    cut_w, cut_h = int(size[2] * cut), int(size[3] * cut)
    cx, cy = 3, 4
    return (
        np.clip(cx - cut_w // 2, 0, size[2]),
        np.clip(cy - cut_h // 2, 0, size[3]),
        np.clip(cx + cut_w // 2, 0, size[2]),
        np.clip(cy + cut_h // 2, 0, size[3]),
    )


def main():
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding="same", bias=False),
        nn.BatchNorm2d(8, momentum=0.2),
        nn.SiLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 8, 3, groups=4, padding=1, padding_mode="circular"),
        nn.InstanceNorm2d(8, affine=True),
        nn.GELU(),
        nn.AdaptiveAvgPool2d((1, 1)),
        nn.Flatten(),
        nn.Linear(8, 5),
    )
    set_weights(model)
    decay, no_decay = [], []
    for name, param in model.named_parameters():
        if not param.requires_grad:
            continue
        (no_decay if len(param.shape) == 1 or name.endswith(".bias") else decay).append(param)
    optimizer = optim.AdamW(
        [{"params": no_decay, "weight_decay": 0.0}, {"params": decay, "weight_decay": 0.05}], lr=1e-2, amsgrad=True
    )
    warmup, total = 2, 6
    scheduler = optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda e: (e + 1) / warmup if e < warmup else 0.5 * (1 + math.cos(math.pi * (e - warmup) / (total - warmup))),
    )
    data = Pictures(24, augment)
    loader = DataLoader(Subset(data, list(range(0, 22))), batch_size=4, drop_last=True)
    ema = EMA(model, 0.9)
    criterion, smooth = LabelSmoothing(0.1), nn.CrossEntropyLoss(label_smoothing=0.1)
    losses, accumulate = [], 2
    np.random.seed(0)
    for epoch in range(2):
        model.train()
        running = 0.0
        for i, batch in enumerate(loader):
            x, y = batch["image"], batch["label"]
            lam = float(np.random.beta(1.0, 1.0))
            index = torch.from_numpy(np.random.permutation(x.size()[0]))
            if i % 2:
                x, ya, yb, lam = mixup_data(x, y, lam, index)
            else:
                x1, y1, x2, y2 = rand_bbox(x.size(), lam)
                x = x.clone()
                x[:, :, x1:x2, y1:y2] = x[index, :, x1:x2, y1:y2]
                ya, yb = y, y[index]
                lam = 1 - ((x2 - x1) * (y2 - y1) / (x.size()[-1] * x.size()[-2]))
            out = model(x)
            loss = lam * criterion(out, ya) + (1 - lam) * smooth(out, yb)
            (loss / accumulate).backward()
            if (i + 1) % accumulate == 0 or i + 1 == len(loader):
                nn.utils.clip_grad_value_(model.parameters(), clip_value=0.5)
                optimizer.step()
                optimizer.zero_grad()
                ema.update(model)
            running += loss.detach() * x.shape[0]
        scheduler.step()
        losses.append((running / len(loader.dataset)).item())
        losses.append([group["lr"] for group in optimizer.param_groups])
    confusion = torch.zeros(5, 5, dtype=torch.int64)
    with torch.inference_mode():
        for batch in DataLoader(data, batch_size=10):
            preds = torch.argmax(ema.module(batch["image"]), 1)
            for t, p in zip(batch["label"].view(-1), preds.view(-1)):
                confusion[t.long(), p.long()] += 1
    per_class = confusion.diag().float() / confusion.sum(1).clamp(min=1).float()
    precision = confusion.diagonal() / confusion.sum(0).clamp_min(1)
    flat = torch.bincount(torch.arange(25) // 5, weights=confusion.flatten().double(), minlength=5)
    return {
        "losses": losses,
        "confusion": confusion,
        "recall": per_class.tolist(),
        "precision": precision,
        "rows": flat,
        "ema": list(ema.module.state_dict().values()),
        "eval": repr(model),
    }
