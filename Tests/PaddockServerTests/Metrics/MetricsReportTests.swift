// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockServer
import PaddockSockets
import PaddockTesting
import Testing

@Suite("Metrics")
struct MetricsReportTests {
    private static func report(_ snapshot: AdmissionSnapshot) -> MetricsReport {
        var process = ProcessReading()
        process.cpuSeconds = 1.5
        process.openFiles = 12
        var turns = TurnLengths()
        for _ in 0..<2 { turns.add(nanoseconds: 250_000) }
        return MetricsReport(
            admission: snapshot,
            backends: ["http://127.0.0.1:11434"],
            memory: MemoryReading(totalBytes: 2000, availableBytes: 1500),
            process: process,
            dashboardSubscribers: 3,
            turns: turns
        )
    }

    @Test("A fixed snapshot gives a fixed text")
    func golden() {
        let gateway = FixedGateway(named: ["llama2"])
        gateway.run("llama2", at: 1)
        gateway.run("new", at: 10)
        let slot = gateway.arrive("llama2", at: 20)
        gateway.arrive("llama2", at: 21)
        gateway.arrive("llama2", at: 22)
        let text = Self.report(gateway.snapshot(at: 23)).text
        if let slot { gateway.admission.lease(slot).end(.cancelled, ReplyProgress(), now: FixedGateway.time(24)) }
        let lines = text.split(separator: "\n").filter { !$0.contains("_bucket") }
        #expect(
            lines.joined(separator: "\n") == """
                # HELP paddock_requests_total Requests that ended, by how they ended: completed, rejected, failed, timed_out, cancelled or would_time_out.
                # TYPE paddock_requests_total counter
                paddock_requests_total{outcome="completed"} 1
                paddock_requests_total{outcome="rejected"} 0
                paddock_requests_total{outcome="failed"} 0
                paddock_requests_total{outcome="timed_out"} 0
                paddock_requests_total{outcome="cancelled"} 0
                paddock_requests_total{outcome="would_time_out"} 0
                paddock_requests_total{model="llama2",outcome="completed"} 1
                paddock_requests_total{model="llama2",outcome="rejected"} 1
                paddock_requests_total{model="llama2",outcome="failed"} 0
                paddock_requests_total{model="llama2",outcome="timed_out"} 0
                paddock_requests_total{model="llama2",outcome="cancelled"} 0
                paddock_requests_total{model="llama2",outcome="would_time_out"} 0
                paddock_requests_total{model="new",outcome="completed"} 0
                paddock_requests_total{model="new",outcome="rejected"} 0
                paddock_requests_total{model="new",outcome="failed"} 0
                paddock_requests_total{model="new",outcome="timed_out"} 0
                paddock_requests_total{model="new",outcome="cancelled"} 0
                paddock_requests_total{model="new",outcome="would_time_out"} 0
                # HELP paddock_error_replies_total Completed requests that the backend answered with a status of 400 or above.
                # TYPE paddock_error_replies_total counter
                paddock_error_replies_total 0
                paddock_error_replies_total{model="llama2"} 0
                paddock_error_replies_total{model="new"} 0
                # HELP paddock_replies_total Replies of backends to queued requests, by class of status: 2xx, 3xx, 4xx or 5xx; a series \
                begins with its first reply.
                # TYPE paddock_replies_total counter
                paddock_replies_total{backend="http://127.0.0.1:11434",class="2xx"} 1
                paddock_replies_total{model="llama2",backend="http://127.0.0.1:11434",class="2xx"} 1
                # HELP paddock_arrivals_total Requests that arrived at a queue.
                # TYPE paddock_arrivals_total counter
                paddock_arrivals_total 1
                paddock_arrivals_total{model="llama2"} 4
                paddock_arrivals_total{model="new"} 0
                # HELP paddock_relayed_bytes_total Bytes of replies that were relayed, without framing.
                # TYPE paddock_relayed_bytes_total counter
                paddock_relayed_bytes_total 100
                paddock_relayed_bytes_total{model="llama2"} 100
                paddock_relayed_bytes_total{model="new"} 0
                # HELP paddock_relayed_chunks_total Chunks of streamed replies that were relayed: with Ollama, tokens.
                # TYPE paddock_relayed_chunks_total counter
                paddock_relayed_chunks_total 4
                paddock_relayed_chunks_total{model="llama2"} 4
                paddock_relayed_chunks_total{model="new"} 0
                # HELP paddock_tokens_total Tokens of prompts and answers, as the backends said; for a stream that tells none, the number of its chunks.
                # TYPE paddock_tokens_total counter
                paddock_tokens_total{kind="prompt"} 7
                paddock_tokens_total{kind="answer"} 3
                paddock_tokens_total{model="llama2",kind="prompt"} 7
                paddock_tokens_total{model="llama2",kind="answer"} 3
                paddock_tokens_total{model="new",kind="prompt"} 0
                paddock_tokens_total{model="new",kind="answer"} 0
                # HELP paddock_active_requests Requests that hold a slot.
                # TYPE paddock_active_requests gauge
                paddock_active_requests 0
                paddock_active_requests{model="llama2"} 1
                paddock_active_requests{model="new"} 0
                # HELP paddock_queued_requests Requests that wait for a slot.
                # TYPE paddock_queued_requests gauge
                paddock_queued_requests 0
                paddock_queued_requests{model="llama2"} 1
                paddock_queued_requests{model="new"} 0
                # HELP paddock_parallel_limit Requests that may be active at once on each backend.
                # TYPE paddock_parallel_limit gauge
                paddock_parallel_limit{model="llama2"} 1
                paddock_parallel_limit{model="new"} 1
                # HELP paddock_queue_limit Requests that may wait.
                # TYPE paddock_queue_limit gauge
                paddock_queue_limit{model="llama2"} 1
                paddock_queue_limit{model="new"} 1
                # HELP paddock_available_slots Free slots on the healthy backends.
                # TYPE paddock_available_slots gauge
                paddock_available_slots{model="llama2"} 0
                paddock_available_slots{model="new"} 1
                # HELP paddock_wait_seconds Time from arrival to the slot, of requests that got one.
                # TYPE paddock_wait_seconds histogram
                paddock_wait_seconds_sum 0.0
                paddock_wait_seconds_count 1
                paddock_wait_seconds_sum{model="llama2"} 0.0
                paddock_wait_seconds_count{model="llama2"} 2
                paddock_wait_seconds_sum{model="new"} 0.0
                paddock_wait_seconds_count{model="new"} 0
                # HELP paddock_first_byte_seconds Time from the slot to the first byte of the reply; not of those that completed with a status of 400 or above.
                # TYPE paddock_first_byte_seconds histogram
                paddock_first_byte_seconds_sum 1.0
                paddock_first_byte_seconds_count 1
                paddock_first_byte_seconds_sum{model="llama2"} 1.0
                paddock_first_byte_seconds_count{model="llama2"} 1
                paddock_first_byte_seconds_sum{model="new"} 0.0
                paddock_first_byte_seconds_count{model="new"} 0
                # HELP paddock_processing_seconds Time with the slot, of requests that completed with a status below 400.
                # TYPE paddock_processing_seconds histogram
                paddock_processing_seconds_sum 2.0
                paddock_processing_seconds_count 1
                paddock_processing_seconds_sum{model="llama2"} 2.0
                paddock_processing_seconds_count{model="llama2"} 1
                paddock_processing_seconds_sum{model="new"} 0.0
                paddock_processing_seconds_count{model="new"} 0
                # HELP paddock_backend_up Whether a backend answered when it was last tried: 1 or 0.
                # TYPE paddock_backend_up gauge
                paddock_backend_up{backend="http://127.0.0.1:11434"} 1
                # HELP paddock_backend_active_requests Requests that hold a slot on a backend.
                # TYPE paddock_backend_active_requests gauge
                paddock_backend_active_requests{backend="http://127.0.0.1:11434"} 1
                # HELP paddock_backend_slots Requests of all models that may be active on a backend, if it has such a limit.
                # TYPE paddock_backend_slots gauge
                # HELP paddock_backend_state Whether a backend's requests go well: 1 for the state it is in, ok, suspect, open, half_open or wedged, 0 for the others.
                # TYPE paddock_backend_state gauge
                paddock_backend_state{backend="http://127.0.0.1:11434",state="ok"} 1
                paddock_backend_state{backend="http://127.0.0.1:11434",state="suspect"} 0
                paddock_backend_state{backend="http://127.0.0.1:11434",state="open"} 0
                paddock_backend_state{backend="http://127.0.0.1:11434",state="half_open"} 0
                paddock_backend_state{backend="http://127.0.0.1:11434",state="wedged"} 0
                # HELP paddock_backend_time_seconds_total How long a backend has been serving, serving while a model drains, loading while nobody is served, or idle.
                # TYPE paddock_backend_time_seconds_total counter
                # HELP paddock_swaps_total Loads that Paddock began, by reason: room (nothing had to go), turn, copy or options (the same model had other options).
                # TYPE paddock_swaps_total counter
                paddock_swaps_total{backend="http://127.0.0.1:11434",reason="room"} 0
                paddock_swaps_total{backend="http://127.0.0.1:11434",reason="turn"} 0
                paddock_swaps_total{backend="http://127.0.0.1:11434",reason="copy"} 0
                paddock_swaps_total{backend="http://127.0.0.1:11434",reason="options"} 0
                # HELP paddock_load_seconds Time that models took to load, of loads that Paddock began.
                # TYPE paddock_load_seconds histogram
                paddock_load_seconds_sum 0.0
                paddock_load_seconds_count 0
                # HELP paddock_swap_wait_seconds Time from arrival to the slot, of requests whose model was loaded for them.
                # TYPE paddock_swap_wait_seconds histogram
                paddock_swap_wait_seconds_sum 0.0
                paddock_swap_wait_seconds_count 0
                # HELP paddock_resident Models that a backend has loaded: 1 for each known one, and without the label model how many others.
                # TYPE paddock_resident gauge
                # HELP paddock_waiting_for_swap Requests that wait because their model is not loaded.
                # TYPE paddock_waiting_for_swap gauge
                paddock_waiting_for_swap{model="llama2"} 0
                paddock_waiting_for_swap{model="new"} 0
                # HELP paddock_learned_parallel Requests of a loaded model that may be active on a backend, as learned from its replies.
                # TYPE paddock_learned_parallel gauge
                # HELP paddock_refused_total Requests that a backend refused (503) before it began to work on them.
                # TYPE paddock_refused_total counter
                paddock_refused_total{backend="http://127.0.0.1:11434"} 0
                # HELP paddock_build_info The version that runs; always 1.
                # TYPE paddock_build_info gauge
                paddock_build_info{version="\(PaddockVersion.text)"} 1
                # HELP paddock_draining Whether Paddock is draining: 1 or 0.
                # TYPE paddock_draining gauge
                paddock_draining 0
                # HELP paddock_models Models that have a queue.
                # TYPE paddock_models gauge
                paddock_models 2
                # HELP paddock_dashboard_subscribers Pages that follow the dashboard's events.
                # TYPE paddock_dashboard_subscribers gauge
                paddock_dashboard_subscribers 3
                # HELP paddock_loop_turn_seconds Turns of the event loops: time from the return of the wait for events to the end of the work; buckets from 0.0001 to 1 second.
                # TYPE paddock_loop_turn_seconds histogram
                paddock_loop_turn_seconds_sum 0.0005
                paddock_loop_turn_seconds_count 2
                # HELP paddock_memory_total_bytes Memory of the machine, or of the smallest cgroup around Paddock.
                # TYPE paddock_memory_total_bytes gauge
                paddock_memory_total_bytes 2000
                # HELP paddock_memory_available_bytes Memory that is available to Paddock and to a backend beside it.
                # TYPE paddock_memory_available_bytes gauge
                paddock_memory_available_bytes 1500
                # HELP paddock_batch_jobs Batch jobs that have not ended, by their status.
                # TYPE paddock_batch_jobs gauge
                # HELP paddock_batch_requests_total Requests of batch jobs: completed, failed (in the error file), expired, or retried, each \
                time that one is tried again.
                # TYPE paddock_batch_requests_total counter
                # HELP paddock_cluster_role Whether this member of a cluster is coordinator, led by one (member), without one (alone), or has had none \
                yet (starting).
                # TYPE paddock_cluster_role gauge
                # HELP process_cpu_seconds_total CPU time, user and system, in seconds.
                # TYPE process_cpu_seconds_total counter
                process_cpu_seconds_total 1.5
                # HELP process_open_fds Open files and connections.
                # TYPE process_open_fds gauge
                process_open_fds 12
                """
        )
    }

    @Test("What a backend has loaded is counted by name only as far as names are bounded")
    func residents() {
        let gateway = FixedGateway(named: ["llama2"])
        gateway.admission.observe(
            ["llama2", "stranger", "another"].map { LoadedModel(name: $0, bytes: 1) },
            on: 0,
            asked: FixedGateway.time(1),
            now: FixedGateway.time(1)
        )
        let slot = gateway.arrive("llama2", at: 2)
        let lines = Self.report(gateway.snapshot(at: 5)).text.split(separator: "\n")
        if let slot { gateway.admission.lease(slot).end(.cancelled, ReplyProgress(), now: FixedGateway.time(6)) }
        #expect(
            lines.filter { $0.hasPrefix("paddock_resident{") } == [
                #"paddock_resident{backend="http://127.0.0.1:11434"} 2"#,
                #"paddock_resident{backend="http://127.0.0.1:11434",model="llama2"} 1"#,
            ]
        )
        #expect(
            lines.filter { $0.hasPrefix("paddock_backend_time_seconds_total{") }.map { $0.drop { $0 != "," } } == [
                #",state="draining"} 0.0"#, #",state="serving"} 3.0"#, #",state="loading"} 0.0"#,
                #",state="idle"} 1.0"#,
            ]
        )
        #expect(lines.contains(#"paddock_learned_parallel{backend="http://127.0.0.1:11434",model="llama2"} 1"#))
    }

    @Test("Names that backends do not have count as 4xx without a label of their own")
    func replies() {
        let gateway = FixedGateway(named: ["llama2"])
        for second in 1...3 {
            gateway.run(ModelName(stringLiteral: "typo-\(second)"), at: Int64(3 * second), status: 404)
        }
        gateway.run("llama2", at: 20, status: 503)
        let lines = Self.report(gateway.snapshot(at: 30)).text.split(separator: "\n")
        let url = "http://127.0.0.1:11434"
        #expect(
            lines.filter { $0.hasPrefix("paddock_replies_total{") } == [
                "paddock_replies_total{backend=\"\(url)\",class=\"4xx\"} 3",
                "paddock_replies_total{model=\"llama2\",backend=\"\(url)\",class=\"5xx\"} 1",
            ]
        )
    }

    @Test("A histogram has a bucket for each bound, cumulative, in seconds")
    func buckets() {
        let gateway = FixedGateway(named: ["a"])
        gateway.run("a", at: 1)
        let text = Self.report(gateway.snapshot(at: 9)).text
        let prefix = #"paddock_processing_seconds_bucket{model="a",le=""#
        let buckets = text.split(separator: "\n").filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
        #expect(
            buckets == [
                "0.005\"} 0", "0.025\"} 0", "0.1\"} 0", "0.25\"} 0", "0.5\"} 0", "1.0\"} 0", "2.5\"} 1", "5.0\"} 1",
                "10.0\"} 1", "20.0\"} 1", "30.0\"} 1", "60.0\"} 1", "120.0\"} 1", "300.0\"} 1", "600.0\"} 1",
                "+Inf\"} 1",
            ]
        )
        #expect(text.contains("paddock_processing_seconds_bucket{le=\"+Inf\"} 0\n"))
        let turns = text.split(separator: "\n").filter { $0.hasPrefix("paddock_loop_turn_seconds_bucket") }
        #expect(turns.count == TurnLengths.bounds.count + 1)
        #expect(turns.prefix(2).map { $0.drop { $0 != "{" } } == ["{le=\"0.0001\"} 0", "{le=\"0.00025\"} 2"])
    }

    @Test("Whatever a model is called, it stays within its quotation marks")
    func escapes() {
        var text = MetricsText()
        text.sample("a", MetricLabels("model", "x\"} 1\n\\b\u{202E}é"), 7)
        #expect(text.text == "a{model=\"x\\\"} 1\\n\\\\b\u{202E}é\"} 7\n")
    }
}
