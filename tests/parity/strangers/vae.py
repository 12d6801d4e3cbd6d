"""A variational autoencoder with transposed convolutions; reparameterisation with given noise; a grid of images."""

import math

import torch
import torch.utils.data
from torch import nn, optim
from torch.nn import functional as F

from tests.parity.strangers.given import images, set_weights, uniform


class View(nn.Module):
    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.view(x.shape[0], *self.shape)


class VAE(nn.Module):
    def __init__(self, z_dim=3):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2, padding=1),
            nn.ELU(),
            nn.Conv2d(4, 8, 3, stride=2, padding=1),
            nn.PReLU(8),
            nn.Flatten(),
        )
        self.fc_mu = nn.Linear(8 * 3 * 3, z_dim)
        self.fc_logvar = nn.Linear(8 * 3 * 3, z_dim)
        self.decoder = nn.Sequential(
            nn.Linear(z_dim, 8 * 3 * 3),
            View(8, 3, 3),
            nn.LeakyReLU(0.1),
            nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1),
            nn.Softplus(),
            nn.ConvTranspose2d(4, 1, kernel_size=4, stride=2, padding=1),
        )
        self.register_buffer("prior_std", torch.ones(z_dim))
        self.register_buffer("scratch", torch.zeros(2), persistent=False)
        self.log_scale = nn.Parameter(torch.Tensor([0.0]))

    def encode(self, x):
        h = self.encoder(x)
        return self.fc_mu(h), self.fc_logvar(h)

    def reparameterize(self, mu, logvar, eps):
        std = torch.exp(0.5 * logvar)
        return eps.mul(std).add_(mu)

    def forward(self, x, eps):
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar, eps)
        return self.decoder(z), mu, logvar


def loss_function(logits, x, mu, logvar, log_scale):
    BCE = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    scale = torch.exp(log_scale)
    gauss = (0.5 * ((torch.sigmoid(logits) - x) / scale) ** 2 + log_scale + 0.5 * math.log(2 * math.pi)).sum()
    return BCE + KLD + 0.1 * gauss


def make_grid(tensor, nrow=3, padding=1, pad_value=0.0):
    nmaps = tensor.size(0)
    xmaps = min(nrow, nmaps)
    ymaps = int(math.ceil(float(nmaps) / xmaps))
    height, width = int(tensor.size(2) + padding), int(tensor.size(3) + padding)
    grid = tensor.new_full((tensor.size(1), height * ymaps + padding, width * xmaps + padding), pad_value)
    k = 0
    for y in range(ymaps):
        for x in range(xmaps):
            if k >= nmaps:
                break
            grid.narrow(1, y * height + padding, height - padding).narrow(
                2, x * width + padding, width - padding
            ).copy_(tensor[k])
            k = k + 1
    return grid


def main():
    model = VAE()
    set_weights(model)
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    dataset = torch.utils.data.TensorDataset(uniform(14, 1, 12, 12))
    train_loader = torch.utils.data.DataLoader(dataset, batch_size=5, shuffle=False)
    log = []
    for epoch in range(2):
        train_loss = 0
        for batch_idx, (data,) in enumerate(train_loader):
            optimizer.zero_grad()
            recon, mu, logvar = model(data, images(data.size(0), 3))
            loss = loss_function(recon, data, mu, logvar, model.log_scale)
            loss.backward()
            train_loss += loss.item()
            optimizer.step()
            log.append(
                "Train Epoch: {} [{}/{} ({:.0f}%)]".format(
                    epoch, batch_idx * len(data), len(train_loader.dataset), 100.0 * batch_idx / len(train_loader)
                )
            )
        log.append(train_loss / len(train_loader.dataset))
    with torch.no_grad():
        sample = torch.sigmoid(model.decoder(images(5, 3))).cpu()
    ndarr = make_grid(sample).mul(255).add_(0.5).clamp_(0, 255).permute(1, 2, 0).to("cpu", torch.uint8).numpy()
    comparison = torch.cat([data[:2], torch.sigmoid(recon.view(-1, 1, 12, 12))[:2]])
    return {
        "log": log,
        "grid": ndarr.astype("int64") // 4,
        "comparison": comparison,
        "keys": list(model.state_dict().keys()),
        "log_scale": model.log_scale.item(),
        "bytes": sum(t.element_size() * t.nelement() for t in model.state_dict().values()),
    }
