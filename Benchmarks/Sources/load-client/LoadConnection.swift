// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import BenchmarkSupport

/// One keep-alive connection of the load client.
struct LoadConnection {
    var descriptor: Int32
    var reader = ReplyReader()
    /// When the request that is open was sent; nil when none is.
    var sentAt: Int64?
    var hasFirstByte = false

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }
}
