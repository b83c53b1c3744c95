// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import PaddockProxy

/// A model that a backend holds in memory, according to its `/api/ps`.
struct LoadedModel: Equatable, Sendable {
    /// How many are shown of one backend.
    static let limit = 32
    /// How much of a text is shown.
    private static let maxCharacters = 256

    /// The name, as the backend has it.
    let name: String
    /// All its memory, in bytes.
    let sizeBytes: Int?
    /// What of it is on a GPU, in bytes.
    let gpuBytes: Int?
    /// When it will be unloaded, as the backend writes it.
    let expires: String?

    /// Reads the reply of a backend; nil if it is not such a list.
    static func list(json: [UInt8]) -> [LoadedModel]? {
        guard case .object(let answer)? = try? JSONDecoder().decode(JSONValue.self, from: Data(json)) else {
            return nil
        }
        // A list with nothing in it is null to Go.
        guard case .array(let entries)? = answer["models"] else { return [] }
        return entries.prefix(Self.limit).compactMap { entry in
            guard case .object(let fields) = entry, let name = Self.text(fields["name"] ?? fields["model"]) else {
                return nil
            }
            return LoadedModel(
                name: name,
                sizeBytes: Self.count(fields["size"]),
                gpuBytes: Self.count(fields["size_vram"]),
                expires: Self.text(fields["expires_at"])
            )
        }
    }

    private static func text(_ value: JSONValue?) -> String? {
        if case .string(let text)? = value { String(text.prefix(Self.maxCharacters)) } else { nil }
    }

    private static func count(_ value: JSONValue?) -> Int? {
        if case .integer(let count)? = value { Int(clamping: count) } else { nil }
    }

    /// Its entry in the dashboard's events.
    var json: OrderedJSON {
        .object([
            ("name", .string(self.name)),
            ("size_bytes", self.sizeBytes.map { .integer($0) } ?? .null),
            ("gpu_bytes", self.gpuBytes.map { .integer($0) } ?? .null),
            ("expires", self.expires.map { .string($0) } ?? .null),
        ])
    }
}
