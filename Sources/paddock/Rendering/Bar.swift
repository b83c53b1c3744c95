// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A bar that shows how full something is.
struct Bar: Equatable {
    /// What is there.
    let value: Int
    /// What fits; 0 where nothing does.
    let limit: Int

    /// The bar.
    ///
    /// - Parameters:
    ///   - width: Its columns.
    ///   - isPlain: Whether only ASCII may be used.
    func text(width: Int, isPlain: Bool) -> String {
        guard width > 0 else { return "" }
        let full = self.filled(width)
        return String(repeating: isPlain ? "#" : "█", count: full)
            + String(repeating: isPlain ? "." : "░", count: width - full)
    }

    /// The bar with the numbers behind it, such as `███░░░ 5/16`.
    func labelled(width: Int, isPlain: Bool) -> String {
        let label = "\(self.value)/\(self.limit)"
        return width > 0 ? self.text(width: width, isPlain: isPlain) + " " + label : label
    }

    /// Something shows as something, and only what is full shows as full.
    private func filled(_ width: Int) -> Int {
        if self.value <= 0 { return 0 }
        if self.value >= self.limit { return width }
        let share = Double(self.value) / Double(self.limit) * Double(width)
        return min(max(Int(share.rounded()), 1), max(width - 1, 1))
    }
}
