// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockServer

/// What a command has to say: blocks for people, one value for programs.
struct Report {
    enum Block {
        /// Lines as they are; what clients chose must be escaped in them.
        case text(String)
        case table(Table)
    }

    var blocks: [Block]
    let json: OrderedJSON

    /// The blocks as lines, with an empty line between them.
    ///
    /// - Parameter width: The columns of the terminal, or `nil` where nothing need fit.
    func lines(width: Int?) -> [String] {
        self.blocks.map { block in
            switch block {
            case .text(let text): [text.cut(to: width ?? .max)]
            case .table(let table): table.lines(width: width)
            }
        }
        .reduce(into: []) { lines, block in lines += (lines.isEmpty ? [] : [""]) + block }
    }
}
