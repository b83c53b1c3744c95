// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockAdmission
import PaddockBase
import PaddockClusterLink
import Testing

@testable import PaddockClusterAdmission

@Suite struct RequestMessageTests {
    private static let messages: [RequestMessage] = {
        guard let model = ModelName("llama2:7b") else { return [] }
        var request = ArrivingRequest(
            id: "abc",
            model: model,
            client: Client(name: "ann ä", weight: 2.5),
            deadline: Instant(nanoseconds: 9_000)
        )
        request.options[RunnerOptions.Name.allCases[0]] = -7
        (request.expectsStream, request.isDeadlineStated, request.units, request.maxAnswerTokens) = (true, true, 3, 100)
        request.keepAlive = .seconds(60)
        // As much as bodies and heads can ask for.
        var largest = request
        (largest.units, largest.maxAnswerTokens, largest.keepAlive) = (.max, .max, Nanoseconds(.max))
        largest.deadline = .distantFuture
        for name in RunnerOptions.Name.allCases { largest.options[name] = .max }
        var news = ReplyNews()
        (news.firstByte, news.status, news.isStream) = (.seconds(1), 200, true)
        var durations = ReplyDurations()
        (durations.total, durations.promptTokens) = (.seconds(2), 5)
        news.durations = durations
        news.tokens = TokenCounts(prompt: 1, answer: 2, isEstimate: true)
        let rejections: [Rejection] = [
            .queueFull(waiting: 5, retryAfter: 1), .shuttingDown(retryAfter: 2), .noBackend(retryAfter: 3),
            .cancelledByAdmin,
            .wouldTimeOut(firstByte: .seconds(1), left: .zero, retryAfter: 60),
            .overQuota(.requestsPerMinute(limit: 1, retryAfter: 2)),
            .overQuota(.tokensPerMinute(limit: 1, used: 2, reserved: 3, retryAfter: 4)),
            .overQuota(.tokensPerDay(limit: 1, used: 2, reserved: 3, retryAfter: 4)),
            .overQuota(.queue(limit: 1, retryAfter: 2)), .overQuota(.model),
        ]
        let places: [QueuePlace?] = [
            nil, .free, QueuePlace(position: 1, estimatedWait: nil, reason: .slot),
            QueuePlace(position: 40_000, estimatedWait: .seconds(3), reason: .paused),
        ]
        let standings = [
            QueueStanding(inFront: 0, pace: nil), QueueStanding(inFront: 70_000, pace: .milliseconds(1)),
        ]
        let behind = WaitReason.Behind(model: model, clients: 3, until: .seconds(9))
        let reasons = WaitReason.Kind.allCases.map { WaitReason($0) } + [WaitReason(.swap, behind: behind)]
        let waiting =
            reasons.map { WaitingRequest(position: 7, reason: $0, estimatedStart: nil) } + [
                WaitingRequest(position: 1, reason: WaitReason(.slot), estimatedStart: .zero, latestStart: .seconds(60))
            ]
        let fromMember: [RequestMessage] = [
            .arrived(RemoteRequest(request, arrived: Instant(nanoseconds: 1_000), now: Instant(nanoseconds: 3_000))),
            .arrived(RemoteRequest(largest, arrived: Instant(nanoseconds: 0), now: Instant(nanoseconds: .max))),
            .left, .toldAll,
            .answered(isStream: true), .needsBackend(.unreachable), .needsBackend(.answer(retryAfter: nil)),
            .needsBackend(.answer(retryAfter: 5)), .asks, .ended(.completed, ReplyNews()),
        ]
        let starts = places.map { RequestMessage.start(backend: "http://10.0.0.1:11434", rule: .leastService, $0) }
        let endings = Ending.allCases.map { RequestMessage.ended($0, news) }
        let refusals = rejections.map { RequestMessage.turnedAway($0, places.last.flatMap(\.self)) }
        let timeouts = standings.flatMap { standing in places.map { RequestMessage.timedOut(standing, $0) } }
        let waits = waiting.map { RequestMessage.waits($0, .free) }
        return fromMember + starts + endings + refusals + timeouts + waits
    }()

    private static func bytes(_ message: RequestMessage, _ number: UInt64, _ session: UInt64) -> [UInt8] {
        var link = LinkWriter()
        message.write(number: number, session: session, to: &link)
        return Array(link.buffer.readableBytesView)
    }

    @Test func `Messages arrive as they were sent`() throws {
        #expect(Self.messages.count > 40)
        for (index, message) in Self.messages.enumerated() {
            var link = LinkReader(ByteBuffer(bytes: Self.bytes(message, UInt64(index), .max)))
            let read = try RequestMessage.read(from: &link)
            let isAtEnd = link.isAtEnd
            #expect(isAtEnd)
            #expect(read.message == message)
            #expect((read.number, read.session) == (UInt64(index), .max))
        }
    }

    @Test func `Messages that are cut or changed are refused or read as others, and never crash`() {
        var random = SeededRandom(seed: 2)
        for message in Self.messages {
            let bytes = Self.bytes(message, 300, 5)
            for length in 0..<bytes.count {
                #expect(throws: LinkError.self) {
                    var link = LinkReader(ByteBuffer(bytes: bytes.prefix(length)))
                    _ = try RequestMessage.read(from: &link)
                }
            }
            for _ in 0..<1_000 {
                var changed = bytes
                for _ in 0...random.number(below: 3) {
                    changed[random.number(below: changed.count)] = UInt8(random.number(below: 256))
                }
                var link = LinkReader(ByteBuffer(bytes: changed))
                guard let read = try? RequestMessage.read(from: &link) else { continue }
                // What was read can be written, and turned into what the machine gets.
                _ = Self.bytes(read.message, read.number, read.session)
                switch read.message {
                case .arrived(let request): _ = request.arriving(now: Instant(nanoseconds: .max))
                case .ended(_, let news): _ = news.progress(started: .distantFuture, now: .distantFuture)
                default: break
                }
            }
        }
    }
}
