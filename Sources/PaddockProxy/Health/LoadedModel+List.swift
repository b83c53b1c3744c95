// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase

extension LoadedModel {
    /// The longest text of a date that is read, in bytes.
    private static let maxDateBytes = 64

    /// Reads what a backend lists as loaded (`/api/ps`).
    ///
    /// An entry without a name is left out, and what else it has that is not what it should be.
    ///
    /// - Parameters:
    ///   - list: the list; of more than ``most`` entries the first count.
    ///   - clock: the backend's time.
    static func list(_ list: JSONList, _ clock: BackendClock) -> [LoadedModel] {
        list.entries.prefix(self.most).compactMap { entry in
            guard let name = entry.name.flatMap(ModelName.init) else { return nil }
            let date = list.text(of: entry.range, "expires_at").flatMap {
                $0.utf8.count <= self.maxDateBytes ? $0 : nil
            }
            return LoadedModel(
                name: name,
                bytes: max(0, list.integer(of: entry.range, "size") ?? 0),
                expiresAt: date.flatMap { clock.instant(of: $0) },
                contextLength: list.integer(of: entry.range, "context_length").flatMap { $0 > 0 ? $0 : nil }
            )
        }
    }
}
