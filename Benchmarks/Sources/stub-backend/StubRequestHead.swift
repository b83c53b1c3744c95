// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import BenchmarkSupport

/// What the stub needs to know of a request's head.
struct StubRequestHead {
    /// Bytes of the head, with the empty line.
    let length: Int
    /// HEAD: the reply has no body.
    let isHead: Bool
    /// Bytes of the body.
    let contentLength: Int
    /// How to answer it.
    let script: StubScript

    /// Parses a head; nil when it is not complete yet.
    ///
    /// - Parameter bytes: From the head's first byte on.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let length = HeadEnd.find(in: bytes) else {
            return nil
        }
        self.length = length
        let head = UnsafeRawBufferPointer(rebasing: bytes[..<length])
        self.isHead = head.starts(with: "HEAD ".utf8)
        self.contentLength = HeadEnd.contentLength(in: head) ?? 0

        let target = head.drop { $0 != 0x20 }.dropFirst().prefix { $0 != 0x20 }
        if head[0] == UInt8(ascii: "P"), target.contains(UInt8(ascii: "?")) {
            self.script = StubScript(target: Substring(decoding: target, as: UTF8.self))
        } else {
            self.script = StubScript(target: "")
        }
    }
}
