// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase

/// The requests that were recorded, in order of arrival, and whose they were.
package struct ReplayTrace: Sendable {
    /// The models by index.
    package let models: [ModelName]
    /// The clients by index, with the weight that each had last.
    package let clients: [Client]
    /// The requests, the earliest first.
    package let requests: [ReplayRequest]

    /// Makes a trace of requests in any order.
    ///
    /// - Parameters:
    ///   - models: The models that requests name by index.
    ///   - clients: The clients that requests name by index.
    ///   - requests: The requests; those that arrived at the same time keep their order.
    package init(models: [ModelName], clients: [Client], requests: consuming [ReplayRequest]) {
        self.models = models
        self.clients = clients
        var requests = requests
        // They are in the order in which they ended.
        requests.sort { $0.arrived < $1.arrived }
        self.requests = requests
    }

    /// The clients with the most requests, the busiest first.
    ///
    /// - Parameter count: How many at most.
    /// - Returns: Their indices; of equals the earlier name comes first.
    package func busiestClients(_ count: Int) -> [Int] {
        var requests = Array(repeating: 0, count: self.clients.count)
        for request in self.requests { requests[Int(request.client)] += 1 }
        let order = self.clients.indices.filter { requests[$0] > 0 }.sorted {
            requests[$0] != requests[$1] ? requests[$0] > requests[$1] : self.clients[$0].name < self.clients[$1].name
        }
        return Array(order.prefix(count))
    }
}
