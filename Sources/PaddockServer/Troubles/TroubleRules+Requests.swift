// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// What becomes of requests: shares of those that ended.
///
/// A share is looked at over two times. Over the short one, so that an outage is seen within seconds however well all went before; over
/// the long one, so that it is seen with few requests. If nothing went wrong in the last minute with ten requests or more, the
/// long one no longer counts.
extension TroubleRules {
    /// A kind of end that is bad, if its share is high.
    private struct Share {
        var kind: TroubleKind
        /// The requests that ended so.
        var part: @Sendable (TroubleCounts) -> Int
        /// Those that it is a share of.
        var whole: @Sendable (TroubleCounts) -> Int
        /// The share in a hundred from which it is listed; it stays listed down to half of it.
        var warning: Int
        /// The share in a hundred from which it is critical.
        var critical: Int
        /// What is said behind "12 of 20 requests for llama2 in the last 16 seconds".
        var text: String
    }

    /// With fewer requests nothing is said of a share.
    private static let least = 3
    /// Models with findings of one kind from which on all are summed up, too.
    private static let many = 4

    private static let shares: [Share] = [
        Share(
            kind: .errors,
            part: \.errors,
            whole: \.replies,
            warning: 2,
            critical: 20,
            text: "were answered 500 or above by their backend: see the log of Ollama there"
        ),
        Share(
            kind: .clientErrors,
            part: \.refusals,
            whole: \.replies,
            warning: 20,
            critical: 101,
            text: "were refused with 400 to 499 by their backend: the requests are wrong, see who sends them"
        ),
        Share(
            kind: .failing,
            part: \.failed,
            whole: \.ended,
            warning: 1,
            critical: 20,
            text: "failed, as no backend could be reached, or its reply broke off or ended with an error: see"
                + " /health and the access log"
        ),
        Share(
            kind: .timingOut,
            part: \.timedOut,
            whole: \.ended,
            warning: 1,
            critical: 20,
            text: "ended at their deadline: the backend is slow, or the queue is longer than request_timeout allows"
        ),
        Share(
            kind: .rejecting,
            part: \.rejected,
            whole: \.requests,
            warning: 5,
            critical: 50,
            text:
                "were rejected: more slots (parallel_limit), another backend, a longer queue or slower clients would help"
        ),
    ]

    static func requests(_ reading: TroubleReading, _ history: TroubleHistory) -> [TroubleFinding] {
        let models = reading.models.map { (name: $0.name, sums: history[.model($0.name)]) }
        let all = history[.all]
        var findings: [TroubleFinding] = []
        for share in self.shares {
            let each = models.compactMap {
                self.finding(share, $0.sums, of: " for \($0.name.cut(to: Self.longestName))", subject: .model($0.name))
            }
            let listed = each.count(where: \.isOver)
            // What is about models that nobody knows, or about many, is told of all together.
            if listed == 0 || listed >= self.many {
                // What is refused of models that are not known are requests for models that no backend has.
                var sums = all
                if share.kind == .clientErrors { sums = sums.without(history[.unknown]) }
                if let finding = self.finding(share, sums, of: "", subject: .gateway) { findings.append(finding) }
            }
            findings += each
        }
        if let finding = self.unknownModel(reading, all, history[.unknown]) { findings.append(finding) }
        return findings
    }

    private static func finding(
        _ share: Share,
        _ sums: TroubleHistory.Sums,
        of what: String,
        subject: Trouble.Subject
    ) -> TroubleFinding? {
        let (shortPart, shortWhole) = (share.part(sums.short), share.whole(sums.short))
        let (longPart, longWhole) = (share.part(sums.long), share.whole(sums.long))
        let isWell = share.whole(sums.minute) >= 10 && share.part(sums.minute) == 0
        func exceeds(_ percent: Int) -> Bool {
            func exceeds(_ part: Int, _ whole: Int) -> Bool {
                part >= Self.least && part * 100 >= max(1, whole) * percent
            }
            return exceeds(shortPart, shortWhole) || !isWell && exceeds(longPart, longWhole)
        }
        let isOver = exceeds(share.warning)
        guard isOver || (!isWell && longPart > 0 && longPart * 200 >= longWhole * share.warning) else { return nil }
        // The time in which it is seen best.
        let isShort = shortPart >= Self.least && shortPart * max(1, longWhole) >= longPart * max(1, shortWhole)
        let (part, whole) = isShort ? (shortPart, shortWhole) : (longPart, longWhole)
        let time = isShort ? "\(TroubleHistory.shortSeconds) seconds" : "\(TroubleHistory.longSeconds / 60) minutes"
        return TroubleFinding(
            kind: share.kind,
            subject: subject,
            severity: exceeds(share.critical) ? .critical : .warning,
            isOver: isOver,
            text: "\(part.grouped) of \(max(part, whole).grouped) requests\(what) in the last \(time) "
                + "(\(self.percent(part, of: whole))) \(share.text)"
        )
    }

    /// From three such requests in five minutes on, if they are one in fifty.
    private static func unknownModel(
        _ reading: TroubleReading,
        _ all: TroubleHistory.Sums,
        _ unknown: TroubleHistory.Sums
    ) -> TroubleFinding? {
        let share = Share(
            kind: .unknownModel,
            part: \.refusals,
            whole: \.replies,
            warning: 2,
            critical: 101,
            text: ""
        )
        var sums = all
        (sums.short.refusals, sums.minute.refusals, sums.long.refusals) =
            (unknown.short.refusals, unknown.minute.refusals, unknown.long.refusals)
        guard var finding = self.finding(share, sums, of: "", subject: .gateway) else { return nil }
        let name = reading.unknownName.map { " (the last one: \($0.cut(to: Self.longestName)))" } ?? ""
        finding.text += "named a model that no backend has\(name): is a name mistyped, or a model not pulled?"
        return finding
    }
}

extension TroubleHistory.Sums {
    /// The sums without those of some of the requests.
    fileprivate func without(_ other: Self) -> Self {
        TroubleHistory.Sums(
            short: self.short - other.short,
            minute: self.minute - other.minute,
            long: self.long - other.long
        )
    }
}
