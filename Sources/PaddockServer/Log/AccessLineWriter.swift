// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
package import PaddockBase
internal import PaddockHTTP
package import PaddockProxy

/// Writes the lines of the access log: each field is described once, for both formats (contract section 19).
package struct AccessLineWriter {
    private let names: BackendNames
    /// The URLs of the backends, as they are in a line of either format.
    private var backends: [[UInt8]] = []
    private let offset: Int64
    private var clock = LineClock()
    /// What was asked, as it is in the last line that was another one than that before it; and so who was served, and where. Many
    /// requests in a row have the same, and to write it anew is a third of a line's work.
    private var question = KeptFields()
    private var service = KeptFields()
    /// Whether they are of a line in JSON.
    private var keepsJSON = false

    /// - Parameters:
    ///   - backends: the URLs of the backends.
    ///   - offset: what an instant lacks to be nanoseconds since 1970.
    package init(backends: BackendNames, offset: Int64) {
        self.names = backends
        self.offset = offset
    }

    /// Appends the line of a request, without its line break.
    ///
    /// - Parameters:
    ///   - line: where to append.
    ///   - shared: what became of the request; the record itself would be copied on its way here.
    ///   - isJSON: one JSON object, in which what there is not is `null`; else `key=value` pairs in columns, in which it is `-`.
    package mutating func write(_ line: inout LineBuffer, _ shared: SharedRecord, isJSON: Bool) {
        self.write(&line, shared, isJSON: isJSON, sum: nil)
    }

    /// Appends the line of several refusals, without its line break: that of the last one, with their number and time behind it. The line
    /// of one alone is that of a request.
    mutating func write(_ line: inout LineBuffer, _ sum: RefusalSum, isJSON: Bool) {
        self.write(&line, sum.last, isJSON: isJSON, sum: sum.count > 1 ? sum : nil)
    }

    private mutating func write(_ line: inout LineBuffer, _ shared: SharedRecord, isJSON: Bool, sum: RefusalSum?) {
        if isJSON != self.keepsJSON {
            (self.question, self.service) = (KeptFields(), KeptFields())
            self.keepsJSON = isJSON
        }
        if isJSON {
            self.write(&line, shared, as: JSONLine.self, sum)
        } else {
            self.write(&line, shared, as: TextLine.self, sum)
        }
    }

    private mutating func write<Format: LineFormat>(
        _ line: inout LineBuffer,
        _ shared: SharedRecord,
        as format: Format.Type,
        _ sum: RefusalSum?
    ) {
        var fields = AccessFields<Format>(line: line)
        fields.time(shared.record.ended.nanoseconds + self.offset, &self.clock)
        fields.number(" status=", 3, shared.record.status)
        // Endings, classes, ids and codes are plain by their making.
        fields.word(" outcome=", 9, shared.record.outcome.rawValue)
        if let last = self.question.record, shared.asksTheSame(as: last) {
            fields.again(self.question)
        } else {
            let start = fields.line.count
            shared.record.requestLine.withParts { method, path in
                fields.text(" method=", 4, method.isEmpty ? nil : method)
                fields.text(" path=", 20, path.isEmpty ? nil : path)
            }
            fields.text(" model=", 12, shared.record.model?.description)
            self.question = KeptFields(of: shared, fields.line, from: start)
        }
        fields.milliseconds(" wait_ms=", 8, shared.waited?.count)
        fields.milliseconds(" first_byte_ms=", 8, shared.firstByteTime?.count)
        fields.milliseconds(" load_ms=", 8, shared.loadTime?.count)
        fields.milliseconds(" total_ms=", 8, shared.totalTime.count)
        fields.number(" bytes_in=", 6, shared.record.bytesIn)
        fields.number(" bytes_out=", 7, shared.record.bytesOut)
        fields.number(" chunks=", 4, shared.record.chunks)
        fields.number(" tokens_in=", 5, shared.record.tokens.map { Int($0.prompt) })
        fields.number(" tokens_out=", 4, shared.record.tokens.map { Int($0.answer) })
        if let last = self.service.record, shared.isServedAlike(as: last) {
            fields.again(self.service)
        } else {
            let start = fields.line.count
            fields.text(" client=", 15, shared.record.client.name)
            fields.word(" class=", 11, shared.record.isQueued ? shared.record.requestClass.name : nil)
            fields.word(" chosen_by=", 13, shared.record.rule?.name)
            if let backend = shared.record.backend {
                // More have joined since.
                if backend.value >= self.backends.count { self.backends = self.names.texts.map { Array($0.utf8) } }
                self.backends[backend.value].withUnsafeBytes { fields.text(" backend=", 0, $0) }
            } else {
                fields.text(" backend=", 0, UnsafeRawBufferPointer?.none)
            }
            self.service = KeptFields(of: shared, fields.line, from: start)
        }
        fields.word(" id=", 0, shared.record.id)
        fields.word(" code=", 0, shared.record.code)
        let cause = shared.record.cause
        fields.word(" cause=", 0, cause?.rawValue)
        fields.milliseconds(" deadline_ms=", 0, cause == nil ? nil : shared.record.timeout.count)
        if let sum {
            fields.number(" count=", 0, sum.count)
            fields.milliseconds(" burst_ms=", 0, sum.length.count)
        }
        fields.end()
        line = fields.line
    }
}

/// Fields of a line that may be those of the next one, too.
private struct KeptFields {
    /// The record of the line; nil if nothing is kept.
    let record: SharedRecord?
    let bytes: [UInt8]

    /// Nothing is kept.
    init() { (self.record, self.bytes) = (nil, []) }

    /// - Parameters:
    ///   - record: whose line it is.
    ///   - line: the line so far.
    ///   - start: where the fields begin in it.
    init(of record: SharedRecord, _ line: LineBuffer, from start: Int) {
        // Of a line that is full some are missing.
        let bytes = line.bytes(from: start)
        self.record = bytes == nil ? nil : record
        self.bytes = bytes ?? []
    }
}

/// The format of a line: a type, so that each format has a function of its own without a branch for each field.
private protocol LineFormat {
    static var isJSON: Bool { get }
}

private enum TextLine: LineFormat {
    static var isJSON: Bool { false }
}

private enum JSONLine: LineFormat {
    static var isJSON: Bool { true }
}

/// The fields of one line. A name is given as it is in a line of text, with the blank in front of it and the `=` after it; a width
/// is the least number of bytes that the value has in a line of text.
private struct AccessFields<Format: LineFormat> {
    var line: LineBuffer

    @inline(__always)
    mutating func time(_ nanosecondsSince1970: Int64, _ clock: inout LineClock) {
        if Format.isJSON { self.line.append("{\"time\":\"") } else { self.line.append("time=") }
        self.line.appendTime(nanosecondsSince1970, &clock)
        if Format.isJSON { self.line.append(UInt8(ascii: "\"")) }
    }

    /// Fields as they were in another line.
    @inline(__always)
    mutating func again(_ fields: KeptFields) { fields.bytes.withUnsafeBytes { self.line.append($0) } }

    @inline(__always)
    mutating func number(_ name: StaticString, _ width: Int, _ value: Int?) {
        self.field(name, width, value) { $0.append($1) }
    }

    /// Milliseconds, to a tenth.
    @inline(__always)
    mutating func milliseconds(_ name: StaticString, _ width: Int, _ nanoseconds: Int64?) {
        self.field(name, width, nanoseconds) { $0.append(tenths: ($1 + 50_000) / 100_000) }
    }

    /// A text of printable ASCII without quotes, backslashes and blanks.
    @inline(__always)
    mutating func word(_ name: StaticString, _ width: Int, _ value: String?) {
        self.field(name, width, value) { line, value in
            if Format.isJSON { line.append(UInt8(ascii: "\"")) }
            line.append(plain: value)
            if Format.isJSON { line.append(UInt8(ascii: "\"")) }
        }
    }

    /// A text from outside.
    @inline(__always)
    mutating func text(_ name: StaticString, _ width: Int, _ value: UnsafeRawBufferPointer?) {
        self.field(name, width, value) { Format.isJSON ? $0.appendQuoted($1) : $0.appendValue($1) }
    }

    /// A text from outside.
    @inline(__always)
    mutating func text(_ name: StaticString, _ width: Int, _ value: String?) {
        self.field(name, width, value) { Format.isJSON ? $0.appendQuoted($1) : $0.appendValue($1) }
    }

    mutating func end() { if Format.isJSON { self.line.append(UInt8(ascii: "}")) } }

    @inline(__always)
    private mutating func field<Value>(
        _ name: StaticString,
        _ width: Int,
        _ value: Value?,
        _ write: (inout LineBuffer, Value) -> Void
    ) {
        if Format.isJSON {
            self.line.append(",\"")
            self.line.append(UnsafeRawBufferPointer(start: name.utf8Start + 1, count: name.utf8CodeUnitCount - 2))
            self.line.append("\":")
            if let value { write(&self.line, value) } else { self.line.append("null") }
        } else {
            self.line.append(name)
            let start = self.line.count
            if let value { write(&self.line, value) } else { self.line.append(UInt8(ascii: "-")) }
            if width > 0 { self.line.pad(from: start, to: width) }
        }
    }
}
