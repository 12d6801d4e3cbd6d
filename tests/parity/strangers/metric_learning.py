"""Siamese and triplet networks, hard mining in a batch, NT-Xent, a centre loss with its own optimizer, a P-K sampler."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset
from torch.utils.data.sampler import BatchSampler, Sampler

from tests.parity.strangers.given import images, set_weights


class Embedding(nn.Module):
    def __init__(self, dim=4):
        super().__init__()
        self.convnet = nn.Sequential(
            nn.Conv2d(1, 6, 3), nn.PReLU(), nn.MaxPool2d(2, stride=2), nn.Conv2d(6, 8, 3), nn.PReLU(), nn.MaxPool2d(2, 2)
        )
        self.fc = nn.Linear(8 * 2 * 2, dim)

    def forward(self, x):
        output = self.convnet(x)
        output = output.view(output.size()[0], -1)
        return self.fc(output)

    def get_embedding(self, x):
        return F.normalize(self.forward(x), p=2, dim=1)


class ContrastiveLoss(nn.Module):
    def __init__(self, margin):
        super().__init__()
        self.margin = margin
        self.eps = 1e-9

    def forward(self, output1, output2, target, size_average=True):
        distances = (output2 - output1).pow(2).sum(1)
        losses = 0.5 * (
            target.float() * distances
            + (1 + -1 * target).float() * F.relu(self.margin - (distances + self.eps).sqrt()).pow(2)
        )
        return losses.mean() if size_average else losses.sum()


def pdist(vectors):
    return (
        -2 * vectors.mm(torch.t(vectors)) + vectors.pow(2).sum(dim=1).view(1, -1) + vectors.pow(2).sum(dim=1).view(-1, 1)
    )


def batch_hard(embeddings, labels, margin=0.3):
    dist = torch.clamp(pdist(embeddings), min=1e-12).sqrt()
    n = labels.size(0)
    is_pos = labels.expand(n, n).eq(labels.expand(n, n).t())
    is_neg = labels.expand(n, n).ne(labels.expand(n, n).t())
    dist_ap, _ = torch.max(dist[is_pos].contiguous().view(n, -1), 1, keepdim=True)
    dist_an, _ = torch.min(dist[is_neg].contiguous().view(n, -1), 1, keepdim=True)
    dist_ap, dist_an = dist_ap.squeeze(1), dist_an.squeeze(1)
    y = dist_an.new().resize_as_(dist_an).fill_(1)
    return nn.MarginRankingLoss(margin=margin)(dist_an, dist_ap, y)


def nt_xent(z1, z2, temperature=0.5):
    n = z1.size(0)
    z = torch.cat((z1, z2), dim=0)
    sim = F.cosine_similarity(z.unsqueeze(1), z.unsqueeze(0), dim=2) / temperature
    mask = torch.eye(2 * n, dtype=torch.bool, device=z.device)
    sim = sim.masked_fill(mask, float("-inf"))
    targets = torch.cat([torch.arange(n) + n, torch.arange(n)])
    return F.cross_entropy(sim, targets)


class CenterLoss(nn.Module):
    def __init__(self, num_classes, feat_dim):
        super(CenterLoss, self).__init__()
        self.num_classes = num_classes
        self.centers = nn.Parameter(torch.randn(num_classes, feat_dim))

    def forward(self, x, labels):
        batch_size = x.size(0)
        distmat = (
            torch.pow(x, 2).sum(dim=1, keepdim=True).expand(batch_size, self.num_classes)
            + torch.pow(self.centers, 2).sum(dim=1, keepdim=True).expand(self.num_classes, batch_size).t()
        )
        distmat = torch.addmm(distmat, x, self.centers.t(), beta=1, alpha=-2)
        classes = torch.arange(self.num_classes).long()
        mask = labels.unsqueeze(1).expand(batch_size, self.num_classes).eq(classes.expand(batch_size, self.num_classes))
        dist = distmat * mask.to(distmat.dtype)
        return dist.clamp(min=1e-12, max=1e12).sum() / batch_size


class Balanced(Sampler):
    def __init__(self, labels, classes, per_class):
        self.labels = np.asarray(labels)
        self.classes, self.per_class = classes, per_class

    def __iter__(self):
        rng = np.random.RandomState(0)
        order = [list(np.where(self.labels == c)[0]) for c in range(self.classes)]
        for start in range(0, len(order[0]) - self.per_class + 1, self.per_class):
            yield from [int(i) for o in order for i in rng.permutation(o[start : start + self.per_class])]

    def __len__(self):
        return len(self.labels)


class Data(Dataset):
    def __init__(self):
        self.x, self.y = images(24, 1, 14, 14), [i % 3 for i in range(24)]

    def __getitem__(self, index):
        return self.x[index], self.y[index], (self.x[(index + 3) % 24], {"index": index, "name": "n%d" % index})

    def __len__(self):
        return len(self.x)


def main():
    net, center = Embedding(), CenterLoss(3, 4)
    set_weights(net)
    set_weights(center)
    data = Data()
    loader = DataLoader(data, batch_sampler=BatchSampler(Balanced(data.y, 3, 2), 6, drop_last=True))
    optimizer = torch.optim.Adagrad(net.parameters(), lr=0.05)
    optimizer_center = torch.optim.SGD(center.parameters(), lr=0.5)
    contrastive = ContrastiveLoss(1.0)
    triplet = nn.TripletMarginLoss(margin=0.5, p=2)
    log, names = [], []
    for x, y, (other, info) in loader:
        z, z2 = net(x), net.get_embedding(other)
        z1 = F.normalize(z, dim=-1)
        parts = [
            contrastive(z1, z2, y.eq(info["index"] % 3).long()),
            batch_hard(z, y),
            nt_xent(z1, z2),
            triplet(z1, z2, z2.roll(1, dims=0)),
            0.1 * center(z, y),
            F.cosine_embedding_loss(z1, z2, torch.where(y > 0, 1, -1)),
        ]
        loss = torch.stack(parts).sum()
        optimizer.zero_grad()
        optimizer_center.zero_grad()
        loss.backward()
        for param in center.parameters():
            param.grad.data *= 1.0 / 0.1
        optimizer.step()
        optimizer_center.step()
        log.append([p.item() for p in parts])
        names += info["name"]
    with torch.no_grad():
        emb = torch.cat([net.get_embedding(data[i][0].unsqueeze(0)) for i in range(len(data))])
        dist = torch.cdist(emb, emb)
        dist.fill_diagonal_(float("inf"))
        nearest = dist.topk(k=3, dim=1, largest=False).indices
        votes = torch.mode(torch.tensor(data.y)[nearest], dim=1).values
    return {"log": log, "names": names, "centers": center.centers, "emb": emb, "nearest": nearest, "votes": votes}
