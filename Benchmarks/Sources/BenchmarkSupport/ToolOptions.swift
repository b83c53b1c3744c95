// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// `--name value` pairs and `--name` switches; the tools are driven by scripts, so no more than that.
package struct ToolOptions {
    private var values: [String: String] = [:]

    /// Reads the arguments.
    ///
    /// - Parameters:
    ///   - arguments: Without the program's name.
    ///   - names: The options that take a value.
    ///   - switches: The options that take none.
    /// - Throws: `SystemFailure` that names what there is.
    package init(_ arguments: [String], names: Set<String>, switches: Set<String> = []) throws {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let name = String(argument.drop { $0 == "-" })
            if switches.contains(name) {
                self.values[name] = ""
            } else if names.contains(name), let value = rest.popFirst() {
                self.values[name] = value
            } else {
                let known = names.union(switches).sorted().map { "--\($0)" }.joined(separator: " ")
                throw SystemFailure("\(argument): not an option, or its value is missing; there are: \(known)")
            }
        }
    }

    package func has(_ name: String) -> Bool {
        self.values[name] != nil
    }

    package func text(_ name: String, default fallback: String) -> String {
        self.values[name] ?? fallback
    }

    /// The value as a number of the type asked for.
    package func number<Number: LosslessStringConvertible>(_ name: String, default fallback: Number) throws -> Number {
        guard let value = self.values[name] else {
            return fallback
        }
        guard let number = Number(value) else {
            throw SystemFailure("--\(name) \(value): not a number in range")
        }
        return number
    }
}
