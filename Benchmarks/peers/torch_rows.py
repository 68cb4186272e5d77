"""PyTorch's side of Benchmarks: the rows of Benchmarks/EmberBenchmarks under the same names, as an expert would write them."""

import gzip
import json
import pathlib
import statistics
import sys
import time

import torch
import torch.nn.functional as F

ROWS = {}


def row(name):
    def register(prepare):
        ROWS[name] = prepare
        return prepare
    return register


@row("add 2x2")
def _():
    a, b = torch.randn(2, 2), torch.randn(2, 2)
    return lambda: a + b


@row("add 2x2, recorded")
def _():
    a, b = torch.randn(2, 2).requires_grad_(), torch.randn(2, 2)
    return lambda: a + b


@row("chain of 10 on 8, forward+backward")
def _():
    x = torch.randn(8).requires_grad_()

    def call():
        y = x
        for _ in range(5):
            y = (y * 1.1).tanh()
        return torch.autograd.grad(y.sum(), [x])[0]
    return call


@row("add 4M")
def _():
    a, b = torch.randn(4_000_000), torch.randn(4_000_000)
    return lambda: a + b


@row("exp 4M")
def _():
    a = torch.randn(4_000_000)
    return lambda: a.exp()


@row("tanh 4M")
def _():
    a = torch.randn(4_000_000)
    return lambda: a.tanh()


@row("add row 4096x1024")
def _():
    a, b = torch.randn(4096, 1024), torch.randn(1024)
    return lambda: a + b


@row("sum rows 4096x1024")
def _():
    a = torch.randn(4096, 1024)
    return lambda: a.sum(1)


@row("sum columns 4096x1024")
def _():
    a = torch.randn(4096, 1024)
    return lambda: a.sum(0)


@row("softmax rows 4096x1024")
def _():
    a = torch.randn(4096, 1024)
    return lambda: a.softmax(-1)


@row("matmul 64")
def _():
    a, b = torch.randn(64, 64), torch.randn(64, 64)
    return lambda: a @ b


@row("matmul 1024")
def _():
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    return lambda: a @ b


@row("conv 64→64 3x3 56² b16")
def _():
    x, w = torch.randn(16, 64, 56, 56), torch.randn(64, 64, 3, 3)
    x = x.to(memory_format=torch.channels_last)
    w = w.to(memory_format=torch.channels_last)
    return lambda: F.conv2d(x, w, padding=1)


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


def fashion_epoch():
    training = FashionTraining()
    start = time.perf_counter()
    loss = torch.tensor(training.epoch()).mean().item()
    return {"seconds": time.perf_counter() - start, "checks": [loss, abs(loss)]}


def timed(call, count):
    start = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - start


def main():
    name = sys.argv[1]
    if name in EPOCH_ROWS:
        print(json.dumps(EPOCH_ROWS[name]()))
        return
    torch.manual_seed(0)
    call = ROWS[name]()
    result = call().detach().double()
    checks = [result.sum().item(), result.abs().sum().item()]
    estimate = min(timed(call, 1) for _ in range(4))
    batch = max(1, int(2e-4 / max(estimate, 1e-9)))
    end = time.perf_counter() + 0.2
    while time.perf_counter() < end:
        timed(call, batch)
    times = []
    end = time.perf_counter() + 0.5
    while len(times) < 5 or (time.perf_counter() < end and len(times) < 10_000):
        times.append(timed(call, batch) / batch)
    print(json.dumps({"seconds": statistics.median(times), "checks": checks}))


EPOCH_ROWS = {"Fashion-MNIST CNN, one epoch": fashion_epoch}

if __name__ == "__main__":
    main()
