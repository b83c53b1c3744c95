// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What a request asks of the runner that serves it: of the options in its body those that Ollama loads a model anew for if the runner
/// has others (`needsReload` in its scheduler).
///
/// Two requests whose options are equal share a runner. A request that names none gets what the host takes by itself; Ollama also loads
/// anew for such a request if the runner has a `num_ctx` that another request named. Values are as Ollama takes them: rounded toward zero,
/// a `num_ctx` of 4 at least. What means the same as no value is none: a negative `num_gpu`, a `num_thread` of 0, a `shift` of true.
///
/// However large or odd the values of a body are, this is a small value of fixed size, and its text is bounded.
@usableFromInline
package struct RunnerOptions: Hashable, Sendable {
    /// The options, in the order in which they are written.
    package enum Name: Int, CaseIterable, Sendable {
        case contextLength
        case batch
        case gpuLayers
        case mainGPU
        case usesMMap
        case threads
        case draftTokens
        case contextShift

        /// How the option is written in a body.
        package var key: String {
            switch self {
            case .contextLength: "num_ctx"
            case .batch: "num_batch"
            case .gpuLayers: "num_gpu"
            case .mainGPU: "main_gpu"
            case .usesMMap: "use_mmap"
            case .threads: "num_thread"
            case .draftTokens: "draft_num_predict"
            case .contextShift: "shift"
            }
        }

        /// Whether its value is true or false, which count as 1 and 0.
        package var isBoolean: Bool { self == .usesMMap || self == .contextShift }
    }

    /// The least `num_ctx` that Ollama gives a runner.
    package static let leastContextLength: Int32 = 4

    @usableFromInline var first: SIMD4<Int32>
    @usableFromInline var second: SIMD4<Int32>
    /// One bit for each option that is named, that of the first option lowest.
    @usableFromInline var named: UInt8

    /// No option is named.
    @inlinable
    package init() {
        self.first = SIMD4()
        self.second = SIMD4()
        self.named = 0
    }

    /// Whether no option is named.
    @inlinable
    package var isEmpty: Bool { self.named == 0 }

    /// The value of an option, nil if the body does not name it.
    ///
    /// What is set is normalised, so another value may be read, or none. Values beyond the range of 32 bits are to be cut to it.
    package subscript(name: Name) -> Int32? {
        get {
            guard self.named & 1 << name.rawValue != 0 else { return nil }
            return name.rawValue < 4 ? self.first[name.rawValue] : self.second[name.rawValue - 4]
        }
        set {
            let value = newValue.flatMap { Self.normalised($0, name) }
            self.named = self.named & ~(1 << name.rawValue) | (value == nil ? 0 : 1 << name.rawValue)
            // One that is not named has the value 0, so that equal options have equal bytes.
            if name.rawValue < 4 {
                self.first[name.rawValue] = value ?? 0
            } else {
                self.second[name.rawValue - 4] = value ?? 0
            }
        }
    }

    private static func normalised(_ value: Int32, _ name: Name) -> Int32? {
        switch name {
        case .contextLength: max(value, Self.leastContextLength)
        case .gpuLayers: value < 0 ? nil : value
        case .threads: value == 0 ? nil : value
        case .contextShift: value == 0 ? 0 : nil
        case .batch, .mainGPU, .usesMMap, .draftTokens: value
        }
    }

    /// Whether two requests ask for the same runner.
    @inlinable
    package static func == (left: RunnerOptions, right: RunnerOptions) -> Bool {
        left.named == right.named && left.first == right.first && left.second == right.second
    }
}

extension RunnerOptions: CustomStringConvertible {
    /// The options as they are shown, such as `num_ctx=8192 use_mmap=false`; empty if none is named.
    ///
    /// It has at most 200 characters.
    @usableFromInline package var description: String {
        Name.allCases.compactMap { name in
            self[name].map { value in "\(name.key)=" + (name.isBoolean ? "\(value != 0)" : "\(value)") }
        }.joined(separator: " ")
    }
}
