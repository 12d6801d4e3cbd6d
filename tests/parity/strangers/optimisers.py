"""Optimizers and schedules of one's own: SAM, Lookahead, a subclass of Optimizer, a subclass of LRScheduler, SWA."""

import math
from collections import defaultdict

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, LRScheduler, OneCycleLR, SequentialLR, _LRScheduler
from torch.optim.optimizer import Optimizer
from torch.optim.swa_utils import SWALR, AveragedModel, get_ema_multi_avg_fn, update_bn

from tests.parity.strangers.given import images, labels, set_weights


class SAM(torch.optim.Optimizer):
    def __init__(self, params, base_optimizer, rho=0.05, adaptive=False, **kwargs):
        assert rho >= 0.0, f"Invalid rho, should be non-negative: {rho}"
        defaults = dict(rho=rho, adaptive=adaptive, **kwargs)
        super(SAM, self).__init__(params, defaults)
        self.base_optimizer = base_optimizer(self.param_groups, **kwargs)
        self.param_groups = self.base_optimizer.param_groups
        self.defaults.update(self.base_optimizer.defaults)

    @torch.no_grad()
    def first_step(self, zero_grad=False):
        grad_norm = self._grad_norm()
        for group in self.param_groups:
            scale = group["rho"] / (grad_norm + 1e-12)
            for p in group["params"]:
                if p.grad is None:
                    continue
                self.state[p]["old_p"] = p.data.clone()
                e_w = (torch.pow(p, 2) if group["adaptive"] else 1.0) * p.grad * scale.to(p)
                p.add_(e_w)
        if zero_grad:
            self.zero_grad()

    @torch.no_grad()
    def second_step(self, zero_grad=False):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                p.data = self.state[p]["old_p"]
        self.base_optimizer.step()
        if zero_grad:
            self.zero_grad()

    def _grad_norm(self):
        shared_device = self.param_groups[0]["params"][0].device
        return torch.norm(
            torch.stack(
                [p.grad.norm(p=2).to(shared_device) for g in self.param_groups for p in g["params"] if p.grad is not None]
            ),
            p=2,
        )


class Lookahead(object):
    def __init__(self, optimizer, k=2, alpha=0.5):
        self.optimizer, self.k, self.alpha = optimizer, k, alpha
        self.param_groups = self.optimizer.param_groups
        self.state = defaultdict(dict)
        for group in self.param_groups:
            group["counter"] = 0

    def zero_grad(self):
        self.optimizer.zero_grad()

    def step(self, closure=None):
        loss = self.optimizer.step(closure)
        for group in self.param_groups:
            if group["counter"] == 0:
                for fast in group["params"]:
                    param_state = self.state[fast]
                    if "slow_param" not in param_state:
                        param_state["slow_param"] = torch.zeros_like(fast.data)
                        param_state["slow_param"].copy_(fast.data)
                    slow = param_state["slow_param"]
                    slow += (fast.data - slow) * self.alpha
                    fast.data.copy_(slow)
            group["counter"] = (group["counter"] + 1) % self.k
        return loss


class MyAdam(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        if not 0.0 <= lr:
            raise ValueError("Invalid learning rate: {}".format(lr))
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))

    def __setstate__(self, state):
        super().__setstate__(state)

    def step(self, closure=None):
        loss = None
        if closure is not None:
            loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                grad = p.grad.data
                if grad.is_sparse:
                    raise RuntimeError("no sparse gradients")
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = 0
                    state["exp_avg"] = torch.zeros_like(p.data, memory_format=torch.preserve_format)
                    state["exp_avg_sq"] = torch.zeros_like(p.data)
                exp_avg, exp_avg_sq = state["exp_avg"], state["exp_avg_sq"]
                beta1, beta2 = group["betas"]
                state["step"] += 1
                exp_avg.mul_(beta1).add_(grad, alpha=1 - beta1)
                exp_avg_sq.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
                denom = exp_avg_sq.sqrt().add_(group["eps"])
                step_size = group["lr"] * math.sqrt(1 - beta2 ** state["step"]) / (1 - beta1 ** state["step"])
                if group["weight_decay"] != 0:
                    p.data.add_(p.data, alpha=-group["weight_decay"] * group["lr"])
                p.data.addcdiv_(exp_avg, denom, value=-step_size)
        return loss


class WarmUp(_LRScheduler):
    def __init__(self, optimizer, total_iters, last_epoch=-1):
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [base_lr * self.last_epoch / (self.total_iters + 1e-8) for base_lr in self.base_lrs]


class Poly(LRScheduler):
    def __init__(self, optimizer, max_iters, power=0.9, last_epoch=-1):
        self.max_iters, self.power = max_iters, power
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [base * (1 - self.last_epoch / self.max_iters) ** self.power for base in self.base_lrs]


def small():
    net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 3))
    set_weights(net)
    return net


def main():
    results = {}
    x, y = images(6, 1, 6, 6), labels(6, 3)

    net = small()
    sam = SAM(net.parameters(), torch.optim.SGD, lr=0.1, momentum=0.9, adaptive=True)
    for _ in range(2):
        F.cross_entropy(net(x), y).backward()
        sam.first_step(zero_grad=True)
        F.cross_entropy(net(x), y).backward()
        sam.second_step(zero_grad=True)
    results["sam"] = list(net.parameters())

    net = small()
    look = Lookahead(torch.optim.RAdam(net.parameters(), lr=0.05))
    scheduler = SequentialLR(
        look.optimizer,
        [LinearLR(look.optimizer, 0.1, total_iters=2), CosineAnnealingLR(look.optimizer, T_max=3, eta_min=1e-3)],
        milestones=[2],
    )
    rates = []
    for _ in range(5):
        look.zero_grad()
        F.cross_entropy(net(x), y).backward()
        look.step()
        scheduler.step()
        rates.append(look.optimizer.param_groups[0]["lr"])
    results["lookahead"] = [rates, *net.parameters()]

    net = small()
    mine = MyAdam(net.parameters(), lr=0.02, weight_decay=1e-2)
    warm, poly, rates = WarmUp(mine, 2), None, []
    for i in range(4):
        mine.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        mine.step()
        if i < 2:
            warm.step()
        else:
            poly = poly or Poly(mine, 4)
            poly.step()
        rates.append(mine.state_dict()["param_groups"][0]["lr"])
    state = mine.state_dict()
    other = MyAdam(net.parameters(), lr=1.0)
    other.load_state_dict(state)
    results["mine"] = [rates, len(state["state"]), other.param_groups[0]["lr"], *net.parameters()]
    results["text"] = repr(other)

    net = small()
    opt = torch.optim.NAdam(net.parameters(), lr=0.01)
    swa, ema = AveragedModel(net), AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.8), use_buffers=True)
    one = OneCycleLR(opt, max_lr=0.1, total_steps=6, anneal_strategy="linear", three_phase=False)
    swalr = SWALR(opt, swa_lr=0.02, anneal_epochs=2)
    rates = []
    for i in range(6):
        opt.zero_grad()
        F.cross_entropy(net(x), y).backward()
        opt.step()
        if i >= 3:
            swa.update_parameters(net)
            swalr.step()
        else:
            one.step()
        ema.update_parameters(net)
        rates.append(opt.param_groups[0]["lr"])
    update_bn([(x, y), (x * 2, y)], swa)
    swa.eval(), ema.eval()
    results["swa"] = [rates, swa(x), ema(x), swa.n_averaged.item()]
    return results
