// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Finds the key, or the command, that an unknown name was meant to be.
package enum NearestKey {
    /// The key of the spelling nearest to a name, or `nil` if none is near.
    ///
    /// Case, dashes and underscores do not count. A spelling that holds the name, or that the name holds, is as near
    /// as two mistyped letters; farther than two letters or a third of the name is not near.
    package static func find(_ name: String, among spellings: [(name: String, key: String)]) -> String? {
        let name = Self.folded(name)
        guard (1...64).contains(name.count) else { return nil }
        var best: (key: String, distance: Int)?
        for spelling in spellings {
            let candidate = Self.folded(spelling.name)
            var distance = Self.distance(name, candidate)
            if Self.contains(candidate, name) || Self.contains(name, candidate) {
                distance = min(distance, 2)
            }
            if distance <= max(2, name.count / 3), distance < best?.distance ?? .max {
                best = (spelling.key, distance)
            }
        }
        return best?.key
    }

    /// The letters and digits of a name, in lower case.
    private static func folded(_ name: String) -> [Character] {
        name.lowercased().filter { $0.isLetter || $0.isNumber }.prefix(65).map(\.self)
    }

    /// Whether a name of some length is part of another.
    private static func contains(_ whole: [Character], _ part: [Character]) -> Bool {
        part.count >= 4 && String(whole).contains(String(part))
    }

    /// How many letters must be added, dropped, changed or swapped with their neighbour to turn one name into another.
    private static func distance(_ from: [Character], _ to: [Character]) -> Int {
        var rows = [Array(0...to.count)]
        for (i, letter) in from.enumerated() {
            var row = [i + 1]
            for (j, other) in to.enumerated() {
                var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (letter == other ? 0 : 1))
                if i > 0, j > 0, letter == to[j - 1], from[i - 1] == other {
                    cost = min(cost, rows[i - 1][j - 1] + 1)
                }
                row.append(cost)
            }
            rows.append(row)
        }
        return rows[from.count][to.count]
    }
}
