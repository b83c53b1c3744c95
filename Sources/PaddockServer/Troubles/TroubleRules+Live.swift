// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// What requests and connections do just now: backends that begin no reply, and clients that keep slots and connections.
extension TroubleRules {
    /// Half of the requests of a backend wait for their first byte for longer than is usual.
    static func silent(_ reading: TroubleReading) -> [TroubleFinding] {
        reading.silences.filter { $0.count * 2 >= $0.active }.map { silence in
            TroubleFinding(
                kind: .slow,
                subject: .backend(silence.backend),
                text:
                    "\(silence.count.grouped) of the \(silence.active.grouped) requests at the backend \(silence.backend) wait for their "
                    + "first byte, one for \(silence.longest.inSeconds) s, which usually comes within \(silence.usual.inSeconds) s: is it "
                    + "busy with something else, or has it lost its GPU? Drain it if others can do its work"
            )
        }
    }

    /// Clients that do not read or are paused, and an address with half of the connections that there may be.
    static func held(_ reading: TroubleReading) -> [TroubleFinding] {
        var findings = reading.stalled.map { stalled in
            let what =
                "does not read the answers of \(stalled.count.grouped) of its requests, one for \(stalled.longest.inSeconds) s, and each "
                + "keeps a slot: cancel them, or see what the client does"
            return TroubleFinding(
                kind: .notReading,
                subject: .client(stalled.client),
                text: "A client \(what)",
                fullText: "The client \(stalled.client.cut(to: Self.longestName)) \(what)"
            )
        }
        findings += reading.paused.map { client in
            TroubleFinding(
                kind: .clientPaused,
                subject: .client(client),
                text: "A client is paused, and nothing of it starts: paddock clients resume lets it go on",
                fullText:
                    "The client \(client.cut(to: Self.longestName)) is paused, and nothing of it starts: paddock clients resume lets it go on"
            )
        }
        if let busiest = reading.busiestAddress, busiest.connections >= 50,
            busiest.connections * 10 >= busiest.limit * 4
        {
            let what =
                "keeps \(busiest.connections.grouped) of the \(busiest.limit.grouped) connections that there may be, \(busiest.idle.grouped) "
                + "without a request: does it close them? Lower idle_timeout, or raise the limit (ulimit -n, LimitNOFILE)"
            findings.append(
                TroubleFinding(
                    kind: .connections,
                    subject: .client(busiest.address),
                    isOver: busiest.connections * 10 >= busiest.limit * 5,
                    text: "One address \(what)",
                    fullText: "The address \(busiest.address) \(what)"
                )
            )
        }
        return findings
    }
}
