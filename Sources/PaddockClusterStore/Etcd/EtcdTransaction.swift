// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

/// A transaction of etcd, as its JSON gateway takes it (https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/).
struct EtcdTransaction {
    /// What must hold for it.
    enum Condition {
        /// The key does not exist, or was last changed by a certain revision.
        case revision(key: String, of: Int64)
    }

    /// A step.
    enum Step {
        case put(key: String, value: String, lease: String?)
        case delete(key: String)
        case read(key: String)
        case readAll(prefix: String)
    }

    var conditions: [Condition] = []
    var steps: [Step]

    /// The body of the request.
    var json: JSONText {
        .object { json in
            json.array("compare") { json in
                for case .revision(let key, let revision) in self.conditions {
                    json.object { json in
                        json.member("key", Self.encoded(key))
                        json.member("target", "MOD")
                        json.member("result", "EQUAL")
                        json.member("mod_revision", "\(revision)")
                    }
                }
            }
            json.array("success") { json in
                for step in self.steps { json.object { Self.write(step, to: &$0) } }
            }
        }
    }

    private static func write(_ step: Step, to json: inout JSONWriter) {
        switch step {
        case .put(let key, let value, let lease):
            json.object("request_put") { json in
                json.member("key", Self.encoded(key))
                json.member("value", Self.encoded(value))
                if let lease { json.member("lease", lease) }
            }
        case .delete(let key): json.object("request_delete_range") { $0.member("key", Self.encoded(key)) }
        case .read(let key): json.object("request_range") { $0.member("key", Self.encoded(key)) }
        case .readAll(let prefix):
            json.object("request_range") { json in
                json.member("key", Self.encoded(prefix))
                // The first key that does not begin with the prefix.
                var end = Array(prefix.utf8)
                end[end.count - 1] += 1
                json.member("range_end", Base64.text(of: end))
                json.member("limit", "256")
            }
        }
    }

    private static func encoded(_ text: String) -> String { Base64.text(of: text.utf8) }
}

/// A key with its value, as etcd answers it.
struct EtcdEntry {
    let key: String
    let value: String
    /// The revision that changed it last.
    let revision: Int64

    /// Reads the entries of one step's answer.
    static func list(_ answer: JSONValue?) -> [EtcdEntry] {
        (answer?["response_range"]?["kvs"]?.array ?? []).compactMap { entry in
            guard let key = Self.text(entry["key"]), let revision = entry["mod_revision"]?.string.flatMap({ Int64($0) })
            else {
                return nil
            }
            return EtcdEntry(key: key, value: Self.text(entry["value"]) ?? "", revision: revision)
        }
    }

    private static func text(_ value: JSONValue?) -> String? {
        value?.string.flatMap(Base64.bytes).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
