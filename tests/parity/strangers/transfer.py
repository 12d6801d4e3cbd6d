"""Fine-tuning: surgery on a state_dict, strict=False, frozen layers, groups of rates, distillation, early stopping."""

from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as F

from tests.parity.strangers.given import images, labels, set_weights


def conv3x3(in_planes: int, out_planes: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride, padding=1, bias=False)


class Backbone(nn.Module):
    def __init__(self, width, num_classes):
        super().__init__()
        self.features = nn.Sequential(
            OrderedDict(
                [
                    ("conv0", conv3x3(3, width, 2)),
                    ("norm0", nn.BatchNorm2d(width)),
                    ("relu0", nn.ReLU(inplace=True)),
                    ("conv1", conv3x3(width, width)),
                    ("norm1", nn.BatchNorm2d(width)),
                    ("relu1", nn.ReLU(inplace=True)),
                ]
            )
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(width, num_classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
                nn.init.constant_(m.weight, 1)
                nn.init.constant_(m.bias, 0)
            elif isinstance(m, nn.Linear):
                m.weight.data.normal_(0, 0.01)
                m.bias.data.zero_()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.features(x)
        return self.fc(torch.flatten(self.avgpool(x), 1))


class EarlyStopping:
    def __init__(self, patience=1, delta=0.0):
        self.patience, self.delta, self.counter, self.best = patience, delta, 0, None

    def __call__(self, value):
        if self.best is None or value < self.best - self.delta:
            self.best, self.counter = value, 0
        else:
            self.counter += 1
        return self.counter >= self.patience


def distillation_loss(student_logits, teacher_logits, y, T=4.0, alpha=0.7):
    return nn.KLDivLoss(reduction="batchmean")(
        F.log_softmax(student_logits / T, dim=1), F.softmax(teacher_logits / T, dim=1)
    ) * (alpha * T * T) + F.cross_entropy(student_logits, y) * (1.0 - alpha)


def main():
    teacher = Backbone(8, 10)
    set_weights(teacher)
    state = OrderedDict(("module." + k, v) for k, v in teacher.state_dict().items())
    new_state = OrderedDict()
    for k, v in state.items():
        new_state[k[7:] if k.startswith("module.") else k] = v.clone()
    student = Backbone(8, 4)
    model_dict = student.state_dict()
    pretrained = {k: v for k, v in new_state.items() if k in model_dict and v.size() == model_dict[k].size()}
    model_dict.update(pretrained)
    student.load_state_dict(model_dict)
    del new_state["fc.weight"], new_state["fc.bias"]
    result = student.load_state_dict({**new_state, "extra": torch.zeros(1)}, strict=False)
    num_features = student.fc.in_features
    student.fc = nn.Linear(num_features, 3)
    set_weights(student.fc)
    teacher.fc = nn.Sequential(nn.Dropout(0.0), nn.Linear(teacher.fc.in_features, 3))
    set_weights(teacher.fc)
    for param in teacher.parameters():
        param.requires_grad = False
    teacher.eval()
    for name, child in student.features.named_children():
        if name in ("conv0", "norm0"):
            for p in child.parameters():
                p.requires_grad_(False)
            child.eval()
    frozen = [n for n, p in student.named_parameters() if not p.requires_grad]
    fc_ids = set(map(id, student.fc.parameters()))
    base = filter(lambda p: id(p) not in fc_ids and p.requires_grad, student.parameters())
    optimizer = torch.optim.SGD(
        [{"params": base}, {"params": student.fc.parameters(), "lr": 1e-2}], lr=1e-3, momentum=0.9
    )
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    stop, log = EarlyStopping(patience=1), []
    x, y = images(8, 3, 9, 9), labels(8, 3)
    for epoch in range(4):
        for xb, yb in zip(torch.split(x, 3), y.split(3)):
            with torch.no_grad():
                t = teacher(xb)
            loss = distillation_loss(student(xb), t, yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        scheduler.step()
        log.append([loss.item(), *scheduler.get_last_lr()])
        if stop(round(loss.item(), 3)):
            break
    student.features.add_module("head", nn.Identity())
    backbone = nn.Sequential(*list(student.children())[:-1])
    return {
        "log": log,
        "frozen": frozen,
        "missing": result.missing_keys,
        "unexpected": result.unexpected_keys,
        "features": backbone(x),
        "none": [p.grad is None for p in student.parameters()],
        "weights": list(student.state_dict().values()),
        "text": str(student),
        "trainable": sum(p.numel() for p in filter(lambda p: p.requires_grad, student.parameters())),
    }
