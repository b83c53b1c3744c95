// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockClient
import Testing

@testable import paddock

@Suite("paddock top")
struct TopScreenTests {
    private static func reading(_ models: [ModelStats], healthy: [Bool] = [true]) -> GatewayReading {
        GatewayReading(
            health: HealthReply(
                status: "healthy",
                version: "1.2.3",
                backends: healthy.map { HealthReply.Backend(url: "http://b", healthy: $0) },
                concurrency: HealthReply.Concurrency(defaultParallel: 2, defaultQueueLimit: 16, memory: nil)
            ),
            stats: StatsReply(
                defaultParallel: 2,
                defaultQueueLimit: 16,
                totalModels: models.count,
                models: Dictionary(uniqueKeysWithValues: models.map { ($0.model, $0) })
            )
        )
    }

    private static func model(_ name: String, active: Int = 0, queued: Int = 0, done: Int = 0) -> ModelStats {
        ModelStats(
            model: name,
            parallelLimit: 2,
            queueLimit: 16,
            activeRequests: active,
            queuedRequests: queued,
            availableSlots: 2 - active,
            totalRequests: done + active + queued,
            totalProcessed: done,
            totalRejected: 0,
            totalFailed: 0,
            totalTimedOut: 0,
            totalCancelled: 0,
            avgWaitTimeMs: 45,
            avgProcessingTimeMs: 2300
        )
    }

    private static func screen(columns: Int = 80, rows: Int = 12, _ models: [ModelStats]) throws -> TopScreen {
        var screen = TopScreen(
            url: try ServerURL("http://127.0.0.1:8080"),
            size: TerminalSize(columns: columns, rows: rows),
            isPlain: true
        )
        _ = screen.handle(.reading(Self.reading(models), at: .zero))
        return screen
    }

    private static func press(_ screen: inout TopScreen, _ keys: Key...) -> [TopScreen.Action] {
        keys.compactMap { screen.handle(.key($0)) }
    }

    @Test("The whole screen in 80 columns")
    func wholeScreen() throws {
        var screen = try Self.screen(
            rows: 8,
            [Self.model("llama2", active: 2, queued: 4), Self.model("mistral", active: 1)]
        )
        _ = screen.handle(
            .reading(
                Self.reading([Self.model("llama2", active: 2, queued: 4, done: 3), Self.model("mistral", active: 1)]),
                at: .seconds(2)
            )
        )
        #expect(
            screen.lines().map(\.text) == [
                "Paddock 1.2.3 at http://127.0.0.1:8080: healthy",
                "2 models · 3 active · 4 queued · 1.50 done/s · backends 1/1",
                "",
                "MODEL        ACTIVE      vQUEUED  DONE/S  REJ/S   WAIT    TIME",
                "llama2   ###### 2/2  ##.... 4/16    1.50      0  45 ms  2.30 s",
                "mistral  ###... 1/2  ...... 0/16       0      0  45 ms  2.30 s",
                "",
                "q quit  ? help  [1 models]  2 fleet  3 requests  4 clients  / filter  s sort",
            ]
        )
    }

    @Test("A member of a cluster says so at its head")
    func cluster() throws {
        var screen = try Self.screen([Self.model("llama2")])
        let reading = Self.reading([Self.model("llama2")])
        var health = reading.health
        health.cluster = ClusterSummary(
            role: "member",
            term: 7,
            coordinator: "b\u{7}",
            members: 3,
            isStoreReachable: true
        )
        _ = screen.handle(.reading(GatewayReading(health: health, stats: reading.stats), at: .zero))
        #expect(screen.lines()[2].text == "Cluster: 3 members, coordinator b\\u{7}, term 7, store ok")
    }

    @Test("What is in trouble is said, in at most four lines")
    func troubles() throws {
        func screen(_ troubles: [String?], store: String? = nil) throws -> TopScreen {
            var screen = try Self.screen(rows: 10, [])
            let backends = troubles.enumerated().map { index, trouble in
                HealthReply.Backend(url: "http://b\(index)", healthy: true, trouble: trouble)
            }
            let reading = Self.reading([])
            let health = HealthReply(
                status: "degraded",
                version: "1.2.3",
                backends: backends,
                concurrency: reading.health.concurrency,
                store: HealthReply.Store(place: "/s", trouble: store)
            )
            _ = screen.handle(.reading(GatewayReading(health: health, stats: reading.stats), at: .zero))
            return screen
        }
        func warnings(_ screen: TopScreen) -> [String] {
            screen.lines().filter { $0.style == .warning }.map(\.text)
        }
        #expect(warnings(try screen([nil])).isEmpty)
        let two = try screen([nil, "is busy\u{1B}"], store: "the disk is full")
        #expect(warnings(two) == ["Usage is in memory only: the disk is full", "http://b1 is busy\\u{1b}"])
        #expect(two.snapshotBlocks().count == 2)
        let many = warnings(try screen(Array(repeating: "is busy", count: 7)))
        #expect(many.count == 4 && many.last == "… and 4 more in trouble")
        // While the gateway does not answer, what it said last is not what counts.
        var away = two
        _ = away.handle(.unreachable("closed"))
        #expect(warnings(away) == ["not reachable, retrying: closed"])
    }

    @Test("No size makes it wider or higher than the terminal", arguments: [1, 2, 5, 20, 40, 79, 80, 200])
    func sizes(columns: Int) throws {
        let models = (0..<50).map {
            Self.model("model-\($0)-with-a-name-that-goes-on-and-on", active: $0 % 3, queued: $0)
        }
        for rows in [1, 2, 3, 5, 24, 60] {
            var screen = try Self.screen(columns: columns, rows: rows, models)
            for key in [Key.end, .up, .character("p"), .character("1")] { _ = screen.handle(.key(key)) }
            let lines = screen.lines()
            #expect(lines.count == rows)
            #expect(lines.allSatisfy { $0.text.columns <= columns })
        }
    }

    @Test("A name cannot steer the terminal")
    func hostileName() throws {
        var screen = try Self.screen([Self.model("\u{1B}[2Jgone\nline")])
        _ = Self.press(&screen, .down, .character("p"))
        #expect(!screen.lines().contains { $0.text.contains("\u{1B}") || $0.text.contains("\n") })
        #expect(screen.lines().contains { $0.text.contains("\\u{1b}") })
    }

    @Test("q, Ctrl-C and Ctrl-D quit, Ctrl-Z stops")
    func quitting() throws {
        var screen = try Self.screen([])
        #expect(Self.press(&screen, .character("q"), .control("c"), .control("d")) == [.quit, .quit, .quit])
        #expect(Self.press(&screen, .control("z")) == [.suspend])
    }

    @Test("Sorting goes round, and r turns it")
    func sorting() throws {
        var screen = try Self.screen([
            Self.model("a", active: 1), Self.model("b", queued: 5), Self.model("c", active: 2, queued: 1),
        ])
        func names() -> String { screen.rows.map(\.model.model).joined() }
        #expect(names() == "bca")
        _ = Self.press(&screen, .character("r"))
        #expect(names() == "acb")
        _ = Self.press(&screen, .character("S"))
        #expect(screen.sorting.column == .active && names() == "cab")
        _ = Self.press(&screen, .character("S"))
        #expect(screen.sorting.column == .model && names() == "abc")
        _ = Self.press(&screen, .character("r"))
        #expect(names() == "cba")
        for _ in TopSorting.Column.allCases { _ = Self.press(&screen, .character("s")) }
        #expect(screen.sorting.column == .model)
    }

    @Test("A limit is typed for the chosen model, which stays chosen when the order changes")
    func typingALimit() throws {
        var screen = try Self.screen([Self.model("a", queued: 2), Self.model("b", queued: 1)])
        #expect(Self.press(&screen, .character("p")).isEmpty)
        #expect(screen.mode == .looking && screen.note != nil)
        _ = Self.press(&screen, .down, .down)
        #expect(screen.chosen == "b")
        _ = screen.handle(.reading(Self.reading([Self.model("a"), Self.model("b", queued: 9)]), at: .seconds(1)))
        let typed = Self.press(
            &screen,
            .character("p"),
            .character("1"),
            .character("x"),
            .character("9"),
            .backspace,
            .character("2"),
            .enter,
            .character("y")
        )
        #expect(typed == [.change(LimitChange(model: "b", parallel: 12))])
        #expect(
            Self.press(&screen, .character("l"), .character("0"), .enter, .enter) == [
                .change(LimitChange(model: "b", queue: 0))
            ]
        )
        #expect(Self.press(&screen, .character("l"), .character("7"), .escape, .enter).isEmpty)
        #expect(Self.press(&screen, .character("p"), .enter).isEmpty)
        #expect(Self.press(&screen, .character("p"), .character("9"), .enter, .character("n")).isEmpty)
        #expect(screen.note == "nothing was changed")
        #expect(screen.mode == .looking)
        // While a number is typed, letters are not commands, but Ctrl-C is.
        #expect(Self.press(&screen, .character("p"), .character("q"), .control("c")) == [.quit])
    }

    @Test("+ and - change the parallel limit by one, never below one")
    func stepping() throws {
        var screen = try Self.screen([Self.model("a")])
        _ = Self.press(&screen, .down)
        func yes(_ keys: Key...) -> [TopScreen.Action] {
            for key in keys { _ = screen.handle(.key(key)) }
            return Self.press(&screen, .character("y"))
        }
        #expect(yes(.character("+")) == [.change(LimitChange(model: "a", parallel: 3))])
        #expect(yes(.character("-")) == [.change(LimitChange(model: "a", parallel: 1))])
        #expect(
            yes(.character("+"), .character("+"), .character("-"), .character("+")) == [
                .change(LimitChange(model: "a", parallel: 4))
            ]
        )
        #expect(yes(.character("+"), .escape).isEmpty)
        var one = Self.model("a")
        one.parallelLimit = 1
        _ = screen.handle(.reading(Self.reading([one]), at: .seconds(1)))
        #expect(Self.press(&screen, .character("-")).isEmpty)
    }

    @Test("1 to 4 open views, / filters all of them, ? explains, and a name in any of them cannot steer the terminal")
    func views() throws {
        let hostile = "\u{1B}[2Jgone\u{202E}" + String(repeating: "x", count: 250)
        var screen = try Self.screen([Self.model("llama2", queued: 1), Self.model("mistral"), Self.model(hostile)])
        func shows(_ text: String) -> Bool { screen.lines().contains { $0.text.contains(text) } }
        _ = Self.press(&screen, .character("/"), .character("M"), .character("i"), .enter)
        #expect(screen.rows.map(\.model.model) == ["mistral"] && shows("/Mi"))
        _ = Self.press(&screen, .escape, .character("2"))
        #expect(screen.view == .fleet && shows("http://b") && screen.rows.count == 3)
        _ = Self.press(&screen, .character("4"))
        #expect(shows("…"))
        // What was asked for another view comes late.
        _ = screen.handle(.list(TopList(refusal: "late"), .requests))
        #expect(!shows("late"))
        let clients = [TopClient(client: hostile, running: 7), TopClient(client: "alice", waiting: 12)]
        _ = screen.handle(.list(TopList(clients: clients), .clients))
        #expect(shows("alice") && shows("12") && shows("\\u{1b}"))
        #expect(
            screen.lines().allSatisfy {
                $0.text.columns <= 80 && $0.text.unicodeScalars.allSatisfy { $0.value >= 0x20 }
            }
        )
        _ = Self.press(&screen, .character("/"), .character("A"), .character("L"), .enter)
        #expect(shows("alice") && !shows("gone"))
        _ = Self.press(&screen, .escape, .character("3"))
        _ = screen.handle(.list(TopList(refusal: "it requires its admin token"), .requests))
        #expect(shows("admin token"))
        _ = Self.press(&screen, .character("+"))
        #expect(screen.mode == .looking && screen.note != nil)
        _ = Self.press(&screen, .character("?"))
        #expect(shows("Keys of paddock top") && screen.lines().count == 12)
        #expect(Self.press(&screen, .character("q")) == [.quit])
    }

    @Test("While the gateway is unreachable it shows that, keeps the last values, and shows no false rates afterwards")
    func away() throws {
        var screen = try Self.screen([Self.model("a", done: 100)])
        _ = screen.handle(.reading(Self.reading([Self.model("a", done: 110)]), at: .seconds(1)))
        #expect(screen.rows.first?.donePerSecond == 10)
        _ = screen.handle(.unreachable("connection refused"))
        #expect(screen.lines()[1].text == "not reachable, retrying: connection refused")
        #expect(screen.rows.count == 1)
        _ = screen.handle(.reading(Self.reading([Self.model("a", done: 3)]), at: .seconds(5)))
        #expect(screen.trouble == nil && screen.rows.first?.donePerSecond == nil)
        _ = screen.handle(
            .reading(Self.reading([Self.model("a", done: 5), Self.model("new", done: 4)]), at: .seconds(6))
        )
        #expect(screen.rows.compactMap(\.donePerSecond).sorted() == [2, 4])
    }

    @Test("After a reset of the totals there is no rate below zero")
    func reset() throws {
        var screen = try Self.screen([Self.model("a", done: 100)])
        _ = screen.handle(.reading(Self.reading([Self.model("a", done: 0)]), at: .seconds(1)))
        #expect(screen.rows.first?.donePerSecond == nil)
    }

    @Test("Slots are those of all healthy backends")
    func slots() throws {
        var screen = try Self.screen([Self.model("a", active: 1)])
        _ = screen.handle(
            .reading(Self.reading([Self.model("a", active: 3)], healthy: [true, true, false]), at: .seconds(1))
        )
        #expect(screen.rows.first?.slots == 4)
    }
}
