// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

extension FileStore.File {
    /// Writes it as OpenAI's API shows a file.
    func write(to json: inout JSONWriter) {
        json.member("id", self.id)
        json.member("object", "file")
        json.member("bytes", self.bytes)
        json.member("created_at", self.createdAt)
        json.member("expires_at", self.expiresAt)
        json.member("filename", self.filename)
        json.member("purpose", self.purpose.rawValue)
        json.member("status", "processed")
    }
}
