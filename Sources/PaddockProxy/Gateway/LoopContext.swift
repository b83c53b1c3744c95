// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import NIOCore
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockHTTP
internal import PaddockSockets
internal import PaddockSystem

/// What the connections of one event loop share without a lock: connections to backends, ids, the date.
final class LoopContext {
    let eventLoop: SocketLoop
    /// Which of the event loops it is, from 0.
    let index: Int
    let gateway: Gateway
    /// When what is delivered in this turn had arrived. To read the clock for each of its steps would be felt.
    var arrivalTime: Instant { Instant(self.eventLoop.turnTime) }
    /// Makes the buffers for sending.
    var allocator: ByteBufferAllocator { self.eventLoop.allocator }
    /// The configuration in effect, so that reading it takes no lock; a reload replaces it between two requests.
    var configuration: Configuration {
        didSet {
            self.rules = self.gateway.rules(self.configuration)
            self.timeouts = Timeouts(self.configuration)
        }
    }
    /// What decides about requests, by this configuration.
    private(set) var rules: RequestRules
    /// Its times, as they are counted.
    private(set) var timeouts: Timeouts
    /// What the admission has answered to the clients of this loop.
    let answers: AnswerQueue
    /// Its connections to the backends.
    let backends: BackendConnections
    /// Bodies that are being decompressed.
    let unpacking: UnpackingQueue
    private var date = (second: -1, line: "")

    /// The head that was read last, whose memory serves the next one.
    private var head = MessageHead()
    /// The last model that was asked for, as it was written and as it is known.
    private var lastModel: (text: String, name: ModelName)?
    /// The number of header fields for which memory is kept from one head to the next.
    private static let maxKeptFields = 64

    /// Takes bodies in.
    let intakes = IntakePool()
    /// Makes ids of requests.
    let ids = RequestIDs()

    init(eventLoop: SocketLoop, index: Int, gateway: Gateway) {
        self.eventLoop = eventLoop
        self.index = index
        self.unpacking = UnpackingQueue(on: eventLoop)
        self.gateway = gateway
        self.configuration = gateway.configuration
        self.rules = gateway.rules(gateway.configuration)
        self.timeouts = Timeouts(gateway.configuration)
        self.answers = AnswerQueue(eventLoop)
        self.backends = BackendConnections(gateway.backends, lookUp: gateway.lookUp, on: eventLoop)
    }

    /// The `Date` line of this second.
    func dateLine() -> String {
        let second = WallClock.secondsSince1970()
        if second != self.date.second {
            self.date = (second, "Date: \(CivilTime(seconds: Int64(second)).httpDate)\r\n")
        }
        return self.date.line
    }

    /// The model that a text names; nil if it names none.
    ///
    /// Most requests name the model of the one before them, and to compare is a tenth of the work of normalising.
    func modelName(_ text: String) -> ModelName? {
        if let last = self.lastModel, last.text == text { return last.name }
        guard let name = ModelName(text) else { return nil }
        self.lastModel = (text, name)
        return name
    }

    /// An object to read a head into. It is taken out while it is used: code that reads another head meanwhile gets a new one.
    func takeHead() -> MessageHead { Swift.exchange(&self.head, with: MessageHead()) }

    /// A head has been used.
    func giveBack(_ head: consuming MessageHead) {
        // The memory for a thousand fields is not kept for heads of ten.
        if head.fields.count <= Self.maxKeptFields { self.head = head }
    }
}
