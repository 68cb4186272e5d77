import EmberFormats
import EmberTensor
import Foundation

/// The half of a data set to read.
public enum DatasetSplit: String, Sendable, CaseIterable {
    case train, test
}

/// A collection of 70,000 grey pictures of 28 × 28 pixels in ten classes, as four IDX files.
public struct MNISTCollection: Sendable {
    /// Handwritten digits: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", 1998.
    /// PyTorch: `torchvision.datasets.MNIST`.
    public static let digits = MNISTCollection(
        name: "mnist", title: "MNIST", classNames: (0 ... 9).map(String.init), systemFolder: nil, normalization: (0.1307, 0.3081),
        servers: ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"],
        files: [
            "train-images-idx3-ubyte": (9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            "train-labels-idx1-ubyte": (28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            "t10k-images-idx3-ubyte": (1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            "t10k-labels-idx1-ubyte": (4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ])

    /// Articles of clothing: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning
    /// algorithms", 2017. PyTorch: `torchvision.datasets.FashionMNIST`.
    public static let fashion = MNISTCollection(
        name: "fashion-mnist", title: "Fashion-MNIST",
        classNames: ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
        systemFolder: "/usr/share/datasets/fashion-mnist", normalization: (0.2860, 0.3530),
        servers: ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
        files: [
            "train-images-idx3-ubyte": (26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            "train-labels-idx1-ubyte": (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            "t10k-images-idx3-ubyte": (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            "t10k-labels-idx1-ubyte": (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ])

    /// As in paths: `mnist` or `fashion-mnist`.
    public let name: String
    public let title: String
    public let classNames: [String]
    /// Where the Debian package `dataset-fashion-mnist` puts the files.
    public let systemFolder: String?
    /// Mean and deviation of the training pixels on a scale from 0 to 1.
    public let normalization: (mean: Float, deviation: Float)
    let servers: [String]
    let files: [String: (byteCount: Int, sha256: String)]

    /// Where downloads are kept: the folder of that name in the cache (``DownloadSettings``).
    public var cacheFolder: String { "\(DownloadSettings().cacheFolder)/\(name)" }

    static func fileNames(_ split: DatasetSplit) -> (images: String, labels: String) {
        let prefix = split == .train ? "train" : "t10k"
        return ("\(prefix)-images-idx3-ubyte", "\(prefix)-labels-idx1-ubyte")
    }

    /// Whether all four files, packed or not, lie in the folder.
    public func isComplete(in folder: String) -> Bool {
        files.keys.allSatisfy { MNISTCollection.path(of: $0, in: folder) != nil }
    }

    /// The first place that has all files: the system's folder, the cache.
    public var localFolder: String? { ([systemFolder].compactMap(\.self) + [cacheFolder]).first(where: isComplete) }

    private static func path(of name: String, in folder: String) -> String? {
        ["\(folder)/\(name)", "\(folder)/\(name).gz"].first { FileManager.default.fileExists(atPath: $0) }
    }

    /// Loads the files that are missing into `folder` (the cache unless given), and returns it. Downloads have a checksum and are continued
    /// after an interruption.
    /// - Parameter progress: called with the name of the file, the bytes received and the bytes of the whole.
    /// - Throws: ``DataError`` when no server gives the files, `FormatError` when they cannot be written.
    @discardableResult
    public func download(
        to folder: String? = nil, progress: (@Sendable (_ file: String, _ received: Int, _ total: Int) -> Void)? = nil
    ) throws -> String {
        let folder = folder ?? cacheFolder
        try createDirectories(at: folder)
        for (name, (byteCount, sha256)) in files.sorted(by: { $0.key < $1.key }) where MNISTCollection.path(of: name, in: folder) == nil {
            let remote = RemoteFile(
                locations: servers.compactMap { URL(string: $0 + name + ".gz") }, sha256: sha256, byteCount: byteCount)
            try remote.download(to: "\(folder)/\(name).gz") { received, total in progress?(name + ".gz", received, total) }
        }
        return folder
    }

    /// Reads one half.
    /// - Parameter folder: where the IDX files lie, packed (`.gz`) or not; nil looks in the system's folder and in the cache.
    /// - Throws: ``DataError`` when a file is missing or the files do not belong together, `FormatError` when one cannot be read.
    public func load(_ split: DatasetSplit, from folder: String? = nil) throws -> LabeledImages {
        guard let folder = folder ?? localFolder else {
            let hint = systemFolder == nil ? "" : "install the Debian package dataset-fashion-mnist, or "
            throw DataError("\(title) is not on this machine: \(hint)download it to \(cacheFolder)")
        }
        let names = MNISTCollection.fileNames(split)
        func read(_ name: String) throws -> (path: String, tensor: Tensor) {
            guard let path = MNISTCollection.path(of: name, in: folder) else {
                throw DataError("\(folder): there is no \(name) or \(name).gz")
            }
            return (path, try IDXFile(path: path, maximumBytes: 1 << 28).tensor)
        }
        let images = try read(names.images), labels = try read(names.labels)
        guard images.tensor.dtype == .uint8, images.tensor.rank == 3, images.tensor.shape[1...] == [28, 28] else {
            throw DataError("\(images.path): \(images.tensor.dtype.name) \(images.tensor.shape) are not pictures of 28 × 28 bytes")
        }
        do {
            return try LabeledImages(
                pixels: images.tensor, labels: labels.tensor, classNames: classNames, normalization: normalization)
        } catch let error as DataError {
            throw DataError("\(labels.path): \(error)")
        }
    }
}
