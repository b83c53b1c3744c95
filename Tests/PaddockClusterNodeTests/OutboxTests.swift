// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockCluster
import PaddockClusterLink
import Testing

@testable import PaddockClusterNode

@Suite struct OutboxTests {
    private static let (a, b) = (MemberID(1), MemberID(2))

    @Test func `Whoever finds the box empty sees to it that it is emptied, and all comes out in order`() {
        let box = Outbox()
        for _ in 0..<2 {
            #expect(box.add(for: Self.a) { $0.text("one") } == .sendNow)
            #expect(box.add(for: Self.b) { $0.text("two") } == .nothing)
            #expect(box.add(for: Self.a, isUrgent: false) { $0.text("three") } == .nothing)
            #expect(box.takeAll() == [Self.a: [Self.written("one", "three")], Self.b: [Self.written("two")]])
            #expect(box.takeAll().isEmpty)
        }
        _ = box.add(for: Self.a) { $0.text("four") }
        box.close()
        #expect(box.add(for: Self.a) { $0.text("five") } == .nothing)
        #expect(box.takeAll().isEmpty)
    }

    @Test func `What is not urgent goes out with what is, or when its time is over`() {
        let box = Outbox()
        #expect(box.add(for: Self.a, isUrgent: false) { $0.text("one") } == .sendSoon)
        #expect(box.add(for: Self.b, isUrgent: false) { $0.text("two") } == .nothing)
        #expect(box.add(for: Self.a) { $0.text("three") } == .sendNow)
        #expect(box.takeAll() == [Self.a: [Self.written("one", "three")], Self.b: [Self.written("two")]])
        // The time that was set has not come yet, and counts for this as well.
        #expect(box.add(for: Self.a, isUrgent: false) { $0.text("four") } == .nothing)
        box.timeIsOver()
        #expect(box.takeAll() == [Self.a: [Self.written("four")]])
        #expect(box.add(for: Self.a, isUrgent: false) { $0.text("five") } == .sendSoon)
    }

    @Test func `What does not fit into one message is in several, and none ends within a word`() {
        let box = Outbox()
        let words = (0..<7).map { String(repeating: "\($0)", count: NodeMessage.maxBytes / 3) }
        for word in words { _ = box.add(for: Self.a) { $0.text(word) } }
        let parts = box.takeAll()[Self.a] ?? []
        #expect(
            parts == [
                Self.written(words[0], words[1]), Self.written(words[2], words[3]), Self.written(words[4], words[5]),
                Self.written(words[6]),
            ]
        )
    }

    private static func written(_ words: String...) -> ByteBuffer {
        var link = LinkWriter()
        for word in words { link.text(word) }
        return link.buffer
    }
}
