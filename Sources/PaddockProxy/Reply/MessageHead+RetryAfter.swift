// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockHTTP

extension MessageHead {
    private static let retryAfterName = Array("retry-after".utf8)

    /// When a backend that refuses a request wants to be asked again (RFC 9110 §10.2.3); nil if it does not say so in whole seconds.
    ///
    /// - Parameter bytes: the head.
    func retryAfter(_ bytes: Span<UInt8>) -> Nanoseconds? {
        for field in self.fields where bytes.equalsIgnoringCase(field.name, Self.retryAfterName) {
            var seconds = 0
            guard field.value.count > 0, field.value.count <= 6 else { return nil }
            for index in field.value.lowerBound..<field.value.upperBound {
                let digit = bytes[index] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                seconds = seconds * 10 + Int(digit)
            }
            return .seconds(seconds)
        }
        return nil
    }
}
