// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockJSON
internal import PaddockProxy
internal import PaddockStore

/// `/admin/settings` (contract section 21).
struct SettingRoutes: Sendable {
    private let services: GatewayServices
    private var settings: OperatorSettings { self.services.settings }

    init(_ services: GatewayServices) { self.services = services }

    /// What operators set at run time.
    func list(_ request: OwnRequest) -> OwnAnswer {
        .json(
            .object { json in
                json.array("settings") { json in
                    for setting in self.settings.all {
                        json.object { json in
                            json.member("key", setting.stored.key)
                            json.member("value", setting.stored.value)
                            json.member("configured", setting.stored.configured)
                            json.member("set_at", CivilTime(seconds: Int64(setting.stored.setAt)).iso8601 + "Z")
                        }
                    }
                }
            }
        )
    }

    /// Removes a setting.
    func unset(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        guard let fields = (try? JSONValue(parsing: request.body))?.object, fields.members.count == 1,
            let text = fields["key"]?.string
        else {
            throw ErrorReply.invalidRequest(
                "the body must be a JSON object such as {\"key\":\"models.llama2.parallel_limit\"}"
            )
        }
        guard let key = OperatorKey(text) else { throw Self.unknown(text) }
        return .later { responder in
            Task {
                let before = self.settings.all.first { $0.key == key }?.stored.value
                guard await self.settings.unset(key) else { return responder.reply(OwnReply(Self.unknown(text))) }
                let configured = self.settings.configured(key)
                self.services.note(.settingUnset, "\(key)", by: request, change: (before ?? "", configured))
                responder.reply(OwnReply(json: #"{"key":\#("\(key)"),"value":\#(configured),"status":"unset"}"#))
            }
        }
    }

    private static func unknown(_ key: String) -> ErrorReply {
        let message = "\"\(key.prefix(128))\" was not set at run time: GET /admin/settings lists what was"
        return ErrorReply(404, "unknown_setting", message)
    }
}
