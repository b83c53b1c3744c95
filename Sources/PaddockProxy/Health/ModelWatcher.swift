// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import NIOCore
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockSockets

/// Asks a backend now and then what it has loaded and what it can load, and tells the admission.
///
/// A backend that does not answer these questions as Ollama does, such as llama.cpp's server, counts as one that has every model
/// loaded.
final class ModelWatcher {
    /// Between two questions about what is loaded while something waits for a load, and else.
    private static let intervals = (busy: TimeAmount.seconds(2), calm: TimeAmount.seconds(10))
    /// Between two questions about what can be loaded.
    private static let installedInterval = Nanoseconds.seconds(30)
    /// How long an answer may take.
    private static let timeout = TimeAmount.seconds(5)
    /// How long an answer may be, in bytes: some 2,000 models.
    private static let maxBytes = 1 << 20

    private let loop: LoopContext
    private let backend: BackendIndex
    private var installedAsked: Instant?
    private var isAsking = false
    /// Whether to ask again as soon as the answer is there.
    private var asksAgain = false
    private var timer: ScheduledAction?
    /// The model whose load does not end, as it was last logged.
    private var stuckModel: ModelName?

    init(_ backend: BackendIndex, on loop: LoopContext) {
        self.backend = backend
        self.loop = loop
    }

    /// Asks at once, and again from then on; if it is asking already, again after that.
    func ask() {
        guard !self.isAsking else {
            self.asksAgain = true
            return
        }
        self.isAsking = true
        if let timer = self.timer.take() { self.loop.eventLoop.cancel(timer) }
        let asked = Instant.now()
        if self.installedAsked.map({ $0.duration(to: asked) >= Self.installedInterval }) ?? true {
            self.installedAsked = asked
            self.askInstalled()
        }
        self.list("/api/ps") { list in
            if let list {
                let loaded = LoadedModel.list(list.entries, list.clock)
                let admission = self.loop.gateway.admission
                self.say(stuck: admission.observe(loaded, on: self.backend, asked: asked, now: .now()))
            } else {
                self.loop.gateway.admission.observationFailed(on: self.backend, now: .now())
            }
            self.answered()
        }
    }

    private func say(stuck model: ModelName?) {
        defer { self.stuckModel = model }
        guard (model == nil) != (self.stuckModel == nil) else { return }
        let url = "\(self.loop.backends[self.backend].url)"
        var event = GatewayEvent(model == nil ? .backendRecovered : .backendWedged, url)
        event.reason = model.map { "the load of \($0) does not end" } ?? "it loads models"
        self.loop.gateway.note(event)
    }

    private func askInstalled() {
        self.list("/api/tags") { reply in
            guard let list = reply?.entries else { return }
            var installed: [ModelName: Int64] = [:]
            for entry in list.entries {
                guard let name = entry.name.flatMap(ModelName.init) else { continue }
                installed[name] = max(0, list.integer(of: entry.range, "size") ?? 0)
            }
            self.loop.gateway.admission.setInstalled(installed, on: self.backend, now: .now())
        }
    }

    private func answered() {
        self.isAsking = false
        guard !self.loop.backends.isRetired(self.backend) else { return }
        if self.asksAgain {
            self.asksAgain = false
            return self.ask()
        }
        let interval = self.loop.gateway.admission.isFleetSettled ? Self.intervals.calm : Self.intervals.busy
        self.timer = self.loop.eventLoop.schedule(at: .now() + interval) {
            self.timer = nil
            self.ask()
        }
    }

    private func list(_ path: String, _ use: @escaping ((entries: JSONList, clock: BackendClock)?) -> Void) {
        let question = ForwardedRequest.Question(target: path, requestID: self.loop.ids.next())
        self.fetch(question, timeout: Self.timeout, maxBytes: Self.maxBytes) { reply in
            guard let reply, reply.status == 200,
                let list = JSONList("models", namedBy: "name", in: Array(reply.body.readableBytesView))
            else { return use(nil) }
            let date = reply.fields.first { $0.name.lowercased() == "date" }?.value
            use((list, BackendClock(date: date, now: .now())))
        }
    }

    /// Posts JSON to the backend.
    ///
    /// - Parameter done: called once with whether it has answered with 200 in time.
    func post(_ path: String, _ body: String, timeout: TimeAmount, maxBytes: Int, _ done: @escaping (Bool) -> Void) {
        var question = ForwardedRequest.Question(target: path, requestID: self.loop.ids.next())
        question.body = body
        self.fetch(question, timeout: timeout, maxBytes: maxBytes) { done($0?.status == 200) }
    }

    private func fetch(
        _ question: ForwardedRequest.Question,
        timeout: TimeAmount,
        maxBytes: Int,
        _ use: @escaping (CollectedReply.Reply?) -> Void
    ) {
        var question = question
        question.fields = Array("User-Agent: paddock-watcher\r\n".utf8)
        let budget = CollectedReply.Budget(maxBytes)
        let fetch = Fetch(question, to: self.backend, timeout: timeout, within: budget, on: self.loop)
        fetch.result.assumeIsolated().whenComplete { use(try? $0.get()) }
    }
}
