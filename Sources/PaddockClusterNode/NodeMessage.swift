// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockCluster
internal import PaddockClusterLink

/// What goes over a link.
enum NodeMessage {
    case control(LinkMessage)
    /// A registration, with the requests that hold what it counts.
    case registration(Registration, requests: ByteBuffer)
    /// Something about requests, one thing after the other.
    case requests(ByteBuffer)
    /// A question that is none about requests, with a number of the asker's.
    case question(UInt64, [UInt8])
    /// The answer to it; nil if there is none.
    case answer(UInt64, [UInt8]?)

    private enum Kind: UInt64 {
        case control = 1
        case registration = 2
        case requests = 3
        case question = 4
        case answer = 5
    }

    /// The most bytes about requests, of a question or of an answer in one message.
    static let maxBytes = LinkFraming.maxBytes / 2

    func write(to link: inout LinkWriter) {
        switch self {
        case .control(let message):
            link.number(Kind.control.rawValue)
            message.write(to: &link)
        case .registration(let registration, let requests):
            link.number(Kind.registration.rawValue)
            LinkMessage.register(registration).write(to: &link)
            link.part(requests)
        case .requests(let requests):
            link.number(Kind.requests.rawValue)
            link.part(requests)
        case .question(let number, let question):
            link.number(Kind.question.rawValue)
            link.number(number)
            link.number(UInt64(question.count))
            link.bytes(question)
        case .answer(let number, let answer):
            link.number(Kind.answer.rawValue)
            link.number(number)
            link.optional(answer) {
                $0.number(UInt64($1.count))
                $0.bytes($1)
            }
        }
    }

    init(from link: inout LinkReader) throws(LinkError) {
        guard let kind = Kind(rawValue: try link.number()) else { throw .notUnderstood }
        switch kind {
        case .control: self = .control(try LinkMessage(from: &link))
        case .registration:
            guard case .register(let registration) = try LinkMessage(from: &link) else { throw .notUnderstood }
            self = .registration(registration, requests: try link.part(atMost: Self.maxBytes))
        case .requests: self = .requests(try link.part(atMost: Self.maxBytes))
        case .question:
            self = .question(try link.number(), try link.bytes(try link.count(atMost: Self.maxBytes)))
        case .answer:
            self = .answer(
                try link.number(),
                try link.optional { link throws(LinkError) in try link.bytes(try link.count(atMost: Self.maxBytes)) }
            )
        }
    }
}
