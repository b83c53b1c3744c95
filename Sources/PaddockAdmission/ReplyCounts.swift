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

        /// - Parameter status: a status, 100 to 999.
        init(of status: Int) {
            self = status < 300 ? .success : status < 400 ? .redirection : status < 500 ? .clientError : .serverError
        }

        fileprivate var place: Int {
            switch self {
            case .success: 0
            case .redirection: 1
            case .clientError: 2
            case .serverError: 3
            }
        }
    }

    private var counts: SIMD4<Int>

    private init(_ counts: SIMD4<Int>) { self.counts = counts }

    /// Makes counts in which there is no reply.
    package init() { self.init(.zero) }

    /// Makes counts with the number of each class.
    init(_ count: (StatusClass) -> Int) {
        self.init()
        for statusClass in StatusClass.allCases { self.counts[statusClass.place] = count(statusClass) }
    }

    /// How many replies there are of a class.
    package subscript(statusClass: StatusClass) -> Int { self.counts[statusClass.place] }

    /// How many replies there are.
    package var total: Int { self.counts.wrappedSum() }

    /// Counts a reply.
    ///
    /// - Parameter status: Its status, 100 to 999.
    mutating func add(status: Int) { self.counts[StatusClass(of: status).place] += 1 }

    /// The replies of both.
    package static func + (left: ReplyCounts, right: ReplyCounts) -> ReplyCounts {
        ReplyCounts(left.counts &+ right.counts)
    }

    /// The replies on the left that are not on the right.
    package static func - (left: ReplyCounts, right: ReplyCounts) -> ReplyCounts {
        ReplyCounts(left.counts &- right.counts)
    }
}
