// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockHTTP
internal import RawStructuredFieldValues

/// The `Priority` header (RFC 9218 §4): a dictionary whose `u` is the urgency, 0 to 7.
enum PriorityField {
    /// The urgencies that are batch.
    private static let batchUrgencies: ClosedRange<Int64> = 5...7
    /// The most bytes that all `Priority` fields of a head may have together; longer ones are ignored, as the cost of reading them
    /// costs grows with the square of its length. What browsers and libraries send has ten.
    static let maxBytes = 256

    /// The class that a head asks for; interactive if it names none, or its `Priority` is malformed.
    static func requestClass(_ head: borrowing MessageHead, _ bytes: Span<UInt8>) -> RequestClass {
        // All fields as one list (RFC 9110 §5.3).
        var joined: [UInt8] = []
        for field in head.fields where field.kind == .priority {
            if !joined.isEmpty { joined.append(UInt8(ascii: ",")) }
            guard joined.count + Int(field.value.count) <= Self.maxBytes else { return .interactive }
            for index in field.value.lowerBound..<field.value.upperBound { joined.append(bytes[index]) }
        }
        return self.requestClass(joined)
    }

    /// The class that a value asks for; interactive if it names none, or is malformed.
    ///
    /// - Parameter value: the values of all `Priority` fields, joined with commas.
    static func requestClass(_ value: [UInt8]) -> RequestClass {
        var parser = StructuredFieldValueParser(value)
        guard let fields = try? parser.parseDictionaryFieldValue(), case .item(let item)? = fields["u"],
            case .integer(let urgency) = item.rfc9651BareItem, Self.batchUrgencies ~= urgency
        else { return .interactive }
        return .batch
    }
}
