// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import PaddockBase
internal import PaddockCluster
internal import PaddockClusterLink
internal import PaddockClusterNode
internal import PaddockClusterStore
internal import PaddockProxy
internal import Synchronization

/// Says in the log, and in the list of events, what happens in a cluster.
final class ClusterLog: Sendable {
    /// How often the same refusal of a link is told at most: whoever reaches the port can cause one.
    private static let refusalPause = Nanoseconds.seconds(10)

    private struct State {
        var names: [MemberID: String] = [:]
        var told: [String: (at: Instant, since: Int)] = [:]
        var isAlone = false
    }

    private let name: String
    private let logger: Logger
    private let events: EventLog
    private let state: Mutex<State>

    /// - Parameters:
    ///   - name: what this member is called.
    ///   - events: gets what operators ask for later.
    ///   - logger: gets the rest.
    init(_ name: String, _ events: EventLog, _ logger: Logger) {
        (self.name, self.events, self.logger) = (name, events, logger)
        self.state = Mutex(State())
    }

    /// Takes note of what happens; on the thread of the node.
    func note(_ note: ClusterNode.Note) {
        switch note {
        case .action(let action): self.act(action)
        case .linked(let member):
            self.state.withLock { $0.names[member.id] = member.name }
            self.tell(.clusterMemberJoined, member.name, reason: "linked with \(member.address)")
        case .unlinked(let member):
            self.logger.info("the link to a member is closed", metadata: ["member": "\(member.name)"])
        case .linkReplaced(let member):
            self.logger.info("a member has connected again", metadata: ["member": "\(member.name)"])
        case .sameName(let member):
            self.logger.warning(
                "another member has the name of this one: give each a cluster.name of its own",
                metadata: ["member": "\(member.name)", "address": "\(member.address)"]
            )
        case .linkRefused(let member, let error): self.refused(member?.name, error)
        case .dead(let member): self.tell(.clusterMemberLeft, member.name, reason: "its process has ended")
        case .storeFailed(let failure): self.tell(.clusterStoreLost, nil, reason: failure.text)
        case .storeAnswers: self.tell(.clusterStoreBack, nil, reason: nil)
        }
    }

    private func act(_ action: ClusterAction) {
        switch action {
        case .ask, .send, .register, .sendWaiting, .grant, .registered: break
        case .takeOffice(let term): self.tell(.clusterCoordinator, self.name, reason: "term \(term.number)")
        case .leaveOffice(let term, let reason):
            self.logger.info(
                "this member no longer coordinates",
                metadata: ["term": "\(term.number)", "reason": "\(reason.text)"]
            )
        case .silent(let member):
            self.logger.warning(
                "a member is silent: the slots that it holds are kept for it",
                metadata: ["member": "\(self.name(of: member))"]
            )
        case .forget(let member):
            self.logger.warning(
                "a member has been silent for cluster.grace: the slots that it held are given to others",
                metadata: ["member": "\(self.name(of: member))"]
            )
        case .free(let member): self.tell(.clusterMemberLeft, self.name(of: member), reason: "its slots are free")
        case .allow(let allowance): self.allowed(allowance)
        }
    }

    private func allowed(_ allowance: Allowance) {
        let wasAlone = self.state.withLock { state in
            defer {
                if case .replacement = allowance {
                    state.isAlone = true
                } else if case .granted = allowance {
                    state.isAlone = false
                }
            }
            return state.isAlone
        }
        switch allowance {
        case .nothing: self.logger.info("nothing starts until there is a coordinator")
        case .granted where wasAlone: self.logger.info("a coordinator leads this member again")
        case .granted: self.logger.info("a coordinator leads this member")
        case .replacement:
            self.tell(
                .clusterAlone,
                nil,
                reason: "until there is one, a request starts when another one of this member ends"
            )
        case .share:
            self.logger.warning(
                "there has been no coordinator for cluster.grace: this member uses its share of each limit"
            )
        }
    }

    private func refused(_ member: String?, _ error: LinkError) {
        let now = Instant.now()
        let key = (member ?? "") + error.text
        let untold: Int? = self.state.withLock { state in
            if state.told.count > 100 { state.told = [:] }
            if let last = state.told[key], last.at.duration(to: now) < Self.refusalPause {
                state.told[key]?.since += 1
                return nil
            }
            return state.told.updateValue((now, 0), forKey: key)?.since ?? 0
        }
        guard let untold else { return }
        var metadata: Logger.Metadata = ["reason": "\(error.text)"]
        if let member { metadata["member"] = "\(member)" }
        if untold > 0 { metadata["untold"] = "\(untold)" }
        self.logger.warning("a link to another member was refused", metadata: metadata)
    }

    private func name(of member: MemberID) -> String {
        self.state.withLock { $0.names[member] } ?? member.text
    }

    private func tell(_ kind: GatewayEvent.Kind, _ member: String?, reason: String?) {
        var event = GatewayEvent(kind, member)
        event.reason = reason
        self.events.note(event)
    }
}

extension ClusterAction.Reason {
    /// The reason in a few words.
    fileprivate var text: String {
        switch self {
        case .leaseEnded: "the store has not renewed its lease, and not all members are linked with it"
        case .superseded(let term): "there is a later term, \(term.number)"
        case .lonely: "hardly any other member is linked with it"
        case .stopping: "it stops"
        }
    }
}
