// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How the stub answers one request; the request's query says so, because a proxy passes that through as it came.
///
/// `/api/generate?stub=lines&count=128` asks for 128 lines, each in a write of its own.
struct StubScript {
    enum Style: Equatable {
        /// A small JSON body with a `Content-Length`. The default.
        case reply
        /// One line per write. Where several streams are open each gets one line in turn, so that whoever reads them
        /// finds one line per read, as behind a model server.
        case lines
        /// All lines in one write.
        case burst
        /// A line at once, then one each `--interval-ms`.
        case paced
        /// No answer at all, until the other side closes.
        case hang
    }

    var style = Style.reply
    var count = 128

    /// Reads the script from a request target.
    init(target: Substring) {
        guard let mark = target.firstIndex(of: "?") else {
            return
        }
        for pair in target[target.index(after: mark)...].split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            switch (parts.first, parts.last) {
            case ("stub", "lines"): self.style = .lines
            case ("stub", "burst"): self.style = .burst
            case ("stub", "paced"): self.style = .paced
            case ("stub", "hang"): self.style = .hang
            case ("count", let text?): self.count = Int(text) ?? self.count
            default: break
            }
        }
    }
}
