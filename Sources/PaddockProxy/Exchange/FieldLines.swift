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
        let namesOthers = head.first(.connection) != nil
        var runStart = -1
        var runEnd = -1
        for field in head.fields {
            let isKept: Bool
            if dropped.contains(field.kind) || field.kind.isHopByHop {
                isKept = false
            } else {
                isKept = !namesOthers || !head.isHopByHop(field, bytes)
            }
            if isKept {
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

/// A set of kinds of header fields.
struct FieldKindSet: ExpressibleByArrayLiteral {
    private var bits: UInt32 = 0

    init(arrayLiteral kinds: FieldKind...) {
        for kind in kinds { self.insert(kind) }
    }

    mutating func insert(_ kind: FieldKind) { self.bits |= 1 << UInt32(kind.rawValue) }

    func contains(_ kind: FieldKind) -> Bool { self.bits & (1 << UInt32(kind.rawValue)) != 0 }
}
