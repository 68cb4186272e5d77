extension SummaryWriter {
    /// Writes all numbers that this writer has logged, and those of ``addScalars(_:_:step:wallTime:)``, to a JSON file: an object from tags to
    /// lists of `[seconds since 1970, step, value]`. A tag of a run below this writer's has the run's folder before it.
    ///
    /// They are read from the event files, so that nothing is kept in memory for it.
    /// - Throws: `FormatError` when the system refuses, or an event file was damaged by others.
    ///
    /// PyTorch: `SummaryWriter.export_scalars_to_json`.
    public func exportScalarsToJSON(_ path: String) throws(FormatError) {
        try flush()
        var curves: [(tag: String, points: [JSON])] = [], places: [String: Int] = [:]
        for (folder, file) in eventFiles {
            for event in try EventFile(path: file).events {
                guard case .scalar(let value) = event.value else { continue }
                let tag = folder.isEmpty ? event.tag : "\(folder)/\(event.tag)"
                let point: JSON = .array([.number(event.wallTime), .integer(event.step), .number(Double(value))])
                if let place = places[tag] {
                    curves[place].points.append(point)
                } else {
                    places[tag] = curves.count
                    curves.append((tag, [point]))
                }
            }
        }
        var object = JSONObject()
        for curve in curves { object[curve.tag] = .array(curve.points) }
        try writeFile(Array(JSON.object(object).encoded.utf8), to: path)
    }
}
