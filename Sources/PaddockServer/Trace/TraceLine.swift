// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
package import PaddockProxy

/// The lines of a trace: one for each request that came to the admission (contract section 15).
package enum TraceLine {
    /// Whether a trace has a line for a request.
    package static func isDue(for record: ExchangeRecord) -> Bool { record.isArrival && record.outcome != .refused }

    /// Appends the line of a request for which one is due, without its line break.
    ///
    /// - Parameters:
    ///   - line: where to append.
    ///   - record: what became of the request.
    ///   - offset: what an instant lacks to be nanoseconds since 1970.
    ///   - backend: the URL of its backend.
    package static func write(_ line: inout LineBuffer, _ record: ExchangeRecord, offset: Int64, backend: String?) {
        for field in TraceField.allCases {
            line.append(field == TraceField.allCases.first ? "{" : ",")
            line.appendQuoted(field.rawValue)
            line.append(":")
            switch field {
            case .arrived: Self.seconds(&line, record.arrived.map { $0.nanoseconds + offset })
            case .id: line.appendQuoted(record.id)
            case .model: Self.text(&line, record.model?.description)
            case .client: line.appendQuoted(record.client.name)
            case .requestClass: line.appendQuoted(record.requestClass.name)
            case .weight:
                let weight = record.client.weight
                line.append(plain: weight == weight.rounded() ? String(Int(weight)) : "\(weight)")
            case .stream: line.append(record.expectsStream ? "true" : "false")
            case .deadline:
                let deadline = record.began.advanced(by: record.timeout)
                Self.seconds(&line, record.arrived.map { deadline.nanoseconds - $0.nanoseconds })
            case .stated: line.append(record.isTimeoutStated ? "true" : "false")
            case .wait: Self.seconds(&line, record.waitNanoseconds)
            case .firstByte: Self.seconds(&line, record.firstByteNanoseconds)
            case .processing: Self.seconds(&line, record.processingNanoseconds)
            case .outcome: line.appendQuoted(record.outcome.rawValue)
            case .status: if let status = record.status { line.append(status) } else { line.append("null") }
            case .backend: Self.text(&line, backend)
            }
        }
        line.append("}")
    }

    private static func text(_ line: inout LineBuffer, _ text: String?) {
        if let text { line.appendQuoted(text) } else { line.append("null") }
    }

    /// Appends seconds to a millionth.
    private static func seconds(_ line: inout LineBuffer, _ nanoseconds: Int64?) {
        guard let nanoseconds else { return line.append("null") }
        // A deadline that had passed on arrival is now.
        line.append((max(0, nanoseconds) + 500) / 1_000, decimals: 6)
    }
}
