// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockClusterLink

/// A request that holds a slot, as a member tells a coordinator that has not started it.
struct HeldRequest {
    let number: UInt64
    let backend: String
    let request: RemoteRequest

    func write(to link: inout LinkWriter) {
        link.number(self.number)
        link.text(self.backend)
        self.request.write(to: &link)
    }
}

extension HeldRequest {
    init(from link: inout LinkReader) throws(LinkError) {
        self.init(
            number: try link.number(),
            backend: try link.text(atMost: 4_096),
            request: try RemoteRequest(from: &link)
        )
    }
}
