// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockConfiguration
import PaddockProxy
import PaddockSystem

/// Which settings a command has flags for.
protocol SettingSelection {
    /// The settings; those without a flag do not count.
    static var settings: [Setting] { get }
    /// Whether help tells the defaults.
    static var showsDefaults: Bool { get }
}

/// The flags of a command that set keys of the configuration, made from the table of settings.
///
/// Argument parsing finds the options of a type in a mirror of it, where each stands under the key that it is decoded by. So there are
/// options without properties: `customMirror` makes one of each setting, and `init(from:)` decodes it by the key of the setting.
/// All of them are texts, so that a bad value is reported in the same words wherever it stands.
struct SettingFlags<Selection: SettingSelection>: ParsableArguments, CustomReflectable {
    /// The values that were given, by flag with its dashes.
    private(set) var texts: [String: [String]] = [:]

    init() {}

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for (setting, flag) in Self.flags {
            if setting.isList {
                self.texts[flag] = try container.decode(Option<[String]>.self, forKey: Key(setting)).wrappedValue
            } else if let text = try container.decode(Option<String?>.self, forKey: Key(setting)).wrappedValue {
                self.texts[flag] = [text]
            }
        }
        self.texts = self.texts.filter { !$0.value.isEmpty }
    }

    var customMirror: Mirror {
        Mirror(self, children: Self.flags.map { (label: $0.setting.key, value: Self.option($0.setting, $0.flag)) })
    }

    private static var flags: [(setting: Setting, flag: String)] {
        Selection.settings.compactMap { setting in setting.flag.map { (setting, $0) } }
    }

    private static func option(_ setting: Setting, _ flag: String) -> Any {
        let name = NameSpecification.customLong(String(flag.dropFirst(2)))
        let help = ArgumentHelp(Self.help(setting), valueName: setting.valueName)
        return setting.isList
            ? Option(wrappedValue: [String](), name: name, parsing: .unconditionalSingleValue, help: help)
            : Option<String?>(name: name, parsing: .unconditional, help: help, completion: setting.completion)
    }

    private static func help(_ setting: Setting) -> String {
        let summary = setting.isList ? setting.summary + " Can be given more than once." : setting.summary
        let standard = setting.standardText ?? setting.standardElements.joined(separator: " ")
        guard Selection.showsDefaults, !standard.isEmpty else { return summary }
        return "\(summary.dropLast()) (default: \(standard))."
    }

    /// The key of a setting.
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ setting: Setting) { self.stringValue = setting.key }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

/// All settings, with their defaults.
enum AllSettings: SettingSelection {
    static var settings: [Setting] { Setting.all }
    static var showsDefaults: Bool { true }
}

/// What decides in a replay.
enum ReplaySettings: SettingSelection {
    static let settings = [
        "ollama_num_parallel", "ollama_max_queue", "request_timeout", "fairness", "fairness_by", "batch_share",
        "batch_slots", "swap",
    ]
    .compactMap(Setting.named)
    // What the configuration says, which is not known before it is read.
    static var showsDefaults: Bool { false }
}

extension Setting {
    /// How a shell completes a value.
    fileprivate var completion: CompletionKind {
        switch self.schema {
        case .words(let words): .list(words)
        default: self.valueName == "file" ? .file() : .default
        }
    }
}

extension SettingFlags {
    /// Loads the configuration from these flags, the environment and a file.
    func load(_ file: ConfigurationFile?) throws(ConfigurationError) -> LoadedConfiguration {
        var environment: [String: String] = [:]
        for variable in Setting.all.flatMap(\.variables) {
            environment[variable.name] = SystemCall.variable(variable.name)
        }
        return try ConfigurationLoader.load(
            flags: self.texts,
            environment: environment,
            file: file,
            inferenceRoutes: InferenceRoutes.paths
        )
    }
}
