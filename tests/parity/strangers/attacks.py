"""Looking into a network: saliency, FGSM and PGD, Grad-CAM through hooks, guided backpropagation, feature maps."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.autograd import Function, Variable

from tests.parity.strangers.given import images, labels, set_weights


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.conv2_drop = nn.Dropout2d()
        self.fc1 = nn.Linear(320, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))
        x = x.view(-1, 320)
        x = F.relu(self.fc1(x))
        x = F.dropout(x, training=self.training)
        x = self.fc2(x)
        return F.log_softmax(x, dim=1)


class GuidedReLU(Function):
    @staticmethod
    def forward(ctx, x):
        positive = (x > 0).type_as(x)
        output = torch.addcmul(torch.zeros(x.size()).type_as(x), x, positive)
        ctx.save_for_backward(x, output)
        return output

    @staticmethod
    def backward(ctx, grad_output):
        x, output = ctx.saved_tensors
        mask1 = (x > 0).type_as(grad_output)
        mask2 = (grad_output > 0).type_as(grad_output)
        return torch.addcmul(
            torch.zeros(x.size()).type_as(x),
            torch.addcmul(torch.zeros(x.size()).type_as(x), grad_output, mask1),
            mask2,
        )


class GradCAM:
    def __init__(self, model, layer):
        self.model, self.store = model, {}
        self.handles = [
            layer.register_forward_hook(self._save_activation),
            layer.register_full_backward_hook(self._save_gradient),
        ]

    def _save_activation(self, module, inputs, output):
        self.store["activation"] = output.detach()
        output.register_hook(lambda g: self.store.__setitem__("tensor_grad", g))

    def _save_gradient(self, module, grad_input, grad_output):
        self.store["grad"] = grad_output[0]
        self.store["grad_input"] = None if grad_input[0] is None else grad_input[0].clone()

    def __call__(self, x):
        score = self.model(x)
        one_hot = np.zeros((1, score.size()[-1]), dtype=np.float32)
        one_hot[0][np.argmax(score.cpu().data.numpy()[0])] = 1
        one_hot = torch.from_numpy(one_hot).to(score).requires_grad_(True)
        self.model.zero_grad()
        torch.sum(one_hot * score).backward(retain_graph=True)
        weights = self.store["grad"].mean(dim=[2, 3], keepdim=True)
        cam = F.relu((weights * self.store["activation"]).sum(1, keepdim=True))
        cam = F.interpolate(cam, x.shape[2:], mode="bilinear", align_corners=False)
        cam -= cam.min()
        cam /= cam.max() + 1e-8
        for handle in self.handles:
            handle.remove()
        return cam


def fgsm_attack(image, epsilon, data_grad):
    perturbed_image = image + epsilon * data_grad.sign()
    return torch.clamp(perturbed_image, -2, 2)


def main():
    model = Net()
    set_weights(model)
    model.eval()
    data, target = images(3, 1, 28, 28), labels(3, 10)
    results = {}

    data.requires_grad = True
    output = model(data)
    init_pred = output.max(1, keepdim=True)[1]
    loss = F.nll_loss(output, target)
    model.zero_grad()
    loss.backward()
    data_grad = data.grad.data
    for epsilon in [0, 0.1]:
        perturbed = fgsm_attack(data, epsilon, data_grad)
        final_pred = model(perturbed).max(1, keepdim=True)[1]
        results["fgsm %s" % epsilon] = [perturbed, final_pred, (final_pred == target.view_as(final_pred)).sum().item()]
    saliency, _ = torch.max(data.grad.data.abs(), dim=1)
    results["saliency"] = saliency.reshape(3, 28, 28).numpy()

    clean = data.detach()
    adv = (clean + 0.01 * torch.sign(images(*clean.shape))).detach()
    for _ in range(3):
        adv.requires_grad_()
        with torch.enable_grad():
            loss = F.cross_entropy(model(adv), target, reduction="sum")
        grad = torch.autograd.grad(loss, [adv])[0]
        adv = adv.detach() + 0.02 * torch.sign(grad.detach())
        adv = torch.min(torch.max(adv, clean - 0.05), clean + 0.05)
    results["pgd"] = adv
    results["norms"] = (adv - clean).flatten(1).norm(p=float("inf"), dim=1)

    x = Variable(images(1, 1, 28, 28), requires_grad=True)
    cam = GradCAM(model, model.conv2)
    results["cam"] = cam(x)
    results["input grad"] = x.grad
    results["hook grads"] = [cam.store["tensor_grad"], cam.store["grad"]]

    guided = GuidedReLU.apply
    y = guided(F.conv2d(x, model.conv1.weight, stride=2)).pow(2).mean()
    results["guided"] = torch.autograd.grad(y, x)[0]

    features = {}

    def get_features(name):
        def hook(module, input, output):
            features[name] = output.detach().flatten(start_dim=1)

        return hook

    handles = [m.register_forward_hook(get_features(n)) for n, m in model.named_modules() if isinstance(m, nn.Conv2d)]
    with torch.no_grad():
        model(clean)
    [h.remove() for h in handles]
    results["features"] = features
    results["pred"] = init_pred.squeeze().tolist()
    return results
