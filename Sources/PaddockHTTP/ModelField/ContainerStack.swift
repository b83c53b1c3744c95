// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The objects and arrays that are open at a place in JSON, one bit each.
///
/// The innermost 64 are in a register's worth of storage, so documents of the usual depth allocate nothing; at the
/// deepest that `JSONModelScanner` reads it holds 1,250 bytes.
struct ContainerStack: Sendable {
    /// The number of open containers.
    private(set) var depth = 0

    /// The innermost bits, the innermost one lowest; 1 is an object.
    private var bits: UInt64 = 0
    private var outer: [UInt64] = []

    /// Whether the innermost container is an object; an array otherwise.
    var isObject: Bool { self.bits & 1 == 1 }

    /// Starts again.
    mutating func reset() {
        self.depth = 0
        self.bits = 0
        if !self.outer.isEmpty { self.outer = [] }
    }

    /// Opens a container inside the innermost one.
    mutating func push(isObject: Bool) {
        if self.depth & 63 == 0, self.depth > 0 { self.outer.append(self.bits) }
        self.bits = self.bits << 1 | (isObject ? 1 : 0)
        self.depth += 1
    }

    /// Closes the innermost container, of which there must be one.
    mutating func pop() {
        precondition(self.depth > 0, "a container closes that was never opened")
        self.depth -= 1
        if self.depth & 63 == 0, let bits = self.outer.popLast() {
            self.bits = bits
        } else {
            self.bits >>= 1
        }
    }
}
