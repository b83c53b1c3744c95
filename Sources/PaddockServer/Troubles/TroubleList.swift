// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

/// What is wrong now, as it is listed.
struct TroubleList: Equatable, Sendable {
    /// The most that are listed.
    static let most = 50

    /// All, the worst first.
    let list: [Trouble]

    init(_ list: [Trouble]) { self.list = list }

    /// Whether requests fail, or soon will.
    var isCritical: Bool { self.list.contains { $0.severity == .critical } }

    /// Writes the list as members of an object: at most ``most``, and how many there are.
    ///
    /// - Parameter isWhole: whether the reader may know names of clients (a viewer).
    func write(isWhole: Bool, to json: inout JSONWriter) {
        json.member("troubles", self.list.prefix(Self.most).map { $0.json(isWhole: isWhole) })
        json.member("troubles_total", self.list.count)
        json.member("troubles_critical", self.list.count { $0.severity == .critical })
    }
}
