// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase

/// Everything that can be set before Paddock starts.
///
/// A plain value: `ConfigurationLoader` fills it, nothing else reads the command line, the environment or a
/// file. All defaults are here and nowhere else.
package struct Configuration: Equatable, Sendable {
    /// The address to listen on: an IP address (IPv6 without brackets) or a host name.
    ///
    /// Defaults to `127.0.0.1`, so that a fresh Paddock answers this machine only.
    package var host = "127.0.0.1"

    /// The TCP port to listen on, 0 to 65535; 0 takes a free one.
    ///
    /// Defaults to 8080.
    package var port = 8080

    /// The Ollama servers to send requests to: at least one, none twice.
    ///
    /// Defaults to `http://127.0.0.1:11434`.
    package var backends = [DeclaredBackend(.ollama)]

    /// How many requests of one model run at once on one backend: `auto` (by available memory), or 1 to 10,000.
    ///
    /// Defaults to `auto`.
    package var parallelLimit = AutoOrCount.auto

    /// How many requests may wait for one model, 0 to 10,000,000.
    ///
    /// Defaults to 512.
    package var queueLimit = 512

    /// How long a request may take before its reply begins, and how long a streamed reply may be silent.
    ///
    /// More than zero, at most 8,760 hours. Defaults to 300 seconds.
    package var requestTimeout = Duration.seconds(300)

    /// What is said of single models, in the order of the file.
    ///
    /// Defaults to none.
    package var models: [DeclaredModel] = []

    /// The largest request body on a queued route, in bytes, 1 to 2^40.
    ///
    /// Defaults to 100 MiB.
    package var maxBodyBytes = 100 << 20

    /// The most that all request bodies held at once may take, in bytes, 1 to 2^40.
    ///
    /// Defaults to 1 GiB.
    package var maxQueuedBytes = 1 << 30

    /// What a client must send to use `/admin`.
    ///
    /// Defaults to none: only the loopback interface may use it.
    package var adminToken: Secret?

    /// What a client may send to read all that admins read. It is not the admin token.
    ///
    /// Defaults to none.
    package var viewToken: Secret?

    /// Who gets the dashboard's data.
    ///
    /// Defaults to `open`.
    package var dashboard = DashboardAccess.open

    /// The number of event loops: `auto` (one for each core), or 1 to 256.
    ///
    /// Defaults to `auto`.
    package var eventLoops = AutoOrCount.auto

    /// The clients that have keys, in the order of the file; no name and no key twice.
    ///
    /// Defaults to none.
    package var clients: [DeclaredClient] = []

    /// Whether every route that goes to a backend asks for the key of a declared client.
    ///
    /// Defaults to `false`.
    package var requiresKey = false

    /// The routes that need no key all the same.
    ///
    /// Defaults to `/`, `/api/version`.
    package var openRoutes = ["/", "/api/version"]

    /// The routes that are queued in addition to the inference routes, and inference routes that are not queued.
    ///
    /// Defaults to none.
    package var queuedRoutes: [QueuedRouteChange] = []

    /// Whether routes that change what a backend has are for admins only.
    ///
    /// Defaults to `false`.
    package var protectsModels = false

    /// The origins of web pages that may read answers on proxied routes, in addition to those that Ollama always allows.
    ///
    /// Defaults to none.
    package var corsOrigins: [String] = []

    /// The proxies whose headers about clients are trusted.
    ///
    /// Defaults to none.
    package var trustedProxies: [AddressBlock] = []

    /// The headers in which a trusted proxy names the client, in lower case; the first one in a request counts.
    ///
    /// Defaults to none: a proxy that does not set such a header passes on what any client sends.
    package var identityHeaders: [String] = []

    /// The header in which a trusted proxy gives a client's address.
    ///
    /// Defaults to `x-forwarded-for`.
    package var forwarded = ForwardedFormat.forwardedFor

    /// Whether slots and places are shared between clients.
    ///
    /// Defaults to `true`; `false` is plain order of arrival.
    package var isFair = true

    /// What is shared between clients: the time of slots, or tokens.
    ///
    /// Defaults to `time`.
    package var fairnessBy = ServiceUnit.time

    /// What batch requests earn of the slot time of interactive ones while they wait, in percent, 1 to 50.
    ///
    /// Defaults to 5.
    package var batchSharePercent = 5.0

    /// How many slots of one model on one backend batch requests may hold, 1 to 10,000.
    ///
    /// Defaults to `nil`: all.
    package var batchSlots: Int?

    /// How several models and hosts are scheduled as one machine.
    ///
    /// Defaults to the defaults of each.
    package var fleet = FleetSettings()

    /// After how long a waiting stream gets a sign of life, and how often from then on.
    ///
    /// Defaults to `nil`: never.
    package var queueKeepalive: Duration?

    /// After how long without a request a connection of a client is closed.
    ///
    /// Defaults to 180 seconds; `nil`: never.
    package var idleTimeout: Duration? = .seconds(180)

    /// The file to which each request that reached a queue is written when it ends.
    ///
    /// Defaults to `nil`: none.
    package var trace: String?

    /// How the lines of the access log look, on standard output: `off`, `text` or `json`.
    ///
    /// Defaults to `text`.
    package var accessLog = AccessLogFormat.text

    /// Which lines the access log has for requests that Paddock refuses itself: `bursts` or `each`.
    ///
    /// Defaults to `bursts`.
    package var refusalLines = RefusalLines.bursts

    /// The least level of the process's own messages: `error`, `warning`, `info` or `debug`.
    ///
    /// Defaults to `info`.
    package var logLevel = LogLevel.info

    /// Where what stays over restarts is kept.
    ///
    /// Defaults to `auto`.
    package var state = StateSetting.auto

    /// How many days of usage are kept, today included, 1 to 36,500.
    ///
    /// Defaults to 400.
    package var usageDays = 400

    /// How many days requests are kept after their end, today included, 0 to 36,500; 0 keeps none.
    ///
    /// Defaults to 0.
    package var historyDays = 0

    /// How many requests of batch jobs are at the backends or in the queues at once, over all jobs, 0 to 256.
    ///
    /// Defaults to 4. With 0 no jobs run.
    package var batchParallel = 4

    /// The most that all files of clients take, in bytes, 1 to 2^40.
    ///
    /// Defaults to 10 GiB.
    package var batchFilesMax = 10 << 30

    /// The largest upload, in bytes, 1 to 2^40.
    ///
    /// Defaults to 200 MiB.
    package var batchFileBytes = 200 << 20

    /// How many days files of clients are kept, 1 to 36,500.
    ///
    /// Defaults to 30.
    package var batchFileDays = 30

    /// What the keys of a cluster say; see `cluster`.
    ///
    /// Defaults to the defaults of each: no cluster.
    package var clusterKeys = ClusterKeys()

    /// How this gateway is a member of a cluster; nil if it is in none.
    package var cluster: ClusterSettings? {
        ClusterSettings(self.clusterKeys, port: self.port, requestTimeout: self.requestTimeout)
    }

    /// Makes a configuration that holds the defaults.
    package init() {}
}
