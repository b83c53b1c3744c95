// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockCluster
internal import Synchronization

/// Lets only some questions be open at a member at once; others wait for their turn.
final class MemberTurns: Sendable {
    /// How many are open at once at a member.
    static let open = 8

    private struct Line {
        var open = 0
        var waiting: [CheckedContinuation<Bool, Never>] = []
    }

    private let lines = Mutex<[MemberID: Line]>([:])

    /// Waits for a turn, which has to be given back.
    ///
    /// - Parameter waits: whether to wait if there is none now.
    /// - Returns: whether there is one; not if the member does not answer those that came before.
    func take(_ member: MemberID, waits: Bool) async -> Bool {
        await withCheckedContinuation { continuation in
            let isNow: Bool? = self.lines.withLock { lines in
                var line = lines[member, default: Line()]
                defer { lines[member] = line }
                if line.open < Self.open {
                    line.open += 1
                    return true
                }
                if !waits { return false }
                line.waiting.append(continuation)
                return nil
            }
            if let isNow { continuation.resume(returning: isNow) }
        }
    }

    /// How many wait for a turn.
    func waiting(for member: MemberID) -> Int { self.lines.withLock { $0[member]?.waiting.count ?? 0 } }

    /// Gives a turn back.
    ///
    /// - Parameter isAnswered: whether the member has answered; if not, nobody waits for it.
    func give(_ member: MemberID, isAnswered: Bool) {
        let (next, inVain) = self.lines.withLock {
            lines -> (CheckedContinuation<Bool, Never>?, [CheckedContinuation<Bool, Never>]) in
            guard var line = lines[member] else { return (nil, []) }
            defer { lines[member] = line.open == 0 ? nil : line }
            if isAnswered, !line.waiting.isEmpty { return (line.waiting.removeFirst(), []) }
            line.open -= 1
            defer { line.waiting = [] }
            return (nil, line.waiting)
        }
        next?.resume(returning: true)
        for waiter in inVain { waiter.resume(returning: false) }
    }
}
