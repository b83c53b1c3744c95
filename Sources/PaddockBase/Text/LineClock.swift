// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The text of a second, kept from one line of a log to the next: many lines are of one second.
package struct LineClock {
    private var second = Int64.min
    private var text: [UInt8] = []

    /// Makes a clock that has written nothing.
    package init() {}

    /// Gives the text of a second, such as `2026-11-24T12:00:00.`.
    mutating func withText(of second: Int64, _ body: (UnsafeRawBufferPointer) -> Void) {
        if second != self.second {
            self.second = second
            self.text = Array("\(CivilTime(seconds: second).iso8601).".utf8)
        }
        self.text.withUnsafeBytes(body)
    }
}
