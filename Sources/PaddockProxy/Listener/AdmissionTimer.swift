// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
package import PaddockAdmission
package import PaddockBase
package import PaddockSockets

/// The one timer for all waiters: it calls the admission at the earliest deadline.
package final class AdmissionTimer: Sendable {
    private let eventLoop: SocketLoop
    private let armed: NIOLoopBoundBox<(deadline: Instant, task: Scheduled<Void>)?>

    /// - Parameter eventLoop: where the timer runs.
    package init(on eventLoop: SocketLoop) {
        self.eventLoop = eventLoop
        self.armed = NIOLoopBoundBox.makeEmptyBox(
            valueType: (deadline: Instant, task: Scheduled<Void>).self,
            eventLoop: eventLoop
        )
    }

    /// Sees to it that the admission is called at an instant, or earlier.
    package func arm(_ admission: AdmissionController, _ deadline: Instant) {
        self.eventLoop.execute { self.armOnLoop(admission, deadline) }
    }

    private func armOnLoop(_ admission: AdmissionController, _ deadline: Instant) {
        if let armed = self.armed.value {
            guard deadline < armed.deadline else { return }
            armed.task.cancel()
        }
        let task = self.eventLoop.scheduleTask(deadline: deadline.deadline) {
            self.armed.value = nil
            admission.deadlineReached(now: .now())
        }
        self.armed.value = (deadline, task)
    }
}
