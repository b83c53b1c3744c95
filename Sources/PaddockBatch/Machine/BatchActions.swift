// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What is to be done after an event of the ``BatchMachine``, in this order.
package struct BatchActions: Equatable, Sendable {
    /// A request that begins.
    package struct Start: Equatable, Sendable {
        /// Which one.
        package let id: BatchRequestID
        /// Where its line begins in the input file, in bytes.
        package let offset: Int
    }

    /// A job whose status is another one now.
    package struct Change: Equatable, Sendable {
        /// Which job.
        package let job: String
        /// Its status.
        package let status: BatchStatus
    }

    /// The status of these jobs has changed. A job whose status is final is not known any more.
    package var changes: [Change] = []
    /// The active requests of these jobs are to end; each still has to be reported. A line that cannot be written is dropped.
    package var cancels: [String] = []
    /// The input files of these jobs are to be read, and their output files if there are any.
    package var reads: [String] = []
    /// These requests begin.
    package var starts: [Start] = []
    /// The requests of these jobs that have not ended are to be written as errors.
    package var expiries: [String] = []
    /// The files of these jobs are to be completed.
    package var completions: [String] = []

    /// No actions.
    package init() {}
}
