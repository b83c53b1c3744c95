// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockProxy

/// One thing that is wrong, or nearly, in a reading.
struct TroubleFinding: Equatable, Sendable {
    /// What it is.
    var kind: TroubleKind
    /// What it is about.
    var subject = Trouble.Subject.gateway
    /// How urgent it is.
    var severity = Trouble.Severity.warning
    /// Whether it is bad enough to be listed. If not, it only keeps what is already listed from ending.
    var isOver = true
    /// What is wrong, and what to do.
    var text: String
    /// The same for viewers; nil if there is no more to say.
    var fullText: String?
}

/// What is listed: findings that have lasted, until some time after they are gone, so that the list does not flicker.
struct TroubleBoard: Sendable {
    /// How long something has to be well until it is listed no more, and until it is no longer critical.
    static let rest = Nanoseconds.seconds(20)

    private struct Key: Hashable {
        var kind: TroubleKind
        var subject: Trouble.Subject
    }

    private struct Entry {
        var trouble: Trouble
        /// Since when it is bad without a pause; it is listed after the delay of its kind.
        var overSince: Instant
        var isListed: Bool
        /// When it was last found.
        var seen: Instant
        /// When it was last found to be critical.
        var critical: Instant?
    }

    private var entries: [Key: Entry] = [:]

    /// What a reading has changed.
    struct Change: Equatable, Sendable {
        /// What is listed now and was not.
        var begun: [Trouble] = []
        /// What is no longer listed.
        var ended: [Trouble] = []
    }

    /// Takes in what is wrong now.
    ///
    /// - Parameters:
    ///   - findings: one for each kind and subject.
    ///   - now: the time, which may go backwards.
    ///   - time: the time of day.
    mutating func update(_ findings: [TroubleFinding], now: Instant, time: TimeOfDay) -> Change {
        var change = Change()
        var found: Set<Key> = []
        for finding in findings {
            let key = Key(kind: finding.kind, subject: finding.subject)
            found.insert(key)
            var entry: Entry
            if let known = self.entries[key] {
                entry = known
            } else if finding.isOver {
                let trouble = Trouble(
                    kind: finding.kind,
                    subject: finding.subject,
                    severity: finding.severity,
                    text: finding.text,
                    fullText: finding.fullText,
                    since: time
                )
                entry = Entry(trouble: trouble, overSince: now, isListed: false, seen: now, critical: nil)
            } else {
                continue
            }
            guard entry.isListed || finding.isOver else {
                self.entries[key] = nil
                continue
            }
            entry.seen = now
            (entry.trouble.text, entry.trouble.fullText) = (finding.text, finding.fullText)
            if finding.severity == .critical { entry.critical = now }
            if let critical = entry.critical, Self.hasPassed(Self.rest, since: critical, now) { entry.critical = nil }
            entry.trouble.severity = entry.critical == nil ? .warning : .critical
            if !entry.isListed, Self.hasPassed(finding.kind.delay, since: entry.overSince, now) {
                entry.isListed = true
                change.begun.append(entry.trouble)
            }
            self.entries[key] = entry
        }
        for (key, entry) in self.entries where !found.contains(key) {
            if entry.isListed && !Self.hasPassed(Self.rest, since: entry.seen, now) { continue }
            self.entries[key] = nil
            if entry.isListed { change.ended.append(entry.trouble) }
        }
        return change
    }

    /// A clock that went backwards has not stood still.
    private static func hasPassed(_ length: Nanoseconds, since: Instant, _ now: Instant) -> Bool {
        now < since || now - since >= length
    }

    /// What is listed: the critical first, of these what is about all, then the oldest, then by kind and subject.
    var troubles: [Trouble] {
        self.entries.values.filter(\.isListed).map(\.trouble).sorted { left, right in
            if left.severity != right.severity { return left.severity > right.severity }
            if (left.subject == .gateway) != (right.subject == .gateway) { return left.subject == .gateway }
            if left.since.nanoseconds != right.since.nanoseconds {
                return left.since.nanoseconds < right.since.nanoseconds
            }
            if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
            return left.subject.name < right.subject.name
        }
    }
}

extension Trouble {
    /// The event that it begins with; nil if its beginning is no event, or one that is noted elsewhere.
    var beginning: GatewayEvent? {
        guard case .backend(let url) = self.subject else { return nil }
        let kind: GatewayEvent.Kind
        switch self.kind {
        case .backendSick: kind = .backendSick
        case .swapping: kind = .swapping
        default: return nil
        }
        var event = GatewayEvent(kind, url)
        event.reason = self.text
        return event
    }

    /// The event that it ends with; nil if its end is no event.
    var end: GatewayEvent? {
        guard case .backend(let url) = self.subject else { return nil }
        switch self.kind {
        case .backendSick:
            var event = GatewayEvent(.backendRecovered, url)
            event.reason = "its requests go well"
            return event
        case .swapping: return GatewayEvent(.swappingEnded, url)
        default: return nil
        }
    }
}

extension Trouble.Subject {
    /// What it is called; empty for the gateway.
    var name: String {
        switch self {
        case .gateway: ""
        case .model(let name), .backend(let name), .client(let name), .batch(let name): name
        }
    }
}
