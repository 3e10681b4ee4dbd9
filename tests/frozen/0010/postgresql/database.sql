CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.api_keys (
    id character varying NOT NULL COLLATE pg_catalog."C",
    project character varying NOT NULL COLLATE pg_catalog."C",
    name text,
    digest text NOT NULL,
    scopes text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone
);
CREATE TABLE public.artifacts (
    job_id character varying NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    attempt integer NOT NULL,
    key text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT artifacts_artifacts_size_check_check CHECK ((size_bytes >= 0))
);
CREATE TABLE public.attempts (
    job_id character varying NOT NULL COLLATE pg_catalog."C",
    attempt integer NOT NULL,
    worker_id text NOT NULL,
    slot integer NOT NULL,
    claimed_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    outcome text,
    reason text,
    error_code text,
    from_epoch integer,
    is_counted boolean DEFAULT true NOT NULL
);
CREATE TABLE public.audit_log (
    id character varying CONSTRAINT audit_log_id_not_null1 NOT NULL COLLATE pg_catalog."C",
    project character varying CONSTRAINT audit_log_project_not_null1 NOT NULL COLLATE pg_catalog."C",
    at timestamp with time zone CONSTRAINT audit_log_at_not_null1 NOT NULL,
    actor text CONSTRAINT audit_log_actor_not_null1 NOT NULL,
    action text CONSTRAINT audit_log_action_not_null1 NOT NULL,
    object_id text CONSTRAINT audit_log_object_id_not_null1 NOT NULL,
    request_id text CONSTRAINT audit_log_request_id_not_null1 NOT NULL,
    address text
);
CREATE TABLE public.checkpoints (
    job_id character varying NOT NULL COLLATE pg_catalog."C",
    attempt integer NOT NULL,
    epoch integer NOT NULL,
    step bigint NOT NULL,
    key text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT checkpoints_checkpoints_size_check_check CHECK ((size_bytes >= 0))
);
CREATE TABLE public.deleted_use (
    project character varying NOT NULL COLLATE pg_catalog."C",
    hour integer NOT NULL,
    epoch_samples bigint NOT NULL
);
CREATE TABLE public.epochs (
    job_id character varying NOT NULL COLLATE pg_catalog."C",
    epoch integer NOT NULL,
    attempt integer NOT NULL,
    metrics_json text NOT NULL,
    duration_seconds double precision NOT NULL,
    fraction double precision NOT NULL,
    eta_seconds double precision,
    recorded_at timestamp with time zone NOT NULL
);
CREATE TABLE public.events (
    id bigint NOT NULL,
    job_id character varying NOT NULL COLLATE pg_catalog."C",
    at timestamp with time zone NOT NULL,
    type text NOT NULL,
    data_json text NOT NULL,
    number integer DEFAULT 0 NOT NULL
);
CREATE SEQUENCE public.events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.events_id_seq OWNED BY public.events.id;
CREATE TABLE public.idempotency_keys (
    project character varying DEFAULT 'default'::character varying NOT NULL COLLATE pg_catalog."C",
    key character varying NOT NULL COLLATE pg_catalog."C",
    digest text NOT NULL,
    status integer NOT NULL,
    location text NOT NULL,
    body_json text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    size_bytes bigint DEFAULT '0'::bigint NOT NULL,
    job_id character varying COLLATE pg_catalog."C",
    spec_offset integer
);
CREATE TABLE public.job_labels (
    job_id character varying NOT NULL COLLATE pg_catalog."C",
    label character varying NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.jobs (
    id character varying NOT NULL COLLATE pg_catalog."C",
    project character varying DEFAULT 'default'::text NOT NULL COLLATE pg_catalog."C",
    name text,
    status character varying(16) NOT NULL,
    spec_json text NOT NULL,
    seed bigint NOT NULL,
    metadata_json text NOT NULL,
    dataset text NOT NULL,
    accelerator text NOT NULL,
    priority integer NOT NULL,
    max_attempts integer NOT NULL,
    max_runtime_seconds double precision,
    parent text,
    sweep text,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    attempt integer DEFAULT 0 NOT NULL,
    attempts_counted integer DEFAULT 0 NOT NULL,
    worker_id text,
    slot integer,
    lease_expires_at timestamp with time zone,
    cancel_requested_at timestamp with time zone,
    pause_requested_at timestamp with time zone,
    epoch integer DEFAULT 0 NOT NULL,
    epochs integer NOT NULL,
    fraction double precision NOT NULL,
    eta_seconds double precision,
    latest_metrics_json text,
    error_code text,
    error_message text,
    error_pointer text,
    results_json text,
    revision integer DEFAULT 1 NOT NULL,
    gpus integer DEFAULT 1 NOT NULL,
    train_rows bigint DEFAULT '0'::bigint NOT NULL,
    request_id text,
    traceparent text,
    row_bytes bigint DEFAULT '0'::bigint NOT NULL,
    growth_bytes bigint DEFAULT '0'::bigint NOT NULL,
    CONSTRAINT jobs_status_check CHECK (((status)::text = ANY ((ARRAY['queued'::character varying, 'running'::character varying, 'paused'::character varying, 'succeeded'::character varying, 'failed'::character varying, 'cancelled'::character varying])::text[])))
)
WITH (fillfactor='70');
CREATE TABLE public.leftovers (
    job_id character varying NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.outbox (
    job_id character varying NOT NULL COLLATE pg_catalog."C",
    accelerator text NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.projects (
    id character varying NOT NULL COLLATE pg_catalog."C",
    turn bigint DEFAULT '0'::bigint NOT NULL,
    max_jobs_queued bigint,
    max_jobs_running bigint,
    max_stored_bytes bigint,
    max_epoch_samples_per_day bigint,
    max_database_bytes bigint
);
CREATE TABLE public.removals (
    job_id character varying NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    swept_at timestamp with time zone
);
CREATE TABLE public.totals (
    name character varying NOT NULL COLLATE pg_catalog."C",
    labels character varying NOT NULL COLLATE pg_catalog."C",
    value double precision NOT NULL
);
CREATE TABLE public.webhook_deliveries (
    id character varying NOT NULL COLLATE pg_catalog."C",
    webhook_id character varying NOT NULL COLLATE pg_catalog."C",
    job_id character varying COLLATE pg_catalog."C",
    type text NOT NULL,
    status text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone,
    last_attempt_at timestamp with time zone,
    delivered_at timestamp with time zone,
    response_status integer,
    error text,
    duration_seconds double precision,
    claimed_until timestamp with time zone
);
CREATE TABLE public.webhooks (
    id character varying NOT NULL COLLATE pg_catalog."C",
    project character varying NOT NULL COLLATE pg_catalog."C",
    url text NOT NULL,
    description text,
    events_json text NOT NULL,
    secret text NOT NULL,
    previous_secret text,
    previous_secret_expires_at timestamp with time zone,
    is_enabled boolean DEFAULT true NOT NULL,
    disabled_reason text,
    failing_since timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    claimed_at timestamp with time zone
);
CREATE TABLE public.workers (
    id character varying NOT NULL COLLATE pg_catalog."C",
    hostname text NOT NULL,
    pid integer NOT NULL,
    accelerators_json text NOT NULL,
    slots integer NOT NULL,
    busy integer DEFAULT 0 NOT NULL,
    versions_json text NOT NULL,
    devices_json text NOT NULL,
    state text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    heartbeat_at timestamp with time zone NOT NULL,
    lease_seconds double precision DEFAULT 30 NOT NULL,
    failing_json text DEFAULT '[]'::text NOT NULL
);
ALTER TABLE ONLY public.events ALTER COLUMN id SET DEFAULT nextval('public.events_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0010');
INSERT INTO public.api_keys VALUES ('key_01m8axshr94b8z2gxk8hz2bfy7', 'default', 'reads', '44fd82be96acb851dc83ef004f8e73f85aaa0da46d319b95f8d4ad9b32047ae3', 'read', '2026-11-26 03:18:40.209519+00', '2026-11-26 04:18:40.209519+00', NULL, NULL);
INSERT INTO public.api_keys VALUES ('key_01m8axshw3aqptqryf2z7wr7jn', 'default', 'revoked', '8cf0a14d4d69f204b2836ca94710aa0ea6501d92d014bbdd8eaa95aa9f29f226', 'submit', '2026-11-26 03:18:40.278363+00', NULL, '2026-11-26 03:18:40.336925+00', NULL);
INSERT INTO public.api_keys VALUES ('key_01m8axqmrhwachak6as58cfjqd', 'lab', 'of a test', 'a48aa79f4007cf30de6b35833fc78ee804c1097d642074d114c6d8383a3c24f5', 'admin', '2026-11-26 03:17:37.781624+00', NULL, NULL, '2026-11-26 03:18:57.296952+00');
INSERT INTO public.api_keys VALUES ('key_01m8axqmhqj0pq0263b0qqj4jd', 'default', 'of a test', '33b5f8cd4fb1661490df067d5064bda11d9903f81abe005b0f9e3a4a12a91347', 'admin', '2026-11-26 03:17:37.654981+00', NULL, NULL, '2026-11-26 03:19:47.311928+00');
INSERT INTO public.artifacts VALUES ('job_01m8axsj90z6mk1797dk37wjnv', 'model.keras', 1, 'jobs/job_01m8axsj90z6mk1797dk37wjnv/1/model.keras', 'application/zip', 23184, '50653639183239c9c30f5408728fc7efd58ac19cf17dccf56e7f1c94938bd1b2', '2026-11-26 03:18:44.460686+00');
INSERT INTO public.artifacts VALUES ('job_01m8axsj90z6mk1797dk37wjnv', 'history.csv', 1, 'jobs/job_01m8axsj90z6mk1797dk37wjnv/1/history.csv', 'text/csv', 675, '472223b6142922151d4ba5d16b2bccb07a0aabea5ac4f7a8ac13864ce19c957b', '2026-11-26 03:18:44.461149+00');
INSERT INTO public.artifacts VALUES ('job_01m8axsj90z6mk1797dk37wjnv', 'logs', 1, 'jobs/job_01m8axsj90z6mk1797dk37wjnv/1/logs', 'text/plain; charset=utf-8', 1440, '61862d907684ef2a8cd80505cbbf262e0be88e881c945b491f7b369a841130be', '2026-11-26 03:18:44.461197+00');
INSERT INTO public.artifacts VALUES ('job_01m8axssw1ch88r9hhpmsn5h7k', 'model.keras', 1, 'jobs/job_01m8axssw1ch88r9hhpmsn5h7k/1/model.keras', 'application/zip', 23184, '7ae5a4f7383abb3112b2cac9a207c0d4df3400dcd9bfe8127c75e9316ee1134b', '2026-11-26 03:18:51.768883+00');
INSERT INTO public.artifacts VALUES ('job_01m8axssw1ch88r9hhpmsn5h7k', 'history.csv', 1, 'jobs/job_01m8axssw1ch88r9hhpmsn5h7k/1/history.csv', 'text/csv', 674, '062acc49795a1a8cb9a4abae6327dd223a810f22458332b7433f7870e2291fbb', '2026-11-26 03:18:51.769043+00');
INSERT INTO public.artifacts VALUES ('job_01m8axssw1ch88r9hhpmsn5h7k', 'logs', 1, 'jobs/job_01m8axssw1ch88r9hhpmsn5h7k/1/logs', 'text/plain; charset=utf-8', 1440, 'e5a663b83d7488f79ff46327684170914f9c1434dc4026fc1ec0c13cf35ac94a', '2026-11-26 03:18:51.76906+00');
INSERT INTO public.artifacts VALUES ('job_01m8axsx6xk6fqggzjqgv4jjf9', 'model.keras', 1, 'jobs/job_01m8axsx6xk6fqggzjqgv4jjf9/1/model.keras', 'application/zip', 20472, '0cdc28f52b6b592f2d136c5125e613660879e693bb02ebf67cb022131a64babb', '2026-11-26 03:18:53.878835+00');
INSERT INTO public.artifacts VALUES ('job_01m8axsx6xk6fqggzjqgv4jjf9', 'history.csv', 1, 'jobs/job_01m8axsx6xk6fqggzjqgv4jjf9/1/history.csv', 'text/csv', 537, '3454f8bc0a452beb059523df52804591ef009656865140f87071afe1fd6c3842', '2026-11-26 03:18:53.879109+00');
INSERT INTO public.artifacts VALUES ('job_01m8axsx6xk6fqggzjqgv4jjf9', 'logs', 1, 'jobs/job_01m8axsx6xk6fqggzjqgv4jjf9/1/logs', 'text/plain; charset=utf-8', 1611, '869f20247a59fb5f8e56ff75fd7e870201941983ba0345ade8bcf13d4f10f2e6', '2026-11-26 03:18:53.879152+00');
INSERT INTO public.artifacts VALUES ('job_01m8axt9p66maa6vyh29bfhb6m', 'history.csv', 1, 'jobs/job_01m8axt9p66maa6vyh29bfhb6m/1/history.csv', 'text/csv', 195, '1be72d10de0f0fe82d05287968e6306ec5659e62fc45cff273fc14396d26a25e', '2026-11-26 03:20:12.857441+00');
INSERT INTO public.artifacts VALUES ('job_01m8axt9p66maa6vyh29bfhb6m', 'logs', 1, 'jobs/job_01m8axt9p66maa6vyh29bfhb6m/1/logs', 'text/plain; charset=utf-8', 3141, 'd3ec193687d8b9705b727441a850efce0854f21dcb6404aa4d3809d382ed3467', '2026-11-26 03:20:12.857703+00');
INSERT INTO public.attempts VALUES ('job_01m8axsj90z6mk1797dk37wjnv', 1, 'worker_01m8axr21s6w6nt9rvt91xbtwe', 2, '2026-11-26 03:18:41.094448+00', '2026-11-26 03:18:41.845181+00', '2026-11-26 03:18:44.467887+00', 'succeeded', NULL, NULL, 0, true);
INSERT INTO public.attempts VALUES ('job_01m8axssw1ch88r9hhpmsn5h7k', 1, 'worker_01m8axr21s6w6nt9rvt91xbtwe', 0, '2026-11-26 03:18:48.644926+00', '2026-11-26 03:18:49.29725+00', '2026-11-26 03:18:51.776965+00', 'succeeded', NULL, NULL, 0, true);
INSERT INTO public.attempts VALUES ('job_01m8axsx6xk6fqggzjqgv4jjf9', 1, 'worker_01m8axr21s6w6nt9rvt91xbtwe', 0, '2026-11-26 03:18:51.944085+00', '2026-11-26 03:18:52.246166+00', '2026-11-26 03:18:53.887198+00', 'failed', 'The loss was not a number in epochs 1 to 5; a smaller learning rate or clipped gradients may keep it finite.', 'diverged', 0, true);
INSERT INTO public.attempts VALUES ('job_01m8axsz8f35dm1f1cvsk3mpq6', 1, 'worker_01m8axr21s6w6nt9rvt91xbtwe', 0, '2026-11-26 03:18:54.024164+00', '2026-11-26 03:18:54.769732+00', '2026-11-26 03:19:04.553963+00', 'lost', 'The trainer was killed by SIGKILL.', 'worker_lost', 0, true);
INSERT INTO public.attempts VALUES ('job_01m8axt9p66maa6vyh29bfhb6m', 1, 'worker_01m8axr21s6w6nt9rvt91xbtwe', 0, '2026-11-26 03:19:59.868942+00', '2026-11-26 03:20:00.967274+00', '2026-11-26 03:20:12.868999+00', 'cancelled', NULL, NULL, 0, true);
INSERT INTO public.attempts VALUES ('job_01m8axwg8xtj7qq7w0x5jx9nwq', 1, 'worker_01m8axr21s6w6nt9rvt91xbtwe', 0, '2026-11-26 03:20:16.965425+00', '2026-11-26 03:20:17.281861+00', '2026-11-26 03:20:24.219946+00', 'paused', 'A pause was asked for.', NULL, 0, false);
INSERT INTO public.attempts VALUES ('job_01m8axwqef2a09efd1ydy31877', 1, 'worker_01m8axr21s6w6nt9rvt91xbtwe', 0, '2026-11-26 03:20:24.304262+00', '2026-11-26 03:20:24.781284+00', NULL, NULL, NULL, NULL, 0, true);
INSERT INTO public.attempts VALUES ('job_01m8axwqfke40chp9rcs76vyre', 1, 'worker_01m8axr21s6w6nt9rvt91xbtwe', 1, '2026-11-26 03:20:24.376659+00', '2026-11-26 03:20:25.707487+00', NULL, NULL, NULL, NULL, 0, true);
INSERT INTO public.attempts VALUES ('job_01m8axwqhb36rvc8m7sdb6p828', 1, 'worker_01m8axr21s6w6nt9rvt91xbtwe', 2, '2026-11-26 03:20:24.441197+00', '2026-11-26 03:20:25.761049+00', NULL, NULL, NULL, NULL, 0, true);
INSERT INTO public.audit_log VALUES ('act_01m8axshtn5k1akeakan4xh5ma', 'default', '2026-11-26 03:18:40.225145+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'key.create', 'key_01m8axshr94b8z2gxk8hz2bfy7', 'req_891f40850efa0882', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axshx5cek25x040pzfzynh', 'default', '2026-11-26 03:18:40.296917+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'key.create', 'key_01m8axshw3aqptqryf2z7wr7jn', 'req_6a513d3808931585', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axshynb196hgxcwcybcs3r', 'default', '2026-11-26 03:18:40.34489+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'key.revoke', 'key_01m8axshw3aqptqryf2z7wr7jn', 'req_dd018bad43e40885', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axsj29wn942cwq5qmb4ppy', 'default', '2026-11-26 03:18:40.466159+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'webhook.create', 'hook_01m8axsj12wjq6pmd560x38vj1', 'req_bc318115990a16ef', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axsj4472rv87vztf749heq', 'default', '2026-11-26 03:18:40.516469+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'webhook.rotate_secret', 'hook_01m8axsj12wjq6pmd560x38vj1', 'req_e82a975a383a7ae6', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axsj5hzez52w2jc1a04d3q', 'default', '2026-11-26 03:18:40.563525+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'webhook.create', 'hook_01m8axsj4k1a1z7vdbhfwx9489', 'req_1a5af71246f1aac5', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axsj7akn7fbvwv9t84ch48', 'default', '2026-11-26 03:18:40.620141+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'webhook.create', 'hook_01m8axsj6xshb9304wxp6sh0h7', 'req_36bed7dd67cf5a4a', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axsjc5hrg7tz537mkske84', 'default', '2026-11-26 03:18:40.773273+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.create', 'job_01m8axsj90z6mk1797dk37wjnv', 'req_c0f2a185a63a1d4c', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axsp5z5ehn9j6cwf33phsn', 'default', '2026-11-26 03:18:44.700337+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.derive', 'job_01m8axsp4m61f0ks6xgqt029p6', 'req_c95289e789fe8bc0', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axsszw0nexzrk90ywyvtze', 'lab', '2026-11-26 03:18:48.582528+00', 'key_01m8axqmrhwachak6as58cfjqd', 'job.create', 'job_01m8axssw1ch88r9hhpmsn5h7k', 'req_20b21a640b7febd1', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axsx7zrwkr7692hjfagvwg', 'default', '2026-11-26 03:18:51.912939+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.create', 'job_01m8axsx6xk6fqggzjqgv4jjf9', 'req_a3e86468cde2fc90', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axsz96zrqr6yphct1gmt4q', 'default', '2026-11-26 03:18:53.990498+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.create', 'job_01m8axsz8f35dm1f1cvsk3mpq6', 'req_5499da1d0e5876db', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axt9qb413qey1j38zqvf9n', 'default', '2026-11-26 03:19:04.688912+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.create', 'job_01m8axt9p66maa6vyh29bfhb6m', 'req_382e865b55a9aec1', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axwbws0h5e6kekzbgxg09n', 'default', '2026-11-26 03:20:12.443294+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.cancel', 'job_01m8axt9p66maa6vyh29bfhb6m', 'req_0141c502737a0f1b', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axwd3263vs89jat90gz74m', 'default', '2026-11-26 03:20:13.666476+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'webhook.change', 'hook_01m8axsj6xshb9304wxp6sh0h7', 'req_5c75871b66720cab', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axwd5xmv6v0b4rbsxqkwzv', 'default', '2026-11-26 03:20:13.767019+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.create', 'job_01m8axwd52fcpgn27tz7g49tr7', 'req_aa70e570e9cf24f8', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axwfstwm9ykyntswqy7406', 'default', '2026-11-26 03:20:16.442442+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.delete', 'job_01m8axwd52fcpgn27tz7g49tr7', 'req_202954d15d783731', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axwg9efwjdnwavf8qmgzd9', 'default', '2026-11-26 03:20:16.942466+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.create', 'job_01m8axwg8xtj7qq7w0x5jx9nwq', 'req_7700cdcf364729ef', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axwq3960vt11m7rg1v9xdt', 'default', '2026-11-26 03:20:23.91683+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.pause', 'job_01m8axwg8xtj7qq7w0x5jx9nwq', 'req_751b9ac73afe386e', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axwqey3vrfsdegjq0rf8wg', 'default', '2026-11-26 03:20:24.286819+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.create', 'job_01m8axwqef2a09efd1ydy31877', 'req_702fdb94a9bfa43c', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axwqgbfwmsh457h67p0z61', 'default', '2026-11-26 03:20:24.336844+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.create', 'job_01m8axwqfke40chp9rcs76vyre', 'req_3ad05b541866382c', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axwqhn4p2qdtxqcwkvhdj0', 'default', '2026-11-26 03:20:24.373408+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.create', 'job_01m8axwqhb36rvc8m7sdb6p828', 'req_829111680892be28', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axx647yhk9hf6w4sy13wg7', 'default', '2026-11-26 03:20:39.303725+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.cancel', 'job_01m8axwqfke40chp9rcs76vyre', 'req_f144fd67e1056882', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axx65yp979f1g29msf2tsb', 'default', '2026-11-26 03:20:39.358373+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.pause', 'job_01m8axwqhb36rvc8m7sdb6p828', 'req_3a3d494be49d13b4', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axx66wgvest8vf08pttg8r', 'default', '2026-11-26 03:20:39.400892+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.create', 'job_01m8axx66jb506ynwksh3ve1d4', 'req_b295d8f186c4cb4f', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axx6h0qv2apya70nypybxp', 'default', '2026-11-26 03:20:39.712668+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.create', 'job_01m8axx6ghmg3a9jpw4k9np02d', 'req_5b5d54e909310c3a', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axx6jp7djse0xm0ywbf0tv', 'default', '2026-11-26 03:20:39.767104+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.pause', 'job_01m8axx6ghmg3a9jpw4k9np02d', 'req_66c13e3518b11685', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axx6n1nhx82afw15spkf9w', 'default', '2026-11-26 03:20:39.844862+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.create', 'job_01m8axx6m48fh1f7qtsbyjv1x9', 'req_c764cef098e18367', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axx6t2smkrvgdrt1d2pk9f', 'default', '2026-11-26 03:20:40.002937+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.cancel', 'job_01m8axx6m48fh1f7qtsbyjv1x9', 'req_d71e183adaa678aa', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axx6yastjf641r82cex9ad', 'default', '2026-11-26 03:20:40.139014+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.create', 'job_01m8axx6xpra4jc8c2n7r6a5d5', 'req_d4992e73f1f730bf', '127.0.0.1');
INSERT INTO public.audit_log VALUES ('act_01m8axx701nv9wda24b6fv0trh', 'default', '2026-11-26 03:20:40.20088+00', 'key_01m8axqmhqj0pq0263b0qqj4jd', 'job.delete', 'job_01m8axsp4m61f0ks6xgqt029p6', 'req_95ac9ad55852b23a', '127.0.0.1');
INSERT INTO public.checkpoints VALUES ('job_01m8axwqef2a09efd1ydy31877', 1, 2, 153, 'checkpoints/job_01m8axwqef2a09efd1ydy31877/1/000000002-000000153.npz', 28177, '459102a2db36394a4d84b6a30806a77dfa3cbf30515f5b208adafadc8bcff9f5', '2026-11-26 03:20:38.23153+00');
INSERT INTO public.checkpoints VALUES ('job_01m8axwqhb36rvc8m7sdb6p828', 1, 1, 302, 'checkpoints/job_01m8axwqhb36rvc8m7sdb6p828/1/000000001-000000302.npz', 27981, '2708021d0a3cbb66d0e4f5009b05c9dd19c5006664ebf9d53608753e67ee9a8c', '2026-11-26 03:20:38.344923+00');
INSERT INTO public.checkpoints VALUES ('job_01m8axwqfke40chp9rcs76vyre', 1, 1, 263, 'checkpoints/job_01m8axwqfke40chp9rcs76vyre/1/000000001-000000263.npz', 27981, 'ae6aa39abc832d94c6a5a6b081d4ccfe71a4f7be95fa0a4d3271e2cc90b597ba', '2026-11-26 03:20:38.354967+00');
INSERT INTO public.checkpoints VALUES ('job_01m8axwqfke40chp9rcs76vyre', 1, 1, 381, 'checkpoints/job_01m8axwqfke40chp9rcs76vyre/1/000000001-000000381.npz', 27981, '94a3f41530433658611de745e1f1a6cb140a1cd0aa4596c9b30bf8bb23837a6d', '2026-11-26 03:20:38.704834+00');
INSERT INTO public.checkpoints VALUES ('job_01m8axwqhb36rvc8m7sdb6p828', 1, 1, 410, 'checkpoints/job_01m8axwqhb36rvc8m7sdb6p828/1/000000001-000000410.npz', 27981, 'a062dfdbfd0186211017be287213ac3728dee21cb344d52c4da404825978cdcf', '2026-11-26 03:20:38.780917+00');
INSERT INTO public.checkpoints VALUES ('job_01m8axwqef2a09efd1ydy31877', 1, 2, 338, 'checkpoints/job_01m8axwqef2a09efd1ydy31877/1/000000002-000000338.npz', 28177, 'eb5db02ad00340fa0a5f4f3b51a57baa4651a818bbe6819e7ec30dccef37d133', '2026-11-26 03:20:38.829025+00');
INSERT INTO public.checkpoints VALUES ('job_01m8axwg8xtj7qq7w0x5jx9nwq', 1, 1, 527, 'checkpoints/job_01m8axwg8xtj7qq7w0x5jx9nwq/1/000000001-000000527.npz', 27984, 'ec2a6cc65979bb7bc06057ada725e25a6e162e4757f530d21a81c5e2166033f0', '2026-11-26 03:20:23.646018+00');
INSERT INTO public.checkpoints VALUES ('job_01m8axwg8xtj7qq7w0x5jx9nwq', 1, 1, 717, 'checkpoints/job_01m8axwg8xtj7qq7w0x5jx9nwq/1/000000001-000000717.npz', 27985, '1233cdc183f0b09cdaf56c9d40f813dc7afcb3f278acbc1e491a5f6d3fc3f90d', '2026-11-26 03:20:24.128851+00');
INSERT INTO public.deleted_use VALUES ('default', 498795, 840);
INSERT INTO public.epochs VALUES ('job_01m8axsj90z6mk1797dk37wjnv', 1, 1, '{"accuracy":0.6583333611488342,"loss":0.8232529163360596,"val_accuracy":0.5333333611488342,"val_loss":0.8507291078567505,"learning_rate":0.009999999776482582}', 2.0961560850009846, 0.2, 8.384624340003938, '2026-11-26 03:18:43.920958+00');
INSERT INTO public.epochs VALUES ('job_01m8axsj90z6mk1797dk37wjnv', 2, 1, '{"accuracy":0.7333333492279053,"loss":0.7057519555091858,"val_accuracy":0.6333333253860474,"val_loss":0.7645975947380066,"learning_rate":0.009999999776482582}', 0.040469384999596514, 0.4, 3.2049382050008717, '2026-11-26 03:18:44.099168+00');
INSERT INTO public.epochs VALUES ('job_01m8axsj90z6mk1797dk37wjnv', 3, 1, '{"accuracy":0.7583333253860474,"loss":0.608158528804779,"val_accuracy":0.6666666865348816,"val_loss":0.6921206116676331,"learning_rate":0.009999999776482582}', 0.028450204999899142, 0.6, 1.4433837833336536, '2026-11-26 03:18:44.099555+00');
INSERT INTO public.epochs VALUES ('job_01m8axsj90z6mk1797dk37wjnv', 4, 1, '{"accuracy":0.7583333253860474,"loss":0.5365970730781555,"val_accuracy":0.6666666865348816,"val_loss":0.6404175162315369,"learning_rate":0.009999999776482582}', 0.024147210000592167, 0.8, 0.547305721250268, '2026-11-26 03:18:44.09962+00');
INSERT INTO public.epochs VALUES ('job_01m8axsj90z6mk1797dk37wjnv', 5, 1, '{"accuracy":0.7833333611488342,"loss":0.4837641417980194,"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212,"learning_rate":0.009999999776482582}', 0.02237442200021178, 1, 0, '2026-11-26 03:18:44.237697+00');
INSERT INTO public.epochs VALUES ('job_01m8axssw1ch88r9hhpmsn5h7k', 1, 1, '{"accuracy":0.6583333611488342,"loss":0.8232529163360596,"val_accuracy":0.5333333611488342,"val_loss":0.8507291078567505,"learning_rate":0.009999999776482582}', 1.9815954929999862, 0.2, 7.926381971999945, '2026-11-26 03:18:51.280999+00');
INSERT INTO public.epochs VALUES ('job_01m8axssw1ch88r9hhpmsn5h7k', 2, 1, '{"accuracy":0.7333333492279053,"loss":0.7057519555091858,"val_accuracy":0.6333333253860474,"val_loss":0.7645975947380066,"learning_rate":0.009999999776482582}', 0.02405563499996788, 0.4, 3.008476691999931, '2026-11-26 03:18:51.400311+00');
INSERT INTO public.epochs VALUES ('job_01m8axssw1ch88r9hhpmsn5h7k', 3, 1, '{"accuracy":0.7583333253860474,"loss":0.608158528804779,"val_accuracy":0.6666666865348816,"val_loss":0.6921206116676331,"learning_rate":0.009999999776482582}', 0.013650508000864647, 0.6, 1.3462010906672124, '2026-11-26 03:18:51.400502+00');
INSERT INTO public.epochs VALUES ('job_01m8axssw1ch88r9hhpmsn5h7k', 4, 1, '{"accuracy":0.7583333253860474,"loss":0.5365970730781555,"val_accuracy":0.6666666865348816,"val_loss":0.6404175162315369,"learning_rate":0.009999999776482582}', 0.03705752499990922, 0.8, 0.5140897902501819, '2026-11-26 03:18:51.517958+00');
INSERT INTO public.epochs VALUES ('job_01m8axssw1ch88r9hhpmsn5h7k', 5, 1, '{"accuracy":0.7833333611488342,"loss":0.4837641417980194,"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212,"learning_rate":0.009999999776482582}', 0.046980506000181776, 1, 0, '2026-11-26 03:18:51.51812+00');
INSERT INTO public.epochs VALUES ('job_01m8axsx6xk6fqggzjqgv4jjf9', 1, 1, '{"accuracy":0.42500001192092896,"loss":"NaN","val_accuracy":0.2666666805744171,"val_loss":"NaN","learning_rate":1.0000000150474662e+30}', 1.1986782109997876, 0.2, 4.79471284399915, '2026-11-26 03:18:53.436976+00');
INSERT INTO public.epochs VALUES ('job_01m8axsx6xk6fqggzjqgv4jjf9', 2, 1, '{"accuracy":0.3499999940395355,"loss":"NaN","val_accuracy":0.2666666805744171,"val_loss":"NaN","learning_rate":1.0000000150474662e+30}', 0.025033199000972672, 0.4, 1.8355671150011403, '2026-11-26 03:18:53.554764+00');
INSERT INTO public.epochs VALUES ('job_01m8axsx6xk6fqggzjqgv4jjf9', 3, 1, '{"accuracy":0.3499999940395355,"loss":"NaN","val_accuracy":0.2666666805744171,"val_loss":"NaN","learning_rate":1.0000000150474662e+30}', 0.016861296999195474, 0.6, 0.8270484713333038, '2026-11-26 03:18:53.554879+00');
INSERT INTO public.epochs VALUES ('job_01m8axsx6xk6fqggzjqgv4jjf9', 4, 1, '{"accuracy":0.3499999940395355,"loss":"NaN","val_accuracy":0.2666666805744171,"val_loss":"NaN","learning_rate":1.0000000150474662e+30}', 0.05556744699970295, 0.8, 0.3240350384999146, '2026-11-26 03:18:53.554894+00');
INSERT INTO public.epochs VALUES ('job_01m8axsx6xk6fqggzjqgv4jjf9', 5, 1, '{"accuracy":0.3499999940395355,"loss":"NaN","val_accuracy":0.2666666805744171,"val_loss":"NaN","learning_rate":1.0000000150474662e+30}', 0.019081370999629144, 1, 0, '2026-11-26 03:18:53.677635+00');
INSERT INTO public.epochs VALUES ('job_01m8axsz8f35dm1f1cvsk3mpq6', 1, 1, '{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}', 7.713836579998315, 0.3333333333333333, 15.42767315999663, '2026-11-26 03:19:02.619277+00');
INSERT INTO public.epochs VALUES ('job_01m8axt9p66maa6vyh29bfhb6m', 1, 1, '{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}', 10.496753628998704, 0.3333333333333333, 20.993507257997408, '2026-11-26 03:20:11.450012+00');
INSERT INTO public.epochs VALUES ('job_01m8axwg8xtj7qq7w0x5jx9nwq', 1, 1, '{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}', 4.8059939019985904, 0.3333333333333333, 9.611987803997181, '2026-11-26 03:20:22.102172+00');
INSERT INTO public.epochs VALUES ('job_01m8axwqef2a09efd1ydy31877', 1, 1, '{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}', 6.3740749419994245, 0.3333333333333333, 12.748149883998849, '2026-11-26 03:20:31.181365+00');
INSERT INTO public.epochs VALUES ('job_01m8axwqhb36rvc8m7sdb6p828', 1, 1, '{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}', 10.809285540999554, 0.3333333333333333, 21.618571081999107, '2026-11-26 03:20:36.587548+00');
INSERT INTO public.epochs VALUES ('job_01m8axwqfke40chp9rcs76vyre', 1, 1, '{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}', 11.289122348998717, 0.3333333333333333, 22.578244697997434, '2026-11-26 03:20:36.986381+00');
INSERT INTO public.epochs VALUES ('job_01m8axwqef2a09efd1ydy31877', 2, 1, '{"accuracy":0.09255392849445343,"loss":2.3274590969085693,"val_accuracy":0.14444445073604584,"val_loss":2.337657928466797,"learning_rate":0.009999999776482582}', 6.226112344000285, 0.6666666666666666, 6.300093642999855, '2026-11-26 03:20:37.543823+00');
INSERT INTO public.events VALUES (1, 'job_01m8axsj90z6mk1797dk37wjnv', '2026-11-26 03:18:40.767442+00', 'job.created', '{"request_id":"req_c0f2a185a63a1d4c"}', 1);
INSERT INTO public.events VALUES (2, 'job_01m8axsj90z6mk1797dk37wjnv', '2026-11-26 03:18:41.119029+00', 'job.claimed', '{"attempt":1,"worker_id":"worker_01m8axr21s6w6nt9rvt91xbtwe","slot":2}', 2);
INSERT INTO public.events VALUES (3, 'job_01m8axsj90z6mk1797dk37wjnv', '2026-11-26 03:18:41.845725+00', 'job.started', '{"attempt":1,"epochs":5,"from_epoch":0,"steps_per_epoch":4,"train_rows":120,"validation_rows":30,"device":"CPU:0"}', 3);
INSERT INTO public.events VALUES (4, 'job_01m8axsj90z6mk1797dk37wjnv', '2026-11-26 03:18:44.481159+00', 'job.succeeded', '{"attempt":1}', 4);
INSERT INTO public.events VALUES (9, 'job_01m8axssw1ch88r9hhpmsn5h7k', '2026-11-26 03:18:48.571674+00', 'job.created', '{"request_id":"req_20b21a640b7febd1"}', 1);
INSERT INTO public.events VALUES (10, 'job_01m8axssw1ch88r9hhpmsn5h7k', '2026-11-26 03:18:48.654143+00', 'job.claimed', '{"attempt":1,"worker_id":"worker_01m8axr21s6w6nt9rvt91xbtwe","slot":0}', 2);
INSERT INTO public.events VALUES (11, 'job_01m8axssw1ch88r9hhpmsn5h7k', '2026-11-26 03:18:49.297802+00', 'job.started', '{"attempt":1,"epochs":5,"from_epoch":0,"steps_per_epoch":4,"train_rows":120,"validation_rows":30,"device":"CPU:0"}', 3);
INSERT INTO public.events VALUES (12, 'job_01m8axssw1ch88r9hhpmsn5h7k', '2026-11-26 03:18:51.783487+00', 'job.succeeded', '{"attempt":1}', 4);
INSERT INTO public.events VALUES (13, 'job_01m8axsx6xk6fqggzjqgv4jjf9', '2026-11-26 03:18:51.902059+00', 'job.created', '{"request_id":"req_a3e86468cde2fc90"}', 1);
INSERT INTO public.events VALUES (14, 'job_01m8axsx6xk6fqggzjqgv4jjf9', '2026-11-26 03:18:51.95461+00', 'job.claimed', '{"attempt":1,"worker_id":"worker_01m8axr21s6w6nt9rvt91xbtwe","slot":0}', 2);
INSERT INTO public.events VALUES (15, 'job_01m8axsx6xk6fqggzjqgv4jjf9', '2026-11-26 03:18:52.2466+00', 'job.started', '{"attempt":1,"epochs":5,"from_epoch":0,"steps_per_epoch":4,"train_rows":120,"validation_rows":30,"device":"CPU:0"}', 3);
INSERT INTO public.events VALUES (16, 'job_01m8axsx6xk6fqggzjqgv4jjf9', '2026-11-26 03:18:53.892936+00', 'job.failed', '{"attempt":1,"code":"diverged"}', 4);
INSERT INTO public.events VALUES (17, 'job_01m8axsz8f35dm1f1cvsk3mpq6', '2026-11-26 03:18:53.989337+00', 'job.created', '{"request_id":"req_5499da1d0e5876db"}', 1);
INSERT INTO public.events VALUES (18, 'job_01m8axsz8f35dm1f1cvsk3mpq6', '2026-11-26 03:18:54.032586+00', 'job.claimed', '{"attempt":1,"worker_id":"worker_01m8axr21s6w6nt9rvt91xbtwe","slot":0}', 2);
INSERT INTO public.events VALUES (19, 'job_01m8axsz8f35dm1f1cvsk3mpq6', '2026-11-26 03:18:54.785141+00', 'job.started', '{"attempt":1,"epochs":3,"from_epoch":0,"steps_per_epoch":1437,"train_rows":1437,"validation_rows":360,"device":"CPU:0"}', 3);
INSERT INTO public.events VALUES (20, 'job_01m8axsz8f35dm1f1cvsk3mpq6', '2026-11-26 03:19:04.554361+00', 'job.failed', '{"attempt":1,"code":"worker_lost"}', 4);
INSERT INTO public.events VALUES (21, 'job_01m8axt9p66maa6vyh29bfhb6m', '2026-11-26 03:19:04.67711+00', 'job.created', '{"request_id":"req_382e865b55a9aec1"}', 1);
INSERT INTO public.events VALUES (22, 'job_01m8axt9p66maa6vyh29bfhb6m', '2026-11-26 03:19:59.873663+00', 'job.claimed', '{"attempt":1,"worker_id":"worker_01m8axr21s6w6nt9rvt91xbtwe","slot":0}', 2);
INSERT INTO public.events VALUES (23, 'job_01m8axt9p66maa6vyh29bfhb6m', '2026-11-26 03:20:00.973221+00', 'job.started', '{"attempt":1,"epochs":3,"from_epoch":0,"steps_per_epoch":1437,"train_rows":1437,"validation_rows":360,"device":"CPU:0"}', 3);
INSERT INTO public.events VALUES (24, 'job_01m8axt9p66maa6vyh29bfhb6m', '2026-11-26 03:20:12.441183+00', 'job.cancel_requested', '{}', 4);
INSERT INTO public.events VALUES (25, 'job_01m8axt9p66maa6vyh29bfhb6m', '2026-11-26 03:20:12.874133+00', 'job.cancelled', '{"attempt":1}', 5);
INSERT INTO public.events VALUES (30, 'job_01m8axwg8xtj7qq7w0x5jx9nwq', '2026-11-26 03:20:16.941292+00', 'job.created', '{"request_id":"req_7700cdcf364729ef"}', 1);
INSERT INTO public.events VALUES (31, 'job_01m8axwg8xtj7qq7w0x5jx9nwq', '2026-11-26 03:20:16.972872+00', 'job.claimed', '{"attempt":1,"worker_id":"worker_01m8axr21s6w6nt9rvt91xbtwe","slot":0}', 2);
INSERT INTO public.events VALUES (32, 'job_01m8axwg8xtj7qq7w0x5jx9nwq', '2026-11-26 03:20:17.285319+00', 'job.started', '{"attempt":1,"epochs":3,"from_epoch":0,"steps_per_epoch":1437,"train_rows":1437,"validation_rows":360,"device":"CPU:0"}', 3);
INSERT INTO public.events VALUES (33, 'job_01m8axwg8xtj7qq7w0x5jx9nwq', '2026-11-26 03:20:23.913266+00', 'job.pause_requested', '{}', 4);
INSERT INTO public.events VALUES (34, 'job_01m8axwg8xtj7qq7w0x5jx9nwq', '2026-11-26 03:20:24.220233+00', 'job.paused', '{"attempt":1,"reason":"A pause was asked for."}', 5);
INSERT INTO public.events VALUES (35, 'job_01m8axwqef2a09efd1ydy31877', '2026-11-26 03:20:24.284887+00', 'job.created', '{"request_id":"req_702fdb94a9bfa43c"}', 1);
INSERT INTO public.events VALUES (36, 'job_01m8axwqef2a09efd1ydy31877', '2026-11-26 03:20:24.315266+00', 'job.claimed', '{"attempt":1,"worker_id":"worker_01m8axr21s6w6nt9rvt91xbtwe","slot":0}', 2);
INSERT INTO public.events VALUES (37, 'job_01m8axwqfke40chp9rcs76vyre', '2026-11-26 03:20:24.330413+00', 'job.created', '{"request_id":"req_3ad05b541866382c"}', 1);
INSERT INTO public.events VALUES (38, 'job_01m8axwqhb36rvc8m7sdb6p828', '2026-11-26 03:20:24.370333+00', 'job.created', '{"request_id":"req_829111680892be28"}', 1);
INSERT INTO public.events VALUES (39, 'job_01m8axwqfke40chp9rcs76vyre', '2026-11-26 03:20:24.381111+00', 'job.claimed', '{"attempt":1,"worker_id":"worker_01m8axr21s6w6nt9rvt91xbtwe","slot":1}', 2);
INSERT INTO public.events VALUES (40, 'job_01m8axwqhb36rvc8m7sdb6p828', '2026-11-26 03:20:24.449339+00', 'job.claimed', '{"attempt":1,"worker_id":"worker_01m8axr21s6w6nt9rvt91xbtwe","slot":2}', 2);
INSERT INTO public.events VALUES (41, 'job_01m8axwqef2a09efd1ydy31877', '2026-11-26 03:20:24.789546+00', 'job.started', '{"attempt":1,"epochs":3,"from_epoch":0,"steps_per_epoch":1437,"train_rows":1437,"validation_rows":360,"device":"CPU:0"}', 3);
INSERT INTO public.events VALUES (42, 'job_01m8axwqfke40chp9rcs76vyre', '2026-11-26 03:20:25.709449+00', 'job.started', '{"attempt":1,"epochs":3,"from_epoch":0,"steps_per_epoch":1437,"train_rows":1437,"validation_rows":360,"device":"CPU:0"}', 3);
INSERT INTO public.events VALUES (43, 'job_01m8axwqhb36rvc8m7sdb6p828', '2026-11-26 03:20:25.764858+00', 'job.started', '{"attempt":1,"epochs":3,"from_epoch":0,"steps_per_epoch":1437,"train_rows":1437,"validation_rows":360,"device":"CPU:0"}', 3);
INSERT INTO public.events VALUES (44, 'job_01m8axwqfke40chp9rcs76vyre', '2026-11-26 03:20:39.293124+00', 'job.cancel_requested', '{}', 4);
INSERT INTO public.events VALUES (45, 'job_01m8axwqhb36rvc8m7sdb6p828', '2026-11-26 03:20:39.355418+00', 'job.pause_requested', '{}', 4);
INSERT INTO public.events VALUES (46, 'job_01m8axx66jb506ynwksh3ve1d4', '2026-11-26 03:20:39.387463+00', 'job.created', '{"request_id":"req_b295d8f186c4cb4f"}', 1);
INSERT INTO public.events VALUES (47, 'job_01m8axx6ghmg3a9jpw4k9np02d', '2026-11-26 03:20:39.707299+00', 'job.created', '{"request_id":"req_5b5d54e909310c3a"}', 1);
INSERT INTO public.events VALUES (48, 'job_01m8axx6ghmg3a9jpw4k9np02d', '2026-11-26 03:20:39.766455+00', 'job.paused', '{}', 2);
INSERT INTO public.events VALUES (49, 'job_01m8axx6m48fh1f7qtsbyjv1x9', '2026-11-26 03:20:39.835327+00', 'job.created', '{"request_id":"req_c764cef098e18367"}', 1);
INSERT INTO public.events VALUES (50, 'job_01m8axx6m48fh1f7qtsbyjv1x9', '2026-11-26 03:20:40.002488+00', 'job.cancelled', '{}', 2);
INSERT INTO public.events VALUES (51, 'job_01m8axx6xpra4jc8c2n7r6a5d5', '2026-11-26 03:20:40.13759+00', 'job.created', '{"request_id":"req_d4992e73f1f730bf"}', 1);
INSERT INTO public.idempotency_keys VALUES ('default', 'the first job', 'ce2c94c2bcabe97afd828df93272e692015146eb67c30cd57616257c3ab5a75a', 201, '/v1/jobs/job_01m8axsj90z6mk1797dk37wjnv', '{"object":"job","id":"job_01m8axsj90z6mk1797dk37wjnv","name":"flowers","status":"queued","spec":,"created_at":"2026-11-26T03:18:40.672000Z","started_at":null,"ended_at":null,"attempt":0,"progress":{"epoch":0,"epochs":5,"fraction":0.0,"eta_seconds":null},"latest_metrics":null,"error":null,"parent":null,"sweep":null,"metadata":{"team":"botany","n\u00e4me":"\u273f"},"queue_position":1,"warnings":[]}', '2026-11-26 03:18:40.780916+00', 771, 'job_01m8axsj90z6mk1797dk37wjnv', 96);
INSERT INTO public.job_labels VALUES ('job_01m8axsj90z6mk1797dk37wjnv', '0efeb81b1e6de82f5cadc70fadcbb859');
INSERT INTO public.job_labels VALUES ('job_01m8axsj90z6mk1797dk37wjnv', 'fa6c7bee244e8ac0233e173b54e3295e');
INSERT INTO public.jobs VALUES ('job_01m8axsj90z6mk1797dk37wjnv', 'default', 'flowers', 'succeeded', '{"dataset":"iris","network":{"layers":[{"type":"Dense","units":8,"activation":"relu"},{"type":"Dense","units":3,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"Adam","learning_rate":0.01},"epochs":5,"batch_size":32,"validation_split":0.2,"seed":42,"weighted_metrics":[],"shuffle":true,"callbacks":[],"precision":"float32"},"name":"flowers","metadata":{"team":"botany","näme":"✿"},"resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}', 42, '{"team":"botany","n\u00e4me":"\u273f"}', 'iris', 'any', 0, 3, 86400, NULL, NULL, '2026-11-26 03:18:40.672+00', '2026-11-26 03:18:41.061122+00', '2026-11-26 03:18:44.397547+00', 1, 1, NULL, NULL, NULL, NULL, NULL, 5, 5, 1, NULL, '{"accuracy":0.7833333611488342,"loss":0.4837641417980194,"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212,"learning_rate":0.009999999776482582}', NULL, NULL, NULL, '{"epochs_run":5,"final_metrics":{"accuracy":0.7833333611488342,"loss":0.4837641417980194,"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212,"learning_rate":0.009999999776482582},"best_epoch":5,"best_metrics":{"accuracy":0.7833333611488342,"loss":0.4837641417980194,"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212,"learning_rate":0.009999999776482582},"best_monitor":"val_loss","environment":{"python":"3.11.7","keras":"3.15.1","tensorflow":"2.21.0","numpy":"2.4.6","platform":"Linux","device":"CPU:0","threads":1,"seed":42},"model_summary":{"input_shape":[null,4],"output_shape":[null,3],"layers":[{"name":"dense","type":"Dense","output_shape":[null,8],"parameters":40,"trainable_parameters":40,"variables":[{"name":"kernel","path":"dense/kernel","shape":[4,8],"trainable":true,"parameters":32},{"name":"bias","path":"dense/bias","shape":[8],"trainable":true,"parameters":8}],"flops":80,"connected_to":["input"],"is_used":true},{"name":"dense_1","type":"Dense","output_shape":[null,3],"parameters":27,"trainable_parameters":27,"variables":[{"name":"kernel","path":"dense_1/kernel","shape":[8,3],"trainable":true,"parameters":24},{"name":"bias","path":"dense_1/bias","shape":[3],"trainable":true,"parameters":3}],"flops":54,"connected_to":["dense"],"is_used":true}],"total_parameters":67,"trainable_parameters":67,"non_trainable_parameters":0,"flops":134,"training_flops":402,"memory":{"parameters_bytes":268,"gradients_bytes":268,"optimizer_bytes":536,"activations_bytes":3328,"metrics_bytes":8,"total_bytes":4408},"batch_size":32,"warnings":[]},"data":{"train_rows":120,"validation_rows":30,"test_rows":0,"is_streamed":false},"epoch_weights":"last","class_weight":null,"stopped_early":false,"stop_reason":null,"weights_of_epoch":5,"stored_weights":{"origin":"last","epoch":5,"is_averaged":false},"stored_metrics":{"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212},"timings":{"load_data_seconds":0.10445573200013314,"build_seconds":0.5191430710001441,"first_step_seconds":1.507538107000073,"training_seconds":2.211597307001284,"mean_epoch_seconds":0.0288603055000749,"evaluation_seconds":0.5921953840006609,"total_seconds":3.089568977999079}}', 8, 1, 120, 'req_c0f2a185a63a1d4c', NULL, 8089, 0);
INSERT INTO public.jobs VALUES ('job_01m8axx66jb506ynwksh3ve1d4', 'default', 'queued', 'queued', '{"dataset":"iris","network":{"layers":[{"type":"Dense","units":8,"activation":"relu"},{"type":"Dense","units":3,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"Adam","learning_rate":0.01},"epochs":5,"batch_size":32,"validation_split":0.2,"seed":42,"weighted_metrics":[],"shuffle":true,"callbacks":[],"precision":"float32"},"resources":{"priority":3,"accelerator":"any","gpus":1,"max_runtime_seconds":86400,"max_attempts":3},"name":"queued"}', 42, '{}', 'iris', 'any', 3, 3, 86400, NULL, NULL, '2026-11-26 03:20:39.378+00', NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, 0, 5, 0, NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 120, 'req_b295d8f186c4cb4f', NULL, 2595, 0);
INSERT INTO public.jobs VALUES ('job_01m8axssw1ch88r9hhpmsn5h7k', 'lab', NULL, 'succeeded', '{"dataset":"iris","network":{"layers":[{"type":"Dense","units":8,"activation":"relu"},{"type":"Dense","units":3,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"Adam","learning_rate":0.01},"epochs":5,"batch_size":32,"validation_split":0.2,"seed":42,"weighted_metrics":[],"shuffle":true,"callbacks":[],"precision":"float32"},"resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}', 42, '{}', 'iris', 'any', 0, 3, 86400, NULL, NULL, '2026-11-26 03:18:48.449+00', '2026-11-26 03:18:48.625356+00', '2026-11-26 03:18:51.746912+00', 1, 1, NULL, NULL, NULL, NULL, NULL, 5, 5, 1, NULL, '{"accuracy":0.7833333611488342,"loss":0.4837641417980194,"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212,"learning_rate":0.009999999776482582}', NULL, NULL, NULL, '{"epochs_run":5,"final_metrics":{"accuracy":0.7833333611488342,"loss":0.4837641417980194,"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212,"learning_rate":0.009999999776482582},"best_epoch":5,"best_metrics":{"accuracy":0.7833333611488342,"loss":0.4837641417980194,"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212,"learning_rate":0.009999999776482582},"best_monitor":"val_loss","environment":{"python":"3.11.7","keras":"3.15.1","tensorflow":"2.21.0","numpy":"2.4.6","platform":"Linux","device":"CPU:0","threads":1,"seed":42},"model_summary":{"input_shape":[null,4],"output_shape":[null,3],"layers":[{"name":"dense","type":"Dense","output_shape":[null,8],"parameters":40,"trainable_parameters":40,"variables":[{"name":"kernel","path":"dense/kernel","shape":[4,8],"trainable":true,"parameters":32},{"name":"bias","path":"dense/bias","shape":[8],"trainable":true,"parameters":8}],"flops":80,"connected_to":["input"],"is_used":true},{"name":"dense_1","type":"Dense","output_shape":[null,3],"parameters":27,"trainable_parameters":27,"variables":[{"name":"kernel","path":"dense_1/kernel","shape":[8,3],"trainable":true,"parameters":24},{"name":"bias","path":"dense_1/bias","shape":[3],"trainable":true,"parameters":3}],"flops":54,"connected_to":["dense"],"is_used":true}],"total_parameters":67,"trainable_parameters":67,"non_trainable_parameters":0,"flops":134,"training_flops":402,"memory":{"parameters_bytes":268,"gradients_bytes":268,"optimizer_bytes":536,"activations_bytes":3328,"metrics_bytes":8,"total_bytes":4408},"batch_size":32,"warnings":[]},"data":{"train_rows":120,"validation_rows":30,"test_rows":0,"is_streamed":false},"epoch_weights":"last","class_weight":null,"stopped_early":false,"stop_reason":null,"weights_of_epoch":5,"stored_weights":{"origin":"last","epoch":5,"is_averaged":false},"stored_metrics":{"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212},"timings":{"load_data_seconds":0.0014056829986657249,"build_seconds":0.5583801920001861,"first_step_seconds":1.4518864550009312,"training_seconds":2.1033396670009097,"mean_epoch_seconds":0.03043604350023088,"evaluation_seconds":0.5613001969995821,"total_seconds":2.982996845999878}}', 8, 1, 120, 'req_20b21a640b7febd1', NULL, 7607, 0);
INSERT INTO public.jobs VALUES ('job_01m8axsx6xk6fqggzjqgv4jjf9', 'default', 'diverged', 'failed', '{"dataset":"iris","network":{"layers":[{"type":"Dense","units":8,"activation":"relu"},{"type":"Dense","units":3,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"SGD","learning_rate":1e+30},"epochs":5,"batch_size":32,"validation_split":0.2,"seed":42,"weighted_metrics":[],"shuffle":true,"callbacks":[],"precision":"float32"},"name":"diverged","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}', 42, '{}', 'iris', 'any', 0, 3, 86400, NULL, NULL, '2026-11-26 03:18:51.869+00', '2026-11-26 03:18:51.939485+00', '2026-11-26 03:18:53.825323+00', 1, 1, NULL, NULL, NULL, NULL, NULL, 5, 5, 1, NULL, '{"accuracy":0.3499999940395355,"loss":"NaN","val_accuracy":0.2666666805744171,"val_loss":"NaN","learning_rate":1.0000000150474662e+30}', 'diverged', 'The loss was not a number in epochs 1 to 5; a smaller learning rate or clipped gradients may keep it finite.', NULL, '{"epochs_run":5,"final_metrics":{"accuracy":0.3499999940395355,"loss":"NaN","val_accuracy":0.2666666805744171,"val_loss":"NaN","learning_rate":1.0000000150474662e+30},"best_epoch":null,"best_metrics":{},"best_monitor":null,"environment":{"python":"3.11.7","keras":"3.15.1","tensorflow":"2.21.0","numpy":"2.4.6","platform":"Linux","device":"CPU:0","threads":1,"seed":42},"model_summary":{"input_shape":[null,4],"output_shape":[null,3],"layers":[{"name":"dense","type":"Dense","output_shape":[null,8],"parameters":40,"trainable_parameters":40,"variables":[{"name":"kernel","path":"dense/kernel","shape":[4,8],"trainable":true,"parameters":32},{"name":"bias","path":"dense/bias","shape":[8],"trainable":true,"parameters":8}],"flops":80,"connected_to":["input"],"is_used":true},{"name":"dense_1","type":"Dense","output_shape":[null,3],"parameters":27,"trainable_parameters":27,"variables":[{"name":"kernel","path":"dense_1/kernel","shape":[8,3],"trainable":true,"parameters":24},{"name":"bias","path":"dense_1/bias","shape":[3],"trainable":true,"parameters":3}],"flops":54,"connected_to":["dense"],"is_used":true}],"total_parameters":67,"trainable_parameters":67,"non_trainable_parameters":0,"flops":134,"training_flops":402,"memory":{"parameters_bytes":268,"gradients_bytes":268,"optimizer_bytes":0,"activations_bytes":3328,"metrics_bytes":8,"total_bytes":3872},"batch_size":32,"warnings":[]},"data":{"train_rows":120,"validation_rows":30,"test_rows":0,"is_streamed":false},"epoch_weights":"last","class_weight":null,"stopped_early":false,"stop_reason":null,"weights_of_epoch":5,"stored_weights":{"origin":"last","epoch":5,"is_averaged":false},"stored_metrics":{"val_accuracy":0.2666666805744171,"val_loss":"NaN"},"timings":{"load_data_seconds":3.49020010617096e-05,"build_seconds":0.2636280839997198,"first_step_seconds":0.7427183720010362,"training_seconds":1.3152215249992878,"mean_epoch_seconds":0.02913582849987506,"evaluation_seconds":0.5014955039987399,"total_seconds":1.7578093510001054}}', 7, 1, 120, 'req_a3e86468cde2fc90', NULL, 7425, 0);
INSERT INTO public.jobs VALUES ('job_01m8axsz8f35dm1f1cvsk3mpq6', 'default', 'lost', 'failed', '{"dataset":"digits","network":{"layers":[{"type":"Reshape","target_shape":[8,8,1]},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"BatchNormalization"},{"type":"GlobalAveragePooling2D"},{"type":"Dropout","rate":0.2},{"type":"Dense","units":10,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"SGD","learning_rate":0.01,"momentum":0.9},"epochs":3,"batch_size":1,"validation_split":0.2,"seed":7,"callbacks":[{"type":"EarlyStopping","monitor":"val_loss","patience":5,"restore_best_weights":true}],"weighted_metrics":[],"shuffle":true,"precision":"float32"},"resources":{"max_attempts":1,"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400},"name":"lost"}', 7, '{}', 'digits', 'any', 0, 1, 86400, NULL, NULL, '2026-11-26 03:18:53.967+00', '2026-11-26 03:18:54.017707+00', '2026-11-26 03:19:04.526394+00', 1, 1, NULL, NULL, NULL, NULL, NULL, 1, 3, 0.4124333101368592, NULL, '{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}', 'worker_lost', 'The trainer was killed by SIGKILL.', NULL, NULL, 12, 1, 1437, 'req_5499da1d0e5876db', NULL, 5107, 0);
INSERT INTO public.jobs VALUES ('job_01m8axwg8xtj7qq7w0x5jx9nwq', 'default', 'paused', 'paused', '{"dataset":"digits","network":{"layers":[{"type":"Reshape","target_shape":[8,8,1]},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"BatchNormalization"},{"type":"GlobalAveragePooling2D"},{"type":"Dropout","rate":0.2},{"type":"Dense","units":10,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"SGD","learning_rate":0.01,"momentum":0.9},"epochs":3,"batch_size":1,"validation_split":0.2,"seed":7,"callbacks":[{"type":"EarlyStopping","monitor":"val_loss","patience":5,"restore_best_weights":true}],"weighted_metrics":[],"shuffle":true,"precision":"float32"},"name":"paused","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}', 7, '{}', 'digits', 'any', 0, 3, 86400, NULL, NULL, '2026-11-26 03:20:16.925+00', '2026-11-26 03:20:16.964215+00', NULL, 1, 0, NULL, NULL, NULL, NULL, '2026-11-26 03:20:23.91225+00', 1, 3, 0.477383437717467, NULL, '{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}', NULL, NULL, NULL, NULL, 12, 1, 1437, 'req_7700cdcf364729ef', NULL, 5589, 0);
INSERT INTO public.jobs VALUES ('job_01m8axx6ghmg3a9jpw4k9np02d', 'default', 'paused in the queue', 'paused', '{"dataset":"iris","network":{"layers":[{"type":"Dense","units":8,"activation":"relu"},{"type":"Dense","units":3,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"Adam","learning_rate":0.01},"epochs":5,"batch_size":32,"validation_split":0.2,"seed":42,"weighted_metrics":[],"shuffle":true,"callbacks":[],"precision":"float32"},"name":"paused in the queue","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}', 42, '{}', 'iris', 'any', 0, 3, 86400, NULL, NULL, '2026-11-26 03:20:39.697+00', NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, '2026-11-26 03:20:39.762428+00', 0, 5, 0, NULL, NULL, NULL, NULL, NULL, NULL, 2, 1, 120, 'req_5b5d54e909310c3a', NULL, 3133, 0);
INSERT INTO public.jobs VALUES ('job_01m8axx6m48fh1f7qtsbyjv1x9', 'default', 'cancelled in the queue', 'cancelled', '{"dataset":"iris","network":{"layers":[{"type":"Dense","units":8,"activation":"relu"},{"type":"Dense","units":3,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"Adam","learning_rate":0.01},"epochs":5,"batch_size":32,"validation_split":0.2,"seed":42,"weighted_metrics":[],"shuffle":true,"callbacks":[],"precision":"float32"},"name":"cancelled in the queue","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}', 42, '{}', 'iris', 'any', 0, 3, 86400, NULL, NULL, '2026-11-26 03:20:39.812+00', NULL, '2026-11-26 03:20:39.939087+00', 0, 0, NULL, NULL, NULL, '2026-11-26 03:20:39.939087+00', NULL, 0, 5, 0, NULL, NULL, NULL, NULL, NULL, NULL, 2, 1, 120, 'req_c764cef098e18367', NULL, 3139, 0);
INSERT INTO public.jobs VALUES ('job_01m8axt9p66maa6vyh29bfhb6m', 'default', 'cancelled', 'cancelled', '{"dataset":"digits","network":{"layers":[{"type":"Reshape","target_shape":[8,8,1]},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"BatchNormalization"},{"type":"GlobalAveragePooling2D"},{"type":"Dropout","rate":0.2},{"type":"Dense","units":10,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"SGD","learning_rate":0.01,"momentum":0.9},"epochs":3,"batch_size":1,"validation_split":0.2,"seed":7,"callbacks":[{"type":"EarlyStopping","monitor":"val_loss","patience":5,"restore_best_weights":true}],"weighted_metrics":[],"shuffle":true,"precision":"float32"},"name":"cancelled","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}', 7, '{}', 'digits', 'any', 0, 3, 86400, NULL, NULL, '2026-11-26 03:19:04.646+00', '2026-11-26 03:19:59.837359+00', '2026-11-26 03:20:12.84907+00', 1, 1, NULL, NULL, NULL, '2026-11-26 03:20:12.423382+00', NULL, 1, 3, 0.40222686151704945, NULL, '{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}', NULL, NULL, NULL, '{"epochs_run":1,"final_metrics":{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582},"best_epoch":1,"best_metrics":{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582},"best_monitor":"val_loss","environment":{"python":"3.11.7","keras":"3.15.1","tensorflow":"2.21.0","numpy":"2.4.6","platform":"Linux","device":"CPU:0","threads":1,"seed":7},"model_summary":{"input_shape":[null,8,8],"output_shape":[null,10],"layers":[{"name":"reshape","type":"Reshape","output_shape":[null,8,8,1],"parameters":0,"trainable_parameters":0,"variables":[],"flops":0,"connected_to":["input"],"is_used":true},{"name":"conv2d","type":"Conv2D","output_shape":[null,8,8,4],"parameters":40,"trainable_parameters":40,"variables":[{"name":"kernel","path":"conv2d/kernel","shape":[3,3,1,4],"trainable":true,"parameters":36},{"name":"bias","path":"conv2d/bias","shape":[4],"trainable":true,"parameters":4}],"flops":5120,"connected_to":["reshape"],"is_used":true},{"name":"conv2d_1","type":"Conv2D","output_shape":[null,8,8,4],"parameters":148,"trainable_parameters":148,"variables":[{"name":"kernel","path":"conv2d_1/kernel","shape":[3,3,4,4],"trainable":true,"parameters":144},{"name":"bias","path":"conv2d_1/bias","shape":[4],"trainable":true,"parameters":4}],"flops":18944,"connected_to":["conv2d"],"is_used":true},{"name":"conv2d_2","type":"Conv2D","output_shape":[null,8,8,4],"parameters":148,"trainable_parameters":148,"variables":[{"name":"kernel","path":"conv2d_2/kernel","shape":[3,3,4,4],"trainable":true,"parameters":144},{"name":"bias","path":"conv2d_2/bias","shape":[4],"trainable":true,"parameters":4}],"flops":18944,"connected_to":["conv2d_1"],"is_used":true},{"name":"conv2d_3","type":"Conv2D","output_shape":[null,8,8,4],"parameters":148,"trainable_parameters":148,"variables":[{"name":"kernel","path":"conv2d_3/kernel","shape":[3,3,4,4],"trainable":true,"parameters":144},{"name":"bias","path":"conv2d_3/bias","shape":[4],"trainable":true,"parameters":4}],"flops":18944,"connected_to":["conv2d_2"],"is_used":true},{"name":"conv2d_4","type":"Conv2D","output_shape":[null,8,8,4],"parameters":148,"trainable_parameters":148,"variables":[{"name":"kernel","path":"conv2d_4/kernel","shape":[3,3,4,4],"trainable":true,"parameters":144},{"name":"bias","path":"conv2d_4/bias","shape":[4],"trainable":true,"parameters":4}],"flops":18944,"connected_to":["conv2d_3"],"is_used":true},{"name":"conv2d_5","type":"Conv2D","output_shape":[null,8,8,4],"parameters":148,"trainable_parameters":148,"variables":[{"name":"kernel","path":"conv2d_5/kernel","shape":[3,3,4,4],"trainable":true,"parameters":144},{"name":"bias","path":"conv2d_5/bias","shape":[4],"trainable":true,"parameters":4}],"flops":18944,"connected_to":["conv2d_4"],"is_used":true},{"name":"batch_normalization","type":"BatchNormalization","output_shape":[null,8,8,4],"parameters":16,"trainable_parameters":8,"variables":[{"name":"gamma","path":"batch_normalization/gamma","shape":[4],"trainable":true,"parameters":4},{"name":"beta","path":"batch_normalization/beta","shape":[4],"trainable":true,"parameters":4},{"name":"moving_mean","path":"batch_normalization/moving_mean","shape":[4],"trainable":false,"parameters":4},{"name":"moving_variance","path":"batch_normalization/moving_variance","shape":[4],"trainable":false,"parameters":4}],"flops":2048,"connected_to":["conv2d_5"],"is_used":true},{"name":"global_average_pooling2d","type":"GlobalAveragePooling2D","output_shape":[null,4],"parameters":0,"trainable_parameters":0,"variables":[],"flops":256,"connected_to":["batch_normalization"],"is_used":true},{"name":"dropout","type":"Dropout","output_shape":[null,4],"parameters":0,"trainable_parameters":0,"variables":[],"flops":8,"connected_to":["global_average_pooling2d"],"is_used":true},{"name":"dense","type":"Dense","output_shape":[null,10],"parameters":50,"trainable_parameters":50,"variables":[{"name":"kernel","path":"dense/kernel","shape":[4,10],"trainable":true,"parameters":40},{"name":"bias","path":"dense/bias","shape":[10],"trainable":true,"parameters":10}],"flops":100,"connected_to":["dropout"],"is_used":true}],"total_parameters":846,"trainable_parameters":838,"non_trainable_parameters":8,"flops":102252,"training_flops":306756,"memory":{"parameters_bytes":3384,"gradients_bytes":3352,"optimizer_bytes":3352,"activations_bytes":13680,"metrics_bytes":8,"total_bytes":23776},"batch_size":1,"warnings":[]},"data":{"train_rows":1437,"validation_rows":360,"test_rows":0,"is_streamed":false},"epoch_weights":"last","class_weight":null,"timings":{"load_data_seconds":0.017751421000866685,"build_seconds":1.019909861999622,"first_step_seconds":2.658462260000306,"training_seconds":10.496753628998704,"mean_epoch_seconds":10.496753628998704,"evaluation_seconds":1.17059528199934,"total_seconds":12.8933658320002}}', 14, 1, 1437, 'req_382e865b55a9aec1', NULL, 10607, 0);
INSERT INTO public.jobs VALUES ('job_01m8axwqef2a09efd1ydy31877', 'default', 'running', 'running', '{"dataset":"digits","network":{"layers":[{"type":"Reshape","target_shape":[8,8,1]},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"BatchNormalization"},{"type":"GlobalAveragePooling2D"},{"type":"Dropout","rate":0.2},{"type":"Dense","units":10,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"SGD","learning_rate":0.01,"momentum":0.9},"epochs":3,"batch_size":1,"validation_split":0.2,"seed":7,"callbacks":[{"type":"EarlyStopping","monitor":"val_loss","patience":5,"restore_best_weights":true}],"weighted_metrics":[],"shuffle":true,"precision":"float32"},"name":"running","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}', 7, '{}', 'digits', 'any', 0, 3, 86400, NULL, NULL, '2026-11-26 03:20:24.271+00', '2026-11-26 03:20:24.303416+00', NULL, 1, 1, 'worker_01m8axr21s6w6nt9rvt91xbtwe', 0, '2026-11-26 03:20:41.772879+00', NULL, NULL, 2, 3, 0.7450707492461146, 4.818234456267808, '{"accuracy":0.09255392849445343,"loss":2.3274590969085693,"val_accuracy":0.14444445073604584,"val_loss":2.337657928466797,"learning_rate":0.009999999776482582}', NULL, NULL, NULL, NULL, 17, 1, 1437, 'req_702fdb94a9bfa43c', NULL, 3799, 1023);
INSERT INTO public.jobs VALUES ('job_01m8axwqfke40chp9rcs76vyre', 'default', 'running, asked to cancel', 'running', '{"dataset":"digits","network":{"layers":[{"type":"Reshape","target_shape":[8,8,1]},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"BatchNormalization"},{"type":"GlobalAveragePooling2D"},{"type":"Dropout","rate":0.2},{"type":"Dense","units":10,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"SGD","learning_rate":0.01,"momentum":0.9},"epochs":3,"batch_size":1,"validation_split":0.2,"seed":7,"callbacks":[{"type":"EarlyStopping","monitor":"val_loss","patience":5,"restore_best_weights":true}],"weighted_metrics":[],"shuffle":true,"precision":"float32"},"name":"running, asked to cancel","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}', 7, '{}', 'digits', 'any', 0, 3, 86400, NULL, NULL, '2026-11-26 03:20:24.307+00', '2026-11-26 03:20:24.375811+00', NULL, 1, 1, 'worker_01m8axr21s6w6nt9rvt91xbtwe', 1, '2026-11-26 03:20:42.04916+00', '2026-11-26 03:20:39.282239+00', NULL, 1, 3, 0.44073300858269543, 18.940900475599097, '{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}', NULL, NULL, NULL, NULL, 14, 1, 1437, 'req_3ad05b541866382c', NULL, 5113, 0);
INSERT INTO public.jobs VALUES ('job_01m8axwqhb36rvc8m7sdb6p828', 'default', 'running, asked to pause', 'running', '{"dataset":"digits","network":{"layers":[{"type":"Reshape","target_shape":[8,8,1]},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"BatchNormalization"},{"type":"GlobalAveragePooling2D"},{"type":"Dropout","rate":0.2},{"type":"Dense","units":10,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"SGD","learning_rate":0.01,"momentum":0.9},"epochs":3,"batch_size":1,"validation_split":0.2,"seed":7,"callbacks":[{"type":"EarlyStopping","monitor":"val_loss","patience":5,"restore_best_weights":true}],"weighted_metrics":[],"shuffle":true,"precision":"float32"},"name":"running, asked to pause","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}', 7, '{}', 'digits', 'any', 0, 3, 86400, NULL, NULL, '2026-11-26 03:20:24.363+00', '2026-11-26 03:20:24.429395+00', NULL, 1, 1, 'worker_01m8axr21s6w6nt9rvt91xbtwe', 2, '2026-11-26 03:20:41.78352+00', NULL, '2026-11-26 03:20:39.353195+00', 1, 3, 0.42843887729065183, 18.534502138498887, '{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}', NULL, NULL, NULL, NULL, 14, 1, 1437, 'req_829111680892be28', NULL, 5111, 0);
INSERT INTO public.jobs VALUES ('job_01m8axx6xpra4jc8c2n7r6a5d5', 'default', 'queued, the broker was not told', 'queued', '{"dataset":"iris","network":{"layers":[{"type":"Dense","units":8,"activation":"relu"},{"type":"Dense","units":3,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"Adam","learning_rate":0.01},"epochs":5,"batch_size":32,"validation_split":0.2,"seed":42,"weighted_metrics":[],"shuffle":true,"callbacks":[],"precision":"float32"},"name":"queued, the broker was not told","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}', 42, '{}', 'iris', 'any', 0, 3, 86400, NULL, NULL, '2026-11-26 03:20:40.118+00', NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, 0, 5, 0, NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 120, 'req_d4992e73f1f730bf', NULL, 2645, 0);
INSERT INTO public.leftovers VALUES ('job_01m8axwg8xtj7qq7w0x5jx9nwq');
INSERT INTO public.leftovers VALUES ('job_01m8axwqef2a09efd1ydy31877');
INSERT INTO public.leftovers VALUES ('job_01m8axwqfke40chp9rcs76vyre');
INSERT INTO public.leftovers VALUES ('job_01m8axwqhb36rvc8m7sdb6p828');
INSERT INTO public.outbox VALUES ('job_01m8axx6xpra4jc8c2n7r6a5d5', 'any', '2026-11-26 03:20:40.13759+00');
INSERT INTO public.projects VALUES ('lab', 3, 50, NULL, 1000000000, NULL, NULL);
INSERT INTO public.projects VALUES ('default', 11, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.removals VALUES ('job_01m8axwd52fcpgn27tz7g49tr7', '2026-11-26 03:20:16.402949+00', '2026-11-26 03:20:16.913099+00');
INSERT INTO public.removals VALUES ('job_01m8axsp4m61f0ks6xgqt029p6', '2026-11-26 03:20:40.158127+00', NULL);
INSERT INTO public.totals VALUES ('netcoach_trainers_started', '', 6);
INSERT INTO public.totals VALUES ('netcoach_attempt_duration_seconds_bucket', 'le=30', 2);
INSERT INTO public.totals VALUES ('netcoach_attempts_ended', 'status=cancelled,code=', 1);
INSERT INTO public.totals VALUES ('netcoach_jobs_ended', 'status=cancelled,code=', 1);
INSERT INTO public.totals VALUES ('netcoach_epoch_duration_seconds_bucket', 'le=0.1', 17);
INSERT INTO public.totals VALUES ('netcoach_epoch_duration_seconds_bucket', 'le=2.5', 5);
INSERT INTO public.totals VALUES ('netcoach_attempt_duration_seconds_bucket', 'le=5', 4);
INSERT INTO public.totals VALUES ('netcoach_attempts_ended', 'status=succeeded,code=', 4);
INSERT INTO public.totals VALUES ('netcoach_jobs_ended', 'status=succeeded,code=', 4);
INSERT INTO public.totals VALUES ('netcoach_training_phase_seconds', 'phase=build', 3.231189064999853);
INSERT INTO public.totals VALUES ('netcoach_training_phase_seconds', 'phase=evaluate', 4.017803770999308);
INSERT INTO public.totals VALUES ('netcoach_training_phase_seconds', 'phase=first_step', 9.205426329002876);
INSERT INTO public.totals VALUES ('netcoach_training_phase_seconds', 'phase=load_data', 0.12603606300217507);
INSERT INTO public.totals VALUES ('netcoach_training_phase_seconds', 'phase=store', 0.32424247100000003);
INSERT INTO public.totals VALUES ('netcoach_training_phase_seconds', 'phase=train', 20.29113772200435);
INSERT INTO public.totals VALUES ('netcoach_epoch_duration_seconds_bucket', 'le=5', 1);
INSERT INTO public.totals VALUES ('netcoach_attempt_duration_seconds_bucket', 'le=10', 1);
INSERT INTO public.totals VALUES ('netcoach_attempt_duration_seconds_sum', '', 45.02035464);
INSERT INTO public.totals VALUES ('netcoach_attempts_ended', 'status=paused,code=', 1);
INSERT INTO public.totals VALUES ('netcoach_attempt_duration_seconds_bucket', 'le=2.5', 1);
INSERT INTO public.totals VALUES ('netcoach_attempts_ended', 'status=failed,code=diverged', 1);
INSERT INTO public.totals VALUES ('netcoach_jobs_ended', 'status=failed,code=diverged', 1);
INSERT INTO public.totals VALUES ('netcoach_attempts_ended', 'status=failed,code=worker_lost', 1);
INSERT INTO public.totals VALUES ('netcoach_jobs_ended', 'status=failed,code=worker_lost', 1);
INSERT INTO public.totals VALUES ('netcoach_trainers_lost', '', 1);
INSERT INTO public.totals VALUES ('netcoach_epoch_duration_seconds_bucket', 'le=30', 3);
INSERT INTO public.totals VALUES ('netcoach_epoch_duration_seconds_bucket', 'le=10', 3);
INSERT INTO public.totals VALUES ('netcoach_epoch_duration_seconds_sum', '', 67.50956337999924);
INSERT INTO public.totals VALUES ('netcoach_training_epochs', '', 29);
INSERT INTO public.totals VALUES ('netcoach_training_samples', '', 12699);
INSERT INTO public.webhook_deliveries VALUES ('dlv_01m8axsny77a89ff9shd1yp30h', 'hook_01m8axsj12wjq6pmd560x38vj1', 'job_01m8axsj90z6mk1797dk37wjnv', 'job.succeeded', 'delivered', '2026-11-26 03:18:44.438633+00', 1, 0, NULL, '2026-11-26 03:18:44.595531+00', '2026-11-26 03:18:45.034024+00', 204, NULL, 0.3005085360000521, NULL);
INSERT INTO public.webhook_deliveries VALUES ('dlv_01m8axssr1rz4qss0sh5ydpa31', 'hook_01m8axsj12wjq6pmd560x38vj1', 'job_01m8axsp4m61f0ks6xgqt029p6', 'job.succeeded', 'delivered', '2026-11-26 03:18:48.328911+00', 1, 0, NULL, '2026-11-26 03:18:49.190262+00', '2026-11-26 03:18:49.273263+00', 204, NULL, 0.02851238800030842, NULL);
INSERT INTO public.webhook_deliveries VALUES ('dlv_01m8axsz4nhc40688b4yb48gbm', 'hook_01m8axsj12wjq6pmd560x38vj1', 'job_01m8axsx6xk6fqggzjqgv4jjf9', 'job.failed', 'delivered', '2026-11-26 03:18:53.855409+00', 1, 0, NULL, '2026-11-26 03:18:54.480501+00', '2026-11-26 03:18:54.565525+00', 204, NULL, 0.04291411399935896, NULL);
INSERT INTO public.webhook_deliveries VALUES ('dlv_01m8axt9jk0kf1f8y1jvxgav6j', 'hook_01m8axsj12wjq6pmd560x38vj1', 'job_01m8axsz8f35dm1f1cvsk3mpq6', 'job.failed', 'delivered', '2026-11-26 03:19:04.54525+00', 1, 0, NULL, '2026-11-26 03:19:04.741953+00', '2026-11-26 03:19:04.819016+00', 204, NULL, 0.05143446500005666, NULL);
INSERT INTO public.webhook_deliveries VALUES ('dlv_01m8axwc9mx18vbqr0vwvn1j9x', 'hook_01m8axsj12wjq6pmd560x38vj1', 'job_01m8axt9p66maa6vyh29bfhb6m', 'job.cancelled', 'delivered', '2026-11-26 03:20:12.852691+00', 1, 0, NULL, '2026-11-26 03:20:13.452942+00', '2026-11-26 03:20:13.606912+00', 204, NULL, 0.015986184000212234, NULL);
INSERT INTO public.webhook_deliveries VALUES ('dlv_01m8axsz4ns06k902hdzf7fkdk', 'hook_01m8axsj6xshb9304wxp6sh0h7', 'job_01m8axsx6xk6fqggzjqgv4jjf9', 'job.failed', 'failed', '2026-11-26 03:18:53.855701+00', 2, 2, NULL, '2026-11-26 03:19:00.620217+00', NULL, 500, 'the webhook was switched off', 0.0236723140005779, NULL);
INSERT INTO public.webhook_deliveries VALUES ('dlv_01m8axt9jkwq2v5x4qafnyctre', 'hook_01m8axsj6xshb9304wxp6sh0h7', 'job_01m8axsz8f35dm1f1cvsk3mpq6', 'job.failed', 'failed', '2026-11-26 03:19:04.545459+00', 2, 2, NULL, '2026-11-26 03:19:10.899986+00', NULL, 500, 'the webhook was switched off', 0.0024991800000861986, NULL);
INSERT INTO public.webhook_deliveries VALUES ('dlv_01m8axwfpq7ehvr0dq7wenwnaa', 'hook_01m8axsj12wjq6pmd560x38vj1', 'job_01m8axwd52fcpgn27tz7g49tr7', 'job.succeeded', 'delivered', '2026-11-26 03:20:16.352928+00', 1, 0, NULL, '2026-11-26 03:20:16.692211+00', '2026-11-26 03:20:16.714116+00', 204, NULL, 0.016227792999416124, NULL);
INSERT INTO public.webhook_deliveries VALUES ('dlv_01m8axwc9mx18vbqr0vwvn1j9y', 'hook_01m8axsj4k1a1z7vdbhfwx9489', 'job_01m8axt9p66maa6vyh29bfhb6m', 'job.cancelled', 'pending', '2026-11-26 03:20:12.852919+00', 2, 2, '2126-11-02 03:20:40.899041+00', '2026-11-26 03:20:19.74238+00', NULL, 500, 'it answered with 500', 0.014655474000392132, NULL);
INSERT INTO public.webhook_deliveries VALUES ('dlv_01m8axx6rxqanavdhkkyfptna9', 'hook_01m8axsj12wjq6pmd560x38vj1', 'job_01m8axx6m48fh1f7qtsbyjv1x9', 'job.cancelled', 'pending', '2026-11-26 03:20:40.001278+00', 0, 0, '2126-11-02 03:20:40.899041+00', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.webhook_deliveries VALUES ('dlv_01m8axx6rxqanavdhkkyfptnaa', 'hook_01m8axsj4k1a1z7vdbhfwx9489', 'job_01m8axx6m48fh1f7qtsbyjv1x9', 'job.cancelled', 'pending', '2026-11-26 03:20:40.001613+00', 0, 0, '2126-11-02 03:20:40.899041+00', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.webhooks VALUES ('hook_01m8axsj6xshb9304wxp6sh0h7', 'default', 'http://127.0.0.1:9/hook', NULL, '["job.failed"]', 'whsec_cHVibGlzaGVkLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4=', NULL, NULL, false, NULL, NULL, '2026-11-26 03:18:40.614859+00', '2026-11-26 03:19:10.89951+00');
INSERT INTO public.webhooks VALUES ('hook_01m8axsj4k1a1z7vdbhfwx9489', 'default', 'http://127.0.0.1:9/hook', NULL, '["job.cancelled"]', 'whsec_cHVibGlzaGVkLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4=', NULL, NULL, true, NULL, '2026-11-26 03:20:13.505669+00', '2026-11-26 03:18:40.552059+00', '2026-11-26 03:20:19.739403+00');
INSERT INTO public.webhooks VALUES ('hook_01m8axsj12wjq6pmd560x38vj1', 'default', 'http://127.0.0.1:9/hook', 'hears of every end', '["job.cancelled","job.failed","job.succeeded"]', 'whsec_cHVibGlzaGVkLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4=', 'whsec_cHVibGlzaGVkIGJlZm9yZS4uLi4uLi4uLi4uLi4uLi4=', '2026-11-27 03:18:40.515736+00', true, NULL, NULL, '2026-11-26 03:18:40.447009+00', '2026-11-26 03:20:16.691749+00');
INSERT INTO public.workers VALUES ('worker_01m8axr21s6w6nt9rvt91xbtwe', 'frozen', 1, '["cpu"]', 3, 3, '{"netcoach":"0.1.0","python":"3.11.7","keras":"3.15.1","tensorflow":"2.21.0","numpy":"2.4.6"}', '["CPU:0"]', 'ready', '2026-11-26 03:17:51.581835+00', '2026-11-26 03:20:38.814595+00', 3, '[]');
SELECT pg_catalog.setval('public.events_id_seq', 51, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.artifacts
    ADD CONSTRAINT artifacts_pkey PRIMARY KEY (job_id, name);
ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (job_id, attempt);
ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.checkpoints
    ADD CONSTRAINT checkpoints_pkey PRIMARY KEY (job_id, attempt, epoch, step);
ALTER TABLE ONLY public.deleted_use
    ADD CONSTRAINT deleted_use_pkey PRIMARY KEY (project, hour);
ALTER TABLE ONLY public.epochs
    ADD CONSTRAINT epochs_pkey PRIMARY KEY (job_id, epoch);
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (project, key);
ALTER TABLE ONLY public.job_labels
    ADD CONSTRAINT job_labels_pkey PRIMARY KEY (job_id, label);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.leftovers
    ADD CONSTRAINT leftovers_pkey PRIMARY KEY (job_id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (job_id);
ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.removals
    ADD CONSTRAINT removals_pkey PRIMARY KEY (job_id);
ALTER TABLE ONLY public.totals
    ADD CONSTRAINT totals_pkey PRIMARY KEY (name, labels);
ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.webhooks
    ADD CONSTRAINT webhooks_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (id);
CREATE INDEX api_keys_project_id ON public.api_keys USING btree (project, id);
CREATE INDEX audit_log_project_id ON public.audit_log USING btree (project, id);
CREATE UNIQUE INDEX events_job_id_number ON public.events USING btree (job_id, number);
CREATE INDEX idempotency_keys_created_at ON public.idempotency_keys USING btree (created_at);
CREATE INDEX idempotency_keys_job_id ON public.idempotency_keys USING btree (job_id) WHERE (job_id IS NOT NULL);
CREATE INDEX idempotency_keys_project_size_bytes ON public.idempotency_keys USING btree (project, size_bytes);
CREATE INDEX job_labels_label_job_id ON public.job_labels USING btree (label, job_id);
CREATE INDEX jobs_claim_order ON public.jobs USING btree (status, project, priority DESC, id, accelerator, gpus);
CREATE INDEX jobs_project_dataset_id ON public.jobs USING btree (project, dataset, id);
CREATE INDEX jobs_project_id ON public.jobs USING btree (project, id);
CREATE INDEX jobs_project_name_id ON public.jobs USING btree (project, name, id);
CREATE INDEX jobs_project_parent_id ON public.jobs USING btree (project, parent, id) WHERE (parent IS NOT NULL);
CREATE INDEX jobs_project_row_bytes ON public.jobs USING btree (project, row_bytes);
CREATE INDEX jobs_project_status_id ON public.jobs USING btree (project, status, id);
CREATE INDEX jobs_project_sweep_id ON public.jobs USING btree (project, sweep, id) WHERE (sweep IS NOT NULL);
CREATE INDEX jobs_status_id ON public.jobs USING btree (status, id);
CREATE INDEX outbox_created_at ON public.outbox USING btree (created_at);
CREATE INDEX removals_created_at ON public.removals USING btree (created_at);
CREATE INDEX webhook_deliveries_claimed ON public.webhook_deliveries USING btree (claimed_until) WHERE (claimed_until IS NOT NULL);
CREATE INDEX webhook_deliveries_created_at ON public.webhook_deliveries USING btree (created_at);
CREATE INDEX webhook_deliveries_due ON public.webhook_deliveries USING btree (next_attempt_at) WHERE (next_attempt_at IS NOT NULL);
CREATE INDEX webhook_deliveries_webhook_id_due ON public.webhook_deliveries USING btree (webhook_id, next_attempt_at) WHERE (next_attempt_at IS NOT NULL);
CREATE INDEX webhook_deliveries_webhook_id_id ON public.webhook_deliveries USING btree (webhook_id, id);
CREATE INDEX webhooks_project_id ON public.webhooks USING btree (project, id);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_project_fkey FOREIGN KEY (project) REFERENCES public.projects(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.artifacts
    ADD CONSTRAINT artifacts_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_project_fkey FOREIGN KEY (project) REFERENCES public.projects(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.checkpoints
    ADD CONSTRAINT checkpoints_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.deleted_use
    ADD CONSTRAINT deleted_use_project_fkey FOREIGN KEY (project) REFERENCES public.projects(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.epochs
    ADD CONSTRAINT epochs_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_project_fkey FOREIGN KEY (project) REFERENCES public.projects(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.job_labels
    ADD CONSTRAINT job_labels_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_project_fkey FOREIGN KEY (project) REFERENCES public.projects(id);
ALTER TABLE ONLY public.leftovers
    ADD CONSTRAINT leftovers_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES public.webhooks(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.webhooks
    ADD CONSTRAINT webhooks_project_fkey FOREIGN KEY (project) REFERENCES public.projects(id) ON DELETE CASCADE;
