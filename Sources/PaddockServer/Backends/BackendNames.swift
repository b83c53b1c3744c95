// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockConfiguration
internal import Synchronization

/// The URLs of all backends that a gateway has had, by their index. An index is never given to another backend.
package final class BackendNames: Sendable {
    private let urls: Mutex<[BackendURL]>

    /// - Parameter urls: the backends at the start, in the order of the configuration.
    package init(_ urls: [BackendURL]) { self.urls = Mutex(urls) }

    /// All of them, in the order of their indices.
    package var all: [BackendURL] { self.urls.withLock { $0 } }

    /// All of them as text, in the order of their indices.
    package var texts: [String] { self.all.map(\.text) }

    /// The URL of a backend as text.
    package subscript(index: BackendIndex) -> String { self.urls.withLock { $0[index.value] }.text }

    /// The index of a backend, if there has been one at this URL.
    package func index(of url: BackendURL) -> BackendIndex? {
        self.urls.withLock { $0.firstIndex(of: url) }.map { BackendIndex($0) }
    }

    /// Adds the backend with the next index.
    func append(_ url: BackendURL) { self.urls.withLock { $0.append(url) } }
}

extension BackendURL {
    /// The URL as readings and logs show it: without the port if that is 80.
    fileprivate var text: String { "http://\(self.authority)" }
}
