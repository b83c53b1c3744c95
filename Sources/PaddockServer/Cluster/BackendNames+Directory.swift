// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockClusterAdmission
internal import PaddockConfiguration

extension BackendNames: BackendDirectory {
    func url(of backend: BackendIndex) -> String { self[backend] }

    func backend(_ url: String) -> BackendIndex? { self.texts.firstIndex(of: url).map { BackendIndex($0) } }
}
