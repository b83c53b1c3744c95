// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON
internal import PaddockStore

/// What a member is asked of its files or jobs: a part of the list, from somewhere on.
struct ListQuestion: Equatable, Sendable {
    /// How many bytes of entries one answer has at most, unless the first one has more.
    private static let maxBytes = 1 << 20

    /// Where it begins.
    var start: ListStart
    /// How many entries at most.
    var limit: Int
    /// Whether the oldest come first.
    var isAscending = false
    /// What files are for; nil for anything.
    var purpose: String?
    /// Whether those of all clients are meant, and not only those of the one for whom is asked.
    var isOfAll = false

    init(from start: ListStart, limit: Int) { (self.start, self.limit) = (start, limit) }

    /// The question as it goes over a link.
    var json: JSONText {
        .object { json in
            switch self.start {
            case .beginning: break
            case .behind(let id): json.member("behind", id)
            case .at(let second, let isInclusive):
                json.member("second", second)
                json.member("is_inclusive", isInclusive)
            }
            json.member("limit", self.limit)
            json.member("is_ascending", self.isAscending)
            json.member("purpose", self.purpose)
            json.member("is_of_all", self.isOfAll)
        }
    }

    /// Reads a question; nil if it is none.
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let limit = value["limit"]?.integer, limit >= 0 else {
            return nil
        }
        self.limit = limit
        if let id = value["behind"]?.string {
            self.start = .behind(id)
        } else if let second = value["second"]?.integer {
            self.start = .at(second, isInclusive: value["is_inclusive"]?.bool ?? false)
        } else {
            self.start = .beginning
        }
        self.isAscending = value["is_ascending"]?.bool ?? false
        self.purpose = value["purpose"]?.string
        self.isOfAll = value["is_of_all"]?.bool ?? false
    }

    /// The answer: as many entries as fit.
    ///
    /// - Parameter entries: one more than were asked for, if there are more.
    func answer(_ entries: [JSONText]) -> JSONText {
        var room = Self.maxBytes
        var shown: [JSONText] = []
        for entry in entries.prefix(self.limit) {
            room -= entry.bytes.count
            if room < 0, !shown.isEmpty { break }
            shown.append(entry)
        }
        return .object { json in
            json.member("entries", shown)
            json.member("has_more", entries.count > shown.count)
        }
    }

    /// Reads an answer; nil if it is none.
    static func page(_ answer: MemberAnswer?) -> ListMerge.Page? {
        guard let answer else { return nil }
        // It keeps no files, and so has none.
        if answer.status == 501 { return ListMerge.Page(entries: [], hasMore: false) }
        guard answer.status == 200, let value = try? JSONValue(parsing: answer.body),
            let entries = value["entries"]?.array
        else { return nil }
        return ListMerge.Page(entries: entries, hasMore: value["has_more"]?.bool ?? false)
    }
}
