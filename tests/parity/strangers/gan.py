"""A DCGAN's step: two optimizers, detach, weights_init by class name; then WGAN-GP's penalty through double backward."""

import torch
import torch.nn as nn
import torch.optim as optim
from torch.autograd import grad as torch_grad

from tests.parity.strangers.given import images, set_weights

nz, ngf, ndf, nc = 6, 4, 4, 1


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find("Conv") != -1:
        m.weight.data.normal_(0.0, 0.02)
    elif classname.find("BatchNorm") != -1:
        torch.nn.init.normal_(m.weight, 1.0, 0.02)
        m.bias.data.fill_(0)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(nz, ngf * 2, 4, 1, 0, bias=False),
            nn.BatchNorm2d(ngf * 2),
            nn.ReLU(True),
            nn.ConvTranspose2d(ngf * 2, ngf, 4, 2, 1, bias=False),
            nn.BatchNorm2d(ngf),
            nn.ReLU(True),
            nn.ConvTranspose2d(ngf, nc, 4, 2, 1, bias=False),
            nn.Tanh(),
        )

    def forward(self, input):
        return self.main(input)


class Discriminator(nn.Module):
    def __init__(self, norm=True):
        super().__init__()
        layers = [nn.Conv2d(nc, ndf, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True)]
        layers += [nn.Conv2d(ndf, ndf * 2, 4, 2, 1, bias=False)]
        if norm:
            layers.append(nn.BatchNorm2d(ndf * 2))
        layers += [nn.LeakyReLU(0.2, inplace=True), nn.Conv2d(ndf * 2, 1, 4, 1, 0, bias=False)]
        self.main = nn.Sequential(*layers)
        self.sigmoid = nn.Sigmoid() if norm else nn.Identity()

    def forward(self, input):
        return self.sigmoid(self.main(input)).view(-1, 1).squeeze(1)


def gradient_penalty(critic, real, fake, alpha):
    batch = real.size(0)
    alpha = alpha.view(batch, 1, 1, 1).expand_as(real)
    interpolated = alpha * real.data + (1 - alpha) * fake.data
    interpolated.requires_grad_(True)
    scores = critic(interpolated)
    gradients = torch_grad(
        outputs=scores,
        inputs=interpolated,
        grad_outputs=torch.ones(scores.size(), device=real.device),
        create_graph=True,
        retain_graph=True,
        only_inputs=True,
    )[0]
    gradients = gradients.view(batch, -1)
    norm = torch.sqrt(torch.sum(gradients**2, dim=1) + 1e-12)
    return 10 * ((norm - 1) ** 2).mean(), gradients.norm(2, dim=1).mean().item()


def main():
    netG, netD = Generator(), Discriminator()
    netG.apply(weights_init)
    netD.apply(weights_init)
    set_weights(netG)
    set_weights(netD)
    criterion = nn.BCELoss()
    fixed_noise = images(5, nz, 1, 1)
    optimizerD = optim.Adam(netD.parameters(), lr=0.002, betas=(0.5, 0.999))
    optimizerG = optim.Adam(netG.parameters(), lr=0.002, betas=(0.5, 0.999))
    log = []
    for step in range(3):
        netD.zero_grad()
        real = images(5, nc, 16, 16)
        label = torch.full((5,), 1, dtype=real.dtype)
        output = netD(real)
        errD_real = criterion(output, label)
        errD_real.backward()
        D_x = output.mean().item()
        fake = netG(images(5, nz, 1, 1))
        label.fill_(0)
        errD_fake = criterion(netD(fake.detach()), label)
        errD_fake.backward()
        errD = errD_real + errD_fake
        optimizerD.step()
        netG.zero_grad()
        label.fill_(1)
        errG = criterion(netD(fake), label)
        errG.backward()
        optimizerG.step()
        log.append([errD.item(), errG.item(), D_x])

    critic = Discriminator(norm=False)
    set_weights(critic)
    opt = optim.RMSprop(critic.parameters(), lr=1e-3)
    for _ in range(2):
        with torch.no_grad():
            fake = netG(fixed_noise)
        real = images(5, nc, 16, 16)
        penalty, norm = gradient_penalty(critic, real, fake, images(5).sigmoid())
        loss = critic(fake).mean() - critic(real).mean() + penalty
        opt.zero_grad()
        loss.backward()
        opt.step()
        for p in critic.parameters():
            p.data.clamp_(-0.2, 0.2)
        log.append([loss.item(), penalty.item(), norm])
    netG.eval()
    return {
        "log": log,
        "G": list(netG.state_dict().values()),
        "D": list(netD.state_dict().values()),
        "critic": list(critic.parameters()),
        "images": netG(fixed_noise).detach().cpu().numpy(),
    }
