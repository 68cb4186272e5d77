"""Whole networks: steps of training, inference, tokens one after the other. Pictures lie channels-last, PyTorch's best layout for them."""

import torch
import torch.nn.functional as F
from torch import nn

import models
from rows import compiled, inference, row


def training(name, prepare):
    @row(name, records=True, compiles=True)
    def _():
        optimizer, loss = prepare()

        def step():
            value = loss()
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            return value
        step()
        return step


def resnet18():
    network = models.resnet18()
    x, target = torch.randn(64, 3, 32, 32), torch.randint(0, 10, (64,))
    network, x = network.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    forward = compiled(network)
    return torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, fused=True), lambda: F.cross_entropy(forward(x), target)


def language_model():
    model = models.RecurrentLanguageModel(10_000, 256)
    words, following = torch.randint(0, 10_000, (64, 32)), torch.randint(0, 10_000, (64 * 32,))
    forward = compiled(model)
    return torch.optim.Adam(model.parameters(), fused=True), lambda: F.cross_entropy(forward(words).view(64 * 32, 10_000), following)


def encoder():
    layer = nn.TransformerEncoderLayer(512, 8, dropout=0, batch_first=True)
    model = nn.TransformerEncoder(layer, 6, enable_nested_tensor=False)
    x, target = torch.randn(8, 128, 512), torch.randn(8, 128, 512)
    forward = compiled(model)
    return torch.optim.Adam(model.parameters(), lr=1e-4, fused=True), lambda: F.mse_loss(forward(x), target)


training("ResNet-18 32² b64, SGD step", resnet18)
for batch in (1, 16):
    inference(f"ResNet-50 224² b{batch}, inference", models.resnet50, (batch, 3, 224, 224))
training("LSTM language model 2x256, 64 steps b32, Adam step", language_model)
training("Transformer encoder 6x512, 8 heads, 128 tokens b8, Adam step", encoder)


@row("decoder 6x512 with cache, 64 tokens after 64", compiles=True)
def _():
    decoder = models.CachedDecoder(10_000, 512, 8, 6, 256)
    prompt = torch.randint(0, 10_000, (1, 64))
    decoder.scores = compiled(decoder.scores, dynamic=True)
    return lambda: decoder.continuation(prompt, 64)
