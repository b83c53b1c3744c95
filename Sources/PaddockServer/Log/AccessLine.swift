// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
package import PaddockProxy

/// One line of the access log. The order of its fields is that of both formats.
package struct AccessLine {
    private let record: ExchangeRecord
    private let time: Int64
    private let backend: String?

    /// - Parameters:
    ///   - record: what became of the request.
    ///   - time: when it ended, in nanoseconds since 1970.
    ///   - backend: the URL of its backend.
    package init(_ record: ExchangeRecord, time: Int64, backend: String?) {
        self.record = record
        self.time = time
        self.backend = backend
    }

    // MARK: - Text

    /// Appends `key=value` pairs; what there is not is `-`.
    package func writeText(_ line: inout LineBuffer) {
        line.append("time=")
        line.appendTime(self.time)
        line.append(" status=")
        Self.column(&line, 3) { if let status = self.record.status { $0.append(status) } else { $0.append("-") } }
        line.append(" outcome=")
        Self.column(&line, 9) { $0.append(self.record.outcome.rawValue) }
        line.append(" method=")
        Self.column(&line, 4) { $0.appendValue(self.method) }
        line.append(" path=")
        Self.column(&line, 20) { $0.appendValue(self.path) }
        line.append(" model=")
        Self.column(&line, 12) { $0.appendValue(self.record.model?.description.utf8) }
        line.append(" wait_ms=")
        Self.column(&line, 8) { Self.milliseconds(&$0, self.wait, none: "-") }
        line.append(" first_byte_ms=")
        Self.column(&line, 8) { Self.milliseconds(&$0, self.firstByte, none: "-") }
        line.append(" total_ms=")
        Self.column(&line, 8) { Self.milliseconds(&$0, self.total, none: "-") }
        line.append(" bytes_in=")
        Self.column(&line, 6) { $0.append(self.record.bytesIn) }
        line.append(" bytes_out=")
        Self.column(&line, 7) { $0.append(self.record.bytesOut) }
        line.append(" chunks=")
        Self.column(&line, 4) { $0.append(self.record.chunks) }
        line.append(" client=")
        Self.column(&line, 15) { $0.appendValue(self.record.client.name.utf8) }
        line.append(" class=")
        Self.column(&line, 11) { $0.append(self.requestClass) }
        line.append(" backend=")
        line.appendValue(self.backend?.utf8)
        line.append(" id=")
        line.appendValue(self.record.id.utf8)
        line.append(" code=")
        line.appendValue(self.record.code?.utf8)
        line.append(UInt8(ascii: "\n"))
    }

    /// Appends a value and blanks up to a width.
    private static func column(_ line: inout LineBuffer, _ width: Int, _ write: (inout LineBuffer) -> Void) {
        let start = line.bytes.count
        write(&line)
        line.pad(from: start, to: width)
    }

    // MARK: - JSON

    /// Appends one JSON object; what there is not is `null`.
    package func writeJSON(_ line: inout LineBuffer) {
        line.append("{\"time\":\"")
        line.appendTime(self.time)
        line.append("\",\"status\":")
        if let status = self.record.status { line.append(status) } else { line.append("null") }
        line.append(",\"outcome\":\"")
        line.append(self.record.outcome.rawValue)
        line.append("\",\"method\":")
        Self.string(&line, self.method.isEmpty ? nil : self.method)
        line.append(",\"path\":")
        Self.string(&line, self.path.isEmpty ? nil : self.path)
        line.append(",\"model\":")
        Self.string(&line, self.record.model?.description.utf8)
        line.append(",\"wait_ms\":")
        Self.milliseconds(&line, self.wait, none: "null")
        line.append(",\"first_byte_ms\":")
        Self.milliseconds(&line, self.firstByte, none: "null")
        line.append(",\"total_ms\":")
        Self.milliseconds(&line, self.total, none: "null")
        line.append(",\"bytes_in\":")
        line.append(self.record.bytesIn)
        line.append(",\"bytes_out\":")
        line.append(self.record.bytesOut)
        line.append(",\"chunks\":")
        line.append(self.record.chunks)
        line.append(",\"client\":")
        Self.string(&line, self.record.client.name.utf8)
        line.append(",\"class\":")
        if self.record.isQueued {
            line.append(UInt8(ascii: "\""))
            line.append(self.requestClass)
            line.append(UInt8(ascii: "\""))
        } else {
            line.append("null")
        }
        line.append(",\"backend\":")
        Self.string(&line, self.backend?.utf8)
        line.append(",\"id\":")
        Self.string(&line, self.record.id.utf8)
        line.append(",\"code\":")
        Self.string(&line, self.record.code?.utf8)
        line.append("}\n")
    }

    private static func string(_ line: inout LineBuffer, _ text: (some Collection<UInt8>)?) {
        if let text { line.appendQuoted(text) } else { line.append("null") }
    }

    // MARK: - Values

    private var method: ArraySlice<UInt8> { self.record.methodAndPath.prefix { $0 != UInt8(ascii: " ") } }

    private var path: ArraySlice<UInt8> { self.record.methodAndPath.dropFirst(self.method.count + 1) }

    private var requestClass: String { self.record.isQueued ? self.record.requestClass.name : "-" }

    private var wait: Int64? {
        self.record.arrived.map { (self.record.started ?? self.record.ended).nanoseconds - $0.nanoseconds }
    }

    private var firstByte: Int64? {
        guard let started = self.record.started, let firstByte = self.record.firstByte else { return nil }
        return firstByte.nanoseconds - started.nanoseconds
    }

    private var total: Int64? { self.record.ended.nanoseconds - self.record.began.nanoseconds }

    /// Appends a time in milliseconds, to a tenth.
    private static func milliseconds(_ line: inout LineBuffer, _ nanoseconds: Int64?, none: StaticString) {
        if let nanoseconds { line.append((nanoseconds + 50_000) / 100_000, decimals: 1) } else { line.append(none) }
    }
}
