// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension InferenceRequest {
    /// The tool that the answer calls, if it calls one; the same for the same number.
    func calledTool(number: UInt64) -> OfferedTool? {
        let candidates: [OfferedTool]
        switch self.toolChoice {
        case .none: return nil
        case .auto where self.hasToolResult: return nil
        case .auto, .required([]): candidates = self.tools
        case .required(let names): candidates = self.tools.filter { names.contains($0.name) }
        }
        var random = SeededRandom(seed: number)
        return candidates.isEmpty ? nil : candidates[random.number(below: candidates.count)]
    }

    /// `tools` as Ollama and OpenAI's chat completions have them: `{"type":"function","function":{"name":…,"parameters":…}}`.
    ///
    /// Those without a name are tools of other kinds, which no model of ours can call.
    mutating func addNestedTools(_ tools: [JSONValue]) {
        self.addTools(tools.map { $0.object?["function"] ?? .null }, parameters: "parameters")
    }

    /// `tools` whose fields stand in the tool itself, as with Anthropic and OpenAI's responses.
    mutating func addTools(_ tools: [JSONValue], parameters: StaticString) {
        for tool in tools {
            guard let object = tool.object, let name = object["name"]?.string, !name.isEmpty else { continue }
            self.tools.append(OfferedTool(name: name, parameters: object[parameters]))
        }
    }

    /// `tool_choice` of the OpenAI API: a word, or an object that names a function or several allowed ones.
    mutating func chooseOpenAI(_ choice: JSONValue?) throws(RequestError) {
        switch choice {
        case nil, .string("auto"): break
        case .string("none"): self.toolChoice = .none
        case .string("required"): try self.require([])
        case .some(.object(let object)):
            switch object["type"]?.string {
            case "function":
                try self.require([(object["function"]?.object ?? object)["name"]?.string ?? ""])
            case "allowed_tools":
                try self.allow(object["allowed_tools"]?.object ?? object)
            default:
                throw .badRequest("tool_choice: the type must be \"function\" or \"allowed_tools\"")
            }
        case .some:
            throw .badRequest("tool_choice must be \"none\", \"auto\", \"required\" or an object that names a function")
        }
    }

    /// `tool_choice` of the Anthropic API.
    mutating func chooseAnthropic(_ choice: RequestFields?) throws(RequestError) {
        switch try choice?.string("type") {
        case nil, "auto": break
        case "none": self.toolChoice = .none
        case "any": try self.require([])
        case "tool": try self.require([try choice?.string("name") ?? ""])
        case .some(let type):
            throw .badRequest("tool_choice: the type must be auto, any, tool or none, not \"\(type)\"")
        }
    }

    private mutating func require(_ names: [String]) throws(RequestError) {
        if self.tools.isEmpty { throw .badRequest("tool_choice asks for a tool, and tools has none") }
        for name in names where !self.tools.contains(where: { $0.name == name }) {
            throw .badRequest("tool_choice names \"\(name)\", which is none of the tools")
        }
        self.toolChoice = .required(names)
    }

    private mutating func allow(_ object: JSONObject) throws(RequestError) {
        let tools = object["tools"]?.array ?? []
        let names = tools.compactMap { ($0.object?["function"]?.object ?? $0.object)?["name"]?.string }
        if object["mode"]?.string == "required" {
            try self.require(names)
        } else {
            self.tools.removeAll { !names.contains($0.name) }
        }
    }
}
