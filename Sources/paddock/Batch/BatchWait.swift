// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Waits for the end of a job, and shows its progress.
struct BatchWait {
    let paddock: RemoteGateway
    /// Where the job is read.
    let path: String
    private let pause = Duration.seconds(1)

    init(paddock: RemoteGateway, path: String) {
        self.paddock = paddock
        self.path = path
    }

    /// Reads the job until it is over. A gateway that does not answer for a while, as it is restarted, is waited for: jobs go on.
    ///
    /// - Returns: the job as it ended.
    func untilOver() async throws -> RemoteGateway.Reading<BatchReply> {
        let line = ProgressLine()
        defer { line.clear() }
        var progress = BatchProgress()
        let start = ContinuousClock.now
        var hasAnswered = false
        while true {
            do throws(CommandFailure) {
                let reading: RemoteGateway.Reading<BatchReply> = try await self.paddock.ask(self.path)
                hasAnswered = true
                let batch = reading.value
                progress.note(batch.counts.done, at: ContinuousClock.now - start)
                let rate = progress.rate
                line.show(
                    batch.status,
                    BatchProgress.line(batch, rate: rate, barWidth: line.barWidth, isPlain: line.isPlain)
                )
                if batch.isOver { return reading }
            } catch {
                guard hasAnswered, error.status == .unavailable else { throw error }
                line.show("away", "not reachable, retrying: \(error.reason)")
            }
            try await Task.sleep(for: self.pause)
        }
    }
}

extension BatchReply {
    /// Ends the command with an error if the job did not get to its end.
    func requireCompleted() throws(CommandFailure) {
        switch self.status {
        case "completed": return
        case "failed": throw CommandFailure(.badData, "\(self.id) was refused: its input has errors")
        default: throw CommandFailure(.unavailable, "\(self.id) is \(self.status.replacingUnderscores)")
        }
    }
}
