// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Rows in columns that know how to fit a terminal.
///
/// Every cell is escaped here, so that no command can forget it.
struct Table: Equatable {
    enum Alignment { case left, right }

    /// A column and what may become of it where the terminal is narrow.
    struct Column: Equatable {
        let title: String
        var alignment = Alignment.right
        /// The columns of highest rank are left out first; rank 0 always stays.
        var rank = 0
        /// Whether its cells may be cut.
        var isFlexible = false
    }

    let columns: [Column]
    private(set) var rows: [[String]]

    init(_ columns: [Column], rows: [[String]] = []) {
        self.columns = columns
        self.rows = []
        for row in rows { self.append(row) }
    }

    /// Adds a row.
    ///
    /// - Parameter row: A cell for each column.
    mutating func append(_ row: [String]) {
        precondition(row.count == self.columns.count, "a row has a cell for each column")
        self.rows.append(row.map(\.escapedForTerminal))
    }

    /// The title line and the rows.
    ///
    /// - Parameters:
    ///   - width: The columns of the terminal, or `nil` where nothing need fit.
    ///   - keepsNumbers: Whether columns that there is no room for follow in a table below, with the first column, if they have
    ///     anything in them but zeros. Defaults to no: they are left out.
    func lines(width: Int? = nil, keepsNumbers: Bool = false) -> [String] {
        let (kept, widths) = self.layout(width: width ?? .max)
        let left = self.columns.indices.filter { !kept.contains($0) && self.hasNumbers($0) }
        guard keepsNumbers, kept.first == 0, !left.isEmpty else { return self.lines(kept, widths, width) }
        var columns = [self.columns[0]] + left.map { self.columns[$0] }
        // One at least is shown, and so there is an end.
        columns[1].rank = 0
        let rest = Table(columns, rows: self.rows.map { row in [row[0]] + left.map { row[$0] } })
        return self.lines(kept, widths, width) + [""] + rest.lines(width: width, keepsNumbers: true)
    }

    /// Whether any cell of a column has something to tell.
    private func hasNumbers(_ column: Int) -> Bool {
        self.rows.contains { !["0", "-", "", "0 ms"].contains($0[column]) }
    }

    private func lines(_ kept: [Int], _ widths: [Int], _ width: Int?) -> [String] {
        ([self.columns.map(\.title)] + self.rows).map { row in
            var line = ""
            for (index, column) in kept.enumerated() {
                if index > 0 { line += Self.gap }
                let cell = row[column].cut(to: widths[index])
                line += cell.padded(to: widths[index], alignment: self.columns[column].alignment)
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line.cut(to: width ?? .max)
        }
    }

    /// How wide it is where nothing need fit.
    var width: Int {
        self.naturalWidths.reduce(0, +) + Self.gap.count * max(0, self.columns.count - 1)
    }

    private var naturalWidths: [Int] {
        self.columns.indices.map { index in
            self.rows.reduce(self.columns[index].title.columns) { max($0, $1[index].columns) }
        }
    }

    /// Which columns are shown, and how wide: cells are cut first, then columns are left out.
    private func layout(width: Int) -> (kept: [Int], widths: [Int]) {
        let natural = self.naturalWidths
        var kept = Array(self.columns.indices)
        while true {
            var widths = kept.map { natural[$0] }
            var excess = widths.reduce(0, +) + Self.gap.count * (kept.count - 1) - width
            for (index, column) in kept.enumerated() where excess > 0 && self.columns[column].isFlexible {
                let cut = min(excess, max(0, widths[index] - Self.narrowest))
                widths[index] -= cut
                excess -= cut
            }
            let rank = kept.map { self.columns[$0].rank }.max() ?? 0
            guard excess > 0, rank > 0, let last = kept.lastIndex(where: { self.columns[$0].rank == rank }) else {
                return (kept, widths)
            }
            kept.remove(at: last)
        }
    }

    private static let gap = "  "

    /// How far a cell may be cut.
    private static let narrowest = 12
}

extension String {
    /// The text with blanks on one side, so that it takes so many columns.
    func padded(to columns: Int, alignment: Table.Alignment = .left) -> String {
        let blanks = String(repeating: " ", count: max(0, columns - self.columns))
        return alignment == .left ? self + blanks : blanks + self
    }
}
