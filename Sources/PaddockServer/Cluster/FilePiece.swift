// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

/// Which piece of a file one member asks another one for.
struct FilePiece: Equatable, Sendable {
    /// The id of the file.
    let id: String
    /// Where the piece begins.
    let offset: Int
    /// How many bytes it has at most.
    let count: Int

    init(of id: String, at offset: Int, count: Int) { (self.id, self.offset, self.count) = (id, offset, count) }

    /// The question as it goes over a link.
    var json: JSONText {
        .object { json in
            json.member("id", self.id)
            json.member("offset", self.offset)
            json.member("count", self.count)
        }
    }

    /// Reads a question; nil if it is none.
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let id = value["id"]?.string,
            let offset = value["offset"]?.integer, offset >= 0,
            let count = value["count"]?.integer, 1...FileDownload.pieceBytes ~= count
        else { return nil }
        self.init(of: id, at: offset, count: count)
    }
}
