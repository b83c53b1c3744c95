// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockJSON
internal import PaddockProxy

/// `/admin/…` (contract sections 7 and 19).
struct AdminRoutes: Sendable {
    private let services: GatewayServices
    private var admission: AdmissionController { self.services.admission }

    init(_ services: GatewayServices) { self.services = services }

    /// Zeroes the totals of all models, or of the one that the query names.
    func reset(_ request: OwnRequest) -> OwnAnswer {
        guard let name = request.queryModel else {
            self.admission.resetTotals(model: nil, now: .now())
            self.services.note(.statisticsReset, by: request)
            return Self.success("the totals of all models were reset")
        }
        guard let model = ModelName(name), self.admission.resetTotals(model: model, now: .now()) else {
            return self.services.unknownModel.answer(toName: name)
        }
        self.services.note(.statisticsReset, model.description, by: request)
        return Self.success("the totals of model \(model) were reset")
    }

    private static func success(_ message: String) -> OwnAnswer {
        .json(#"{"status":"success","message":\#(message)}"#)
    }

    /// Changes the limits of a model.
    func update(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let update = try LimitUpdate(json: request.body)
        let (before, limits) = self.admission.updateLimits(
            model: update.model,
            parallel: update.parallel,
            queue: update.queue,
            now: .now()
        )
        self.services.note(
            .limitsSet,
            update.model.description,
            by: request,
            change: (Self.text(before), Self.text(limits))
        )
        let reply = OwnReply(
            json: .object { json in
                json.member("model", update.model.description)
                json.member("parallel_limit", limits.parallel)
                json.member("queue_limit", limits.queue)
                json.member("status", "updated")
            }
        )
        let set = [
            update.parallel.map { (key: OperatorKey.parallelLimit(update.model), value: String($0)) },
            update.queue.map { (key: .queueLimit(update.model), value: String($0)) },
        ]
        return self.keep(set.compactMap(\.self), reply)
    }

    private static func text(_ limits: Limits) -> String { "\(limits.parallel) at once, \(limits.queue) may wait" }

    /// Answers once what was set is kept.
    private func keep(_ set: [(key: OperatorKey, value: String)], _ reply: OwnReply) -> OwnAnswer {
        .later { responder in self.services.settings.set(set) { responder.reply(reply) } }
    }

    /// Reads or changes the level of the process's own messages.
    func logLevel(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let setting = self.services.log.level
        guard request.method == "POST" else { return .json(#"{"level":\#(setting.level.rawValue)}"#) }
        let (before, level) = (setting.level, try Self.level(json: request.body))
        setting.level = level
        self.services.note(.logLevelSet, by: request, change: (before.rawValue, level.rawValue))
        return self.keep([(.logLevel, level.rawValue)], OwnReply(json: #"{"level":\#(level.rawValue)}"#))
    }

    private static func level(json: [UInt8]) throws(ErrorReply) -> LogLevel {
        guard let fields = (try? JSONValue(parsing: json))?.object, fields.members.count == 1,
            let level = fields["level"]?.string.flatMap(LogLevel.init)
        else {
            let levels = LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
            throw ErrorReply.invalidRequest(
                "the body must be a JSON object such as {\"level\":\"debug\"}; the levels are \(levels)"
            )
        }
        return level
    }
}
