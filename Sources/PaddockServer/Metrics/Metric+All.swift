// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockBatch

extension Metric {
    /// All metrics, in the order of `/metrics`.
    package static let all: [Metric] = [
        Metric(
            "paddock_requests_total",
            .counter,
            .endings,
            "Requests that ended, by how they ended: completed, rejected, failed, timed_out, cancelled or would_time_out."
        ),
        Metric(
            "paddock_error_replies_total",
            .counter,
            .models(\.lifetime.errorReplies),
            "Completed requests that the backend answered with a status of 400 or above."
        ),
        Metric(
            "paddock_replies_total",
            .counter,
            .samples(["model", "backend", "class"], ReplySamples.all),
            "Replies of backends to queued requests, by class of status: 2xx, 3xx, 4xx or 5xx; a series begins with its first reply."
        ),
        Metric("paddock_arrivals_total", .counter, .models(\.lifetime.requests), "Requests that arrived at a queue."),
        Metric(
            "paddock_relayed_bytes_total",
            .counter,
            .models(\.lifetime.bytes),
            "Bytes of replies that were relayed, without framing."
        ),
        Metric(
            "paddock_relayed_chunks_total",
            .counter,
            .models(\.lifetime.chunks),
            "Chunks of streamed replies that were relayed: with Ollama, tokens."
        ),
        Metric(
            "paddock_tokens_total",
            .counter,
            .samples(
                ["model", "kind"],
                { report in
                    report.models.flatMap { model in
                        [("prompt", model.lifetime.promptTokens), ("answer", model.lifetime.answerTokens)].map {
                            (model.labels.and("kind", $0.0), String($0.1))
                        }
                    }
                }
            ),
            "Tokens of prompts and answers, as the backends said; for a stream that tells none, the number of its chunks."
        ),
        Metric("paddock_active_requests", .gauge, .models(\.active), "Requests that hold a slot."),
        Metric("paddock_queued_requests", .gauge, .models(\.queued), "Requests that wait for a slot."),
        Metric(
            "paddock_parallel_limit",
            .gauge,
            .knownModels(\.limits.parallel),
            "Requests that may be active at once on each backend."
        ),
        Metric("paddock_queue_limit", .gauge, .knownModels(\.limits.queue), "Requests that may wait."),
        Metric(
            "paddock_available_slots",
            .gauge,
            .knownModels(\.availableSlots),
            "Free slots on the healthy backends."
        ),
        Metric(
            "paddock_wait_seconds",
            .histogram,
            .durations(\.wait),
            "Time from arrival to the slot, of requests that got one."
        ),
        Metric(
            "paddock_first_byte_seconds",
            .histogram,
            .durations(\.firstByte),
            "Time from the slot to the first byte of the reply; not of those that completed with a status of 400 or above."
        ),
        Metric(
            "paddock_processing_seconds",
            .histogram,
            .durations(\.processing),
            "Time with the slot, of requests that completed with a status below 400."
        ),
        Metric(
            "paddock_backend_up",
            .gauge,
            .backends { $0.isHealthy ? 1 : 0 },
            "Whether a backend answered when it was last tried: 1 or 0."
        ),
        Metric(
            "paddock_backend_active_requests",
            .gauge,
            .backends(\.active),
            "Requests that hold a slot on a backend."
        ),
        Metric(
            "paddock_backend_slots",
            .gauge,
            .backends(\.slots),
            "Requests of all models that may be active on a backend, if it has such a limit."
        ),
        Metric(
            "paddock_backend_state",
            .gauge,
            .samples(
                ["backend", "state"],
                FleetSamples.each("state") { fleet in
                    Breaker.State.allCases.map { ($0.name, fleet.breaker.state == $0 ? "1" : "0") }
                }
            ),
            "Whether a backend's requests go well: 1 for the state it is in, ok, suspect, open, half_open or wedged, 0 for the others."
        ),
        Metric(
            "paddock_backend_time_seconds_total",
            .counter,
            .samples(
                ["backend", "state"],
                FleetSamples.each("state") { fleet in
                    guard fleet.isObserved else { return [] }
                    return MachineTime.State.allCases.map {
                        ($0.name, "\((fleet.time[$0].milliseconds / 1000).rounded(decimals: 3))")
                    }
                }
            ),
            "How long a backend has been serving, serving while a model drains, loading while nobody is served, or idle."
        ),
        Metric(
            "paddock_swaps_total",
            .counter,
            .samples(
                ["backend", "reason"],
                FleetSamples.each("reason") { $0.loads.byReason.map { ($0.reason, String($0.count)) } }
            ),
            "Loads that Paddock began, by reason: room (nothing had to go), turn, copy or options (the same model had other options)."
        ),
        Metric(
            "paddock_load_seconds",
            .histogram,
            .histogram(\.fleet.loadTimes),
            "Time that models took to load, of loads that Paddock began."
        ),
        Metric(
            "paddock_swap_wait_seconds",
            .histogram,
            .histogram(\.fleet.swapWaits),
            "Time from arrival to the slot, of requests whose model was loaded for them."
        ),
        Metric(
            "paddock_resident",
            .gauge,
            .samples(["backend", "model"], FleetSamples.residents),
            "Models that a backend has loaded: 1 for each known one, and without the label model how many others."
        ),
        Metric(
            "paddock_waiting_for_swap",
            .gauge,
            .knownModels(\.waitingForSwap),
            "Requests that wait because their model is not loaded."
        ),
        Metric(
            "paddock_learned_parallel",
            .gauge,
            .samples(["backend", "model"], FleetSamples.learnedLimits),
            "Requests of a loaded model that may be active on a backend, as learned from its replies."
        ),
        Metric(
            "paddock_refused_total",
            .counter,
            .samples(
                ["backend"],
                { report in report.backends.map { ($0.labels, String($0.fleet.refusals)) } }
            ),
            "Requests that a backend refused (503) before it began to work on them."
        ),
        Metric("paddock_build_info", .gauge, .version, "The version that runs; always 1."),
        Metric(
            "paddock_draining",
            .gauge,
            .whole { $0.isDraining ? 1 : 0 },
            "Whether Paddock is draining: 1 or 0."
        ),
        Metric("paddock_models", .gauge, .whole(\.modelCount), "Models that have a queue."),
        Metric(
            "paddock_dashboard_subscribers",
            .gauge,
            .whole(\.dashboardSubscribers),
            "Pages that follow the dashboard's events."
        ),
        Metric(
            "paddock_loop_turn_seconds",
            .histogram,
            .turns,
            "Turns of the event loops: time from the return of the wait for events to the end of the work; buckets from 0.0001 to 1 second."
        ),
        Metric(
            "paddock_memory_total_bytes",
            .gauge,
            .whole { $0.memory.map { Int(clamping: $0.totalBytes) } },
            "Memory of the machine, or of the smallest cgroup around Paddock."
        ),
        Metric(
            "paddock_memory_available_bytes",
            .gauge,
            .whole { $0.memory.map { Int(clamping: $0.availableBytes) } },
            "Memory that is available to Paddock and to a backend beside it."
        ),
        Metric(
            "paddock_store_failures_total",
            .counter,
            .whole { $0.store?.failures },
            "Commits of the store that failed; what they had is tried again."
        ),
        Metric(
            "paddock_usage_pending_rows",
            .gauge,
            .whole { $0.store?.pending },
            "Rows of usage that are only in memory."
        ),
        Metric(
            "paddock_usage_lost_total",
            .counter,
            .whole { $0.store?.lost },
            "Requests that no row of usage has, as there was no room in memory."
        ),
        Metric(
            "paddock_history_lost_total",
            .counter,
            .whole(\.lostRequests),
            "Ended requests that history_days asks to keep and that are not kept, as the store could not be written or was too slow."
        ),
        Metric(
            "paddock_log_lost_total",
            .counter,
            .whole(\.lostLines),
            "Lines of the logs that were lost, as standard output or standard error could not be written or was not read fast enough."
        ),
        Metric(
            "paddock_batch_jobs",
            .gauge,
            .samples(
                ["status"],
                { report in
                    guard let batches = report.batches else { return [] }
                    return BatchStatus.allCases.filter { !$0.isFinal }.map {
                        (MetricLabels("status", $0.rawValue), String(batches.jobs[$0] ?? 0))
                    }
                }
            ),
            "Batch jobs that have not ended, by their status."
        ),
        Metric(
            "paddock_batch_requests_total",
            .counter,
            .samples(
                ["result"],
                { report in
                    guard let batches = report.batches else { return [] }
                    return BatchResult.allCases.map {
                        (MetricLabels("result", $0.rawValue), String(batches.results[$0] ?? 0))
                    }
                }
            ),
            "Requests of batch jobs: completed, failed (in the error file), expired, or retried, each time that one is tried again."
        ),
        Metric(
            "paddock_batch_files_bytes",
            .gauge,
            .whole { $0.batches?.fileBytes },
            "Bytes that the files of clients take, those that are still written included; each counts 4 KiB more than it has."
        ),
        Metric(
            "paddock_cluster_role",
            .gauge,
            .samples(
                ["role"],
                { report in
                    guard let cluster = report.cluster else { return [] }
                    return ClusterReading.Role.allCases.map {
                        (MetricLabels("role", $0.rawValue), cluster.role == $0 ? "1" : "0")
                    }
                }
            ),
            "Whether this member of a cluster is coordinator, led by one (member), without one (alone), or has had none yet (starting)."
        ),
        Metric(
            "paddock_cluster_term",
            .gauge,
            .whole { $0.cluster?.term.map { Int($0) } },
            "The term of the coordinator that leads this member."
        ),
        Metric(
            "paddock_cluster_members",
            .gauge,
            .whole { $0.cluster?.members.count },
            "Members of the cluster, this one included."
        ),
        Metric(
            "paddock_cluster_linked",
            .gauge,
            .whole { $0.cluster?.linked.count },
            "Other members that this one has a link with."
        ),
        Metric(
            "paddock_cluster_round_trip_seconds",
            .gauge,
            .number { $0.cluster?.roundTrip.map { $0.milliseconds / 1_000 } },
            "How long the slowest member took for its last answer to the coordinator; only the coordinator tells it."
        ),
        Metric(
            "paddock_cluster_without_contact_seconds",
            .gauge,
            .number { $0.cluster.map { $0.withoutContact.milliseconds / 1_000 } },
            "For how long this member has had no coordinator; 0 while it has one."
        ),
        Metric(
            "paddock_cluster_grants_void_total",
            .counter,
            .whole { $0.cluster?.voidGrants },
            "Grants of a coordinator that came too late to be carried out."
        ),
        Metric(
            "paddock_cluster_store_up",
            .gauge,
            .whole { $0.cluster.map { $0.storeTrouble == nil ? 1 : 0 } },
            "Whether the store of the cluster answers."
        ),
        // The names that Prometheus' own clients use.
        Metric(
            "process_cpu_seconds_total",
            .counter,
            .number { $0.process?.cpuSeconds },
            "CPU time, user and system, in seconds."
        ),
        Metric(
            "process_resident_memory_bytes",
            .gauge,
            .whole { $0.process?.residentBytes },
            "Memory that is in RAM (Linux)."
        ),
        Metric(
            "process_virtual_memory_bytes",
            .gauge,
            .whole { $0.process?.virtualBytes },
            "Address space (Linux)."
        ),
        Metric("process_open_fds", .gauge, .whole { $0.process?.openFiles }, "Open files and connections."),
        Metric(
            "process_max_fds",
            .gauge,
            .whole { $0.process?.maxFiles },
            "How many files and connections may be open."
        ),
        Metric(
            "process_start_time_seconds",
            .gauge,
            .number { $0.process?.startTime },
            "When the process started, in seconds since 1970 (Linux)."
        ),
    ]
}
