// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOCore
import NIOHTTP1
import PaddockBase
import PaddockClient
import PaddockServer
import Testing

@testable import paddock

@Suite("Times in a histogram")
struct DurationHistogramTests {
    @Test("Percentiles are exact within 1.6 %, count, mean and greatest exactly")
    func percentiles() {
        var histogram = DurationHistogram()
        for number in (1...10_000).reversed() { histogram.add(.microseconds(number * 37)) }
        for percent in [1.0, 25, 50, 90, 99, 99.9] {
            let exact = Double(percent) * 100 * 37
            let measured = (histogram.percentile(percent) ?? .zero) / .microseconds(1)
            #expect(abs(measured - exact) <= exact * 0.016, "p\(percent) is \(measured), exactly \(exact)")
        }
        #expect(histogram.greatest == .microseconds(370_000))
        #expect(histogram.percentile(100) == .microseconds(370_000))
        #expect(histogram.count == 10_000)
        #expect(histogram.mean == .microseconds(37 * 10_001) / 2)
    }

    @Test("Nothing, one, and times beyond any bound")
    func edges() {
        var histogram = DurationHistogram()
        #expect(histogram.percentile(50) == nil && histogram.mean == nil && histogram.maximum == nil)
        histogram.add(.milliseconds(5))
        #expect([1, 50, 100].map { histogram.percentile($0) } == Array(repeating: .milliseconds(5), count: 3))
        histogram.add(.seconds(1_000_000))
        histogram.add(.seconds(-1))
        #expect(histogram.greatest == .seconds(1_000_000) && histogram.count == 3)
    }
}

@Suite("Replies under load")
struct LoadReaderTests {
    /// A reply whose pieces come a millisecond apart, from 1 ms on.
    private static func read(_ status: Int, _ fields: [String: String], _ pieces: [String]) -> LoadReader {
        var reader = LoadReader()
        let head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: status),
            headers: HTTPHeaders(fields.map { ($0.key, $0.value) })
        )
        reader.head(head, at: .zero)
        for (index, piece) in pieces.enumerated() {
            reader.body(ByteBuffer(string: piece), at: .milliseconds(index + 1))
        }
        reader.end(at: .milliseconds(pieces.count))
        return reader
    }

    private static let ndjson = ["Content-Type": "application/x-ndjson", "X-Queue-Wait-Ms": "12.5"]
    private static let events = ["Content-Type": "text/event-stream; charset=utf-8"]

    @Test("NDJSON: one token per line except the last; lines may arrive in any pieces")
    func ndjsonStream() {
        let pieces = [
            #"{"response":"a","done":false}"#, "\n" + #"{"response":"b","do"#, #"ne":false}"# + "\n",
            #"{"done":true}"# + "\n",
        ]
        let reader = Self.read(200, Self.ndjson, pieces)
        #expect(reader.tokens == 2 && reader.code == nil)
        #expect(reader.queueWait == .milliseconds(12.5))
        #expect(reader.firstByte == .milliseconds(2))
        #expect(reader.gaps == [.milliseconds(1)])
        #expect(reader.total == .milliseconds(4))
        #expect(reader.bytes == pieces.reduce(0) { $0 + $1.utf8.count })
    }

    @Test("An error at the end of a stream is one, in each dialect")
    func brokenStreams() {
        let token = #"{"response":"a","done":false}"# + "\n"
        #expect(
            Self.read(200, Self.ndjson, [token, #"{"error":"timeout: x","code":"timeout","message":"x"}"# + "\n"]).code
                == "timeout"
        )
        let openAI = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"
        #expect(
            Self.read(
                200,
                Self.events,
                [openAI, "data: {\"error\":{\"message\":\"x\",\"code\":\"backend_error\"}}\n\n"]
            ).code == "backend_error"
        )
        let anthropic =
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"x\"}}\n\n"
        #expect(Self.read(200, Self.events, [anthropic]).code == "api_error")
    }

    @Test("Signs of life are neither a first byte nor tokens")
    func signsOfLife() {
        let reader = Self.read(
            200,
            Self.events,
            [
                ": queued, position 3\n\n", "event: ping\ndata: {\"type\":\"ping\"}\n\n",
                "event: message_start\ndata: {\"type\":\"message_start\"}\n\n",
                "data: {\"type\":\"content_block_delta\",\"delta\":{}}\r\n\r\n",
                "data: {\"type\":\"message_stop\"}\n\n",
            ]
        )
        #expect(reader.firstByte == .milliseconds(3))
        #expect(reader.tokens == 1)
    }

    @Test("OpenAI: the last pieces carry no token")
    func openAIStream() {
        let reader = Self.read(
            200,
            Self.events,
            [
                "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n",
                "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
                "data: {\"choices\":[],\"usage\":{}}\n\n", "data: [DONE]\n\n",
            ]
        )
        #expect(reader.tokens == 1)
    }

    @Test(
        "Whole replies: tokens and codes",
        arguments: [
            (200, #"{"eval_count":7}"#, 7, nil), (200, #"{"usage":{"completion_tokens":5}}"#, 5, nil),
            (200, #"{"usage":{"output_tokens":3}}"#, 3, nil), (200, "nonsense", 0, nil),
            (503, #"{"error":"queue_full: x","code":"queue_full","message":"x"}"#, 0, "queue_full"),
            (503, #"{"error":{"message":"x","type":"server_error","code":"would_time_out"}}"#, 0, "would_time_out"),
            (404, #"{"error":"model \#u{22}x\#u{22} not found"}"#, 0, nil), (502, "<html>", 0, nil), (500, "", 0, nil),
            (500, #"{"error":"a\u001b[2Jb"}"#, 0, #"a\u{1b}[2Jb"#),
        ]
    )
    func wholeReplies(status: Int, body: String, tokens: Int, code: String?) {
        let reader = Self.read(status, ["Content-Type": "application/json", "Retry-After": "3"], [body])
        #expect(reader.tokens == tokens && reader.code == code && reader.retryAfter == 3)
    }
}

@Suite("paddock load")
struct LoadTests {
    private static func plan(_ arguments: String...) throws -> LoadPlan {
        try LoadCommand.parse(arguments).plan(url: ServerURL(host: "h", port: 1))
    }

    @Test("Without options: eight at once for ten seconds")
    func standard() throws {
        let plan = try Self.plan()
        #expect(plan.pace == .closed(concurrency: 8) && plan.duration == .seconds(10) && plan.requests == nil)
        #expect(plan.models == [LoadPlan.Model(name: "llama2", weight: 1)] && plan.isStreamed)
    }

    @Test("Options become a plan")
    func options() throws {
        let plan = try Self.plan(
            "-r",
            "12.5",
            "-n",
            "100",
            "--model",
            "llama2:7b=3",
            "--model",
            "m",
            "--client",
            "alice:k:1",
            "--client",
            "::1",
            "--client",
            "bob",
            "--header",
            "X-Request-Timeout: 10",
            "--class",
            "batch",
            "--timeout",
            "2m",
            "--no-stream"
        )
        #expect(plan.pace == .open(rate: 12.5, outstanding: 10_000) && plan.duration == nil && plan.requests == 100)
        #expect(plan.models == [LoadPlan.Model(name: "llama2:7b", weight: 3), LoadPlan.Model(name: "m", weight: 1)])
        #expect(plan.clients.map(\.name) == ["alice", "::1", "bob"])
        #expect(
            plan.clients.flatMap(\.fields).map { "\($0.name): \($0.value)" } == [
                "Authorization: Bearer k:1", "X-Forwarded-For: ::1", "X-Forwarded-User: bob",
            ]
        )
        #expect(plan.timeout == .seconds(120))
        let fields = plan.request(0).request.head(authority: "h").headers
        #expect(
            fields["Priority"] == ["u=6"] && fields["X-Request-Timeout"] == ["10"]
                && fields["Authorization"] == ["Bearer k:1"]
        )
    }

    @Test(
        "A bad option is an error of usage",
        arguments: [
            ["-c", "0"], ["-c", "2", "-r", "1"], ["-r", "0"], ["-r", "nan"], ["-d", "0"], ["-d", "-1s"], ["-d", "1e9"],
            ["-n", "0"], ["--model", "m=0"], ["--model", ""], ["--model", "=2"], ["--client", ""], ["--client", "a:"],
            ["--client", "a:b\nc"], ["--header", "novalue"], ["--header", "a b: c"], ["--header", "Host: x"],
            ["--header", "a: b\r\nc: d"], ["--retry", "-1"], ["--class", "vip"], ["--api", "x"], ["--seed", "-1"],
        ]
    )
    func badOptions(arguments: [String]) {
        #expect(throws: (any Error).self) { try LoadCommand.parse(arguments) }
    }

    @Test("The same seed gives the same requests and moments; models follow their weights, clients take turns")
    func seeds() throws {
        let plan = try Self.plan("--model", "a=3", "--model", "b", "--client", "x", "--client", "y", "--seed", "7")
        let requests = (0..<2000).map(plan.request)
        #expect(requests.map(\.model) == (0..<2000).map { plan.request($0).model })
        #expect((1400...1600).contains(requests.count { $0.model == "a" }))
        #expect(requests.prefix(4).map(\.client) == ["x", "y", "x", "y"])
        #expect(Set(requests.map { $0.request.body.map { String(buffer: $0) } }).count == 2000)
    }

    @Test("Arrivals at random have the asked rate, and gaps like an exponential distribution's")
    func poisson() {
        var arrivals = PoissonArrivals(rate: 50, seed: 3)
        let moments = (0..<20_000).map { _ in arrivals.next() / .seconds(1) }
        #expect(zip(moments, moments.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(abs(moments[19_999] - 400) < 12)
        let gaps = zip(moments.dropFirst(), moments).map { $0 - $1 }
        // Of an exponential distribution 1/e are longer than the mean.
        #expect(abs(Double(gaps.count { $0 > 0.02 }) / Double(gaps.count) - 0.3679) < 0.02)
    }

    @Test("A server that is away is tried at a tenth of a second, then ever more seldom, at least once a second")
    func reconnecting() {
        var pace = ReconnectPace()
        let start = ContinuousClock.now
        var tries: [Duration] = []
        for tick in 0..<500 {
            let now = start + .milliseconds(10 * tick)
            if pace.tryAfter(now: now) == nil {
                tries.append(now - start)
                pace.failed(now: now)
                // Others that fail at the same time do not make the pause longer.
                pace.failed(now: now)
            }
        }
        #expect(tries == [0, 100, 300, 700, 1500, 2500, 3500, 4500].map { .milliseconds($0) })
        pace.succeeded()
        #expect(pace.tryAfter(now: start) == nil && pace.tryAfter(now: start) == nil)
    }

    @Test("Statuses show how a request ended")
    func statuses() {
        func status(_ status: Int, _ body: String?, _ failure: HTTPFailure?) -> String {
            var reader = LoadReader()
            if status > 0 {
                reader.head(
                    HTTPResponseHead(
                        version: .http1_1,
                        status: HTTPResponseStatus(statusCode: status),
                        headers: body == nil ? [:] : ["Content-Type": "application/x-ndjson"]
                    ),
                    at: .zero
                )
            }
            if let body { reader.body(ByteBuffer(string: body), at: .zero) }
            reader.end(at: .zero)
            return LoadAnswer(model: "m", client: nil, reader: reader, failure: failure, delay: .zero).status
        }
        #expect(status(200, nil, nil) == "200")
        #expect(status(200, #"{"error":"timeout: x","code":"timeout"}"#, .closed) == "200, then timeout")
        #expect(status(200, "{}\n", .closed) == "200, then broken off")
        #expect(status(503, nil, nil) == "503")
        #expect(status(0, nil, .unreachable("connection refused")) == "no connection: connection refused")
        #expect(status(0, nil, .timedOut) == "no answer in time")
    }

    @Test("However many errors a server makes up, the table stays small")
    func boundedStatuses() {
        var tally = LoadTally()
        for number in 0..<1000 {
            tally.add(
                LoadAnswer(
                    model: "m",
                    client: nil,
                    reader: LoadReader(),
                    failure: .unreachable("\(number)"),
                    delay: .zero
                )
            )
        }
        #expect(tally.statuses.count == 101 && tally.statuses["other"] == 900)
        #expect(!tally.hasAnswer && tally.all.ended == 1000)
    }

    @Test("Times count from when a request was due")
    func delay() {
        var reader = LoadReader()
        reader.head(HTTPResponseHead(version: .http1_1, status: .ok), at: .milliseconds(1))
        reader.body(ByteBuffer(string: "{}"), at: .milliseconds(2))
        reader.end(at: .milliseconds(3))
        var tally = LoadTally()
        tally.add(LoadAnswer(model: "m", client: "c", reader: reader, failure: nil, delay: .milliseconds(100)))
        #expect(tally.all.firstByte.greatest == .milliseconds(102) && tally.all.total.greatest == .milliseconds(103))
        #expect(tally.clients["c"]?.completed == 1 && tally.models["m"]?.completed == 1)
    }

    @Test("The progress line fits the terminal", arguments: [1, 20, 79])
    func progress(width: Int) {
        let line = LoadProgress.line(LoadTally(), outstanding: 3, elapsed: .seconds(2), isEnding: false, width: width)
        #expect(line.columns <= width)
    }
}
