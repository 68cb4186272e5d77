/// The page docs/Conformance.md: what was compared, how much of it agrees, and what Ember leaves out and why.
struct ConformanceDocument {
    let report: Report

    init(_ report: Report) { self.report = report }

    private static let subjects = [
        "ops": "operators: values and gradients", "complex": "operators on complex numbers",
        "errors": "calls that must fail",
        "modules": "layers and losses: outputs, buffers, gradients of inputs and parameters",
        "optim": "optimisers (12 steps) and learning-rate schedules (30 steps)",
        "random": "the CPU random generator, number by number",
    ]

    var text: String {
        """
        # Conformance with PyTorch

        `ember-conformance` runs what PyTorch 2.13 answered to its own test samples (OpInfo, ModuleInfo, OptimizerInfo,
        error samples) through Ember and compares shapes, element types, values and gradients. This page is written by

            swift run -c release ember-conformance Tests/Conformance/vectors --document > docs/Conformance.md

        and the counts are checked by `swift run -c release ember-conformance Tests/Conformance/vectors`; `--verbose`
        names each case that is not passed, `--summary` gives counts for each operator, layer and optimiser.

        | folder | subject | cases | passed | failed | unsupported |
        |---|---|--:|--:|--:|--:|
        \(folderRows)

        ## How cases are judged

        - Tolerances (relative, absolute) by the type of the result: float64 1e-7, 1e-7; float32 1.3e-4, 3e-5; bfloat16
          1.6e-2, 1e-2; float16 1e-3, 1e-3; integers and truth values exactly. NaN equals NaN.
        - An argument that the mapping to Ember's function does not use makes a case unsupported, never passed.
        - A case of `errors/` passes when Ember throws a `TensorError` inside `checked`, or when Ember's signature
          leaves no way to write the call, so that the Swift compiler refuses it (a number where a tensor is needed,
          `reduction: "abc"`): \(refusedByTypes) of them.
        - Results that are random by nature are compared in shape and type; the generator itself is compared number by
          number in `random/`.
        - `random/`: the recorded `bernoulli` numbers are those of p = 0.5 (`Tensor.bernoulli_` without p), although its
          README says 0.3.
        - Where Ember and PyTorch differ beyond the tolerance in 16 or 32 bits, the case is computed in float64 too: it
          passes when Ember's answer lies within the tolerance of the float64 one and PyTorch's near it
          (`Runner/Finding.swift`). PyTorch rounds more often than once in some 16-bit sums.
        - Indices of equal elements (`topk`, `kthvalue`, `mode`, `median`, unstable sorts) may differ when they select
          the same values.
        - PyTorch's float64 Bessel functions are good to 4e-7 only (SciPy's and Ember's agree to 1e-14): their tolerance
          is ten times wider.
        - Decompositions unique up to signs, phases or order (`svd`, `qr`, `eigh`, `eig`) are compared by values, products
          and orthonormality; gradients are taken of the vectors with the recorded signs. PyTorch's 16-bit `matrix_exp`
          overflows to NaN where the result does not: there the float64 result decides.
        - PyTorch converts complex to real numbers by dropping the imaginary parts, with a warning; Ember asks for `.real`.
        - `--gradients` compares first and second derivatives of every recorded call, in float64, on operands without
          and with gaps in memory, with differences along random directions; `./test` runs it. Other samples are
          recorded by `Tests/Conformance/record.py FOLDER --seed N --samples N`, also of other element types.
        - Each case runs in a child process: one that ends its process or takes longer than 30 s counts as failed.

        ## What is unsupported

        \(reasons.isEmpty ? "Nothing." : reasons)
        """
    }

    private var refusedByTypes: Int {
        report.records.count { if case .passed(byTypes: true) = $0.outcome { true } else { false } }
    }

    private var folderRows: String {
        let rows =
            report.byFolder.map { ($0.key, Self.subjects[$0.key] ?? "", Report.tally($0.records)) } + [
                ("all", "", report.total)
            ]
        return rows.map { "| \($0) | \($1) | \($2.cases) | \($2.passed) | \($2.failed) | \($2.unsupported) |" }.joined(
            separator: "\n")
    }

    private var reasons: String {
        var order: [String] = []
        var groups: [String: (cases: Int, details: [String: Int])] = [:]
        for record in report.records {
            guard case .unsupported(let reason, let detail) = record.outcome else { continue }
            if groups[reason] == nil { order.append(reason) }
            groups[reason, default: (0, [:])].cases += 1
            groups[reason, default: (0, [:])].details[detail.isEmpty ? record.subject : detail, default: 0] += 1
        }
        return order.sorted { (groups[$0]?.cases ?? 0, $1) > (groups[$1]?.cases ?? 0, $0) }.map { reason in
            let group = groups[reason] ?? (0, [:])
            let details = group.details.keys.sorted().map { "\($0) (\(group.details[$0] ?? 0))" }.joined(
                separator: ", ")
            return "**\(reason)** (\(group.cases) cases): \(details)."
        }.joined(separator: "\n\n")
    }
}
