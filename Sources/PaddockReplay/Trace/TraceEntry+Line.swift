// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
package import PaddockBase

extension TraceEntry {
    /// Appends the line of this entry, without its line break (contract section 15).
    ///
    /// - Parameter line: where to append.
    package func write(to line: inout LineBuffer) {
        for field in TraceField.allCases {
            line.append(field == TraceField.allCases.first ? "{" : ",")
            line.appendQuoted(field.rawValue)
            line.append(":")
            switch field {
            case .arrived: Self.seconds(&line, self.arrived)
            case .id: Self.text(&line, self.id)
            case .model: Self.text(&line, self.model)
            case .client: Self.text(&line, self.client)
            case .requestClass: Self.text(&line, self.requestClass?.name)
            case .weight:
                line.append(plain: self.weight == self.weight.rounded() ? String(Int(self.weight)) : "\(self.weight)")
            case .stream: line.append(self.isStream ? "true" : "false")
            case .deadline: Self.seconds(&line, self.deadline)
            case .stated: line.append(self.isStated ? "true" : "false")
            case .wait: Self.seconds(&line, self.wait)
            case .firstByte: Self.seconds(&line, self.firstByte)
            case .load: Self.seconds(&line, self.load)
            case .chosenBy: Self.text(&line, self.chosenBy)
            case .processing: Self.seconds(&line, self.processing)
            case .outcome: Self.text(&line, self.outcome?.rawValue)
            case .status: Self.number(&line, self.status)
            case .tokensIn: Self.number(&line, self.tokensIn)
            case .tokensOut: Self.number(&line, self.tokensOut)
            case .backend: Self.text(&line, self.backend)
            }
        }
        line.append("}")
    }

    private static func text(_ line: inout LineBuffer, _ text: String?) {
        if let text { line.appendQuoted(text) } else { line.append("null") }
    }

    private static func number(_ line: inout LineBuffer, _ number: Int?) {
        if let number { line.append(number) } else { line.append("null") }
    }

    /// Appends seconds to a millionth.
    private static func seconds(_ line: inout LineBuffer, _ nanoseconds: Int64?) {
        guard let nanoseconds else { return line.append("null") }
        // A deadline that had passed on arrival is now.
        line.append((max(0, nanoseconds) + 500) / 1_000, decimals: 6)
    }
}
