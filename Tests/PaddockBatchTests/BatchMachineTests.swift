// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockBatch
import Testing

@Suite("Jobs")
struct BatchMachineTests {
    @Test("A job is read, runs, and is completed when its files are")
    func life() {
        var machine = BatchMachine(slots: 1)
        #expect(machine.add(BatchEntry(id: "a", owner: "o", expiresAt: .second(9)), now: .zero).reads == ["a"])
        #expect(machine.counts(of: "a") == nil)
        let read = machine.read("a", BatchTable(models: [1, 1]), now: .zero)
        #expect(read.statuses == [.inProgress])
        #expect(read.lines == [0])
        #expect(machine.answer("a", 0).lines == [1])
        #expect(machine.ended(BatchRequestID(job: "a", line: 1), .refused, now: .zero).verdict == .error)
        #expect(machine.active == 1)
        let last = machine.written(BatchRequestID(job: "a", line: 1), isError: true, now: .zero)
        #expect(last.statuses == [.finalizing])
        #expect(last.completions == ["a"])
        #expect(machine.counts(of: "a") == BatchCounts(total: 2, completed: 1, failed: 1))
        #expect(machine.completed("a", now: .zero).statuses == [.completed])
        #expect(!machine.isLive("a"))
        #expect(machine.nextInstant == nil)
    }

    @Test("A job whose file is wrong fails, and the next one is read")
    func wrong() {
        var machine = BatchMachine(slots: 1)
        _ = machine.add(BatchEntry(id: "a", owner: "o", expiresAt: .second(9)), now: .zero)
        #expect(machine.add(BatchEntry(id: "b", owner: "o", expiresAt: .second(9)), now: .zero).reads == [])
        let actions = machine.refused("a", now: .zero)
        #expect(actions.statuses == [.failed])
        #expect(actions.reads == ["b"])
        #expect(machine.liveJobs(of: "o") == 1)
    }

    @Test("As many requests are active as there are slots, and lines that are being written hold theirs")
    func slots() {
        var machine = BatchMachine(slots: 2)
        #expect(machine.run("a", models: [1, 1, 1, 1]) == [0, 1])
        #expect(machine.end("a", 0, .answered) == .output)
        #expect(machine.active == 2)
        #expect(machine.written(BatchRequestID(job: "a", line: 0), isError: false, now: .zero).lines == [2])
        #expect(machine.setSlots(3, now: .zero).lines == [3])
        #expect(machine.setSlots(0, now: .zero).lines == [])
        #expect(machine.answer("a", 1).lines == [])
    }

    @Test("Requests of one model run together")
    func models() {
        var machine = BatchMachine(slots: 1)
        var order = machine.run("a", models: [1, 2, 1, 3, 2, 1])
        for _ in 0..<5 { order += machine.answer("a", order.last ?? 0).lines }
        #expect(order == [0, 2, 5, 1, 4, 3] || order == [0, 2, 5, 3, 1, 4])
    }

    @Test("A model that is active in another job is preferred")
    func activeModel() {
        var machine = BatchMachine(slots: 1)
        #expect(machine.run("a", of: "x", models: [2]) == [0])
        _ = machine.run("b", of: "y", models: [1, 2])
        #expect(machine.setSlots(2, now: .zero).lines == [1])
    }

    @Test("Clients share the slots, and the jobs of one run one after the other")
    func owners() {
        var machine = BatchMachine(slots: 4)
        #expect(machine.run("a", of: "x", models: Array(repeating: 1, count: 9)).count == 4)
        #expect(machine.run("b", of: "x", models: [1, 1]) == [])
        #expect(machine.run("c", of: "y", models: [1, 1, 1]) == [])
        #expect(machine.answer("a", 0).jobs == ["c"])
        #expect(machine.answer("a", 1).jobs == ["c"])
        #expect(machine.answer("a", 2).jobs == ["a"])
    }

    @Test("On one slot clients take turns of a run of one model")
    func runs() {
        var machine = BatchMachine(slots: 1)
        var starts = machine.run("a", of: "x", models: Array(repeating: 1, count: 40)).map { ("a", $0) }
        _ = machine.run("b", of: "y", models: Array(repeating: 2, count: 40))
        while let (job, line) = starts.last, starts.count < 80 {
            starts += machine.answer(job, line).starts.map { ($0.id.job, $0.id.line) }
        }
        var runs: [Int] = []
        var last = ""
        for (job, _) in starts {
            if job == last { runs[runs.count - 1] += 1 } else { runs.append(1) }
            last = job
        }
        #expect(runs == [16, 16, 16, 16, 8, 8])
    }

    @Test("A client whose job has just begun does not overtake those that wait")
    func newcomers() {
        var machine = BatchMachine(slots: 1)
        _ = machine.run("a", of: "x", models: [1])
        _ = machine.run("b", of: "y", models: [2])
        _ = machine.answer("a", 0)
        _ = machine.completed("a", now: .zero)
        _ = machine.run("c", of: "x", models: [3])
        _ = machine.run("d", of: "y", models: [4])
        #expect(machine.answer("b", 0).jobs == ["c"])
    }

    @Test("A busy gateway pauses the model for as long as it says, and longer each time")
    func busy() {
        var machine = BatchMachine(slots: 2)
        _ = machine.run("a", models: [1, 1, 1])
        #expect(machine.end("a", 0, .busy(retryAfter: 5)) == .retry)
        #expect(machine.end("a", 1, .busy(retryAfter: nil)) == .retry)
        #expect(machine.active == 0)
        #expect(machine.nextInstant == .second(5))
        #expect(machine.timePassed(now: .second(4)).lines == [])
        #expect(machine.timePassed(now: .second(5)).lines == [2, 0])
        var now = 5
        for pause in [2, 4, 8, 16, 32, 60, 60, 60] {
            _ = machine.end("a", 2, .busy(retryAfter: nil), now: .second(now))
            #expect(machine.end("a", 0, .busy(retryAfter: nil), now: .second(now)) == .retry)
            #expect(machine.nextInstant == .second(now + pause))
            now += pause
            _ = machine.timePassed(now: .second(now))
            if machine.active < 2 { break }
            // Any two of the three are active now: put back those that this loop does not name.
            for line in 0..<3 { _ = machine.end("a", line, .cancelled, now: .second(now)) }
            _ = machine.timePassed(now: .second(now))
        }
    }

    @Test("A model that is paused does not hold up another")
    func pausedModel() {
        var machine = BatchMachine(slots: 1)
        _ = machine.run("a", models: [1, 2])
        let actions = machine.ended(BatchRequestID(job: "a", line: 0), .busy(retryAfter: 60), now: .zero).actions
        #expect(actions.lines == [1])
    }

    @Test("A request that a backend failed with is tried three times more")
    func retries() {
        var machine = BatchMachine(slots: 1)
        _ = machine.run("a", models: [1])
        var now = Instant.zero
        for _ in 0..<3 {
            #expect(machine.end("a", 0, .failed, now: now) == .retry)
            now = machine.nextInstant ?? now
            #expect(machine.timePassed(now: now).lines == [0])
        }
        #expect(machine.end("a", 0, .failed, now: now) == .error)
    }

    @Test("Being busy and being cancelled do not count as tries")
    func countless() {
        var machine = BatchMachine(slots: 1)
        _ = machine.run("a", models: [1])
        var now = Instant.zero
        for outcome in [
            BatchOutcome.busy(retryAfter: 1), .cancelled, .busy(retryAfter: nil), .busy(retryAfter: 99), .failed,
            .failed, .failed,
        ] {
            #expect(machine.end("a", 0, outcome, now: now) == .retry)
            now = max(now, machine.active == 1 ? now : machine.nextInstant ?? now)
            _ = machine.timePassed(now: now)
        }
        #expect(machine.end("a", 0, .failed, now: now) == .error)
    }

    @Test(
        "Replies of backends are answers, refusals, failures, or too early",
        arguments: [
            (200, BatchOutcome.answered), (201, .answered), (400, .refused), (404, .refused), (302, .refused),
            (429, .busy(retryAfter: 3)), (500, .failed), (502, .failed), (503, .failed),
        ]
    )
    func outcomes(status: Int, outcome: BatchOutcome) {
        #expect(BatchOutcome(backendStatus: status, retryAfter: 3) == outcome)
    }

    // MARK: - Ends

    @Test("A cancelled job ends when its active requests have ended; answers that arrive meanwhile count")
    func cancel() {
        var machine = BatchMachine(slots: 3)
        _ = machine.run("a", models: [1, 1, 1, 1])
        let actions = machine.cancelled("a")
        #expect(actions?.statuses == [.cancelling])
        #expect(actions?.cancels == ["a"])
        #expect(actions?.completions == [])
        #expect(machine.answer("a", 0).lines == [])
        #expect(machine.end("a", 1, .failed) == .retry)
        let last = machine.ended(BatchRequestID(job: "a", line: 2), .cancelled, now: .zero).actions
        #expect(last.completions == ["a"])
        #expect(machine.cancelled("a") == BatchActions())
        #expect(machine.counts(of: "a") == BatchCounts(total: 4, completed: 1))
        #expect(machine.completed("a", now: .zero).statuses == [.cancelled])
        #expect(machine.cancel("a", now: .zero) == nil)
    }

    @Test("A job that waits to be read is cancelled at once, one that is being read afterwards")
    func cancelEarly() {
        var machine = BatchMachine(slots: 1)
        _ = machine.add(BatchEntry(id: "a", owner: "o", expiresAt: .second(9)), now: .zero)
        _ = machine.add(BatchEntry(id: "b", owner: "o", expiresAt: .second(9)), now: .zero)
        #expect(machine.cancelled("b")?.statuses == [.cancelling, .cancelled])
        #expect(machine.cancelled("a")?.statuses == [.cancelling])
        let read = machine.read("a", BatchTable(models: [1]), now: .zero)
        #expect(read.lines == [])
        #expect(read.completions == ["a"])
    }

    @Test("A line that cannot be written is dropped when its job is cancelled")
    func dropped() {
        var machine = BatchMachine(slots: 1)
        _ = machine.run("a", models: [1])
        #expect(machine.end("a", 0, .answered) == .output)
        _ = machine.cancel("a", now: .zero)
        let actions = machine.dropped(BatchRequestID(job: "a", line: 0), now: .zero)
        #expect(actions.completions == ["a"])
        #expect(machine.counts(of: "a") == BatchCounts(total: 1))
    }

    @Test("When its window ends, what is left of a job becomes errors")
    func expiry() {
        var machine = BatchMachine(slots: 1)
        _ = machine.run("a", models: [1, 1, 1], until: .second(10))
        _ = machine.answer("a", 0)
        #expect(machine.nextInstant == .second(10))
        let actions = machine.timePassed(now: .second(10))
        #expect(actions.cancels == ["a"])
        #expect(actions.expiries == [])
        #expect(machine.cancel("a", now: .second(10)) == nil)
        let ended = machine.ended(BatchRequestID(job: "a", line: 1), .cancelled, now: .second(10)).actions
        #expect(ended.statuses == [.finalizing])
        #expect(ended.expiries == ["a"])
        #expect(machine.open(of: "a", from: 0, limit: 9).map(\.line) == [1, 2])
        #expect(machine.open(of: "a", from: 2, limit: 9).map(\.offset) == [200])
        #expect(machine.written(BatchRequestID(job: "a", line: 1), isError: true, now: .second(10)) == BatchActions())
        let last = machine.written(BatchRequestID(job: "a", line: 2), isError: true, now: .second(10))
        #expect(last.completions == ["a"])
        #expect(machine.counts(of: "a") == BatchCounts(total: 3, completed: 1, failed: 2))
        #expect(machine.completed("a", now: .second(10)).statuses == [.expired])
    }

    // MARK: - Restarts

    @Test("After a restart only what is missing runs")
    func recovery() {
        var machine = BatchMachine(slots: 9)
        let entry = BatchEntry(id: "a", owner: "o", status: .inProgress, expiresAt: .second(9))
        #expect(machine.add(entry, now: .zero).reads == ["a"])
        let read = machine.read("a", BatchTable(models: [1, 1, 1, 1]), completed: [2, 2, 77], failed: [0], now: .zero)
        #expect(read.statuses == [])
        #expect(read.lines == [1, 3])
        #expect(machine.counts(of: "a") == BatchCounts(total: 4, completed: 1, failed: 1))
    }

    @Test("A job that was being completed is completed after a restart")
    func recoveredEnd() {
        var machine = BatchMachine(slots: 9)
        let done = BatchEntry(id: "a", owner: "o", status: .finalizing, expiresAt: .second(9))
        _ = machine.add(done, now: .zero)
        #expect(machine.read("a", BatchTable(models: [1]), completed: [0], now: .zero).completions == ["a"])
        #expect(machine.completed("a", now: .zero).statuses == [.completed])

        let expired = BatchEntry(id: "b", owner: "o", status: .finalizing, expiresAt: .zero, hasExpired: true)
        _ = machine.add(expired, now: .zero)
        #expect(machine.read("b", BatchTable(models: [1]), failed: [0], now: .zero).completions == ["b"])
        #expect(machine.completed("b", now: .zero).statuses == [.expired])

        let cancelled = BatchEntry(id: "c", owner: "o", status: .cancelling, expiresAt: .second(9))
        _ = machine.add(cancelled, now: .zero)
        #expect(machine.read("c", BatchTable(models: [1, 1]), completed: [0], now: .zero).completions == ["c"])
        #expect(machine.counts(of: "c") == BatchCounts(total: 2, completed: 1))
    }

    @Test("A gateway that stops begins nothing")
    func stop() {
        var machine = BatchMachine(slots: 1)
        _ = machine.run("a", models: [1, 1])
        machine.stop()
        #expect(machine.answer("a", 0).lines == [])
        #expect(machine.nextInstant == .second(86_400))
    }

    @Test("Files are read while there is memory for their requests")
    func memory() {
        var machine = BatchMachine(slots: 0)
        for number in 0..<9 {
            _ = machine.add(BatchEntry(id: "a\(number)", owner: "x", expiresAt: .second(9)), now: .zero)
        }
        var reading: String? = "a0"
        var read = 0
        while let id = reading {
            read += 1
            reading = machine.read(id, BatchTable(models: Array(repeating: 1, count: 50_000)), now: .zero).reads.first
        }
        #expect(read == BatchMachine.maxLinesOfOwner / 50_000)
        #expect(machine.add(BatchEntry(id: "b", owner: "y", expiresAt: .second(9)), now: .zero).reads == ["b"])
        _ = machine.cancel("a0", now: .zero)
        #expect(machine.completed("a0", now: .zero).reads == [])
        #expect(machine.read("b", BatchTable(models: [1]), now: .zero).reads == ["a5"])
    }
}
