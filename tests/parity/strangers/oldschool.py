"""A program of PyTorch's first years: Variable, typed tensors, sized constructors, functions that have since been renamed."""

import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.init as init
import torch.optim as optim
from torch.autograd import Variable
from torch.nn.parameter import Parameter

from tests.parity.strangers.given import images, labels, set_weights


def conv3x3(in_planes, out_planes, stride=1):
    return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride, padding=1, bias=True)


def conv_init(m):
    classname = m.__class__.__name__
    if classname.find("Conv") != -1:
        init.xavier_uniform(m.weight, gain=np.sqrt(2))
        init.constant(m.bias, 0)
    elif isinstance(m, nn.BatchNorm2d):
        m.weight.data.fill_(1)
        m.bias.data.zero_()


class L2Norm(nn.Module):
    def __init__(self, n_channels, scale):
        super(L2Norm, self).__init__()
        self.gamma = scale or None
        self.eps = 1e-10
        self.weight = nn.Parameter(torch.Tensor(n_channels))
        self.reset_parameters()

    def reset_parameters(self):
        init.constant(self.weight, self.gamma)

    def forward(self, x):
        norm = x.pow(2).sum(dim=1, keepdim=True).sqrt() + self.eps
        x = torch.div(x, norm)
        return self.weight.unsqueeze(0).unsqueeze(2).unsqueeze(3).expand_as(x) * x


class NoisyLinear(nn.Module):
    def __init__(self, in_features, out_features):
        super(NoisyLinear, self).__init__()
        self.weight = Parameter(torch.Tensor(out_features, in_features))
        self.bias = Parameter(torch.FloatTensor(out_features).to(self.weight))
        self.register_buffer("epsilon", torch.zeros(out_features, in_features))
        stdv = 1.0 / math.sqrt(self.weight.size(1))
        self.weight.data.uniform_(-stdv, stdv)
        self.bias.data.fill_(0.0)

    def forward(self, input):
        return F.linear(input, self.weight + Variable(self.epsilon), self.bias)


class WideBlock(nn.Module):
    def __init__(self, in_planes, planes, stride=1):
        super(WideBlock, self).__init__()
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv1 = conv3x3(in_planes, planes)
        self.dropout = nn.Dropout(p=0.0)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = conv3x3(planes, planes, stride)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != planes:
            self.shortcut = nn.Sequential(nn.Conv2d(in_planes, planes, kernel_size=1, stride=stride, bias=True))

    def forward(self, x):
        out = self.dropout(self.conv1(F.relu(self.bn1(x))))
        out = self.conv2(F.relu(self.bn2(out)))
        out += self.shortcut(x)
        return out


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.block = WideBlock(3, 4, stride=2)
        for i in range(2):
            self.__setattr__("extra_%d" % i, conv3x3(4, 4))
        self.norm = L2Norm(4, 10)
        self.fc = NoisyLinear(4 * 2 * 2, 3)

    def forward(self, x):
        x = self.block(x)
        for i in range(2):
            x = self.__getattr__("extra_%d" % i)(x)
        x = self.norm(x)
        x = F.upsample(x, scale_factor=2, mode="nearest")
        x = F.avg_pool2d(x, 4)
        x = x.view(-1, self.num_flat_features(x))
        return self.fc(x)

    def num_flat_features(self, x):
        size = x.size()[1:]
        num_features = 1
        for s in size:
            num_features *= s
        return num_features


def main():
    net = Net()
    net.apply(conv_init)
    set_weights(net)
    use_cuda = torch.cuda.is_available()
    if use_cuda:
        net.cuda()
    criterion = nn.CrossEntropyLoss(size_average=True)
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9, dampening=0, weight_decay=5e-4, nesterov=True)
    train_loss, correct, total = 0, 0, 0
    for epoch in range(2):
        lr = 0.1 * (0.2 ** int(epoch >= 1))
        for param_group in optimizer.param_groups:
            param_group["lr"] = lr
        inputs, targets = images(4, 3, 8, 8), labels(4, 3)
        inputs, targets = Variable(inputs), Variable(targets)
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm(net.parameters(), 5)
        optimizer.step()
        train_loss += loss.data.item()
        _, predicted = torch.max(outputs.data, 1)
        total += targets.size(0)
        correct += predicted.eq(targets.data).cpu().sum()
    acc = 100.0 * correct / total
    onehot = torch.zeros(4, 3).scatter_(1, targets.data.view(-1, 1), 1)
    soft = F.softmax(outputs) * Variable(onehot)
    typed = [torch.LongTensor([1, 2]), torch.ByteTensor([0, 1]), torch.FloatTensor([[1, 2], [3, 4]]).mul_(0.5)]
    arange = torch.arange(0, 4).type(torch.LongTensor)
    mask = outputs.data.new(outputs.size()).zero_()
    mask[0] = 1
    buffer = torch.Tensor()
    buffer.resize_(2, 3).fill_(2)
    return {
        "loss": train_loss,
        "acc": acc,
        "message": "Loss: %.3f | Acc: %.3f%% (%d/%d)" % (train_loss / 2, acc, correct, total),
        "soft": soft,
        "typed": typed,
        "arange": arange,
        "mask": torch.masked_select(outputs, mask > 0),
        "buffer": buffer,
        "weights": [p.data for p in net.parameters()],
        "numpy": torch.from_numpy(np.ones((2, 2), dtype=np.float32)).numpy() + 1,
    }
