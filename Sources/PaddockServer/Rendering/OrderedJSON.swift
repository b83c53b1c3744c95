// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockProxy

/// A JSON value whose keys stay in the order in which they are written, so that people can read it.
package enum OrderedJSON: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([OrderedJSON])
    case object([(key: String, value: OrderedJSON)])
    /// A text that is JSON already.
    case verbatim(String)

    /// The text, without blanks.
    package var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): value.isFinite ? "\(value)" : "null"
        case .string(let value): JSONText.string(value)
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .verbatim(let text): text
        case .object(let fields):
            "{" + fields.map { "\(JSONText.string($0.key)):\($0.value.text)" }.joined(separator: ",") + "}"
        }
    }
}

extension OrderedJSON {
    /// A duration in milliseconds with three decimals; null for nil.
    static func milliseconds(_ duration: Duration?) -> OrderedJSON {
        duration.map { .number($0.milliseconds.rounded(decimals: 3)) } ?? .null
    }
}

extension OwnReply {
    /// A JSON answer.
    package init(_ status: Int = 200, json: OrderedJSON) {
        self.init(status, body: json.text)
    }
}

extension OwnAnswer {
    /// A JSON answer, at once.
    static func json(_ json: OrderedJSON) -> OwnAnswer { .now(OwnReply(json: json)) }
}

extension ErrorReply {
    /// 400 `invalid_request`.
    ///
    /// - Parameter message: what was wrong and what would be right.
    static func invalidRequest(_ message: String) -> ErrorReply { ErrorReply(400, "invalid_request", message) }
}

extension Double {
    /// The number, rounded to this many decimals.
    package func rounded(decimals: Int) -> Double {
        var factor = 1.0
        for _ in 0..<decimals { factor *= 10 }
        return (self * factor).rounded() / factor
    }
}

extension Duration {
    /// The duration in milliseconds.
    package var milliseconds: Double {
        let (seconds, attoseconds) = self.components
        return Double(seconds) * 1000 + Double(attoseconds) / 1_000_000_000_000_000
    }
}
