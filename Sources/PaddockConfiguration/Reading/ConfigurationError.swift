// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why a configuration was refused: one line for the operator, and the errors that were found together with it.
///
/// The line names the place (file and line, variable or flag), the key, what is wrong with the value and what would
/// be right: `paddock.yaml:3: port: "http" is not a whole number: give an integer from 0 to 65535`.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// The line, without a line break, of printable characters only.
    package let description: String
    /// The same without the place: of a value that stands in no file.
    package let statement: String
    /// Errors that were found later in the same configuration; they have none of their own.
    private var further: [ConfigurationError] = []

    /// The exit status of a process that cannot start because of it: `EX_CONFIG` of `sysexits.h`.
    package static let exitStatus: Int32 = 78

    init(place: String, key: String? = nil, problem: String, remedy: String) {
        self.statement = [key, problem, remedy].compactMap(\.self).joined(separator: ": ")
        self.description = "\(place): \(self.statement)"
    }

    /// The first of some errors, with the others; nil if there is none.
    init?(_ errors: [ConfigurationError]) {
        guard var first = errors.first else { return nil }
        first.further = Array(errors.dropFirst())
        self = first
    }

    /// All errors that were found, in the order in which they were found, at most 100.
    package var all: [ConfigurationError] {
        var first = self
        first.further = []
        return [first] + self.further
    }

    /// The first error, and how many more there are.
    package var summary: String {
        self.further.isEmpty ? self.description : "\(self.description) (and \(self.further.count) more)"
    }

    /// The error of a key that is given twice in one map; the place of the second one may be unknown.
    static func duplicate(
        _ key: String,
        first: ConfigurationSource,
        second: ConfigurationSource?
    ) -> ConfigurationError {
        let line = first.line ?? 1
        return ConfigurationError(
            place: (second ?? first).description,
            key: key.escaped(),
            problem: second?.line.map { "given twice, in line \(line) and in line \($0)" }
                ?? "given twice, first in line \(line)",
            remedy: "keep one of them"
        )
    }
}
