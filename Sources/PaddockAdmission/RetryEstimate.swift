// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// When a rejected request should come back.
enum RetryEstimate {
    /// (queued + 1) × average processing time ÷ slots, and how long it takes until the model is loaded, rounded up to whole seconds, from
    /// 1 to 60.
    ///
    /// The +1 is the rejected request itself. Where nothing has completed yet the average is zero, and the answer 1. Rule:
    /// contract, section 5.
    static func seconds(
        queued: Int,
        averageProcessing: Nanoseconds,
        slots: Int,
        untilLoaded: Nanoseconds = .zero
    ) -> Int {
        let seconds = averageProcessing * (queued + 1) / .seconds(slots) + untilLoaded / .seconds(1)
        return Int(min(max(seconds.rounded(.up), 1), 60))
    }
}
