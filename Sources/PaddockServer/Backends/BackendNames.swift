// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockConfiguration
internal import Synchronization

/// The URLs of all backends that a gateway has had, by their index. An index is never given to another backend.
package final class BackendNames: Sendable {
    private struct Known {
        var urls: [BackendURL]
        /// Each as text: asked for with each request.
        var texts: [String]
    }

    private let known: Mutex<Known>

    /// - Parameter urls: the backends at the start, in the order of the configuration.
    package init(_ urls: [BackendURL]) { self.known = Mutex(Known(urls: urls, texts: urls.map(\.text))) }

    /// All of them, in the order of their indices.
    package var all: [BackendURL] { self.known.withLock { $0.urls } }

    /// All of them as text, in the order of their indices.
    package var texts: [String] { self.known.withLock { $0.texts } }

    /// The URL of a backend as text.
    package subscript(index: BackendIndex) -> String { self.known.withLock { $0.texts[index.value] } }

    /// The index of a backend, if there has been one at this URL.
    package func index(of url: BackendURL) -> BackendIndex? {
        self.known.withLock { $0.urls.firstIndex(of: url) }.map { BackendIndex($0) }
    }

    /// Adds the backend with the next index.
    func append(_ url: BackendURL) {
        self.known.withLock {
            $0.urls.append(url)
            $0.texts.append(url.text)
        }
    }
}

extension BackendURL {
    /// The URL as readings and logs show it: without the port if that is 80.
    fileprivate var text: String { "http://\(self.authority)" }
}
