// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockJSON

/// A vector of length 1 that stands for a text: the same for the same text, model and seed, unlike any other.
struct EmbeddingVector: Sendable {
    let values: [Float]

    /// - Parameter dimensions: At least 1.
    init(seed: UInt64, dimensions: Int) {
        var random = SeededRandom(seed: seed)
        var values = (0..<max(1, dimensions)).map { _ in
            // 24 random bits make every value between -1 and 1 that a `Float` can tell apart; never exactly 0.
            (Float(random.next() >> 40) + 0.5) / Float(1 << 23) - 1
        }
        let length = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        for index in values.indices {
            values[index] = Float(Double(values[index]) / length)
        }
        self.values = values
    }

    /// As the OpenAI API's `base64`: little-endian `Float32`s.
    var base64: String {
        Base64.encode(self.values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) })
    }
}

extension EmbeddingVector: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.array { json in
            for value in self.values { json.verbatim(value.description.utf8) }
        }
    }
}
