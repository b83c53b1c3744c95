// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// An optional value that takes no more memory than the value itself, as one value that never occurs means nil.
///
/// `Optional` takes eight bytes more, and each request that waits has a dozen of them.
@propertyWrapper
struct Compact<Value: CompactValue> {
    private var stored: Value

    /// - Parameter wrappedValue: the value that it begins with.
    init(wrappedValue: Value?) { self.stored = wrappedValue ?? Value.never }

    var wrappedValue: Value? {
        get { self.stored == Value.never ? nil : self.stored }
        set { self.stored = newValue ?? Value.never }
    }
}

/// A type with a value that never occurs.
protocol CompactValue: Equatable {
    /// The value that never occurs.
    static var never: Self { get }
}

extension Int: CompactValue {
    static var never: Int { .min }
}

extension Instant: CompactValue {
    static var never: Instant { Instant(nanoseconds: .min) }
}

extension Nanoseconds: CompactValue {
    static var never: Nanoseconds { Nanoseconds(.min) }
}
