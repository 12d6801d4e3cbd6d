"""A training script: data loader, schedule, running averages, accuracy, the best checkpoint."""

import copy
import os
import tempfile

import torch
import torch.backends.cudnn as cudnn
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.optim.lr_scheduler import MultiStepLR
from torch.utils.data import DataLoader, TensorDataset

from tests.parity.strangers.given import images, labels, set_weights


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, in_planes, planes, stride=1):
        super(BasicBlock, self).__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != self.expansion * planes:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, self.expansion * planes, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(self.expansion * planes),
            )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        out = F.relu(out)
        return out


class Net(nn.Module):
    def __init__(self, num_classes=4):
        super().__init__()
        self.in_planes = 4
        self.conv1 = nn.Conv2d(3, 4, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.layer1 = self._make_layer(4, 1, stride=1)
        self.layer2 = self._make_layer(8, 2, stride=2)
        self.linear = nn.Linear(8, num_classes)

    def _make_layer(self, planes, num_blocks, stride):
        strides = [stride] + [1] * (num_blocks - 1)
        layers = []
        for stride in strides:
            layers.append(BasicBlock(self.in_planes, planes, stride))
            self.in_planes = planes * BasicBlock.expansion
        return nn.Sequential(*layers)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        out = self.layer2(self.layer1(out))
        out = F.avg_pool2d(out, out.size()[2:])
        out = out.view(out.size(0), -1)
        return self.linear(out)


class AverageMeter(object):
    def __init__(self):
        self.val = self.avg = self.sum = self.count = 0

    def update(self, val, n=1):
        self.val = val
        self.sum += val * n
        self.count += n
        self.avg = self.sum / self.count


def accuracy(output, target, topk=(1,)):
    with torch.no_grad():
        maxk = max(topk)
        batch_size = target.size(0)
        _, pred = output.topk(maxk, 1, True, True)
        pred = pred.t()
        correct = pred.eq(target.view(1, -1).expand_as(pred))
        res = []
        for k in topk:
            correct_k = correct[:k].reshape(-1).float().sum(0, keepdim=True)
            res.append(correct_k.mul_(100.0 / batch_size))
        return res


def train(loader, net, criterion, optimizer, device):
    net.train()
    train_loss, correct, total = 0, 0, 0
    losses = AverageMeter()
    for batch_idx, (inputs, targets) in enumerate(loader):
        inputs, targets = inputs.to(device, non_blocking=True), targets.to(device)
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()
        train_loss += loss.item()
        losses.update(loss.item(), inputs.size(0))
        _, predicted = outputs.max(1)
        total += targets.size(0)
        correct += predicted.eq(targets).sum().item()
    return train_loss / (batch_idx + 1), 100.0 * correct / total, losses.avg


def main():
    device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    if device.type == "cuda":
        cudnn.benchmark = True
    train_set = TensorDataset(images(20, 3, 8, 8), labels(20, 4))
    test_set = TensorDataset(images(12, 3, 8, 8), labels(12, 4))
    trainloader = DataLoader(train_set, batch_size=8, shuffle=False, num_workers=0, pin_memory=device.type == "cuda")
    testloader = DataLoader(test_set, batch_size=6, shuffle=False)
    net = Net().to(device)
    set_weights(net)
    criterion = nn.CrossEntropyLoss().to(device)
    optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4, nesterov=True)
    scheduler = MultiStepLR(optimizer, milestones=[1, 2], gamma=0.1)
    best_acc, best, history = -1, None, []
    path = os.path.join(tempfile.mkdtemp(), "ckpt.pth")
    for epoch in range(3):
        history.append(train(trainloader, net, criterion, optimizer, device))
        net.eval()
        with torch.no_grad():
            outputs = torch.cat([net(inputs.to(device)) for inputs, _ in testloader])
            targets = torch.cat([t for _, t in testloader], dim=0)
            acc1, acc3 = accuracy(outputs, targets, topk=(1, 3))
            history.append((F.cross_entropy(outputs, targets).item(), acc1.item(), acc3.item()))
        if acc1.item() > best_acc:
            best_acc = acc1.item()
            best = copy.deepcopy(net.state_dict())
            torch.save({"net": net.state_dict(), "acc": best_acc, "epoch": epoch, "opt": optimizer.state_dict()}, path)
        scheduler.step()
        history.append(scheduler.get_last_lr()[0])
        history.append(optimizer.param_groups[0]["lr"])
    checkpoint = torch.load(path, map_location=device)
    again = Net()
    print(again.load_state_dict(checkpoint["net"]))
    optimizer.load_state_dict(checkpoint["opt"])
    again.eval()
    return {
        "history": history,
        "weights": [p for p in net.parameters()],
        "restored": again(images(2, 3, 8, 8)),
        "epoch": checkpoint["epoch"],
        "best": [v for k, v in best.items() if "num_batches" in k or "running" in k],
        "momentum": [s["momentum_buffer"] for s in optimizer.state_dict()["state"].values()],
        "count": sum(p.numel() for p in net.parameters() if p.requires_grad),
    }
