// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Numbers as people read them.
enum NumberText {
    /// A time, such as `0 ms`, `45 ms`, `2.35 s`, `12 min`.
    ///
    /// - Parameter milliseconds: The time, or `nil` where there is none.
    static func time(milliseconds: Double?) -> String {
        guard let milliseconds, milliseconds.isFinite else { return "-" }
        switch milliseconds {
        case ..<0.005: return "0 ms"
        case ..<9.995: return "\(Self.decimals(milliseconds, 2)) ms"
        case ..<999.5: return "\(Self.decimals(milliseconds, 0)) ms"
        case ..<9_995: return "\(Self.decimals(milliseconds / 1000, 2)) s"
        case ..<99_950: return "\(Self.decimals(milliseconds / 1000, 1)) s"
        case ..<600_000: return "\(Self.decimals(milliseconds / 1000, 0)) s"
        default: return "\(Self.decimals(milliseconds / 60_000, 0)) min"
        }
    }

    /// A share, such as `83 %`; `-` if it is not known.
    static func share(_ share: Double?) -> String {
        share.map { "\(Int(($0 * 100).rounded())) %" } ?? "-"
    }

    /// A rate, such as `0`, `0.25`, `12.3`, `456`; `-` where it is not known.
    static func rate(_ perSecond: Double?) -> String {
        guard let perSecond, perSecond.isFinite else { return "-" }
        switch perSecond {
        case ..<0.005: return "0"
        case ..<9.995: return Self.decimals(perSecond, 2)
        case ..<99.95: return Self.decimals(perSecond, 1)
        default: return Self.decimals(perSecond, 0)
        }
    }

    /// A number of bytes, such as `512 B`, `1.5 KiB`, `3.2 GiB`.
    static func bytes(_ count: Int) -> String {
        guard count >= 1024 else { return "\(count) B" }
        var value = Double(count)
        var unit = 0
        while value >= 1023.95, unit < Self.units.count - 1 {
            value /= 1024
            unit += 1
        }
        return "\(Self.decimals(value, 1)) \(Self.units[unit])"
    }

    /// A number with so many decimals.
    static func decimals(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "-" }
        var factor = 1
        for _ in 0..<decimals { factor *= 10 }
        let scaled = Int((abs(value) * Double(factor)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(scaled)" }
        let fraction = String(scaled % factor)
        return "\(sign)\(scaled / factor)." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }

    private static let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
}
