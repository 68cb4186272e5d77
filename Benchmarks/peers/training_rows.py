"""Training steps and epochs."""

import gzip
import pathlib

import torch
import torch.nn.functional as F
from torch import nn

from rows import compiled, row


@row("MLP 784-1024-1024-10 b64, Adam step", records=True, compiles=True)
def _():
    network = nn.Sequential(nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 10))
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    x, target = torch.randn(64, 784), torch.randint(0, 10, (64,))
    forward = compiled(network)

    def call():
        loss = F.cross_entropy(forward(x), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss
    return call


class FashionNetwork(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 32, 3, padding=1)
        self.conv2 = torch.nn.Conv2d(32, 64, 3, padding=1)
        self.conv3 = torch.nn.Conv2d(64, 128, 3, padding=1)
        self.output = torch.nn.Linear(128 * 3 * 3, 10)

    def forward(self, x):
        for convolution in (self.conv1, self.conv2, self.conv3):
            x = F.max_pool2d(F.relu(convolution(x)), 2)
        return self.output(x.flatten(1))


class FashionTraining:
    """The same images, seed, order and optimiser as Benchmarks/EmberBenchmarks/FashionTraining.swift."""

    FOLDERS = ("/usr/share/datasets/fashion-mnist", "/usr/share/dataset-fashion-mnist")

    def __init__(self, channels_last=True):
        folder = next(pathlib.Path(f) for f in self.FOLDERS if pathlib.Path(f).is_dir())

        def read(name, offset):
            path = next(p for p in (folder / name, folder / (name + ".gz")) if p.exists())
            data = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
            return torch.frombuffer(bytearray(data[offset:]), dtype=torch.uint8)
        self.images = read("train-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28).float() / 255
        self.labels = read("train-labels-idx1-ubyte", 8).long()
        torch.manual_seed(0)
        self.network = FashionNetwork()
        if channels_last:
            self.network = self.network.to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=1e-3)

    def epoch(self, batches=None):
        order = torch.randperm(len(self.images))
        losses = []
        for chosen in order.split(128)[:batches]:
            loss = F.cross_entropy(self.network(self.images[chosen]), self.labels[chosen])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return losses


@row("Fashion-MNIST CNN, one epoch", records=True, times_one_call=True)
def _():
    training = FashionTraining()
    return lambda: torch.tensor(training.epoch()).mean()
