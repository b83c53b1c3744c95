// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockJSON

extension ReplyCounts {
    /// The object `replies`, with a number for each class of status (contract section 6).
    var json: JSONText { .object { self.write(to: &$0) } }

    fileprivate func write(to json: inout JSONWriter) {
        for statusClass in StatusClass.allCases { json.member(named: statusClass.rawValue, self[statusClass]) }
    }
}

extension RepliesByBackend {
    /// The list `replies_by_backend`: the backends that sent replies, with their numbers.
    ///
    /// - Parameter urls: the URLs of the backends. One that has just been added may have none yet, and no replies.
    func json(urls: [String]) -> [JSONText] {
        self.backends.filter { $0.value < urls.count }.map { backend in
            .object { json in
                json.member("backend", urls[backend.value])
                self[backend].write(to: &json)
            }
        }
    }
}
