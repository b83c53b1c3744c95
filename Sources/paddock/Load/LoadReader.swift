// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import PaddockBase
import PaddockClient
import PaddockJSON

/// Takes the measure of one reply: when its pieces came, how many tokens it had, and what error it carries.
struct LoadReader: ReplyReader {
    /// The status, or 0 before it is there.
    private(set) var status = 0
    /// How long the gateway says the request waited.
    private(set) var queueWait: Duration?
    /// When to come back, where the reply says so.
    private(set) var retryAfter: Int?
    /// When the first piece of the answer came; comments that only show life are none.
    private(set) var firstByte: Duration?
    /// The times between the tokens of a stream.
    private(set) var gaps: [Duration] = []
    private(set) var tokens = 0
    private(set) var bytes = 0
    /// The code of an error, in the reply or at the end of a stream.
    private(set) var code: String?
    private(set) var total = Duration.zero

    private var isStream = false
    private var lastToken: Duration?
    private var line: [UInt8] = []
    private var whole: [UInt8] = []

    mutating func head(_ head: HTTPResponseHead, at time: Duration) {
        self.status = Int(head.status.code)
        if let text = head.headers.first(name: "X-Queue-Wait-Ms"), let wait = Double(text), wait >= 0, wait < 1e12 {
            self.queueWait = .milliseconds(wait)
        }
        self.retryAfter = head.headers.first(name: "Retry-After").flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
        let type = head.headers.first(name: "Content-Type")?.lowercased() ?? ""
        self.isStream = type.hasPrefix("application/x-ndjson") || type.hasPrefix("text/event-stream")
    }

    mutating func body(_ bytes: ByteBuffer, at time: Duration) {
        self.bytes += bytes.readableBytes
        guard self.isStream else {
            if self.firstByte == nil, bytes.readableBytes > 0 { self.firstByte = time }
            self.whole += bytes.readableBytesView.prefix(max(0, Self.wholeLimit - self.whole.count))
            return
        }
        for byte in bytes.readableBytesView {
            if byte == UInt8(ascii: "\n") {
                self.lineEnded(at: time)
            } else if self.line.count < Self.lineLimit {
                self.line.append(byte)
            }
        }
    }

    mutating func end(at time: Duration) {
        self.total = time
        if self.isStream {
            if !self.line.isEmpty { self.lineEnded(at: time) }
        } else if !self.whole.isEmpty {
            self.readWhole()
        }
        self.whole = []
    }

    // MARK: - Streams

    /// A line of NDJSON or of server-sent events.
    private mutating func lineEnded(at time: Duration) {
        defer { self.line.removeAll(keepingCapacity: true) }
        if self.line.last == UInt8(ascii: "\r") { self.line.removeLast() }
        guard !self.line.isEmpty, self.line.first != UInt8(ascii: ":") else { return }
        let text = String(decoding: self.line, as: UTF8.self)
        let json: Substring
        if text.hasPrefix("{") {
            json = text[...]
        } else if text.hasPrefix("data:") {
            json = text.dropFirst("data:".count).drop { $0 == " " }
        } else {
            return
        }
        if json.hasPrefix(#"{"type":"ping""#) { return }
        if self.firstByte == nil { self.firstByte = time }
        if json.hasPrefix(#"{"error":"#) || json.hasPrefix(#"{"type":"error""#) {
            self.code = Self.code(in: Array(json.utf8)) ?? "error"
        } else if Self.isToken(json) {
            if let last = self.lastToken, self.gaps.count < Self.gapLimit { self.gaps.append(time - last) }
            self.lastToken = time
            self.tokens += 1
        }
    }

    /// Whether a piece of a stream carries a piece of the answer.
    private static func isToken(_ json: Substring) -> Bool {
        if json.hasPrefix("[DONE]") || json.contains(#""done":true"#) { return false }
        // Of Anthropic's events only this one does; the others have a type as well.
        if json.hasPrefix(#"{"type":""#) { return json.hasPrefix(#"{"type":"content_block_delta""#) }
        // OpenAI's last pieces: the reason why it ended, and the usage.
        return !json.contains(#""finish_reason":""#) && !json.contains(#""choices":[]"#)
    }

    // MARK: - Whole replies

    private mutating func readWhole() {
        guard (200..<300).contains(self.status) else {
            self.code = Self.code(in: self.whole)
            return
        }
        guard let reply = try? JSONValue(parsing: self.whole) else { return }
        let usage = reply["usage"]
        let counts = [reply["eval_count"], usage?["completion_tokens"], usage?["output_tokens"]]
        self.tokens = counts.lazy.compactMap { $0?.integer }.first ?? 0
    }

    // MARK: - Errors

    /// The code of an error in any dialect, or the beginning of its text where it has none.
    static func code(in json: [UInt8]) -> String? {
        guard let reply = try? JSONValue(parsing: json), let error = reply["error"] else { return nil }
        // Ours has a code beside the text, Ollama's the text alone; those of the others are objects.
        let code = error.string.map { reply["code"]?.string ?? $0 }
        return (code ?? error["code"]?.string ?? error["type"]?.string ?? error["message"]?.string).map(Self.shown)
    }

    private static func shown(_ text: String) -> String { text.escapedForTerminal.cut(to: 48) }

    /// The parts of a reply that are looked at, in bytes.
    private static let wholeLimit = 1 << 20
    private static let lineLimit = 8192
    /// The tokens of one stream whose times are kept.
    private static let gapLimit = 1 << 16
}
