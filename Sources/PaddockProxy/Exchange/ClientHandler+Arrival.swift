// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockHTTP

/// Going before the admission.
extension ClientHandler {
    /// The body has named its model: the request gets a slot, waits, or is rejected.
    func arrive(_ rawName: String) {
        guard let model = ModelName(rawName) else {
            return self.answer(
                ErrorReply(400, "invalid_request", "\"model\" is empty: name the model, such as \"llama2\"")
            )
        }
        self.request.model = model
        if self.unloads(model) { return self.unload(model) }
        let waiter = self.waiter ?? ExchangeWaiter(self, self.loop.answers, on: self.loop.eventLoop)
        self.waiter = waiter
        let now = Instant.now()
        self.request.arrived = now
        let request = self.arrivingRequest(model)
        let arrival = self.gateway.admission.arrive(request, waiter: waiter, now: now)
        switch arrival {
        case .start(let slot):
            self.request.place = 0
            self.admitted(slot)
        case .queued(let ticket, let place, let estimatedWait):
            self.request.place = place
            self.request.estimatedWait = estimatedWait
            self.ticket = ticket
            self.machine.queued(showingLifeEvery: self.lifeInterval, now: now)
        case .rejected(let rejection):
            self.request.waited = .zero
            self.answer(rejection)
        }
    }

    private func arrivingRequest(_ model: ModelName) -> ArrivingRequest {
        let identity = self.request.identity ?? ClientDirectory.Identity(client: Client(name: self.peerName()))
        let isBatch =
            identity.ceiling == .batch || self.request.requestClass == .batch
            || self.request.dialect == .openAI && self.request.hints.isFlexTier
        self.request.requestClass = isBatch ? .batch : .interactive
        return ArrivingRequest(
            id: self.request.id,
            model: model,
            client: identity.client,
            requestClass: self.request.requestClass,
            expectsStream: self.request.expectsStream,
            deadline: self.machine.requestDeadline,
            isDeadlineStated: self.machine.isTimeoutStated
        )
    }
}
