// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import PaddockBase
import PaddockJSON
import PaddockProxy
import Testing

@testable import PaddockServer

/// A gateway whose readings a test makes up, looked at every two seconds.
private struct MadeUpGateway {
    var reading = TroubleReading()
    var history = TroubleHistory()
    var board = TroubleBoard()
    /// In seconds.
    var now: Int64 = 1_000

    init(models: [String] = ["llama2"]) {
        self.reading.models = models.map { TroubleReading.Model(name: $0, queueLimit: 512) }
        self.reading.backends = [TroubleReading.Backend(url: "http://one")]
        _ = self.look()
    }

    /// Counts requests, and looks.
    @discardableResult
    mutating func look(_ model: Int = 0, _ counts: TroubleCounts = .zero) -> TroubleBoard.Change {
        if counts != .zero { self.reading.models[model].counts = self.reading.models[model].counts + counts }
        let now = Instant(nanoseconds: self.now * 1_000_000_000)
        self.history.add(self.reading, now: now)
        defer { self.now += 2 }
        return self.board.update(
            TroubleRules.findings(self.reading, self.history),
            now: now,
            time: TimeOfDay(nanoseconds: now.nanoseconds)
        )
    }

    /// Looks for so many seconds, with the same requests each time.
    mutating func run(seconds: Int, _ counts: TroubleCounts = .zero) {
        for _ in 0..<(seconds / 2) { self.look(0, counts) }
    }

    var kinds: [TroubleKind] { self.board.troubles.map(\.kind) }
    var worst: Trouble? { self.board.troubles.first }
}

extension TroubleCounts {
    fileprivate static func good(_ count: Int) -> Self { Self(requests: count, replies: count, completed: count) }
    fileprivate static func bad(_ count: Int) -> Self {
        Self(requests: count, replies: count, errors: count, completed: count)
    }
    fileprivate static func refused(_ count: Int) -> Self {
        Self(requests: count, replies: count, refusals: count, completed: count)
    }
}

@Suite("What is wrong")
struct TroubleRulesTests {
    @Test("A gateway that serves, or that nobody uses, is quiet")
    func quiet() {
        var gateway = MadeUpGateway()
        gateway.run(seconds: 400)
        gateway.run(seconds: 400, .good(20))
        #expect(gateway.kinds.isEmpty)
    }

    @Test("After an hour of good answers, errors are critical within ten seconds, and over a minute after the last")
    func outage() throws {
        var gateway = MadeUpGateway()
        gateway.run(seconds: 3_600, .good(200))
        gateway.run(seconds: 4, .bad(200))
        let trouble = try #require(gateway.worst)
        #expect(trouble.kind == .errors && trouble.severity == .critical && trouble.subject == .model("llama2"))
        #expect(trouble.text.contains("400 of") && trouble.text.contains("llama2"), "\(trouble.text)")
        gateway.run(seconds: 600, .bad(200))
        #expect(gateway.worst?.severity == .critical)
        gateway.run(seconds: 30, .good(200))
        #expect(!gateway.kinds.isEmpty)
        gateway.run(seconds: 70, .good(200))
        #expect(gateway.kinds.isEmpty)
    }

    @Test("50 good answers among 94,096 do not hide the others")
    func nearlyAll() {
        var gateway = MadeUpGateway()
        for step in 0..<150 {
            gateway.look(0, .bad(627))
            if step % 3 == 0 { gateway.look(0, .good(1)) }
        }
        #expect(gateway.worst?.severity == .critical)
        #expect(gateway.worst?.text.contains("99 %") == true, "\(gateway.worst?.text ?? "")")
    }

    @Test("Three requests in five minutes that all fail are critical, and forgotten when nothing comes any more")
    func fewRequests() {
        var gateway = MadeUpGateway()
        for _ in 0..<3 {
            gateway.run(seconds: 90)
            gateway.look(0, TroubleCounts(requests: 1, failed: 1))
        }
        #expect(gateway.kinds == [.failing] && gateway.worst?.severity == .critical)
        gateway.run(seconds: 340)
        #expect(gateway.kinds.isEmpty)
    }

    @Test("One or two errors are nothing to tell, and a steady share near the threshold does not flicker")
    func flicker() {
        var gateway = MadeUpGateway()
        gateway.look(0, .bad(2))
        #expect(gateway.kinds.isEmpty)
        gateway.run(seconds: 300, .good(100))
        var changes = 0
        for step in 0..<600 {
            // 2 % on average: now and then below, now and then above.
            let errors = step % 7 < 3 ? 4 : 1
            let change = gateway.look(0, TroubleCounts(requests: 100, replies: 100, errors: errors, completed: 100))
            changes += change.begun.count + change.ended.count
        }
        #expect(changes <= 1)
    }

    @Test("Models that no backend has are told apart from errors, and are not critical")
    func unknownModel() {
        var gateway = MadeUpGateway()
        for _ in 0..<10 {
            gateway.reading.unknown = gateway.reading.unknown + .refused(50)
            gateway.reading.unknownName = "lama2"
            gateway.look(0, .good(10))
        }
        #expect(gateway.kinds == [.unknownModel] && gateway.worst?.severity == .warning)
        #expect(gateway.worst?.text.contains("lama2") == true)
    }

    @Test("A thousand models in trouble are summed up first, and none is left out of the count")
    func manyModels() {
        var gateway = MadeUpGateway(models: (0..<1_000).map { "model\($0)" })
        for model in 0..<1_000 {
            gateway.reading.models[model].counts = .bad(5)
        }
        gateway.look()
        #expect(gateway.board.troubles.count == 1_001)
        let all = gateway.board.troubles.filter { $0.subject == .gateway }
        #expect(gateway.worst?.subject == .gateway)
        #expect(all.count == 1 && all[0].text.contains("5,000 of 5,000"), "\(all)")
    }

    @Test("A thousand models with one error each are told of as one")
    func oneErrorEach() {
        var gateway = MadeUpGateway(models: (0..<1_000).map { "model\($0)" })
        for model in 0..<1_000 {
            gateway.reading.models[model].counts = .bad(1)
        }
        gateway.look()
        #expect(gateway.kinds == [.errors] && gateway.worst?.severity == .critical)
    }

    @Test("Rejections and timeouts have kinds of their own")
    func turnedAway() {
        var gateway = MadeUpGateway()
        gateway.look(0, TroubleCounts(requests: 100, completed: 40, rejected: 60))
        #expect(gateway.kinds == [.rejecting] && gateway.worst?.severity == .critical)
        var other = MadeUpGateway()
        other.look(0, TroubleCounts(requests: 100, completed: 95, timedOut: 5))
        #expect(other.kinds == [.timingOut] && other.worst?.severity == .warning)
    }

    @Test("Backends: none, one of two, all, sick and wedged")
    func backends() {
        var gateway = MadeUpGateway()
        gateway.reading.backends = []
        gateway.look()
        #expect(gateway.kinds == [.noBackend] && gateway.worst?.severity == .critical)
        gateway = MadeUpGateway()
        gateway.reading.backends = [.init(url: "http://one", isHealthy: false), .init(url: "http://two")]
        gateway.look()
        #expect(gateway.kinds == [.backendDown] && gateway.worst?.severity == .warning)
        gateway.reading.backends[1].isHealthy = false
        gateway.look()
        #expect(gateway.worst?.kind == .noBackend && gateway.worst?.severity == .critical)
        gateway = MadeUpGateway()
        gateway.reading.backends[0].trouble = "answers with errors"
        gateway.look()
        #expect(gateway.kinds == [.backendSick] && gateway.worst?.severity == .critical)
        gateway = MadeUpGateway()
        gateway.reading.backends[0].trouble = "does not finish loading a"
        gateway.reading.backends[0].stuckModel = "a"
        gateway.look()
        #expect(gateway.kinds == [.backendWedged] && gateway.worst?.severity == .critical)
    }

    @Test("Three swaps in five minutes whose loads take most of the time are swapping")
    func swapping() {
        var gateway = MadeUpGateway()
        for _ in 0..<3 {
            gateway.reading.backends[0].work =
                gateway.reading.backends[0].work
                + BackendWork(loading: 6_000, busy: 10_000, swaps: 1)
            gateway.run(seconds: 10)
        }
        #expect(gateway.kinds == [.swapping])
        #expect(gateway.worst?.text.contains("3 times") == true && gateway.worst?.text.contains("60 %") == true)
        gateway.run(seconds: 340)
        #expect(gateway.kinds.isEmpty)
    }

    @Test("A queue is nearly full after ten seconds, and what names the store and the configuration is for viewers")
    func queuesAndGateway() {
        var gateway = MadeUpGateway()
        gateway.reading.models[0].queued = 420
        gateway.look()
        #expect(gateway.kinds.isEmpty)
        gateway.run(seconds: 12)
        #expect(gateway.kinds == [.queueNearlyFull])
        gateway = MadeUpGateway()
        gateway.reading.storeTrouble = "/secret/place is full"
        gateway.reading.reloadFailure = "paddock.yaml: a secret"
        (gateway.reading.openFiles, gateway.reading.maxFiles) = (97, 100)
        gateway.reading.memory = (1, 100)
        gateway.run(seconds: 12)
        #expect(Set(gateway.kinds) == [.storeFailing, .reloadFailed, .filesNearlyUsedUp, .memoryLow])
        for trouble in gateway.board.troubles {
            #expect(!trouble.json(isWhole: false).string.contains("secret"))
        }
        #expect(gateway.board.troubles.contains { $0.json(isWhole: true).string.contains("/secret/place") })
    }

    @Test("A cluster without coordinator, members or store is told, and names are for viewers")
    func cluster() {
        var gateway = MadeUpGateway()
        gateway.reading.cluster = .init(hasCoordinator: true, isServing: true, unlinked: [], store: nil)
        gateway.run(seconds: 12)
        #expect(gateway.kinds.isEmpty)
        gateway.reading.cluster = .init(
            hasCoordinator: false,
            isServing: true,
            unlinked: ["secret-member"],
            store: (address: "redis://secret:6379/0", trouble: "refused")
        )
        gateway.reading.cluster?.differing = [(member: "secret-member", keys: ["backends"])]
        gateway.look()
        #expect(
            Set(gateway.kinds) == [.clusterStoreDown, .membersDiffer],
            "a change of coordinator takes less than 10 s"
        )
        gateway.run(seconds: 12)
        #expect(Set(gateway.kinds) == [.clusterStoreDown, .noCoordinator, .memberSilent, .membersDiffer])
        #expect(gateway.board.troubles.allSatisfy { $0.severity == .warning })
        for trouble in gateway.board.troubles {
            #expect(!trouble.json(isWhole: false).string.contains("secret"))
        }
        #expect(gateway.board.troubles.contains { $0.json(isWhole: true).string.contains("secret-member") })
        gateway.reading.cluster = .init(hasCoordinator: false, isServing: false, unlinked: [], store: nil)
        gateway.run(seconds: 30)
        #expect(gateway.kinds == [.noCoordinator] && gateway.worst?.severity == .critical)
    }

    @Test("Long waits, slow replies and a client that crowds others out are told")
    func timesAndClients() throws {
        var gateway = MadeUpGateway()
        (gateway.reading.models[0].wait, gateway.reading.models[0].queued) = (.seconds(45), 7)
        gateway.reading.models[0].firstByte = .seconds(16)
        gateway.reading.models[0].usualFirstByte = .seconds(2)
        gateway.look()
        #expect(gateway.kinds.isEmpty)
        gateway.run(seconds: 12)
        #expect(Set(gateway.kinds) == [.longWaits, .slow])
        #expect(gateway.board.troubles.contains { $0.text.contains("45 s") && $0.text.contains("7 wait") })
        (gateway.reading.models[0].wait, gateway.reading.models[0].firstByte) = (nil, .seconds(4))
        gateway.run(seconds: 24)
        #expect(gateway.kinds.isEmpty)
        gateway.reading.clients = [
            .init(name: "mallory", waiting: 400, share: (0.6, 0.5)), .init(name: "alice", waiting: 2),
        ]
        gateway.look()
        let flood = try #require(gateway.worst)
        #expect(flood.kind == .clientFlooding && flood.subject == .client("mallory"))
        #expect(!flood.json(isWhole: false).string.contains("mallory"))
        #expect(flood.json(isWhole: true).string.contains("mallory has 400 of the 402"))
        // Nobody else waits.
        gateway.reading.clients.removeLast()
        gateway.run(seconds: 24)
        #expect(gateway.kinds.isEmpty)
        gateway.reading.clients = [.init(name: "mallory", refusedPerSecond: 300)]
        gateway.look()
        #expect(gateway.kinds == [.clientFlooding])
    }

    @Test("A reading that begins again, and a clock that jumps either way, count nothing twice and end nothing wrongly")
    func jumps() {
        var gateway = MadeUpGateway()
        gateway.run(seconds: 60, .bad(10))
        #expect(gateway.worst?.severity == .critical)
        gateway.now -= 3_000
        gateway.look(0, .bad(10))
        #expect(gateway.worst?.severity == .critical)
        gateway.now += 100_000
        gateway.look(0, .good(10))
        gateway.run(seconds: 60, .good(10))
        #expect(gateway.kinds.isEmpty)
        // The entry of the model was dropped, and is new.
        gateway.reading.models[0].counts = .good(3)
        gateway.look()
        #expect(gateway.history[.model("llama2")].short.completed <= 83 && gateway.kinds.isEmpty)
    }

    @Test("Each kind has a name, a view of the page and an alert rule of its own; each alert rule has a kind")
    func kinds() throws {
        var folder = URL(filePath: #filePath)
        for _ in 1...4 { folder.deleteLastPathComponent() }
        let rules = try String(contentsOf: folder.appending(path: "deploy/prometheus/alerts.yaml"), encoding: .utf8)
        let alerts = rules.matches(of: /alert: (\w+)/).map { String($0.output.1) }
        // A gateway that does not answer cannot say so. Its event loops are a matter of its machine, which metrics measure better.
        let elsewhere = ["PaddockDown", "PaddockLoopSlow"]
        let named = TroubleKind.allCases.flatMap(\.alerts)
        #expect(Set(named).count == named.count)
        #expect(Set(named) == Set(alerts).subtracting(elsewhere))
    }

    @Test("Lost lines of the logs are told for about a minute, with their number")
    func lostLines() {
        var gateway = MadeUpGateway()
        gateway.reading.lostLines = 1_200
        gateway.run(seconds: 4)
        gateway.reading.lostLines = 1_234
        gateway.run(seconds: 40)
        #expect(gateway.kinds == [.logLost] && gateway.worst?.text.hasPrefix("1,234 lines") == true)
        gateway.run(seconds: 60)
        #expect(gateway.kinds.isEmpty)
    }

    @Test("Numbers and shares are told exactly enough")
    func numbers() {
        #expect(94_046.grouped == "94,046" && 12.grouped == "12" && 1_234_567.grouped == "1,234,567")
        #expect(TroubleRules.percent(94_046, of: 94_096) == "99 %" && TroubleRules.percent(1, of: 1_000) == "1 %")
        #expect(TroubleRules.percent(3, of: 3) == "100 %" && TroubleRules.percent(0, of: 3) == "0 %")
    }

    @Test("A silent backend, clients that do not read or are paused, and an address with most connections are told")
    func live() throws {
        var gateway = MadeUpGateway()
        gateway.reading.silences = [
            .init(backend: "http://one", count: 2, active: 5, longest: .seconds(9), usual: .seconds(1))
        ]
        gateway.run(seconds: 6)
        #expect(gateway.kinds.isEmpty, "the others get their bytes")
        gateway.reading.silences[0].active = 4
        gateway.run(seconds: 6)
        #expect(gateway.kinds == [.slow] && gateway.worst?.subject == .backend("http://one"))
        gateway = MadeUpGateway()
        gateway.reading.stalled = [.init(client: "a b", count: 2, longest: .seconds(3))]
        gateway.look()
        let stalled = try #require(gateway.worst)
        #expect(stalled.kind == .notReading && stalled.json(isWhole: true).string.contains("#requests?client=a%20b"))
        #expect(
            !stalled.json(isWhole: false).string.contains("a b")
                && !stalled.json(isWhole: false).string.contains("a%20b")
        )
        gateway = MadeUpGateway()
        gateway.reading.paused = ["mallory"]
        gateway.look()
        let paused = try #require(gateway.worst)
        #expect(paused.kind == .clientPaused && paused.json(isWhole: true).string.contains("#clients/mallory"))
        #expect(!paused.json(isWhole: false).string.contains("mallory"))
        gateway = MadeUpGateway()
        gateway.reading.busiestAddress = .init(address: "10.0.0.7", connections: 89, idle: 80, limit: 200)
        gateway.look()
        #expect(gateway.kinds.isEmpty)
        gateway.reading.busiestAddress?.connections = 100
        gateway.look()
        #expect(gateway.kinds == [.connections] && gateway.worst?.fullText?.contains("10.0.0.7") == true)
        #expect(gateway.worst?.json(isWhole: false).string.contains("10.0.0.7") == false)
    }

    @Test("A batch job that would end after its window is told of, and one that would not is not")
    func batches() throws {
        var gateway = MadeUpGateway()
        gateway.reading.batches = ["fast", "slow", "stuck"].map {
            TroubleReading.Batch(id: $0, owner: "alice", total: 8_000, ended: 0, secondsLeft: 3_600)
        }
        for _ in 0..<5 {
            gateway.reading.batches[0].ended += 10
            gateway.reading.batches[1].ended += 2
            gateway.look()
        }
        let late = try #require(gateway.worst)
        #expect(gateway.kinds == [.batchLate] && late.subject == .batch("slow"))
        #expect(late.text.contains("8 of 8,000") || late.text.contains("10 of 8,000"))
        #expect(late.fullText?.contains("slow of alice") == true && !late.text.contains("alice"))
        gateway.reading.batches.remove(at: 1)
        // The slow one was cancelled; of the other nothing ends for five minutes.
        for _ in 0..<150 {
            gateway.reading.batches[0].ended += 10
            gateway.look()
        }
        #expect(gateway.board.troubles.map(\.subject) == [.batch("stuck")])
    }
}
