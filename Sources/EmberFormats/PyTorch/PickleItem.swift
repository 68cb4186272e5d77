/// What lies on the stack of a ``PickleMachine``. Containers lie in its heap and are referred to by number: a pickle may change a list after it
/// has put it into another one, and deep or shared structures need no recursion while they are built.
enum PickleItem {
    case none
    case boolean(Bool)
    case integer(Int)
    case largeInteger([UInt8])
    case number(Double)
    case complex(Double, Double)
    case string(String)
    case bytes([UInt8])
    case node(Int)
    case global(PickleGlobal)
    case storage(PyTorchStorage, TorchDType?)
    case tensor(PyTorchTensor)
    case dtype(TorchDType)
    case device(String)
    case size([Int])

    var integerValue: Int? { if case .integer(let value) = self { value } else { nil } }
    var stringValue: String? { if case .string(let value) = self { value } else { nil } }

    /// What this is, for messages.
    var kind: String {
        switch self {
        case .none: "None"
        case .boolean: "a boolean"
        case .integer, .largeInteger: "an integer"
        case .number: "a number"
        case .complex: "a complex number"
        case .string: "a string"
        case .bytes: "bytes"
        case .node: "a container"
        case .global(let global): global.name
        case .storage: "a storage"
        case .tensor: "a tensor"
        case .dtype: "a torch.dtype"
        case .device: "a torch.device"
        case .size: "a torch.Size"
        }
    }
}

/// A container in the heap of a ``PickleMachine``.
enum PickleNode {
    case list([PickleItem])
    case tuple([PickleItem])
    case set([PickleItem])
    case dictionary([(PickleItem, PickleItem)], isOrdered: Bool)
    case object(className: String, state: PickleItem)
}

/// The names that a pickle may refer to. There is no way from a name to code: each stands for one of these cases, and every other name is an
/// error.
enum PickleGlobal: Hashable {
    case orderedDictionary, set, frozenSet, bytes, byteArray, complex, encode
    case rebuildTensor, rebuildTensorV2, rebuildTensorV3, rebuildParameter, rebuildParameterWithState
    /// A class of storages; nil for untyped ones.
    case storage(TorchDType?)
    case dtype(TorchDType)
    case size, device
    /// TorchScript's lists of one type, and its marks of types.
    case scriptList, scriptTypeTag
    /// A class that a TorchScript file defines; a name and nothing more.
    case scriptClass(String)

    init?(module: String, name: String) {
        if module == "__torch__" || module.hasPrefix("__torch__.") {
            self = .scriptClass("\(module).\(name)")
            return
        }
        if module == "torch", let dtype = TorchDType.storageClasses[name] {
            self = .storage(dtype)
            return
        }
        if module == "torch", let dtype = TorchDType(rawValue: name) {
            self = .dtype(dtype)
            return
        }
        guard let global = PickleGlobal.named["\(module).\(name)"] else { return nil }
        self = global
    }

    private static let named: [String: PickleGlobal] = [
        "collections.OrderedDict": .orderedDictionary, "_codecs.encode": .encode,
        "__builtin__.set": .set, "builtins.set": .set, "__builtin__.frozenset": .frozenSet, "builtins.frozenset": .frozenSet,
        "__builtin__.bytes": .bytes, "builtins.bytes": .bytes, "__builtin__.bytearray": .byteArray, "builtins.bytearray": .byteArray,
        "__builtin__.complex": .complex, "builtins.complex": .complex,
        "torch._utils._rebuild_tensor": .rebuildTensor, "torch._utils._rebuild_tensor_v2": .rebuildTensorV2,
        "torch._utils._rebuild_tensor_v3": .rebuildTensorV3, "torch._utils._rebuild_parameter": .rebuildParameter,
        "torch._utils._rebuild_parameter_with_state": .rebuildParameterWithState,
        "torch.storage.UntypedStorage": .storage(nil), "torch.UntypedStorage": .storage(nil),
        "torch.Size": .size, "torch.device": .device,
        "torch.jit._pickle.build_intlist": .scriptList, "torch.jit._pickle.build_doublelist": .scriptList,
        "torch.jit._pickle.build_boollist": .scriptList, "torch.jit._pickle.build_tensorlist": .scriptList,
        "torch.jit._pickle.restore_type_tag": .scriptTypeTag,
    ]

    var name: String {
        switch self {
        case .scriptClass(let name): name
        case .dtype(let dtype): "torch.\(dtype.rawValue)"
        case .storage(let dtype): "torch.\(dtype?.storageClass ?? "UntypedStorage")"
        default: PickleGlobal.named.first { $0.value == self }?.key ?? "a name"
        }
    }
}
