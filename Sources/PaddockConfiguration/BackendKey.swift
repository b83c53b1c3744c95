// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The keys of one backend in the file, where it is a map.
enum BackendKey: String, CaseIterable {
    /// Its address.
    case url

    /// The key as messages name it; the address goes by the name of the list, as it may stand there alone.
    var path: String {
        let list = ConfigurationKey.backends.rawValue
        return self == .url ? list : "\(list).\(self.rawValue)"
    }

    /// The keys, with what an unknown one is compared with.
    static let spellings = Self.allCases.map { (name: $0.rawValue, key: $0.rawValue) }

    /// Sets a value of a backend.
    func set(_ text: String, of backend: inout DeclaredBackend) throws(InvalidValue) {
        switch self {
        case .url: backend.url = try BackendURL.parse(text)
        }
    }
}
