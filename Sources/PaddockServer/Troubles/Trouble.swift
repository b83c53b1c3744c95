// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockJSON
package import PaddockProxy

/// Something that is wrong now, in words: with its numbers, and with what to do about it.
package struct Trouble: Equatable, Sendable {
    /// How urgent it is.
    package enum Severity: String, Comparable, CaseIterable, Sendable {
        /// Somebody should look at it today.
        case warning
        /// Requests fail, or soon will.
        case critical

        /// Whether one is less urgent than another.
        package static func < (left: Severity, right: Severity) -> Bool { left == .warning && right == .critical }
    }

    /// What it is about.
    package enum Subject: Hashable, Sendable {
        /// The gateway, or several of the others together.
        case gateway
        /// A model, by its normalised name.
        case model(String)
        /// A backend, by its URL.
        case backend(String)
        /// A client, by its name. Strangers are not told (contract section 7).
        case client(String)
        /// A batch job, by its id. Strangers are not told.
        case batch(String)
    }

    /// What it is.
    package var kind: TroubleKind
    /// What it is about.
    package var subject: Subject
    /// How urgent it is.
    package var severity: Severity
    /// What is wrong, with its numbers, and what to do; nothing of it is only for viewers.
    package var text: String
    /// The same for viewers; nil if there is no more to say to them.
    package var fullText: String?
    /// When it began.
    package var since: TimeOfDay

    /// Its entry in `GET /queue/troubles` and in the dashboard's events (contract section 26).
    ///
    /// - Parameter isWhole: whether the reader may know names of clients (a viewer).
    func json(isWhole: Bool) -> JSONText {
        .object { json in
            json.member("kind", self.kind.rawValue)
            json.member("severity", self.severity.rawValue)
            json.member("text", isWhole ? self.fullText ?? self.text : self.text)
            json.member("since", self.since.iso8601)
            switch self.subject {
            case .gateway: break
            case .model(let name): json.member("model", name)
            case .backend(let url): json.member("backend", url)
            case .client(let name): if isWhole { json.member("client", name) }
            case .batch(let id): if isWhole { json.member("batch", id) }
            }
            json.member("link", self.link(isWhole: isWhole))
        }
    }

    /// The view of the dashboard that shows it.
    private func link(isWhole: Bool) -> String {
        switch self.subject {
        case .model(let name): "#models/\(name.encodedForFragment)"
        case .backend(let url): "#fleet/\(url.encodedForFragment)"
        case .client where self.kind == .connections: "#clients"
        case .client(let name) where self.kind == .notReading:
            isWhole ? "#requests?client=\(name.encodedForFragment)" : "#requests"
        case .client(let name): isWhole ? "#clients/\(name.encodedForFragment)" : "#clients"
        case .batch: "#batches"
        case .gateway: "#\(self.kind.view)"
        }
    }
}

extension String {
    /// As `encodeURIComponent` of the page writes it.
    fileprivate var encodedForFragment: String {
        var result = ""
        for byte in self.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}
