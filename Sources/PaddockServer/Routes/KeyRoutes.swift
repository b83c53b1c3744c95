// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockJSON
internal import PaddockProxy
internal import PaddockStore
internal import PaddockSystem

/// `/admin/keys` and what is below it (contract section 22).
struct KeyRoutes: Sendable {
    private let services: GatewayServices
    private var keys: KeyRing { self.services.keys }
    private var admission: AdmissionController { self.services.admission }
    private let queue = DispatchQueue(label: "paddock-key-answers")

    init(_ services: GatewayServices) {
        self.services = services
    }

    /// All clients that operators made.
    func list(_ request: OwnRequest) -> OwnAnswer {
        self.reading { clients in
            OwnReply(
                json: .object { json in
                    json.array("keys") { json in
                        for client in clients { json.object { self.write(client, to: &$0) } }
                    }
                }
            )
        }
    }

    /// One of them.
    func show(_ request: OwnRequest) -> OwnAnswer {
        let name = String(request.path.dropFirst("/admin/keys/".count))
        return self.reading { clients in
            guard let client = clients.first(where: { $0.name == name }) else {
                return OwnReply(
                    ErrorReply(404, "unknown_client", "there is no such client: GET /admin/keys lists them")
                )
            }
            return OwnReply(json: .object { self.write(client, to: &$0) })
        }
    }

    private func reading(_ reply: @escaping @Sendable ([StoredClient]) -> OwnReply) -> OwnAnswer {
        .later { responder in
            self.queue.async {
                do throws(StoreError) {
                    responder.reply(reply(try self.keys.all()))
                } catch {
                    responder.reply(OwnReply(ErrorReply(500, "internal_error", "keys cannot be read: \(error.reason)")))
                }
            }
        }
    }

    /// Adds, sets, rotates or revokes.
    func change(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let action = request.path.dropFirst("/admin/keys/".count)
        let change = try ClientChange(action, body: request.body, now: WallClock.secondsSince1970())
        return .later { responder in
            self.keys.perform(change) { result in
                switch result {
                case .failure(let error): responder.reply(OwnReply(error))
                case .success(let (client, key)):
                    self.services.note(change.event, client.name, by: request)
                    responder.reply(
                        OwnReply(
                            json: .object { json in
                                if let key { json.member("key", key.text) }
                                if case .revoke = change {
                                    json.member("name", client.name)
                                    json.member("status", "revoked")
                                } else {
                                    self.write(client, to: &json)
                                }
                            }
                        )
                    )
                }
            }
        }
    }

    private func write(_ client: StoredClient, to json: inout JSONWriter) {
        json.member("name", client.name)
        let declared = try? DeclaredClient(client)
        for key in DeclaredClient.settable {
            let texts = declared?.texts(of: key)
            if DeclaredClient.isList(key) {
                json.member(named: key, texts.map { JSONValue.array($0.map(JSONValue.string)) })
            } else if let number = texts?.first.flatMap(Int.init) {
                json.member(named: key, number)
            } else if let number = texts?.first.flatMap(Double.init) {
                json.member(named: key, number)
            } else {
                json.member(named: key, texts?.first)
            }
        }
        json.member("created", Self.time(client.createdAt))
        json.member("expires", client.validUntil.map { HourText.day($0 / 86_400 - 1) })
        json.member("last_used", client.lastUsed.map(Self.time))
        let now = WallClock.secondsSince1970()
        let old = client.keys.dropFirst().compactMap(\.validUntil).filter { $0 > now }.max()
        json.member("old_key_until", old.map(Self.time))
        json.member("declared_in_file", self.keys.isDeclared(client.name))
        guard let standing = self.admission.quotaStanding(of: client.name, now: .now()) else { return }
        json.object("used") { standing.writeUsed(to: &$0) }
    }

    private static func time(_ seconds: Int) -> String { CivilTime(seconds: Int64(seconds)).iso8601 + "Z" }
}
