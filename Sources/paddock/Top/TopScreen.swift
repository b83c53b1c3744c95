// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockClient

/// What `paddock top` shows and does: events in, at most one action out. Times are since the start.
struct TopScreen {
    enum Event {
        /// The gateway answered.
        case reading(GatewayReading, at: Duration)
        /// What the view shows beside it.
        case list(TopList, TopView)
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
        /// A change waits for a yes.
        case confirming(LimitChange)
        /// What names have to contain is being typed.
        case filtering
        /// The keys are explained.
        case helping
    }

    enum Limit: String { case parallel = "parallel limit", queue = "queue limit" }

    let url: ServerURL
    var size: TerminalSize
    /// Whether only ASCII may be shown.
    let isPlain: Bool

    private(set) var rates = TopRates()
    private(set) var sorting = TopSorting()
    private(set) var mode = Mode.looking
    private(set) var view = TopView.models
    /// What the open view shows beside the reading; nil until it is there.
    private(set) var list: TopList?
    /// What names have to contain, in any case; empty for all.
    private(set) var filter = ""
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
    var rows: [TopRow] { self.sorting.sorted(self.rates.rows.filter { self.isShown($0.model.model) }) }

    /// Whether the filter lets any of these texts through.
    func isShown(_ texts: String...) -> Bool {
        self.filter.isEmpty || texts.contains { $0.lowercased().contains(self.filter.lowercased()) }
    }

    /// Takes an event in.
    mutating func handle(_ event: Event) -> Action? {
        switch event {
        case .reading(let reading, let time):
            self.trouble = nil
            self.rates.add(reading, at: time)
            if !self.rows.contains(where: { $0.model.model == self.chosen }) { self.chosen = nil }
        case .list(let list, let view):
            if view == self.view { self.list = list }
        case .unreachable(let reason):
            self.trouble = reason
            self.rates.interrupt()
        case .resized(let size):
            self.size = size
        case .changed(let text):
            self.note = text
        case .key(let key):
            self.note = nil
            switch self.mode {
            case .looking: return self.look(key)
            case .typing(let limit, let model, let text): return self.type(key, limit, model, text)
            case .confirming(let change): return self.confirm(key, change)
            case .filtering: return self.typeFilter(key)
            case .helping:
                self.mode = .looking
                return [.character("?"), .escape, .enter].contains(key) ? nil : self.look(key)
            }
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
        case .escape: (self.chosen, self.filter) = (nil, "")
        case .character("?"), .character("h"): self.mode = .helping
        case .character("/"): self.mode = .filtering
        case .character(let digit) where digit.isASCII && digit.wholeNumberValue.flatMap(TopView.init) != nil:
            guard let view = digit.wholeNumberValue.flatMap(TopView.init), view != self.view else { break }
            (self.view, self.list) = (view, nil)
        case .character("s"), .character(">"): self.sorting.next()
        case .character("S"), .character("<"): self.sorting.previous()
        case .character("r"): self.sorting.isReversed.toggle()
        case .character("p"): self.startTyping(.parallel)
        case .character("l"): self.startTyping(.queue)
        case .character("+"), .character("="): self.step(1)
        case .character("-"): self.step(-1)
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

    private var chosenStats: ModelStats? {
        self.view == .models ? self.rows.first { $0.model.model == self.chosen }?.model : nil
    }

    private static let chooseFirst = "select a model first, in the view of models (1), with the arrow keys"

    /// A change is made only after a yes; + and - go on with it.
    private mutating func confirm(_ key: Key, _ change: LimitChange) -> Action? {
        self.mode = .looking
        switch key {
        case .character("y"), .character("Y"), .enter: return .change(change)
        case .control("c"), .control("d"): return .quit
        case .control("z"): return .suspend
        case .character("+"), .character("="): self.step(1, from: change)
        case .character("-"): self.step(-1, from: change)
        default: self.note = "nothing was changed"
        }
        return nil
    }

    private mutating func typeFilter(_ key: Key) -> Action? {
        switch key {
        case .character(let character) where self.filter.count < 64: self.filter.append(character)
        case .backspace: self.filter = String(self.filter.dropLast())
        case .escape: (self.mode, self.filter) = (.looking, "")
        case .enter: self.mode = .looking
        case .control("c"), .control("d"): return .quit
        case .control("z"): return .suspend
        default: break
        }
        return nil
    }

    private mutating func startTyping(_ limit: Limit) {
        guard let model = self.chosenStats else {
            self.note = Self.chooseFirst
            return
        }
        self.mode = .typing(limit, model: model.model, text: "")
    }

    /// A parallel limit one higher or lower, once it is confirmed.
    ///
    /// - Parameter change: one that is not confirmed yet, from which it goes on. Defaults to nil.
    private mutating func step(_ step: Int, from change: LimitChange? = nil) {
        guard let model = self.chosenStats else {
            self.note = Self.chooseFirst
            return
        }
        let parallel = (change?.parallel ?? model.parallelLimit) + step
        guard parallel >= 1 else { return }
        self.mode = .confirming(LimitChange(model: model.model, parallel: parallel))
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
            self.mode =
                switch limit {
                case .parallel: .confirming(LimitChange(model: model, parallel: number))
                case .queue: .confirming(LimitChange(model: model, queue: number))
                }
        default:
            break
        }
        return nil
    }
}
