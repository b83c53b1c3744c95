// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What has a form in JSON.
package protocol JSONWritable {
    /// Writes one value.
    func write(to json: inout JSONWriter)
}

extension String: JSONWritable {
    package func write(to json: inout JSONWriter) { json.string(self) }
}

extension Int: JSONWritable {
    package func write(to json: inout JSONWriter) { json.verbatim(String(self).utf8) }
}

extension Int64: JSONWritable {
    package func write(to json: inout JSONWriter) { json.verbatim(String(self).utf8) }
}

extension Double: JSONWritable {
    /// Writes the number as short as it can be without loss; null if it is not finite.
    package func write(to json: inout JSONWriter) {
        if self.isFinite { json.verbatim(self.description.utf8) } else { json.null() }
    }
}

extension Bool: JSONWritable {
    package func write(to json: inout JSONWriter) { json.verbatim((self ? "true" : "false").utf8) }
}

extension Optional: JSONWritable where Wrapped: JSONWritable {
    /// Writes the value; null for nil.
    package func write(to json: inout JSONWriter) {
        if let self { self.write(to: &json) } else { json.null() }
    }
}

extension Array: JSONWritable where Element: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.array { json in
            for element in self { json.value(element) }
        }
    }
}
