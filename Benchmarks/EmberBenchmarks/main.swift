// `ember-benchmarks --list` names the rows; `ember-benchmarks ROW` times one. `./Benchmarks/compare` runs both sides.
import Ember
import Foundation

let rows = operatorRows + trainingRows
let arguments = CommandLine.arguments.dropFirst()
if arguments.first == "--list" {
    for row in rows { print(row.name) }
} else if let row = rows.first(where: { $0.name == arguments.first }) {
    row.run()
} else {
    FileHandle.standardError.write(Data("usage: ember-benchmarks --list | ROW\n".utf8))
    exit(2)
}
