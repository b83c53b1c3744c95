// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How many replies had which class of status.
package struct ReplyCounts: Hashable, Sendable {
    /// A class of statuses, by the name that clients and operators see.
    package enum StatusClass: String, CaseIterable, Sendable {
        /// Below 300: the backend did what it was asked.
        case success = "2xx"
        /// 300 to 399.
        case redirection = "3xx"
        /// 400 to 499: the request was wrong, such as a model that does not exist.
        case clientError = "4xx"
        /// 500 and above: the backend could not do it.
        case serverError = "5xx"
    }

    private var success = 0
    private var redirection = 0
    private var clientError = 0
    private var serverError = 0

    /// Makes counts in which there is no reply.
    package init() {}

    /// How many replies there are of a class.
    package subscript(statusClass: StatusClass) -> Int {
        switch statusClass {
        case .success: self.success
        case .redirection: self.redirection
        case .clientError: self.clientError
        case .serverError: self.serverError
        }
    }

    /// How many replies there are.
    package var total: Int { self.success + self.redirection + self.clientError + self.serverError }

    /// Counts a reply.
    ///
    /// - Parameter status: Its status, 100 to 999.
    mutating func add(status: Int) {
        if status < 300 {
            self.success += 1
        } else if status < 400 {
            self.redirection += 1
        } else if status < 500 {
            self.clientError += 1
        } else {
            self.serverError += 1
        }
    }

    /// The replies of both.
    package static func + (left: ReplyCounts, right: ReplyCounts) -> ReplyCounts {
        var sum = left
        sum.success += right.success
        sum.redirection += right.redirection
        sum.clientError += right.clientError
        sum.serverError += right.serverError
        return sum
    }

    /// The replies on the left that are not on the right.
    package static func - (left: ReplyCounts, right: ReplyCounts) -> ReplyCounts {
        var difference = left
        difference.success -= right.success
        difference.redirection -= right.redirection
        difference.clientError -= right.clientError
        difference.serverError -= right.serverError
        return difference
    }
}
