// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch

/// Looks after the logs every two seconds: writes the lines of bursts that are due.
final class LogWatch: Sendable {
    private static let interval = DispatchTimeInterval.seconds(2)

    private let access: AccessLog
    private let queue = DispatchQueue(label: "paddock-log-watch")

    /// - Parameter access: the access log.
    init(_ access: AccessLog) { self.access = access }

    /// Begins to look, until the watch is released.
    func start() {
        self.queue.asyncAfter(deadline: .now() + Self.interval) { [weak self] in
            guard let self else { return }
            self.access.writeRefusals()
            self.start()
        }
    }
}
