// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockCluster

/// Which members leave questions unanswered, so that not everybody waits for one that hangs.
struct MemberSilence {
    /// A question that is not answered after this time is taken for one that will not be.
    private static let patience = Nanoseconds(.seconds(1))

    private struct Member {
        /// When the questions were asked that are still open, by their numbers.
        var open: [Int: Instant] = [:]
        var hasFailed = false
    }

    private var members: [MemberID: Member] = [:]
    private var questions = 0

    /// A member is asked.
    ///
    /// - Returns: the number of the question.
    mutating func asked(_ member: MemberID, now: Instant) -> Int {
        self.questions += 1
        self.members[member, default: Member()].open[self.questions] = now
        return self.questions
    }

    /// A question was answered, or will not be.
    mutating func ended(_ question: Int, of member: MemberID, isAnswered: Bool) {
        self.members[member]?.open[question] = nil
        self.members[member]?.hasFailed = !isAnswered
        // One that answers needs no entry, and one that is gone is asked no more.
        if isAnswered, self.members[member]?.open.isEmpty == true { self.members[member] = nil }
    }

    /// Whether a member leaves questions unanswered.
    func isSilent(_ member: MemberID, now: Instant) -> Bool {
        guard let member = self.members[member] else { return false }
        return member.hasFailed || member.open.values.contains { now - $0 > Self.patience }
    }
}
