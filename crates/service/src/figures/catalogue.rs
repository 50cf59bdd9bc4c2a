//! Every metric that a Strongroom shows, in the order in which it shows them. docs/metrics.md has the same table.

use super::family::{Kind, Metric};

macro_rules! catalogue {
    ($($name:ident = $kind:ident $text:literal [$($label:literal),*] $help:literal;)*) => {
        $(
            #[doc = $help]
            pub static $name: Metric =
                Metric { name: $text, kind: Kind::$kind, labels: &[$($label),*], help: $help };
        )*

        /// All of them.
        pub static ALL: &[&Metric] = &[$(&$name),*];
    };
}

catalogue! {
    BUILD_INFO = Gauge "strongroom_build_info" ["version"] "1; the label says which release runs.";
    START_TIME = Gauge "strongroom_start_time_seconds" [] "When the front was started, in seconds since 1970.";
    READY = Gauge "strongroom_ready" [] "1 if requests are served, 0 if they are refused.";
    NOT_READY = Gauge "strongroom_not_ready" ["reason"] "1 for each reason for which requests are refused now.";
    WARNING = Gauge "strongroom_warning" ["reason"] "1 for each thing that is about to go wrong or lets only some requests through.";
    CLOCK_BEHIND = Gauge "strongroom_clock_behind_seconds" [] "How far the wall clock is behind the last time the state knows; 0 if it is not.";

    REQUESTS = Counter "strongroom_requests_total" ["service", "operation", "outcome"] "Requests that were answered; the outcome is ok or the name of the error.";
    REQUEST_DURATION = Histogram "strongroom_request_duration_seconds" ["service", "operation"] "From a request that is wholly read to its answer, without the pause of a throttled one.";
    HTTP_REFUSED = Counter "strongroom_http_refused_total" ["status"] "Requests whose body was too long, too slow or broken, or had no room; nothing else counts them.";
    UNKNOWN_CALLERS = Counter "strongroom_unknown_callers_total" [] "Requests that could not be authenticated.";
    MFA_REFUSED = Counter "strongroom_mfa_refused_total" ["reason"] "Codes of MFA devices that were refused: wrong, not looked at because wrong ones have locked their device, or not looked at because wrong ones of too many devices are counted.";
    HELD_REFUSALS = Gauge "strongroom_held_refusals" [] "Throttled requests whose answers are held back now.";
    QUOTA_RATE = Gauge "strongroom_quota_rate" ["scope", "class"] "Requests in each second that a quota allows, where one is set.";
    TRACES = Counter "strongroom_traces_total" ["fate"] "Sampled requests whose spans were written to the trace file, sent on their way to the collector, or dropped because that was too slow or could not be done.";
    TRACE_SPANS_LOST = Counter "strongroom_trace_spans_lost_total" ["reason"] "Spans of sampled requests that the collector does not have, since the courier was started: rejected in its answer, or of a batch that it did not take in three tries or that had to wait too long.";

    CONNECTIONS = Gauge "strongroom_connections" [] "Connections that are open.";
    CONNECTIONS_MAX = Gauge "strongroom_connections_max" [] "Connections that may be open; more wait in the kernel.";
    CONNECTIONS_ACCEPTED = Counter "strongroom_connections_accepted_total" [] "Connections that were taken.";
    CONNECTIONS_REFUSED = Counter "strongroom_connections_refused_total" [] "Connections that were closed at once, because their address has too many.";
    HANDSHAKES_FAILED = Counter "strongroom_tls_handshakes_failed_total" [] "TLS handshakes that failed or took too long.";
    CERTIFICATE_EXPIRY = Gauge "strongroom_certificate_expiry_timestamp_seconds" [] "When the first certificate of the server's chain ends, in seconds since 1970.";

    PROCESS_STARTS = Counter "strongroom_process_starts_total" ["process"] "How often a process was started since the supervisor was; every start after the first is a restart.";
    PROCESS_RUNNING = Gauge "strongroom_process_running" ["process"] "1 while the process runs.";

    VAULT_OPEN = Gauge "strongroom_vault_open" [] "1 while the vault answers and is open, 0 while it is sealed or away.";
    VAULT_IN_FLIGHT = Gauge "strongroom_vault_in_flight" ["lane"] "Commands that the vault has not answered yet.";
    VAULT_CACHED_KEYS = Gauge "strongroom_vault_cached_keys" [] "Unwrapped keys in the vault's memory.";

    STORE_REVISION = Gauge "strongroom_store_revision" [] "The revision of the state that is in force.";
    STORE_BATCHES = Counter "strongroom_store_batches_total" [] "Changes that were committed.";
    STORE_COMMIT = Histogram "strongroom_store_commit_duration_seconds" [] "Transactions of the store, until they are durable.";
    STORE_SYNC = Histogram "strongroom_store_sync_duration_seconds" [] "Syncs of the store's file.";

    AUDIT_RECORDS = Counter "strongroom_audit_records_total" [] "Lines that were written to the audit log.";
    AUDIT_BYTES = Counter "strongroom_audit_bytes_total" [] "Bytes that were written to the audit log.";
    AUDIT_UNSYNCED_RECORDS = Gauge "strongroom_audit_unsynced_records" [] "Lines that the kernel has and the disk does not.";
    AUDIT_UNSYNCED_BYTES = Gauge "strongroom_audit_unsynced_bytes" [] "Their bytes.";
    AUDIT_LAST_SYNC_AGE = Gauge "strongroom_audit_last_sync_age_seconds" [] "How long ago the log was synced last; says something only while lines are unsynced.";
    AUDIT_SYNC = Histogram "strongroom_audit_sync_duration_seconds" [] "Syncs of a segment of the audit log.";
    AUDIT_USED = Gauge "strongroom_audit_used_bytes" [] "Bytes of the audit log on the disk, with its tree, checkpoints and indexes.";
    AUDIT_BUDGET = Gauge "strongroom_audit_budget_bytes" [] "Bytes of audit log beyond which requests are refused.";
    AUDIT_FREE = Gauge "strongroom_audit_free_bytes" [] "Bytes that can still be written on the disk of the audit log, as it was asked last.";
    AUDIT_SEGMENTS = Gauge "strongroom_audit_segments" [] "Files of the audit log.";
    AUDIT_UNSIGNED = Gauge "strongroom_audit_unsigned_records" [] "Records of the audit log that no checkpoint covers.";
    AUDIT_CHECKPOINT_AGE = Gauge "strongroom_audit_checkpoint_age_seconds" [] "How long ago the newest checkpoint was made, or the front was started if there is none; says something only while records are unsigned.";
    AUDIT_UNWITNESSED = Gauge "strongroom_audit_unwitnessed_records" ["witness"] "Records of the newest checkpoint that the witness has not signed; absent until it was asked.";
    AUDIT_COSIGNATURE_AGE = Gauge "strongroom_audit_cosignature_age_seconds" ["witness"] "How long ago the witness signed, or the front was started if it never has; says something only while it has not signed all records.";
    AUDIT_SINK_FAILING = Gauge "strongroom_audit_sink_failing" ["sink"] "1 while the last try to deliver the audit log to the sink has failed.";
    AUDIT_SINK_DELIVERED = Counter "strongroom_audit_sink_delivered_total" ["sink"] "Records that the sink took since the courier was started.";
    AUDIT_SINK_LAG_RECORDS = Gauge "strongroom_audit_sink_lag_records" ["sink"] "Records that the sink has not taken.";
    AUDIT_SINK_LAG_BYTES = Gauge "strongroom_audit_sink_lag_bytes" ["sink"] "Their bytes on the disk.";
    AUDIT_SINK_BEHIND = Gauge "strongroom_audit_sink_behind_seconds" ["sink"] "For how long the sink has lacked any record; 0 if it lacks none.";
    AUDIT_SINK_REJECTED = Counter "strongroom_audit_sink_rejected_total" ["sink"] "Records that the sink took and said that it does not keep, since the courier was started.";
    AUDIT_SINK_UNREADABLE = Counter "strongroom_audit_sink_unreadable_total" ["sink"] "Lines of the log, since the courier was started, that are no records and were passed over: torn ones.";
    AUDIT_SINK_MISSED = Counter "strongroom_audit_sink_missed_total" ["sink"] "How often, since the courier was started, segments were gone that the sink had not taken.";
    AUDIT_SINK_NEWS_AGE = Gauge "strongroom_audit_sink_news_age_seconds" [] "How long ago the courier last said how sinks are, which it does every second; absent before the first courier. When it is more than ten seconds, lag and time behind are counted on from then.";

    KEYS = Gauge "strongroom_keys" ["state"] "KMS keys by state.";
    NEXT_KEY_DELETION = Gauge "strongroom_next_key_deletion_timestamp_seconds" [] "When the next KMS key is deleted for good, in seconds since 1970; absent if none waits for it.";
    ACCOUNTS = Gauge "strongroom_accounts" [] "Accounts.";
    ACCESS_KEYS = Gauge "strongroom_access_keys" ["status"] "Access keys of users and root principals.";
    ACCESS_KEY_OLDEST = Gauge "strongroom_access_key_oldest_timestamp_seconds" [] "When the oldest active access key was made, in seconds since 1970; access keys do not end by themselves.";
    SESSIONS_END = Gauge "strongroom_sessions_end_timestamp_seconds" [] "When the last of the sessions ends that signed a request since the front was started, in seconds since 1970; absent before the first.";
    KEY_SET_AGE = Gauge "strongroom_key_set_age_seconds" ["issuer"] "How long ago the key set of an identity provider was fetched; absent if it never was.";
}
