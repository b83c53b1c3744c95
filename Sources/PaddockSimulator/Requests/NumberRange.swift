// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// The numbers that a JSON schema allows.
struct NumberRange {
    private let step: Double
    private let isInteger: Bool
    private let least: Double?
    private let isLeastExcluded: Bool
    private let most: Double?
    private let isMostExcluded: Bool

    /// - Parameter rules: May have `minimum`, `maximum`, `exclusiveMinimum` and `exclusiveMaximum` (numbers, or Booleans as in draft 4)
    ///   and `multipleOf`.
    init(_ rules: JSONObject, isInteger: Bool) {
        self.isInteger = isInteger
        (self.least, self.isLeastExcluded) = Self.bound(rules, "minimum", "exclusiveMinimum", max)
        (self.most, self.isMostExcluded) = Self.bound(rules, "maximum", "exclusiveMaximum", min)
        let multiple = Self.number(rules, "multipleOf").flatMap { $0 > 0 ? $0 : nil }
        self.step = multiple ?? (isInteger ? 1 : 0)
    }

    /// A number that fits if there is one; others for other variants as far as the bounds let them.
    func sample(variant: Int) -> JSONValue {
        let number = self.number(variant: variant)
        return number == number.rounded() && abs(number) < 1e15 ? JSONValue(Int(number)) : JSONValue(number)
    }

    private func number(variant: Int) -> Double {
        if self.step == 0 { return self.anyNumber(variant: variant) }
        var first: Double
        if let least = self.least, least > 1 || self.isTooSmall(1) {
            first = (least / self.step).rounded(.up)
            if self.isTooSmall(first * self.step) { first += 1 }
        } else {
            first = (1 / self.step).rounded(.up)
        }
        if self.isTooLarge(first * self.step), let most = self.most {
            first = (most / self.step).rounded(.down)
            if self.isTooLarge(first * self.step) { first -= 1 }
        }
        let other = (first + Double(variant)) * self.step
        return self.isTooLarge(other) ? (first - Double(variant)) * self.step : other
    }

    private func anyNumber(variant: Int) -> Double {
        let number = 1 + Double(variant)
        if !self.isTooSmall(number), !self.isTooLarge(number) { return number }
        switch (self.least, self.most) {
        case (let least?, let most?): return least + (most - least) / Double(variant + 2)
        case (let least?, nil): return least + number
        case (nil, let most?): return most - number
        case (nil, nil): return number
        }
    }

    private func isTooSmall(_ number: Double) -> Bool {
        guard let least = self.least else { return false }
        return self.isLeastExcluded ? number <= least : number < least
    }

    private func isTooLarge(_ number: Double) -> Bool {
        guard let most = self.most else { return false }
        return self.isMostExcluded ? number >= most : number > most
    }

    private static func bound(
        _ rules: JSONObject,
        _ name: String,
        _ exclusiveName: String,
        _ tighter: (Double, Double) -> Double
    ) -> (Double?, isExcluded: Bool) {
        let inclusive = Self.number(rules, name)
        if rules[exclusiveName] == .bool(true) { return (inclusive, true) }
        guard let exclusive = Self.number(rules, exclusiveName) else { return (inclusive, false) }
        guard let inclusive, tighter(inclusive, exclusive) != exclusive else { return (exclusive, true) }
        return (inclusive, false)
    }

    private static func number(_ rules: JSONObject, _ name: String) -> Double? {
        rules[name]?.double
    }
}
