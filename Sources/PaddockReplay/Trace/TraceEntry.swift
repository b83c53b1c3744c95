// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase

/// The fields of a line of a trace, in their order: what the writer and the reader call them (contract section 15).
package enum TraceField: String, CaseIterable, Sendable {
    case arrived, id, model, client
    case requestClass = "class"
    case weight, stream, deadline, stated, wait
    case firstByte = "first_byte"
    case load
    case chosenBy = "chosen_by"
    case processing, outcome, status
    case tokensIn = "tokens_in"
    case tokensOut = "tokens_out"
    case backend
}

/// A line of a trace about a request. Times are in nanoseconds; nil is `null`, or not there.
package struct TraceEntry: Equatable {
    /// When it arrived, since 1970.
    package var arrived: Int64?
    /// Its id; a reader leaves it out.
    package var id: String?
    /// The name of its model.
    package var model: String?
    /// The name of its client.
    package var client: String?
    /// Its class.
    package var requestClass: RequestClass?
    /// The weight of its client, 0.01 to 100.
    package var weight = 1.0
    /// Whether its reply was expected to be a stream.
    package var isStream = false
    /// When it times out if its reply has not begun, since its arrival.
    package var deadline: Int64?
    /// Whether its client stated it.
    package var isStated = false
    /// How long it waited for its slot, or in vain.
    package var wait: Int64?
    /// From the slot to the first byte of its reply.
    package var firstByte: Int64?
    /// How long its backend waited for its runner, as that said itself.
    package var load: Int64?
    /// The rule that gave it its slot; a reader leaves it out.
    package var chosenBy: String?
    /// How long it held its slot.
    package var processing: Int64?
    /// How it ended.
    package var outcome: Ending?
    /// The status that its client got.
    package var status: Int?
    /// Tokens of its prompt.
    package var tokensIn: Int?
    /// Tokens of its answer.
    package var tokensOut: Int?
    /// The URL of its backend.
    package var backend: String?

    /// Makes an empty entry.
    package init() {}

    /// Reads a line.
    ///
    /// - Parameter line: the bytes, without the line break.
    /// - Returns: nil if it is not a JSON object, lacks `arrived`, `model`, `client`, `class`, `wait` or `outcome`, or a
    ///   value of it is out of range.
    package init?(_ line: Span<UInt8>) {
        var scanner = TraceLineScanner()
        guard scanner.readObject(line, { key, scanner in self.read(key, line, &scanner) }),
            self.arrived != nil, self.wait != nil, self.requestClass != nil, self.outcome != nil,
            let model = self.model, (1...256).contains(model.utf8.count), let client = self.client,
            client.utf8.count <= 512
        else { return nil }
    }

    private mutating func read(_ key: String, _ line: Span<UInt8>, _ scanner: inout TraceLineScanner) -> Bool {
        switch TraceField(rawValue: key) {
        case .arrived: return Self.set(&self.arrived, scanner.time(line, atMost: TraceLineScanner.lastArrival))
        case .wait: return Self.set(&self.wait, scanner.time(line))
        case .deadline: return scanner.isNull(line) || Self.set(&self.deadline, scanner.time(line))
        case .firstByte: return scanner.isNull(line) || Self.set(&self.firstByte, scanner.time(line))
        case .load: return scanner.isNull(line) || Self.set(&self.load, scanner.time(line))
        case .processing: return scanner.isNull(line) || Self.set(&self.processing, scanner.time(line))
        case .model: return Self.set(&self.model, scanner.string(line))
        case .client: return Self.set(&self.client, scanner.string(line))
        case .requestClass:
            let name = scanner.string(line)
            return Self.set(&self.requestClass, RequestClass.allCases.first { $0.name == name })
        case .outcome: return Self.set(&self.outcome, scanner.string(line).flatMap { Ending(arrivalRawValue: $0) })
        case .stream: return Self.set(&self.isStream, scanner.bool(line))
        case .stated: return Self.set(&self.isStated, scanner.bool(line))
        case .weight:
            guard let weight = scanner.number(line), (0.01...100).contains(weight) else { return false }
            self.weight = weight
            return true
        case .status:
            if scanner.isNull(line) { return true }
            guard let status = scanner.number(line), (100...999).contains(status) else { return false }
            self.status = Int(status)
            return true
        case .tokensIn: return scanner.isNull(line) || Self.set(&self.tokensIn, scanner.count(line))
        case .tokensOut: return scanner.isNull(line) || Self.set(&self.tokensOut, scanner.count(line))
        case .backend:
            var text = scanner
            self.backend = text.string(line)
            return scanner.skipValue(line)
        case .id, .chosenBy, nil: return scanner.skipValue(line)
        }
    }

    private static func set<Value>(_ field: inout Value, _ value: Value?) -> Bool {
        guard let value else { return false }
        field = value
        return true
    }

    private static func set<Value>(_ field: inout Value?, _ value: Value?) -> Bool {
        guard let value else { return false }
        field = value
        return true
    }
}
