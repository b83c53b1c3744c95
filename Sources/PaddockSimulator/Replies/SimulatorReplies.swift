// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// The replies about the simulator itself.
enum SimulatorReplies {
    /// `GET /sim/stats`
    static func stats(_ snapshot: SimulatorSnapshot) -> JSONText {
        let totals = snapshot.totals
        return #"""
            {"simulated":true,"loads":\#(totals.loads),"unloads":\#(totals.unloads),\#
            "unload_requests":\#(totals.unloadRequests),"evicted_busy":\#(totals.evictedBusy),\#
            "sent_to_victims":\#(totals.sentToVictims),"cold_queue":\#(snapshot.waitingForModels),\#
            "wedged":\#(snapshot.isWedged),"connections":\#(snapshot.connections),\#
            "totals":{"arrived":\#(totals.arrived),"completed":\#(totals.completed),\#
            "cancelled":\#(totals.cancelled),"errors":\#(totals.errors)},\#
            "models":\#(snapshot.models.map(Self.model))}
            """#
    }

    /// `GET /sim/faults`
    static func faults(_ faults: Faults) -> JSONText {
        #"""
        {"simulated":true,"fault":\#(faults.kind.rawValue),"factor":\#(faults.factor),\#
        "parallel":\#(JSONValue(faults.parallel))}
        """#
    }

    private static func model(_ model: SimulatorSnapshot.Model) -> JSONText {
        let tally = model.tally
        return #"""
            {"name":\#(model.name),"state":\#(model.state.rawValue),"size":\#(model.size),\#
            "context_length":\#(model.contextLength),"slots":\#(model.slots),"active":\#(model.active),\#
            "peak_active":\#(model.peakActive),"waiting":\#(model.waiting),"requests":\#(tally.requests),\#
            "errors":\#(tally.errors),"loads":\#(tally.loads),"unloads":\#(tally.unloads)}
            """#
    }
}
