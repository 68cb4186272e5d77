"""The networks of network_rows.py, as an expert writes them in plain PyTorch; parameters are made in the order of Ember's."""

import torch
import torch.nn.functional as F
from torch import nn


class Unit(nn.Sequential):
    def __init__(self, inputs, outputs, kernel, stride=1):
        super().__init__(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs))


class ResidualBlock(nn.Module):
    def __init__(self, inputs, width, stride, bottleneck):
        super().__init__()
        outputs = 4 * width if bottleneck else width
        if bottleneck:
            self.units = nn.ModuleList([Unit(inputs, width, 1), Unit(width, width, 3, stride), Unit(width, outputs, 1)])
        else:
            self.units = nn.ModuleList([Unit(inputs, width, 3, stride), Unit(width, outputs, 3)])
        self.shortcut = nn.Identity() if stride == 1 and inputs == outputs else Unit(inputs, outputs, 1, stride)

    def forward(self, x):
        y = x
        for unit in self.units[:-1]:
            y = F.relu(unit(y), inplace=True)
        return F.relu(self.units[-1](y) + self.shortcut(x), inplace=True)


class ResidualNetwork(nn.Module):
    def __init__(self, depths, bottleneck, small, classes):
        super().__init__()
        self.stem = Unit(3, 64, 3) if small else Unit(3, 64, 7, 2)
        self.pool = nn.Identity() if small else nn.MaxPool2d(3, 2, 1)
        channels, blocks = 64, []
        for stage, depth in enumerate(depths):
            width = 64 << stage
            for i in range(depth):
                blocks.append(ResidualBlock(channels, width, 2 if stage > 0 and i == 0 else 1, bottleneck))
                channels = 4 * width if bottleneck else width
        self.blocks = nn.Sequential(*blocks)
        self.output = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.blocks(self.pool(F.relu(self.stem(x), inplace=True)))
        return self.output(F.adaptive_avg_pool2d(x, 1).flatten(1))


def resnet18():
    return ResidualNetwork([2, 2, 2, 2], bottleneck=False, small=True, classes=10)


def resnet50():
    return ResidualNetwork([3, 4, 6, 3], bottleneck=True, small=False, classes=1000)


class RecurrentLanguageModel(nn.Module):
    def __init__(self, words, size):
        super().__init__()
        self.embedding = nn.Embedding(words, size)
        self.recurrent = nn.LSTM(size, size, 2)
        self.output = nn.Linear(size, words)

    def forward(self, words):
        return self.output(self.recurrent(self.embedding(words))[0])


class CachedLayer(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(size)
        self.projection = nn.Linear(size, 3 * size)
        self.attention_output = nn.Linear(size, size)
        self.norm2 = nn.LayerNorm(size)
        self.linear1 = nn.Linear(size, 4 * size)
        self.linear2 = nn.Linear(4 * size, size)
        self.heads = heads

    def forward(self, x, keys, values, position):
        _, count, size = x.shape
        seen = position + count
        parts = self.projection(self.norm1(x)).view(1, count, 3, self.heads, size // self.heads).permute(2, 0, 3, 1, 4)
        keys[:, :, position:seen] = parts[1]
        values[:, :, position:seen] = parts[2]
        attended = F.scaled_dot_product_attention(parts[0], keys[:, :, :seen], values[:, :, :seen], is_causal=count > 1)
        x = x + self.attention_output(attended.transpose(1, 2).reshape(1, count, size))
        return x + self.linear2(F.gelu(self.linear1(self.norm2(x))))


class CachedDecoder(nn.Module):
    def __init__(self, words, size, heads, layers, length):
        super().__init__()
        self.tokens = nn.Embedding(words, size)
        self.positions = nn.Embedding(length, size)
        self.layers = nn.ModuleList([CachedLayer(size, heads) for _ in range(layers)])
        self.norm = nn.LayerNorm(size)
        self.output = nn.Linear(size, words, bias=False)
        self.cache_shape = (layers, 2, 1, heads, length, size // heads)

    def scores(self, tokens, caches, position):
        x = self.tokens(tokens) + self.positions(torch.arange(position, position + tokens.shape[1]))
        for layer, (keys, values) in zip(self.layers, caches):
            x = layer(x, keys, values, position)
        return self.output(self.norm(x[:, -1]))

    def continuation(self, prompt, count):
        caches = torch.zeros(self.cache_shape)
        last = self.scores(prompt, caches, 0)
        for i in range(count):
            last = self.scores(last.argmax(-1, keepdim=True), caches, prompt.shape[1] + i)
        return last
