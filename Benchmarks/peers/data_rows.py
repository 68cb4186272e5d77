"""Loading of data. The workers stay from epoch to epoch."""

import os

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

from rows import row


class AugmentedPictures(Dataset):
    """Offsets follow from the picture's number, so that both sides do the same."""

    def __init__(self, pictures):
        self.pictures = pictures
        self.mean = torch.tensor([0.49, 0.48, 0.45]).view(3, 1, 1)
        self.scale = 1 / torch.tensor([0.25, 0.24, 0.26]).view(3, 1, 1)

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, i):
        top, left = i * 7 % 9, i * 5 % 9
        x = F.pad(self.pictures[i], (4, 4, 4, 4))[:, top:top + 32, left:left + 32]
        if i % 2 == 1:
            x = x.flip(2)
        return (x.float() / 255 - self.mean) * self.scale


@row("DataLoader crop, flip, normalise 10000 of 3x32², b128")
def _():
    data = AugmentedPictures(torch.randint(0, 256, (10_000, 3, 32, 32)).byte())
    workers = int(os.environ.get("OMP_NUM_THREADS", 1))
    loader = DataLoader(data, batch_size=128, num_workers=workers, persistent_workers=True)
    return lambda: sum((batch.mean() for batch in loader), torch.tensor(0.0))
