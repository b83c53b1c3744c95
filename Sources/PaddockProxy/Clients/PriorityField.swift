// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import RawStructuredFieldValues

/// The `Priority` header (RFC 9218 §4): a dictionary whose `u` is the urgency, 0 to 7.
enum PriorityField {
    /// The urgencies that are batch.
    private static let batchUrgencies: ClosedRange<Int64> = 5...7

    /// The class that a value asks for; interactive where it says nothing, or is malformed.
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
