// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

extension Faults {
    private static let factors = 0.001...1_000_000
    private static let slots = 1...1_024

    /// Changes what a body names, of `fault`, `factor` and `parallel`.
    mutating func change(_ fields: RequestFields) throws(RequestError) {
        if let name = fields.names.first(where: { !["fault", "factor", "parallel"].contains($0) }) {
            throw .badRequest("unknown field \"\(name)\": there are fault, factor and parallel")
        }
        if fields.names.isEmpty { throw .badRequest("name one of fault, factor and parallel") }
        if let value = fields["fault"] {
            // 500 can be a number.
            guard let kind = (value.string ?? value.integer.map(String.init)).flatMap(Kind.init) else {
                let kinds = Kind.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
                throw .badRequest("fault must be one of \(kinds), not \(value.text)")
            }
            self.kind = kind
        }
        if let value = fields["factor"] {
            guard let factor = value.double, Self.factors.contains(factor) else {
                throw .badRequest("factor must be a number from 0.001 to 1000000, not \(value.text)")
            }
            self.factor = factor
        }
        if fields.names.contains("parallel") {
            let value = fields.pointer("parallel") ?? .null
            guard value == .null || value.integer.map(Self.slots.contains) == true else {
                throw .badRequest("parallel must be a whole number from 1 to 1024, or null, not \(value.text)")
            }
            self.parallel = value.integer
        }
    }
}
