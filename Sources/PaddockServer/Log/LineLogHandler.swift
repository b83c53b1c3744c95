// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import Logging
internal import PaddockBase
package import PaddockLog
internal import PaddockSystem

/// Writes the process's own messages as `key=value` lines: time, level, a constant message, then its values.
package struct LineLogHandler: LogHandler {
    private let writer: LineWriter<[UInt8]>
    private let setting: LogLevelSetting

    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    /// - Parameters:
    ///   - writer: where the lines go.
    ///   - setting: the level, for all loggers that share it.
    package init(_ writer: LineWriter<[UInt8]>, setting: LogLevelSetting) {
        self.writer = writer
        self.setting = setting
    }

    package var logLevel: Logger.Level {
        get { self.setting.level.loggerLevel }
        // The level is the operator's alone.
        set {}
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var metadata = self.metadata
        if let own = event.metadata { metadata.merge(own) { $1 } }
        let time = WallClock.nanosecondsSince1970()
        let line: (inout LineBuffer) -> Void = { line in
            line.append("time=")
            var clock = LineClock()
            line.appendTime(time, &clock)
            line.append(" level=")
            let start = line.count
            line.appendValue(event.level.rawValue)
            line.pad(from: start, to: 7)
            line.append(" message=")
            line.appendValue("\(event.message)")
            for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
                line.append(UInt8(ascii: " "))
                line.appendValue(key)
                line.append(UInt8(ascii: "="))
                line.appendValue("\(value)")
            }
        }
        self.writer.append(LineBuffer.withLine(line) { Array($0.dropLast()) })
    }
}
