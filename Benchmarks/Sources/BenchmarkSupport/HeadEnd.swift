// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Finds where the head of an HTTP message ends.
package enum HeadEnd {
    /// - Parameter bytes: From the head's first byte on.
    /// - Returns: The head's length with its empty line; nil when it is not complete yet.
    package static func find(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress else {
            return nil
        }
        var start = base
        let end = base + bytes.count
        while start < end, let found = memchr(start, 0x0A, end - start) {
            let newline = UnsafeRawPointer(found)
            start = newline + 1
            if newline - base >= 3, memcmp(newline - 3, "\r\n\r", 3) == 0 {
                return start - base
            }
        }
        return nil
    }

    /// The value of `Content-Length` in a complete head; nil where there is none.
    package static func contentLength(in head: UnsafeRawBufferPointer) -> Int? {
        Self.value(of: "content-length:", in: head).map { max(0, atol($0)) }
    }

    /// True where a complete head says `Transfer-Encoding: chunked`.
    package static func isChunked(_ head: UnsafeRawBufferPointer) -> Bool {
        Self.value(of: "transfer-encoding:", in: head).map { strncasecmp($0, "chunked", 7) == 0 } ?? false
    }

    /// - Returns: Where the value begins, behind one blank.
    private static func value(of name: StaticString, in head: UnsafeRawBufferPointer) -> UnsafePointer<CChar>? {
        guard var line = head.baseAddress else {
            return nil
        }
        let end = line + head.count
        while line < end, let newline = memchr(line, 0x0A, end - line) {
            let text = line.assumingMemoryBound(to: CChar.self)
            let length = name.utf8CodeUnitCount
            if strncasecmp(text, UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), length) == 0 {
                return text[length] == 0x20 ? text + length + 1 : text + length
            }
            line = UnsafeRawPointer(newline) + 1
        }
        return nil
    }
}
