// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
package import PaddockBase
package import PaddockJSON
package import PaddockProxy

extension JSONWriter {
    /// Writes a member that is a duration in milliseconds; null for nil.
    ///
    /// - Parameters:
    ///   - name: its name.
    ///   - duration: the duration.
    ///   - decimals: how many decimals it has at most. Defaults to 3.
    package mutating func milliseconds(_ name: StaticString, _ duration: Nanoseconds?, decimals: Int = 3) {
        self.member(name, duration.map { $0.milliseconds.rounded(decimals: decimals) })
    }
}

extension OwnReply {
    /// A JSON answer.
    package init(_ status: Int = 200, json: JSONText) {
        self.init(status, body: "")
        self.bytes = ByteBuffer(bytes: json.bytes)
    }
}

extension OwnAnswer {
    /// A JSON answer, at once.
    static func json(_ json: JSONText) -> OwnAnswer { .now(OwnReply(json: json)) }
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
