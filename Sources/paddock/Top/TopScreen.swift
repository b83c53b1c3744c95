// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockClient

/// What `paddock top` shows and does: events in, at most one action out. Times are since the start.
struct TopScreen {
    enum Event {
        /// The gateway answered.
        case reading(GatewayReading, at: Duration)
        /// It did not.
        case unreachable(String)
        case key(Key)
        case resized(TerminalSize)
        /// What became of a change of limits.
        case changed(String)
    }

    enum Action: Equatable {
        case quit
        /// Give the terminal back and stop, until the shell continues the process.
        case suspend
        case change(LimitChange)
    }

    /// What the keys do at the moment.
    enum Mode: Equatable {
        case looking
        /// A limit of a model is being typed.
        case typing(Limit, model: String, text: String)
    }

    enum Limit: String { case parallel = "parallel limit", queue = "queue limit" }

    let url: ServerURL
    var size: TerminalSize
    /// Whether only ASCII may be shown.
    let isPlain: Bool

    private(set) var rates = TopRates()
    private(set) var sorting = TopSorting()
    private(set) var mode = Mode.looking
    /// The chosen model; it stays chosen when the order changes.
    private(set) var chosen: String?
    /// What is to be said of the last change or key.
    private(set) var note: String?
    /// Why the gateway does not answer, while it does not.
    private(set) var trouble: String?

    init(url: ServerURL, size: TerminalSize, isPlain: Bool) {
        self.url = url
        self.size = size
        self.isPlain = isPlain
    }

    /// The rows in their order.
    var rows: [TopRow] { self.sorting.sorted(self.rates.rows) }

    /// Takes an event in.
    mutating func handle(_ event: Event) -> Action? {
        switch event {
        case .reading(let reading, let time):
            self.trouble = nil
            self.rates.add(reading, at: time)
            if !self.rows.contains(where: { $0.model.model == self.chosen }) { self.chosen = nil }
        case .unreachable(let reason):
            self.trouble = reason
            self.rates.interrupt()
        case .resized(let size):
            self.size = size
        case .changed(let text):
            self.note = text
        case .key(let key):
            self.note = nil
            if case .typing(let limit, let model, let text) = self.mode {
                return self.type(key, limit, model, text)
            }
            return self.look(key)
        }
        return nil
    }

    // MARK: - Keys

    private mutating func look(_ key: Key) -> Action? {
        switch key {
        case .character("q"), .character("Q"), .control("c"), .control("d"): return .quit
        case .control("z"): return .suspend
        case .up, .character("k"): self.choose(-1)
        case .down, .character("j"): self.choose(1)
        case .pageUp: self.choose(-10)
        case .pageDown: self.choose(10)
        case .home: self.choose(.min)
        case .end: self.choose(.max)
        case .escape: self.chosen = nil
        case .character("s"), .character(">"): self.sorting.next()
        case .character("S"), .character("<"): self.sorting.previous()
        case .character("r"): self.sorting.isReversed.toggle()
        case .character("p"): self.startTyping(.parallel)
        case .character("l"): self.startTyping(.queue)
        case .character("+"), .character("="): return self.step(1)
        case .character("-"): return self.step(-1)
        default: break
        }
        return nil
    }

    /// Chooses the model so many rows below the chosen one; the first key chooses the first row.
    private mutating func choose(_ step: Int) {
        let names = self.rows.map(\.model.model)
        guard !names.isEmpty else { return }
        let index =
            switch (names.firstIndex { $0 == self.chosen }, step) {
            case (_, .min): 0
            case (_, .max): names.count - 1
            case (nil, _): 0
            case (let index?, _): min(max(index + step, 0), names.count - 1)
            }
        self.chosen = names[index]
    }

    private var chosenStats: ModelStats? { self.rows.first { $0.model.model == self.chosen }?.model }

    private mutating func startTyping(_ limit: Limit) {
        guard let model = self.chosenStats else {
            self.note = "select a model first, with the arrow keys"
            return
        }
        self.mode = .typing(limit, model: model.model, text: "")
    }

    /// A parallel limit one higher or lower.
    private mutating func step(_ step: Int) -> Action? {
        guard let model = self.chosenStats else {
            self.note = "select a model first, with the arrow keys"
            return nil
        }
        let parallel = model.parallelLimit + step
        guard parallel >= 1 else { return nil }
        return .change(LimitChange(model: model.model, parallel: parallel))
    }

    private mutating func type(_ key: Key, _ limit: Limit, _ model: String, _ text: String) -> Action? {
        switch key {
        case .character(let digit) where digit.isASCII && digit.isNumber && text.count < 8:
            self.mode = .typing(limit, model: model, text: text + String(digit))
        case .backspace:
            self.mode = .typing(limit, model: model, text: String(text.dropLast()))
        case .escape:
            self.mode = .looking
        case .control("c"), .control("d"):
            return .quit
        case .control("z"):
            return .suspend
        case .enter:
            self.mode = .looking
            guard let number = Int(text) else { return nil }
            return switch limit {
            case .parallel: .change(LimitChange(model: model, parallel: number))
            case .queue: .change(LimitChange(model: model, queue: number))
            }
        default:
            break
        }
        return nil
    }
}
