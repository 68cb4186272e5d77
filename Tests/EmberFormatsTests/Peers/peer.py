"""What the original programs write and read, for the tests of EmberFormats.

    python peer.py fixtures FOLDER       writes the recorded files of the tests into FOLDER
    python peer.py seeds FOLDER          writes the seeds of the fuzzer into FOLDER
    python peer.py write FORMAT FILE     writes a file as the original program does, and prints what is in it
    python peer.py read FORMAT FILE      prints what the original program reads from a file

What is in a file is printed as JSON: {name: {"dtype", "shape", "bytes"}}, the bytes in hexadecimal, row-major, little-endian.
Needs numpy, torch, safetensors, huggingface_hub, gguf and Pillow.
"""
import collections
import functools
import gzip
import io
import json
import pathlib
import pickle
import sys
import zipfile

import numpy
import torch


def described(tensors):
    result = {}
    for name, value in tensors.items():
        tensor = value if isinstance(value, torch.Tensor) else torch.from_numpy(numpy.array(value))
        tensor = tensor.detach().resolve_conj().contiguous()
        raw = tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""
        result[name] = {"dtype": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape), "bytes": raw.hex()}
    return result


def sample(dtype, shape, seed=0):
    """Bytes that mean something in every type: small numbers, no NaN."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randint(-9, 10, shape, generator=generator)
    if dtype == torch.bool:
        return values > 0
    if not dtype.is_signed:
        values = values.abs()
    if dtype.is_complex:
        return torch.complex(values.double(), -values.double() / 4).to(dtype)
    return (values.double() / 4).to(dtype) if dtype.is_floating_point else values.to(dtype)


SIMPLE = [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16,
          torch.float32, torch.float64]
RARE = [torch.uint16, torch.uint32, torch.uint64, torch.complex64, torch.float8_e4m3fn, torch.float8_e5m2]


# MARK: safetensors

def write_safetensors(path):
    import safetensors.torch
    tensors = {str(d).removeprefix("torch."): sample(d, (2, 3), i) for i, d in enumerate(SIMPLE + RARE)}
    tensors |= {"scalar": torch.tensor(2.5), "empty": torch.zeros(0, 4, dtype=torch.int16), "äöü.weight": torch.arange(3)}
    safetensors.torch.save_file(tensors, path, metadata={"format": "pt"})
    return tensors


def read_safetensors(path):
    import safetensors.torch
    return safetensors.torch.load_file(path)


# MARK: sharded safetensors

def write_sharded(path):
    from huggingface_hub import save_torch_state_dict
    tensors = collections.OrderedDict((f"layer.{i}.weight", sample(torch.float32, (i + 1, 4), i)) for i in range(6))
    save_torch_state_dict(tensors, pathlib.Path(path).parent, max_shard_size=128)
    return tensors


def read_sharded(path):
    import safetensors.torch
    folder = pathlib.Path(path).parent
    index = json.loads(pathlib.Path(path).read_text())
    return {n: safetensors.torch.load_file(folder / f)[n] for n, f in index["weight_map"].items()}


# MARK: NumPy

def numpy_arrays():
    arrays = {str(d).removeprefix("torch."): sample(d, (2, 3), i).numpy() for i, d in enumerate(SIMPLE + RARE[:4])
              if d != torch.bfloat16}
    arrays["complex128"] = sample(torch.complex128, (2, 3)).numpy()
    for name in ["int16", "uint32", "int64", "float16", "float32", "float64", "complex64"]:
        arrays["big." + name] = arrays[name].astype(arrays[name].dtype.newbyteorder(">"))
    arrays["fortran"] = numpy.asfortranarray(arrays["float32"])
    arrays["fortran.big"] = numpy.asfortranarray(arrays["big.int16"])
    arrays["cube"] = numpy.arange(24, dtype="f4").reshape(2, 3, 4).transpose(2, 1, 0)
    return arrays | {"scalar": numpy.float64(2.5), "empty": numpy.zeros((0, 4), "i2"), "one": numpy.ones((1, 1), "f4")}


def native(arrays):
    return {n: numpy.ascontiguousarray(a.astype(a.dtype.newbyteorder("="))).reshape(a.shape) for n, a in arrays.items()}


def write_npz(path):
    numpy.savez(path, **numpy_arrays())
    return native(numpy_arrays())


def write_packed_npz(path):
    numpy.savez_compressed(path, **numpy_arrays())
    return native(numpy_arrays())


def write_npy(path):
    array = numpy_arrays()["cube"]
    numpy.save(path, array)
    return native({"arr_0": array})


def write_native_npz(path):
    """Only arrays in the form in which Ember would write them itself."""
    arrays = {n: a for n, a in numpy_arrays().items() if "big" not in n}
    numpy.savez(path, **arrays)
    return native(arrays)


def read_npz(path):
    return native(dict(numpy.load(path)))


def read_npy(path):
    return native({"arr_0": numpy.load(path)})


# MARK: PyTorch

def flattened(value, path=""):
    """The tensors of nested containers by their paths, as Ember calls them."""
    if isinstance(value, torch.Tensor):
        return {path: value}
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple, set)) else ()
    result = {}
    for key, element in inner:
        result |= flattened(element, f"{path}.{key}" if path else f"{key}")
    return result


def small_model():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))


def checkpoint():
    model = small_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.125)
    model(sample(torch.float32, (4, 3))).sum().backward()
    optimizer.step()
    base = torch.arange(12.0).reshape(3, 4)
    return {
        "model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "loss": 0.25, "name": "tést", "none": None,
        "flags": [True, False], "pair": (1, -2), "set": {7}, "bytes": b"\x00\xffab", "empty bytes": b"", "array": bytearray(b"xyz"),
        "dtype": torch.float16, "device": torch.device("cuda:1"), "size": torch.Size([2, 3]), "complex": 1 - 2j, "big": 2**80, "wide": -2**40,
        "views": {"base": base, "transposed": base.T, "column": base[:, 1], "expanded": base[:1].expand(3, 4), "tail": base[2:]},
        "parameter": model[0].weight, "nested": [[{"deep": torch.tensor([1, 2])}]], 5: torch.tensor(True),
    }


def write_pytorch(path):
    torch.save(checkpoint(), path)
    return flattened(torch.load(path, weights_only=False))


def write_typed_pytorch(path):
    tensors = {str(d).removeprefix("torch."): sample(d, (2, 3), i) for i, d in enumerate(SIMPLE + RARE)}
    torch.save(tensors | {"empty": torch.zeros(0, 3)}, path)
    return tensors | {"empty": torch.zeros(0, 3)}


def write_legacy_pytorch(path):
    torch.save(checkpoint(), path, _use_new_zipfile_serialization=False)
    return flattened(torch.load(path, weights_only=False))


def write_protocol_4(path):
    torch.save(checkpoint(), path, pickle_protocol=4)
    return flattened(torch.load(path, weights_only=False))


def read_pytorch(path):
    return flattened(torch.load(path, weights_only=True))


class Scripted(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = small_model()
        self.register_buffer("table", torch.arange(3))
        self.scales = [torch.ones(1), torch.zeros(2)]
        self.sizes = [1, 2]

    def forward(self, x):
        for scale in self.scales:
            x = x * scale[0]
        return self.layers(x) + self.table[0] + self.sizes[0]


def write_script(path):
    module = Scripted()
    torch.jit.save(torch.jit.script(module), path)
    # Without the tables that lead from the code to source files of the machine that wrote it.
    with zipfile.ZipFile(path) as archive:
        content = {n: archive.read(n) for n in archive.namelist() if not n.endswith(".debug_pkl")}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return dict(module.state_dict()) | flattened({"scales": module.scales})


# MARK: GGUF

def write_gguf(path):
    import gguf
    writer = gguf.GGUFWriter(path, "test")
    for kind, value in [("uint8", 255), ("int8", -1), ("uint16", 65535), ("int16", -2), ("uint32", 2**32 - 1), ("int32", -3),
                        ("uint64", 2**64 - 1), ("int64", -4), ("float32", 0.5), ("float64", 0.1), ("bool", True), ("string", "tést")]:
        getattr(writer, f"add_{kind}")(f"test.{kind}", value)
    writer.add_array("test.numbers", [1, 2, 3])
    writer.add_array("test.words", ["a", "bc", ""])
    writer.add_array("test.floats", [0.5, 1.5])
    tensors = {}
    for name in ["int8", "int16", "int32", "int64", "float16", "float32", "float64"]:
        tensors[name] = sample(getattr(torch, name), (2, 3), len(name)).numpy()
        writer.add_tensor(name, tensors[name])
    scale = numpy.random.default_rng(0).normal(size=(3, 64)).astype("f4")
    for quantization in ["Q8_0", "Q4_0", "BF16", "Q4_1"]:
        kind = gguf.GGMLQuantizationType[quantization]
        data = gguf.quants.quantize(scale, kind)
        writer.add_tensor(quantization, data, raw_dtype=kind)
        tensors[quantization] = torch.from_numpy(gguf.quants.dequantize(data, kind))
    tensors["BF16"] = tensors["BF16"].bfloat16()
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tensors


# MARK: Images, by Pillow

def sixteen(channels):
    """A picture of 16 bits a channel; Pillow writes grey ones alone."""
    return (numpy.arange(5 * 4 * channels, dtype="u2") * 3001).reshape(5, 4, channels)


def write_png16(path):
    from PIL import Image
    Image.fromarray(sixteen(1)[:, :, 0]).save(path)
    return {"image": sixteen(1).transpose(2, 0, 1)}


def read_png16(path):
    from PIL import Image
    return {"image": numpy.array(Image.open(path)).astype("u2")[None]}


def write_oriented_jpeg(path, orientation):
    """A picture that stands upright once its orientation is applied, and what Pillow makes of it then."""
    from PIL import Image, ImageOps
    picture = Image.new("L", (16, 8))
    picture.paste(255, (0, 0, 8, 4))
    exif = Image.Exif()
    exif[274] = orientation
    picture.save(path, exif=exif, quality=95)
    return {"image": numpy.array(ImageOps.exif_transpose(Image.open(path)))[None]}


WRITERS = {"safetensors": write_safetensors, "sharded": write_sharded, "npz": write_npz, "packed npz": write_packed_npz, "native npz": write_native_npz,
           "npy": write_npy, "pytorch": write_pytorch, "typed pytorch": write_typed_pytorch, "legacy pytorch": write_legacy_pytorch,
           "protocol 4": write_protocol_4, "TorchScript": write_script, "GGUF": write_gguf, "16-bit PNG": write_png16}
WRITERS |= {f"orientation {n}": functools.partial(write_oriented_jpeg, orientation=n) for n in range(1, 9)}
READERS = {"safetensors": read_safetensors, "sharded": read_sharded, "npz": read_npz, "packed npz": read_npz, "npy": read_npy,
           "pytorch": read_pytorch, "16-bit PNG": read_png16}
FIXTURES = {"safetensors": "types.safetensors", "npz": "arrays.npz", "packed npz": "packed.npz", "npy": "fortran.npy",
            "native npz": "native.npz", "pytorch": "checkpoint.pt", "typed pytorch": "types.pt", "legacy pytorch": "legacy.pt",
            "protocol 4": "protocol4.pt", "TorchScript": "script.pt", "GGUF": "types.gguf", "16-bit PNG": "grey16.png"}
FIXTURES |= {f"orientation {n}": f"orientation{n}.jpg" for n in range(1, 9)}


# MARK: Seeds of the fuzzer

def write_seeds(root):
    """Small files of every format, from which the fuzzer begins; ours to mutate, so nothing is said about what is in them."""
    def seed(format, name, content):
        (root / format).mkdir(parents=True, exist_ok=True)
        (root / format / name).write_bytes(content)

    def written(save):
        buffer = io.BytesIO()
        save(buffer)
        return buffer.getvalue()

    import gguf
    import safetensors.torch
    from PIL import Image
    two = {"a": torch.arange(3, dtype=torch.int16), "b": torch.ones(2, 2)}
    seed("safetensors", "two", safetensors.torch.save(two, {"k": "v"}))
    seed("safetensors", "rare", safetensors.torch.save({"x": torch.zeros(3, dtype=torch.bool), "y": torch.zeros(2, dtype=torch.float8_e5m2)}))
    for name, array in [("f4", numpy.ones((2, 3), "f4")), ("big", numpy.ones((3,), ">i2")), ("fortran", numpy.ones((2, 3), order="F")),
                        ("scalar", numpy.array(True)), ("fields", numpy.zeros(1, [("a", "i1")])), ("empty", numpy.zeros((0, 2)))]:
        seed("npy", name, written(lambda file: numpy.save(file, array)))
    for name, save in [("stored", numpy.savez), ("packed", numpy.savez_compressed)]:
        seed("npz", name, written(lambda file: save(file, a=numpy.ones(3, "f4"), b=numpy.zeros((1, 2), "i1"))))
    small = {"w": torch.ones(2, 2).T, "n": [1, 2.5, "x", None, True, (1, 2), {3}, b"ab"], "s": torch.Size([1]), 0: torch.float16}
    for name, options in [("zip", {}), ("legacy", {"_use_new_zipfile_serialization": False}), ("protocol4", {"pickle_protocol": 4})]:
        content = written(lambda file: torch.save(small, file, **options))
        seed("pt", name, content)
        if name != "legacy":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                seed("pickle", name, archive.read("archive/data.pkl"))
    seed("pickle", "text", b"(lp0\nI1\naL-5L\naF2.5\naVtext\np1\na(dp2\nS'k'\nI3\nsag1\na.")
    seed("pickle", "types", pickle.dumps([{"k": 1}, (2, 3), 2**70, -1, 1.5, "é", b"x", {1}, frozenset([2]), bytearray(b"y")], protocol=5))
    writer = gguf.GGUFWriter("seed.gguf", "t")
    writer.add_array("words", ["a", "b"])
    writer.add_float32("x", 1.5)
    writer.add_tensor("f", numpy.ones((1, 2), "f4"))
    writer.add_tensor("q", gguf.quants.quantize(numpy.ones((1, 32), "f4"), gguf.GGMLQuantizationType.Q8_0),
                      raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    seed("gguf", "small", pathlib.Path("seed.gguf").read_bytes())
    pathlib.Path("seed.gguf").unlink()
    seed("idx", "bytes", bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4]))
    seed("idx", "floats", bytes([0, 0, 13, 1, 0, 0, 0, 1, 63, 128, 0, 0]))
    seed("idx", "packed", gzip.compress(bytes([0, 0, 11, 1, 0, 0, 0, 1, 1, 2]), mtime=0))
    seed("csv", "plain", b"a,b,c\n1,2.5,true\n,NA,false\n")
    seed("csv", "quoted", b'"x ""y""";"two\nlines"\r\n1;\r\n')
    seed("json", "nested", b'{"a": [1, -2.5e3, true, null, "\\u00e9\\ud83d\\ude00\\n"], "b": {"c": {}}, "d": 9223372036854775807}')
    seed("json", "numbers", b"[0, -0.0, 1e308, 18446744073709551616, 0.1]")
    for mode in ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]:
        picture = Image.new("I;16", (5, 4), 300) if mode == "I;16" else Image.new("RGBA", (5, 4), (200, 30, 60, 128)).convert(mode)
        seed("png", mode.replace(";", "-"), written(lambda file: picture.save(file, format="png")))
    for name, mode, options in [("grey", "L", {}), ("colour", "RGB", {}), ("progressive", "RGB", {"progressive": True}), ("inks", "CMYK", {})]:
        exif = Image.Exif()
        exif[274] = 6
        picture = Image.new(mode, (9, 8), 77)
        seed("jpeg", name, written(lambda file: picture.save(file, format="jpeg", exif=exif, quality=50, **options)))


def main():
    command, *arguments = sys.argv[1:]
    if command == "fixtures":
        folder = pathlib.Path(arguments[0])
        for name, file in FIXTURES.items():
            content = described(WRITERS[name](str(folder / file)))
            (folder / f"{file}.json").write_text(json.dumps(content, indent=0))
    elif command == "write":
        print(json.dumps(described(WRITERS[arguments[0]](arguments[1]))))
    elif command == "seeds":
        write_seeds(pathlib.Path(arguments[0]))
    elif command == "read":
        print(json.dumps(described(READERS[arguments[0]](arguments[1]))))


main()
