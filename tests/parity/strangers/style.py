"""Neural style transfer: a slice of a feature extractor, Gram matrices, total variation, LBFGS on the pixels."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

from tests.parity.strangers.given import set_weights, uniform


def gram_matrix(input):
    a, b, c, d = input.size()
    features = input.view(a * b, c * d)
    G = torch.mm(features, features.t())
    return G.div(a * b * c * d)


class ContentLoss(nn.Module):
    def __init__(self, target):
        super(ContentLoss, self).__init__()
        self.target = target.detach()

    def forward(self, input):
        self.loss = F.mse_loss(input, self.target)
        return input


class StyleLoss(nn.Module):
    def __init__(self, target_feature):
        super(StyleLoss, self).__init__()
        self.target = gram_matrix(target_feature).detach()

    def forward(self, input):
        G = gram_matrix(input)
        self.loss = F.mse_loss(G, self.target)
        return input


class Normalization(nn.Module):
    def __init__(self, mean, std):
        super(Normalization, self).__init__()
        self.mean = torch.as_tensor(mean).view(-1, 1, 1)
        self.std = torch.as_tensor(std).view(-1, 1, 1)

    def forward(self, img):
        return (img - self.mean) / self.std


def get_style_model_and_losses(cnn, style_img, content_img):
    normalization = Normalization([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    content_losses, style_losses = [], []
    model = nn.Sequential(normalization)
    i = 0
    for layer in cnn.children():
        if isinstance(layer, nn.Conv2d):
            i += 1
            name = "conv_{}".format(i)
        elif isinstance(layer, nn.ReLU):
            name = "relu_{}".format(i)
            layer = nn.ReLU(inplace=False)
        elif isinstance(layer, nn.MaxPool2d):
            name = "pool_{}".format(i)
            layer = nn.AvgPool2d(layer.kernel_size, layer.stride)
        else:
            raise RuntimeError("Unrecognized layer: {}".format(layer.__class__.__name__))
        model.add_module(name, layer)
        if name == "conv_3":
            target = model(content_img).detach()
            content_loss = ContentLoss(target)
            model.add_module("content_loss_{}".format(i), content_loss)
            content_losses.append(content_loss)
        if name.startswith("conv"):
            style_loss = StyleLoss(model(style_img).detach())
            model.add_module("style_loss_{}".format(i), style_loss)
            style_losses.append(style_loss)
    for i in range(len(model) - 1, -1, -1):
        if isinstance(model[i], ContentLoss) or isinstance(model[i], StyleLoss):
            break
    model = model[: (i + 1)]
    return model, style_losses, content_losses


def total_variation(x):
    return torch.sum(torch.abs(x[:, :, :, :-1] - x[:, :, :, 1:])) + (x[:, :, :-1] - x[:, :, 1:]).abs().sum()


def main():
    cnn = nn.Sequential()
    channels = 3
    for i, c in enumerate([4, "M", 6, 8, "M", 8]):
        if c == "M":
            cnn.add_module(str(len(cnn)), nn.MaxPool2d(kernel_size=2, stride=2))
        else:
            cnn.append(nn.Conv2d(channels, c, 3, padding=1)).append(nn.ReLU(inplace=True))
            channels = c
    set_weights(cnn)
    cnn.eval().requires_grad_(False)
    style_img, content_img = uniform(1, 3, 16, 16), uniform(1, 3, 16, 16)
    model, style_losses, content_losses = get_style_model_and_losses(cnn, style_img, content_img)
    input_img = content_img.clone()
    input_img.requires_grad_(True)
    model.eval()
    optimizer = optim.LBFGS([input_img], lr=0.5, max_iter=3, history_size=5)
    run, log = [0], []
    while run[0] <= 3:

        def closure():
            with torch.no_grad():
                input_img.clamp_(0, 1)
            optimizer.zero_grad()
            model(input_img)
            style_score = 0
            content_score = 0
            for sl in style_losses:
                style_score += sl.loss
            for cl in content_losses:
                content_score += cl.loss
            style_score *= 1000
            loss = style_score + content_score + 1e-4 * total_variation(input_img)
            loss.backward()
            run[0] += 1
            log.append([style_score.item(), content_score.item()])
            return style_score + content_score

        optimizer.step(closure)
    with torch.no_grad():
        input_img.clamp_(0, 1)
    image = input_img.detach().mul(255).add_(0.5).clamp_(0, 255).permute(0, 2, 3, 1)[0].numpy()
    return {"log": log, "image": image, "layers": [n for n, _ in model.named_children()], "runs": run[0]}
