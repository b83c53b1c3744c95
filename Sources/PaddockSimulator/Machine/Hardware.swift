// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The speed and size of the simulated machine, in the units in which the state machine counts.
struct Hardware: Equatable, Sendable {
    /// Nanoseconds to read one token of a prompt; 0 is instant.
    var prefillNanoseconds: Double
    /// Nanoseconds to produce one token while one slot is busy; 0 is instant.
    var decodeNanoseconds: Double
    /// How much longer a token takes for each further busy slot, as a share of `decodeNanoseconds`.
    var slowdown: Double
    /// Nanoseconds to load a model; 0 is instant.
    var loadNanoseconds: Int64
    /// Slots of a loaded model that is no embedding model.
    var slotsPerModel: Int
    /// Models loaded at the same time.
    var maxLoadedModels: Int
    /// Context length of a model that is loaded for a request that names none.
    var contextLength: Int
    /// Applies to models whose requests say nothing.
    var keepAlive: KeepAlive
    /// Bytes of all loaded models together; `nil` is no limit. A model that is larger is loaded alone.
    var memory: Int64?
    /// Nanoseconds to load one byte, in place of `loadNanoseconds`.
    var loadNanosecondsPerByte: Double?
    /// The standard deviation of the logarithm of load times.
    var jitter = 0.0
    /// Makes load times repeatable.
    var seed: UInt64 = 0
    /// Requests that may wait for models that are not loaded, behind the one whose model is next.
    var maxQueue = 512
    /// What happens to requests for a model that is to make room.
    var victims = VictimRule.closed
    /// Which loaded model fits a request that names no options.
    var optionsRule = OptionsRule.any
    /// How many times as long everything takes.
    var pace = 1.0

    func prefillTime(tokens: Int) -> Int64 {
        Self.wholeNanoseconds(Double(tokens) * self.prefillNanoseconds * self.pace)
    }

    func decodeTime(busySlots: Int) -> Int64 {
        Self.wholeNanoseconds(self.decodeNanoseconds * self.pace * (1 + self.slowdown * Double(max(0, busySlots - 1))))
    }

    /// Rounds and clamps to a little under 32 years, so that sums of instants and durations cannot overflow.
    private static func wholeNanoseconds(_ value: Double) -> Int64 {
        Int64(min(max(value, 0), 1e18).rounded())
    }
}
