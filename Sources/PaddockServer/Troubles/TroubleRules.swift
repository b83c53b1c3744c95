// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// What is wrong in a reading: a function of the reading and of what happened lately.
///
/// Each rule has a threshold from which something is listed, and a lower one down to which it stays listed (`isOver`).
enum TroubleRules {
    /// All that is wrong, one finding for each kind and subject.
    ///
    /// - Parameters:
    ///   - reading: the gateway now.
    ///   - history: what happened lately, the reading included.
    static func findings(_ reading: TroubleReading, _ history: TroubleHistory) -> [TroubleFinding] {
        self.requests(reading, history) + self.queues(reading) + self.times(reading) + self.clients(reading)
            + self.silent(reading) + self.held(reading)
            + self.backends(reading, history)
            + self.batches(reading, history) + self.gateway(reading, history) + self.cluster(reading)
    }

    // MARK: - Backends

    private static func backends(_ reading: TroubleReading, _ history: TroubleHistory) -> [TroubleFinding] {
        var findings: [TroubleFinding] = []
        let backends = reading.backends
        let down = backends.filter { !$0.isHealthy }
        if down.count == backends.count {
            let what =
                switch backends.count {
                case 0: "No backend gets requests: add one with paddock backend add"
                case 1: "The only backend, \(backends[0].url), does not answer: is Ollama running there?"
                default: "None of the \(backends.count) backends answers: is Ollama running there?"
                }
            findings.append(TroubleFinding(kind: .noBackend, severity: .critical, text: what))
        } else {
            findings += down.map { backend in
                TroubleFinding(
                    kind: .backendDown,
                    subject: .backend(backend.url),
                    text:
                        "The backend \(backend.url) does not answer, the others carry its load: is Ollama running there?"
                )
            }
        }
        let sick = backends.filter { $0.isHealthy && $0.trouble != nil && $0.stuckModel == nil }
        let areAllSick = sick.count + down.count == backends.count
        findings += sick.map { backend in
            TroubleFinding(
                kind: .backendSick,
                subject: .backend(backend.url),
                severity: areAllSick ? .critical : .warning,
                text:
                    "The backend \(backend.url) \(backend.trouble ?? ""), although it answers its health check: see its log"
            )
        }
        for backend in backends where backend.isHealthy {
            if let model = backend.stuckModel {
                findings.append(
                    TroubleFinding(
                        kind: .backendWedged,
                        subject: .backend(backend.url),
                        severity: .critical,
                        text:
                            "The backend \(backend.url) does not finish loading \(model.cut(to: Self.longestName)), and loads nothing else: "
                            + "start Ollama again there"
                    )
                )
            }
            findings += backend.overLimits.prefix(1).map { over in
                let more = backend.overLimits.count - 1
                return TroubleFinding(
                    kind: .limitAboveBackend,
                    subject: .backend(backend.url),
                    text:
                        "The backend \(backend.url) serves \(over.served) at once of \(over.model.cut(to: Self.longestName)), and its limit is "
                        + "\(over.limit)\(more > 0 ? "; so it is with \(more) more of its models" : ""): raise "
                        + "OLLAMA_NUM_PARALLEL there, or lower parallel_limit"
                )
            }
            if let finding = self.swapping(backend, history.work(of: backend.url)) { findings.append(finding) }
        }
        return findings
    }

    /// At least three swaps, and more time for loads than for requests.
    private static func swapping(_ backend: TroubleReading.Backend, _ work: BackendWork) -> TroubleFinding? {
        guard work.swaps >= 2, work.busy > 0, work.loading > 0.35 * work.busy else { return nil }
        let share = self.percent(Int(work.loading), of: Int(work.busy))
        return TroubleFinding(
            kind: .swapping,
            subject: .backend(backend.url),
            isOver: work.swaps >= 3 && work.loading > 0.5 * work.busy,
            text:
                "The backend \(backend.url) has swapped models \(work.swaps) times in the last 5 minutes, and loading took "
                + "\(share) of its time: it needs more memory, another host, or clients that name the same num_ctx"
        )
    }

    // MARK: - Queues

    /// Four fifths of a queue that may have any.
    private static func queues(_ reading: TroubleReading) -> [TroubleFinding] {
        reading.models.filter { $0.queueLimit > 0 && $0.queued * 10 >= $0.queueLimit * 6 }.map { model in
            TroubleFinding(
                kind: .queueNearlyFull,
                subject: .model(model.name),
                isOver: model.queued * 10 >= model.queueLimit * 8,
                text:
                    "\(model.queued.grouped) of \(model.queueLimit.grouped) places in the queue of \(model.name.cut(to: Self.longestName)) are "
                    + "taken: more slots (parallel_limit), another backend or slower clients would help"
            )
        }
    }

    // MARK: - The gateway

    private static func gateway(_ reading: TroubleReading, _ history: TroubleHistory) -> [TroubleFinding] {
        var findings: [TroubleFinding] = []
        let lost = history.linesLostLately
        if lost > 0 {
            findings.append(
                TroubleFinding(
                    kind: .logLost,
                    text:
                        "\(lost.grouped) line\(lost == 1 ? " of the logs was" : "s of the logs were") lost in the last "
                        + "minute: does something read standard output, and is its disk full?"
                )
            )
        }
        if let open = reading.openFiles, let most = reading.maxFiles, most > 0, open * 10 >= most * 7 {
            findings.append(
                TroubleFinding(
                    kind: .filesNearlyUsedUp,
                    severity: open * 100 >= most * 95 ? .critical : .warning,
                    isOver: open * 10 >= most * 8,
                    text: "\(open.grouped) of \(most.grouped) files and connections are open: which clients keep them? "
                        + "Or raise the limit (ulimit -n, LimitNOFILE)"
                )
            )
        }
        if let (available, total) = reading.memory, total > 0, available < total / 12 {
            findings.append(
                TroubleFinding(
                    kind: .memoryLow,
                    isOver: available < total / 20,
                    text: "The gateway's machine has \(available.gigabytes) of \(total.gigabytes) GiB of memory left"
                )
            )
        }
        if let trouble = reading.storeTrouble {
            findings.append(
                TroubleFinding(
                    kind: .storeFailing,
                    text: "The store cannot be written, and usage stays in memory: is the disk full?",
                    fullText: "The store cannot be written, and usage stays in memory: \(trouble)"
                )
            )
        }
        if let failure = reading.reloadFailure {
            findings.append(
                TroubleFinding(
                    kind: .reloadFailed,
                    text:
                        "The configuration was not reloaded, and the old one stays: see the log, or paddock check-config",
                    fullText: "The configuration was not reloaded, and the old one stays: \(failure)"
                )
            )
        }
        return findings
    }
}

extension TroubleRules {
    // MARK: - Times

    /// Waits of half a minute, and first bytes after three times what is usual, but at least five seconds.
    private static func times(_ reading: TroubleReading) -> [TroubleFinding] {
        reading.models.flatMap { model -> [TroubleFinding] in
            var findings: [TroubleFinding] = []
            let name = model.name.cut(to: Self.longestName)
            if let wait = model.wait, wait > .seconds(20) {
                findings.append(
                    TroubleFinding(
                        kind: .longWaits,
                        subject: .model(model.name),
                        isOver: wait > .seconds(30),
                        text: "One in ten requests for \(name) waits \(wait.inSeconds) s or longer, and "
                            + "\(model.queued.grouped) wait now: more slots (parallel_limit), another backend or fewer "
                            + "requests at once would help"
                    )
                )
            }
            if let firstByte = model.firstByte, let usual = model.usualFirstByte,
                firstByte > max(.seconds(5), usual * 2)
            {
                findings.append(
                    TroubleFinding(
                        kind: .slow,
                        subject: .model(model.name),
                        isOver: firstByte > max(.seconds(5), usual * 3),
                        text:
                            "One in ten replies of \(name) begins \(firstByte.inSeconds) s or more after its slot, and "
                            + "usually within \(usual.inSeconds) s: are its backends busy with something else, or have they "
                            + "lost their GPU?"
                    )
                )
            }
            return findings
        }
    }

    // MARK: - Clients

    /// A client that has most of what waits while others wait, or of which five requests per second are refused.
    private static func clients(_ reading: TroubleReading) -> [TroubleFinding] {
        let waiting = reading.clients.reduce(0) { $0 + $1.waiting }
        return reading.clients.compactMap { client in
            let isCrowd = client.waiting >= 20 && client.waiting < waiting && client.waiting * 10 >= waiting * 6
            guard isCrowd || client.refusedPerSecond >= 3 else { return nil }
            let shares = client.share.map { share in
                ", with \(Self.percent(Int(share.share * 1000), of: 1000)) of the service and a fair share of "
                    + Self.percent(Int(share.fair * 1000), of: 1000)
            }
            let what =
                isCrowd
                ? "has \(client.waiting.grouped) of the \(waiting.grouped) waiting requests\(shares ?? "")"
                : "sends \(client.refusedPerSecond.grouped) requests per second that are refused"
            let hint = "give it a parallel_limit or a queue_limit, or ask it to wait for Retry-After"
            return TroubleFinding(
                kind: .clientFlooding,
                subject: .client(client.name),
                isOver: isCrowd || client.refusedPerSecond >= 5,
                text: "One client \(what): \(hint)",
                fullText: "The client \(client.name.cut(to: Self.longestName)) \(what): \(hint)"
            )
        }
    }

    /// How much of a name is in a text; the subject of a trouble has all of it.
    static let longestName = 80

    /// A part of a whole; only all of it is 100 %, and only none is 0 %.
    static func percent(_ part: Int, of whole: Int) -> String {
        guard whole > 0, part > 0 else { return "0 %" }
        if part >= whole { return "100 %" }
        return "\(min(99, max(1, Int((Double(part) / Double(whole) * 100).rounded())))) %"
    }
}

extension Nanoseconds {
    /// In seconds, with a decimal if there are few.
    var inSeconds: String {
        let tenths = self.count / 100_000_000
        return tenths >= 100 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}

extension Int {
    /// With commas between thousands, such as `94,046`.
    var grouped: String {
        let digits = Array(String(self.magnitude))
        var text = self < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }
}
