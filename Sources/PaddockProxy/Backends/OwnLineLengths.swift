// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How long the lines of a request's head are that one backend alone gets, at most, in bytes.
struct OwnLineLengths {
    /// The longest `Host` line.
    var host = 0
    /// The longest line with a key.
    var key = 0

    /// Whether any backend has a key of its own.
    var hasKeys: Bool { self.key > 0 }

    init(host: Int) { self.host = host }

    init(_ backends: [Backend]) {
        self.host = backends.map(\.hostLine.utf8.count).max() ?? 0
        self.key = backends.compactMap { $0.keyLine?.utf8.count }.max() ?? 0
    }
}
