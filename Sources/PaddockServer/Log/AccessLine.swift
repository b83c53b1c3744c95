// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockHTTP
package import PaddockProxy

/// One line of the access log. The order of its fields is that of both formats.
///
/// The record is only lent, as a copy of it would cost as much as the line.
package enum AccessLine {
    // MARK: - Text

    /// Appends `key=value` pairs; what there is not is `-`.
    ///
    /// - Parameters:
    ///   - line: where to append.
    ///   - record: what became of the request.
    ///   - time: when it ended, in nanoseconds since 1970.
    ///   - clock: how the last time was written.
    ///   - backend: the URL of its backend.
    package static func writeText(
        _ line: inout LineBuffer,
        _ record: ExchangeRecord,
        time: Int64,
        clock: inout LineClock,
        backend: [UInt8]?
    ) {
        line.append("time=")
        line.appendTime(time, &clock)
        line.append(" status=")
        Self.column(&line, 3) { if let status = record.status { $0.append(status) } else { $0.append("-") } }
        line.append(" outcome=")
        Self.column(&line, 9) { $0.append(plain: record.outcome.rawValue) }
        line.append(" method=")
        record.requestLine.withParts { method, path in
            Self.column(&line, 4) { $0.appendValue(method) }
            line.append(" path=")
            Self.column(&line, 20) { $0.appendValue(path) }
        }
        line.append(" model=")
        Self.column(&line, 12) { $0.appendValue(record.model?.description ?? "") }
        line.append(" wait_ms=")
        Self.column(&line, 8) { Self.milliseconds(&$0, Self.wait(record), none: "-") }
        line.append(" first_byte_ms=")
        Self.column(&line, 8) { Self.milliseconds(&$0, Self.firstByte(record), none: "-") }
        line.append(" total_ms=")
        Self.column(&line, 8) { Self.milliseconds(&$0, Self.total(record), none: "-") }
        line.append(" bytes_in=")
        Self.column(&line, 6) { $0.append(record.bytesIn) }
        line.append(" bytes_out=")
        Self.column(&line, 7) { $0.append(record.bytesOut) }
        line.append(" chunks=")
        Self.column(&line, 4) { $0.append(record.chunks) }
        line.append(" client=")
        Self.column(&line, 15) { $0.appendValue(record.client.name) }
        line.append(" class=")
        Self.column(&line, 11) { $0.append(plain: Self.requestClass(record) ?? "-") }
        line.append(" backend=")
        if let backend { line.append(backend) } else { line.append(UInt8(ascii: "-")) }
        line.append(" id=")
        // Ids and codes are plain by their making.
        line.append(plain: record.id)
        line.append(" code=")
        line.append(plain: record.code ?? "-")
    }

    /// Appends a value and blanks up to a width.
    private static func column(_ line: inout LineBuffer, _ width: Int, _ write: (inout LineBuffer) -> Void) {
        let start = line.count
        write(&line)
        line.pad(from: start, to: width)
    }

    // MARK: - JSON

    /// Appends one JSON object; what there is not is `null`.
    ///
    /// - Parameters:
    ///   - line: where to append.
    ///   - record: what became of the request.
    ///   - time: when it ended, in nanoseconds since 1970.
    ///   - clock: how the last time was written.
    ///   - backend: the URL of its backend.
    package static func writeJSON(
        _ line: inout LineBuffer,
        _ record: ExchangeRecord,
        time: Int64,
        clock: inout LineClock,
        backend: [UInt8]?
    ) {
        line.append("{\"time\":\"")
        line.appendTime(time, &clock)
        line.append("\",\"status\":")
        if let status = record.status { line.append(status) } else { line.append("null") }
        line.append(",\"outcome\":")
        line.appendQuoted(record.outcome.rawValue)
        line.append(",\"method\":")
        record.requestLine.withParts { method, path in
            if method.isEmpty { line.append("null") } else { line.appendQuoted(method) }
            line.append(",\"path\":")
            if path.isEmpty { line.append("null") } else { line.appendQuoted(path) }
        }
        line.append(",\"model\":")
        Self.string(&line, record.model?.description)
        line.append(",\"wait_ms\":")
        Self.milliseconds(&line, Self.wait(record), none: "null")
        line.append(",\"first_byte_ms\":")
        Self.milliseconds(&line, Self.firstByte(record), none: "null")
        line.append(",\"total_ms\":")
        Self.milliseconds(&line, Self.total(record), none: "null")
        line.append(",\"bytes_in\":")
        line.append(record.bytesIn)
        line.append(",\"bytes_out\":")
        line.append(record.bytesOut)
        line.append(",\"chunks\":")
        line.append(record.chunks)
        line.append(",\"client\":")
        line.appendQuoted(record.client.name)
        line.append(",\"class\":")
        Self.string(&line, Self.requestClass(record))
        line.append(",\"backend\":")
        if let backend {
            backend.withUnsafeBufferPointer { line.appendQuoted($0) }
        } else {
            line.append("null")
        }
        line.append(",\"id\":")
        line.appendQuoted(record.id)
        line.append(",\"code\":")
        Self.string(&line, record.code)
        line.append(UInt8(ascii: "}"))
    }

    private static func string(_ line: inout LineBuffer, _ text: String?) {
        if let text { line.appendQuoted(text) } else { line.append("null") }
    }

    // MARK: - Values

    private static func requestClass(_ record: ExchangeRecord) -> String? {
        record.isQueued ? record.requestClass.name : nil
    }

    private static func wait(_ record: ExchangeRecord) -> Int64? {
        record.arrived.map { (record.started ?? record.ended).nanoseconds - $0.nanoseconds }
    }

    private static func firstByte(_ record: ExchangeRecord) -> Int64? {
        guard let started = record.started, let firstByte = record.firstByte else { return nil }
        return firstByte.nanoseconds - started.nanoseconds
    }

    private static func total(_ record: ExchangeRecord) -> Int64 {
        record.ended.nanoseconds - record.began.nanoseconds
    }

    /// Appends a time in milliseconds, to a tenth.
    private static func milliseconds(_ line: inout LineBuffer, _ nanoseconds: Int64?, none: StaticString) {
        if let nanoseconds { line.append((nanoseconds + 50_000) / 100_000, decimals: 1) } else { line.append(none) }
    }
}
