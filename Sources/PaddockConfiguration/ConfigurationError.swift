// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why a configuration was refused: one line for the operator.
///
/// The line names the place (file and line, variable or flag), the key, what is wrong with the value and what would
/// be right: `paddock.yaml:3: port: "http" is not a whole number: give an integer from 0 to 65535`.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// The line, without a line break, of printable characters only.
    package let description: String

    /// The exit status of a process that cannot start because of it: `EX_CONFIG` of `sysexits.h`.
    package static let exitStatus: Int32 = 78

    init(place: String, key: String? = nil, problem: String, remedy: String) {
        self.description = [place, key, problem, remedy].compactMap(\.self).joined(separator: ": ")
    }

    /// The error of a key that is given twice in one map.
    ///
    /// - Parameters:
    ///   - key: the key.
    ///   - first: the line of the first.
    ///   - second: the place of the second; the file with the first line if it is not known.
    ///   - isKnown: whether the place of the second is known. Defaults to true.
    static func duplicate(
        _ key: String,
        first: Int,
        at second: ConfigurationSource,
        isKnown: Bool = true
    ) -> ConfigurationError {
        ConfigurationError(
            place: second.description,
            key: key.escaped(),
            problem: isKnown
                ? "given twice, in line \(first) and in line \(second.line ?? first)"
                : "given twice, first in line \(first)",
            remedy: "keep one of them"
        )
    }
}
