// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockCluster
import PaddockClusterLink

/// Gives a member's link what a stranger, or somebody between two members, may send, and stops where it takes it for a member's, where pieces
/// make a difference, or where a message that was read is another one when it is written and read again.
///
/// The first byte chooses what it is, the second the length of the pieces.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLinks(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard input.count >= 2 else { return 0 }
    let bytes = Array(input.dropFirst(2))
    let small = Array(stride(from: Int(input[1] % 32) + 1, to: bytes.count, by: Int(input[1] % 32) + 1)) + [bytes.count]
    switch input[0] % 4 {
    case 0:
        let whole = Stranger.end(of: bytes, ends: [bytes.count])
        let pieces = Stranger.end(of: bytes, ends: small)
        guard whole == pieces else {
            let (one, other) = (String(describing: pieces), String(describing: whole))
            fatalError("pieces that end at \(small): \(one), and not \(other)")
        }
    case 1: Stranger.interfere(bytes, ends: small)
    case 2: checkMessage(bytes)
    default: checkControl(bytes)
    }
    return 0
}

/// Reads a message of a node, and what it is when it has been written.
private func checkMessage(_ bytes: [UInt8]) {
    var reader = LinkReader(ByteBuffer(bytes: bytes))
    guard let message = try? NodeMessage(from: &reader) else { return }
    var writer = LinkWriter()
    message.write(to: &writer)
    var again = LinkReader(writer.buffer)
    var second = LinkWriter()
    guard let other = try? NodeMessage(from: &again), again.isAtEnd else {
        fatalError("\(message) cannot be read again")
    }
    other.write(to: &second)
    guard second.buffer == writer.buffer else {
        fatalError("\(message) is another one when it is read again")
    }
}

private func checkControl(_ bytes: [UInt8]) {
    var reader = LinkReader(ByteBuffer(bytes: bytes))
    guard let message = try? LinkMessage(from: &reader) else { return }
    var writer = LinkWriter()
    message.write(to: &writer)
    var again = LinkReader(writer.buffer)
    guard (try? LinkMessage(from: &again)) == message, again.isAtEnd else {
        fatalError("\(message) is another one when it is read again")
    }
}

/// Somebody without the secret.
enum Stranger {
    private static func handshake(_ side: LinkHandshake.Side, _ id: UInt64) -> LinkHandshake {
        let me = MemberIdentity(id: MemberID(id), name: "a", address: "a:1", hasBeenLed: false)
        return LinkHandshake(
            side,
            me: me,
            cluster: "c",
            secret: Array("secret".utf8),
            nonce: Array(repeating: UInt8(id), count: 32)
        )
    }

    /// How a handshake ends for somebody who sends these bytes: why it is refused, or that nothing is decided.
    static func end(of bytes: [UInt8], ends: [Int]) -> LinkError? {
        var handshake = Self.handshake(.listening, 1)
        var start = 0
        do throws(LinkError) {
            for end in ends {
                var part = ByteBuffer(bytes: bytes[start..<end])
                start = end
                while let step = try handshake.receive(&part) {
                    if case .agreed = step { fatalError("a stranger is a member") }
                }
            }
            return nil
        } catch {
            return error
        }
    }

    /// Two members, whose batches somebody changes: the first byte is the place, the rest what is there instead.
    static func interfere(_ bytes: [UInt8], ends: [Int]) {
        guard var (sender, receiver) = Self.linked() else { fatalError("members do not agree") }
        let sent =
            sender.batch(ByteBuffer(string: "one")) + sender.batch(ByteBuffer(string: "two"))
            + sender.batch(ByteBuffer())
        var changed = sent
        let place = Int(bytes.first ?? 0) % sent.count
        changed.replaceSubrange(place..<min(sent.count, place + max(0, bytes.count - 1)), with: bytes.dropFirst())
        var read: [ByteBuffer] = []
        var whole = ByteBuffer(bytes: changed)
        do throws(LinkError) {
            while let part = whole.readSlice(length: min(whole.readableBytes, max(1, (ends.first ?? 1)))),
                part.readableBytes > 0
            {
                var part = part
                receiver.receive(&part)
                while let batch = try receiver.next() { read.append(batch) }
            }
        } catch {}
        let right = [ByteBuffer(string: "one"), ByteBuffer(string: "two"), ByteBuffer()]
        guard read == Array(right.prefix(read.count)) else { fatalError("batches that nobody has sent: \(read)") }
        // Those in front of the change arrive.
        if changed != sent, read.count == right.count, !changed.starts(with: sent) {
            fatalError("a change that nobody notices")
        }
    }

    private static func linked() -> (LinkFraming, LinkFraming)? {
        var (first, second) = (Self.handshake(.connecting, 2), Self.handshake(.listening, 1))
        var (toFirst, toSecond) = (second.opening, first.opening)
        guard case .send(var fromFirst)? = try? first.receive(&toFirst),
            case .send(var fromSecond)? = try? second.receive(&toSecond),
            case .agreed(let sending, let rest)? = try? first.receive(&fromSecond),
            case .agreed(let receiving, let other)? = try? second.receive(&fromFirst)
        else { return nil }
        return (LinkFraming(sending, rest: rest), LinkFraming(receiving, rest: other))
    }
}

private func + (left: [UInt8], right: ByteBuffer) -> [UInt8] { left + Array(right.readableBytesView) }
private func + (left: ByteBuffer, right: ByteBuffer) -> [UInt8] {
    Array(left.readableBytesView) + Array(right.readableBytesView)
}
