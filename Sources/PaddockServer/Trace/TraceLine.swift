// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
package import PaddockProxy

/// One line of a trace: a request that reached a queue (contract section 15).
package struct TraceLine {
    private let record: ExchangeRecord
    private let arrived: Instant
    private let model: ModelName
    private let time: Int64
    private let backend: String?

    /// Whether a trace has a line for a request: it came before the admission.
    package static func isDue(for record: ExchangeRecord) -> Bool {
        record.isArrival && record.outcome != .refused
    }

    /// The line of a request; nil for one that never came before the admission.
    ///
    /// - Parameters:
    ///   - record: what became of the request.
    ///   - offset: what an instant needs to become nanoseconds since 1970.
    ///   - backend: the URL of its backend.
    package init?(_ record: ExchangeRecord, offset: Int64, backend: String?) {
        guard Self.isDue(for: record), let arrived = record.arrived, let model = record.model else { return nil }
        self.record = record
        self.arrived = arrived
        self.model = model
        self.time = arrived.nanoseconds + offset
        self.backend = backend
    }

    /// Appends the line, without its line break.
    package func write(_ line: inout LineBuffer) {
        let record = self.record
        line.append("{\"arrived\":")
        Self.seconds(&line, self.time)
        line.append(",\"id\":")
        line.appendQuoted(record.id)
        line.append(",\"model\":")
        line.appendQuoted(self.model.description)
        line.append(",\"client\":")
        line.appendQuoted(record.client.name)
        line.append(",\"class\":\"")
        line.append(plain: record.requestClass.name)
        line.append("\",\"weight\":")
        let weight = record.client.weight
        line.append(plain: weight == weight.rounded() ? String(Int(weight)) : "\(weight)")
        line.append(",\"stream\":")
        line.append(record.expectsStream ? "true" : "false")
        line.append(",\"deadline\":")
        Self.seconds(&line, self.arrived.duration(to: record.began.advanced(by: record.timeout)).wholeNanoseconds)
        line.append(",\"stated\":")
        line.append(record.isTimeoutStated ? "true" : "false")
        line.append(",\"wait\":")
        Self.seconds(&line, (record.started ?? record.ended).nanoseconds - self.arrived.nanoseconds)
        line.append(",\"first_byte\":")
        Self.seconds(&line, record.firstByteTime?.wholeNanoseconds)
        line.append(",\"processing\":")
        Self.seconds(&line, record.processingTime?.wholeNanoseconds)
        line.append(",\"outcome\":\"")
        line.append(plain: record.outcome.rawValue)
        line.append("\",\"status\":")
        if let status = record.status { line.append(status) } else { line.append("null") }
        line.append(",\"backend\":")
        if let backend = self.backend { line.appendQuoted(backend) } else { line.append("null") }
        line.append(UInt8(ascii: "}"))
    }

    /// Appends seconds to a millionth.
    private static func seconds(_ line: inout LineBuffer, _ nanoseconds: Int64?) {
        guard let nanoseconds else { return line.append("null") }
        // A deadline that had passed on arrival is now.
        line.append((max(0, nanoseconds) + 500) / 1_000, decimals: 6)
    }
}

extension Duration {
    fileprivate var wholeNanoseconds: Int64 { Instant(nanoseconds: 0).advanced(by: self).nanoseconds }
}
