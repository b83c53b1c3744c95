// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

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
        guard let answer = (try? JSONValue(parsing: json))?.object else { return nil }
        // A list with nothing in it is null to Go.
        return (answer["models"]?.array ?? []).prefix(Self.limit).compactMap { entry in
            guard let name = Self.text(entry["name"] ?? entry["model"]) else { return nil }
            return LoadedModel(
                name: name,
                sizeBytes: entry["size"]?.integer,
                gpuBytes: entry["size_vram"]?.integer,
                expires: Self.text(entry["expires_at"])
            )
        }
    }

    private static func text(_ value: JSONValue?) -> String? {
        value?.string.map { String($0.prefix(Self.maxCharacters)) }
    }

    /// Its entry in the dashboard's events.
    var json: JSONText {
        .object { json in
            json.member("name", self.name)
            json.member("size_bytes", self.sizeBytes)
            json.member("gpu_bytes", self.gpuBytes)
            json.member("expires", self.expires)
        }
    }
}
