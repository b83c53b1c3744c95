// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Who waits for which answer, and what is rendered next.
///
/// Of each kind of answer at most one rendering runs and one waits: whoever asks while one runs shares the next, as its reading
/// may have been taken before they asked. Kinds take turns, so that one that many ask for does not keep the others from
/// being rendered. `Asker` is how the shell knows again who asked.
struct RenderingQueue<Asker> {
    /// One rendering: a kind of answer, and who asked what.
    struct Batch {
        let answer: SharedAnswer
        private(set) var questions: [String] = []
        /// Who asked, by question.
        private(set) var askers: [[Asker]] = []
        private var indices: [String: Int] = [:]

        fileprivate init(_ answer: SharedAnswer) { self.answer = answer }

        fileprivate mutating func add(_ question: String, _ asker: Asker) {
            if let index = self.indices[question] { return self.askers[index].append(asker) }
            self.indices[question] = self.questions.count
            self.questions.append(question)
            self.askers.append([asker])
        }
    }

    /// In the order in which they are rendered; no two of one kind.
    private var batches: [Batch] = []
    private var isRendering = false

    /// Somebody asks.
    ///
    /// - Returns: whether nothing is being rendered, so that ``next()`` has to be called.
    mutating func ask(_ answer: SharedAnswer, _ question: String, by asker: Asker) -> Bool {
        // There are few kinds.
        let index = self.batches.firstIndex { $0.answer === answer } ?? self.batches.endIndex
        if index == self.batches.endIndex { self.batches.append(Batch(answer)) }
        self.batches[index].add(question, asker)
        defer { self.isRendering = true }
        return !self.isRendering
    }

    /// What is rendered now; nil where nobody waits, so that the next who asks has to begin anew.
    mutating func next() -> Batch? {
        self.isRendering = !self.batches.isEmpty
        return self.batches.isEmpty ? nil : self.batches.removeFirst()
    }
}

extension RenderingQueue: Sendable where Asker: Sendable {}
extension RenderingQueue.Batch: Sendable where Asker: Sendable {}
