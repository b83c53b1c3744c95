// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A client that speaks TLS to a port that does not.
package enum TLSHello {
    /// What the first bytes of a connection are.
    package enum Verdict: Sendable {
        /// A record of a TLS handshake (RFC 8446 §5.1): type 22, then a version 3.0 to 3.4.
        case hello
        /// Perhaps one; more bytes are needed.
        case undecided
        /// Something else.
        case other
    }

    /// Looks at the first bytes of a message. No method of HTTP begins like a handshake.
    @inline(__always)
    package static func verdict(_ bytes: Span<UInt8>) -> Verdict {
        guard bytes.count > 0, bytes[0] == 22 else { return .other }
        guard bytes.count >= 3 else { return .undecided }
        return bytes[1] == 3 && bytes[2] <= 4 ? .hello : .other
    }

    /// A fatal alert `handshake_failure` (RFC 8446 §6.2), as a whole record: TLS libraries show it as such, where an
    /// answer in HTTP would be "wrong version number" to them.
    package static let alert: [UInt8] = [21, 3, 1, 0, 2, 2, 40]
}
