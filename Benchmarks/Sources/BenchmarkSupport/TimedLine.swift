// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Where a streamed line carries the time at which it was sent.
///
/// A line of the stub looks like one of Ollama's, but begins with its time: `{"t":0000123456789012,"model":…`. The
/// digits stand at a fixed place so that the stub overwrites them in a ready-made line and the load client reads them
/// without a JSON parser.
package enum TimedLine {
    /// Digits of the time: monotonic nanoseconds, with leading zeros.
    package static let digits = 16
    /// Bytes before the first digit.
    package static let offset = 5
    /// Bytes of a line that must be there before its time can be read.
    package static let length = TimedLine.offset + TimedLine.digits
    /// The ready-made line, without its time.
    package static let template =
        #"{"t":0000000000000000,"model":"llama2","created_at":"2026-01-01T00:00:00.000000000Z","#
        + #""response":" word","done":false}"# + "\n"

    /// Writes the time into a ready-made line.
    ///
    /// - Parameters:
    ///   - time: Monotonic nanoseconds.
    ///   - line: The bytes of the line, from its first on.
    package static func stamp(_ time: Int64, into line: UnsafeMutableRawBufferPointer) {
        var rest = time
        var place = TimedLine.length - 1
        while place >= TimedLine.offset {
            line[place] = UInt8(48 + rest % 10)
            rest /= 10
            place -= 1
        }
    }

    /// Reads the time of a line.
    ///
    /// - Parameter line: At least ``length`` bytes, from the first of the line on.
    /// - Returns: Monotonic nanoseconds; nil where the line carries none.
    package static func time(of line: UnsafeRawBufferPointer) -> Int64? {
        var time: Int64 = 0
        for place in TimedLine.offset..<TimedLine.length {
            let digit = line[place]
            guard digit >= 48, digit <= 57 else {
                return nil
            }
            time = time * 10 + Int64(digit - 48)
        }
        return time
    }
}
