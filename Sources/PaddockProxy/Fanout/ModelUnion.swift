// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Joins the lists that several backends answer: `/api/tags`, `/api/ps`, `/v1/models`.
enum ModelUnion {
    /// The fields of a reply that are about its body, its connection or its request alone, in lower case. A joined list has its own.
    private static let ownFields: Set<String> = [
        "accept-ranges", "age", "date", "etag", "expires", "last-modified", "retry-after", "x-backends-missing",
        "x-queue-position", "x-queue-reason", "x-queue-wait-ms", "x-request-id",
    ]

    /// Reads the answer of one backend.
    ///
    /// - Returns: nil if it is not such a list.
    static func list(_ union: Route.Union, _ body: [UInt8]) -> JSONList? {
        JSONList(union.key, namedBy: union.nameKey, in: body)
    }

    /// The lists of all backends in one, each entry once and unchanged.
    ///
    /// - Parameters:
    ///   - union: which list.
    ///   - lists: the lists, in the order of the backends; of entries of one name the first is kept.
    /// - Returns: the JSON.
    static func join(_ union: Route.Union, _ lists: [JSONList]) -> String {
        var joined: [UInt8] = Array(#"{"\#(union.key)":["#.utf8)
        var seen: Set<String> = []
        var isFirst = true
        for list in lists {
            for entry in list.entries {
                if let name = entry.name, !seen.insert(name).inserted { continue }
                if !isFirst { joined.append(UInt8(ascii: ",")) }
                isFirst = false
                joined += list.bytes[entry.range]
            }
        }
        joined += (union == .openAIModels ? #"],"object":"list"}"# : "]}").utf8
        return String(decoding: joined, as: UTF8.self)
    }

    /// The header fields of a joined list: those that all replies have in common, so that a page may read it only if each backend
    /// allows it; and the fields by which any of them varies.
    ///
    /// - Parameter replies: the end-to-end fields of each reply.
    static func fields(_ replies: [[HeaderField]]) -> [HeaderField] {
        guard let first = replies.first else { return [] }
        let others = replies.dropFirst().map { Set($0.map { "\($0.name.lowercased()):\($0.value)" }) }
        var fields = first.filter { field in
            let name = field.name.lowercased()
            guard !self.ownFields.contains(name), !name.hasPrefix("content-"), name != "vary" else { return false }
            return others.allSatisfy { $0.contains("\(name):\(field.value)") }
        }
        var varies: [String] = []
        for field in replies.joined() where field.name.lowercased() == "vary" && !varies.contains(field.value) {
            varies.append(field.value)
        }
        if !varies.isEmpty { fields.append(HeaderField(name: "Vary", value: varies.joined(separator: ", "))) }
        return fields
    }
}

extension Route.Union {
    /// The member of the answer that is the list.
    fileprivate var key: String { self == .openAIModels ? "data" : "models" }
    /// The member of an entry that identifies it.
    fileprivate var nameKey: String { self == .openAIModels ? "id" : "name" }
}
