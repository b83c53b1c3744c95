// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockHTTP

extension ByteBuffer {
    /// Appends the header fields of a head as they came, but for those that concern one connection only.
    ///
    /// - Parameters:
    ///   - head: the head.
    ///   - bytes: the bytes it was read from.
    ///   - dropped: further fields to leave out.
    mutating func writeFields(of head: borrowing MessageHead, _ bytes: Span<UInt8>, except dropped: FieldKindSet) {
        var runStart = -1
        var runEnd = -1
        for field in head.fields {
            if !dropped.contains(field.kind), !head.isHopByHop(field, bytes) {
                // Lines that stand together are copied together.
                if runStart < 0 { runStart = field.name.lowerBound }
                runEnd = Int(field.lineEnd)
            } else if runStart >= 0 {
                self.writeBytes(bytes.extracting(runStart..<runEnd).bytes)
                runStart = -1
            }
        }
        if runStart >= 0 { self.writeBytes(bytes.extracting(runStart..<runEnd).bytes) }
    }

    /// Appends the bytes of a range.
    mutating func writeRange(_ bytes: Span<UInt8>, _ range: ByteRange) {
        self.writeBytes(bytes.extracting(range.lowerBound..<range.upperBound).bytes)
    }
}
