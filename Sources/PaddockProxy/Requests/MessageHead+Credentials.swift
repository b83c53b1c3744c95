// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockHTTP

extension MessageHead {
    /// The lines with a client's credentials: `Authorization` and `x-api-key`, unchanged, with their line breaks.
    ///
    /// A backend that has a key of its own gets that in their place.
    ///
    /// - Parameters:
    ///   - bytes: the head.
    ///   - dropsAuthorization: whether `Authorization` is our own secret.
    func credentialLines(_ bytes: Span<UInt8>, dropsAuthorization: Bool) -> [UInt8] {
        guard self.kinds.contains(.authorization) || self.kinds.contains(.apiKey) else { return [] }
        var lines: [UInt8] = []
        for field in self.fields where field.kind == .authorization || field.kind == .apiKey {
            guard !field.isHopByHop, !(dropsAuthorization && field.kind == .authorization) else { continue }
            bytes.extracting(Int(field.name.lowerBound)..<Int(field.lineEnd)).withUnsafeBufferPointer {
                lines.append(contentsOf: $0)
            }
        }
        return lines
    }
}
