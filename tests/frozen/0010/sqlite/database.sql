BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0010');
CREATE TABLE api_keys (
	id TEXT NOT NULL, 
	project TEXT NOT NULL, 
	name TEXT, 
	digest TEXT NOT NULL, 
	scopes TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	expires_at TEXT, 
	revoked_at TEXT, 
	last_used_at TEXT, 
	CONSTRAINT api_keys_pkey PRIMARY KEY (id), 
	CONSTRAINT api_keys_project_fkey FOREIGN KEY(project) REFERENCES projects (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "api_keys" VALUES('key_01m8axgrxy3qfd982q580v1sek','default','of a test','9c28abf2596b298c2a8641384e6ffe798db2da6c523149a0f1b89c6e8cadc6c4','admin','2026-11-26T03:13:52.699Z',NULL,NULL,'2026-11-26T03:16:02.182Z');
INSERT INTO "api_keys" VALUES('key_01m8axgs2t31p73vha872e4dkt','lab','of a test','1ae47d637cb063c970b3aa59c22d7d9b6c3fbdb74182d119269366437595a692','admin','2026-11-26T03:13:52.754Z',NULL,NULL,'2026-11-26T03:15:12.161Z');
INSERT INTO "api_keys" VALUES('key_01m8axjra554yghr5zthh1dmeq','default','reads','5c2c4a41fdf346ddd503310eafeeae25164581321530e3ea62d5ecfca4aa9673','read','2026-11-26T03:14:57.505Z','2026-11-26T04:14:57.505Z',NULL,NULL);
INSERT INTO "api_keys" VALUES('key_01m8axjrbqcqcr52gadba7d0yd','default','revoked','0aa629beceefd973ed9ce0d7198a8198910d25890ddc18e428e424b7c7617d87','submit','2026-11-26T03:14:57.529Z',NULL,'2026-11-26T03:14:57.549Z',NULL);
CREATE TABLE artifacts (
	job_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	attempt INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	media_type TEXT NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	sha256 TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	CONSTRAINT artifacts_pkey PRIMARY KEY (job_id, name), 
	CONSTRAINT artifacts_artifacts_size_check_check CHECK (size_bytes >= 0), 
	CONSTRAINT artifacts_job_id_fkey FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "artifacts" VALUES('job_01m8axjrjv4px9a5kcfr8w5rrv','history.csv',1,'jobs/job_01m8axjrjv4px9a5kcfr8w5rrv/1/history.csv','text/csv',674,'977748d028a6e4183a74808de36356f41981573609c18660629e0d2cbd53aaee','2026-11-26T03:15:01.303Z');
INSERT INTO "artifacts" VALUES('job_01m8axjrjv4px9a5kcfr8w5rrv','logs',1,'jobs/job_01m8axjrjv4px9a5kcfr8w5rrv/1/logs','text/plain; charset=utf-8',1440,'1058ae2ceacba397011cbf97825e71c16d072d79714baadf413ee25e3c972d05','2026-11-26T03:15:01.303Z');
INSERT INTO "artifacts" VALUES('job_01m8axjrjv4px9a5kcfr8w5rrv','model.keras',1,'jobs/job_01m8axjrjv4px9a5kcfr8w5rrv/1/model.keras','application/zip',23184,'57b01da38b30a5670fa0718fc28c30f7dce4b4ca51cc4a911c2d49da1ac13411','2026-11-26T03:15:01.303Z');
INSERT INTO "artifacts" VALUES('job_01m8axjx1z25nsdn9xdmdcaqd9','history.csv',1,'jobs/job_01m8axjx1z25nsdn9xdmdcaqd9/1/history.csv','text/csv',676,'fd2d613b746ff41830764d74a3c5d994ad7a1484dcfbe2f5c283d3149b29ec10','2026-11-26T03:15:03.195Z');
INSERT INTO "artifacts" VALUES('job_01m8axjx1z25nsdn9xdmdcaqd9','logs',1,'jobs/job_01m8axjx1z25nsdn9xdmdcaqd9/1/logs','text/plain; charset=utf-8',1298,'4f8cbbdc0c664557bf08c157fc79b0cab6871afb47f5af8a70826bb4ce0f407f','2026-11-26T03:15:03.195Z');
INSERT INTO "artifacts" VALUES('job_01m8axjx1z25nsdn9xdmdcaqd9','model.keras',1,'jobs/job_01m8axjx1z25nsdn9xdmdcaqd9/1/model.keras','application/zip',23184,'ad97a12a5422bb492699b37a171d1bf4e52d59d27332012666d2c85f202efb5a','2026-11-26T03:15:03.195Z');
INSERT INTO "artifacts" VALUES('job_01m8axjxzdbz1mwf0gsfy8tgtx','history.csv',1,'jobs/job_01m8axjxzdbz1mwf0gsfy8tgtx/1/history.csv','text/csv',537,'f1d155b76ec7f4c35e5e47e6d4eb22a4dc188c565fc3ffdce468436afca74cc3','2026-11-26T03:15:04.960Z');
INSERT INTO "artifacts" VALUES('job_01m8axjxzdbz1mwf0gsfy8tgtx','logs',1,'jobs/job_01m8axjxzdbz1mwf0gsfy8tgtx/1/logs','text/plain; charset=utf-8',1611,'2614a987921cb33cfbfce98b4b68273afe28fad5f054cac788868b8282067be7','2026-11-26T03:15:04.960Z');
INSERT INTO "artifacts" VALUES('job_01m8axjxzdbz1mwf0gsfy8tgtx','model.keras',1,'jobs/job_01m8axjxzdbz1mwf0gsfy8tgtx/1/model.keras','application/zip',20472,'5d23f1b1d3d4fbfd38dcbb041a522924bea6afb1c48ab327a6c5f8a44cf26cfa','2026-11-26T03:15:04.960Z');
INSERT INTO "artifacts" VALUES('job_01m8axk9jbqncg6640pgfvcsq3','history.csv',1,'jobs/job_01m8axk9jbqncg6640pgfvcsq3/1/history.csv','text/csv',194,'ad41f73bca50426e05dd2ea6b9fef08ad5b4166a189dcda2cc190915397b7a4b','2026-11-26T03:16:13.968Z');
INSERT INTO "artifacts" VALUES('job_01m8axk9jbqncg6640pgfvcsq3','logs',1,'jobs/job_01m8axk9jbqncg6640pgfvcsq3/1/logs','text/plain; charset=utf-8',2418,'f92b3cbbc0d9f8a79f628def76a3d42fa0b4faa38631cf1da8ee635a4d3df8d4','2026-11-26T03:16:13.968Z');
CREATE TABLE attempts (
	job_id TEXT NOT NULL, 
	attempt INTEGER NOT NULL, 
	worker_id TEXT NOT NULL, 
	slot INTEGER NOT NULL, 
	claimed_at TEXT NOT NULL, 
	started_at TEXT, 
	ended_at TEXT, 
	outcome TEXT, 
	reason TEXT, error_code TEXT, from_epoch INTEGER, is_counted BOOLEAN DEFAULT 1 NOT NULL, 
	CONSTRAINT attempts_pkey PRIMARY KEY (job_id, attempt), 
	CONSTRAINT attempts_job_id_fkey FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "attempts" VALUES('job_01m8axjrjv4px9a5kcfr8w5rrv',1,'worker_01m8axh7yh53gvhf1xw0t5nbtb',0,'2026-11-26T03:14:58.177Z','2026-11-26T03:14:58.867Z','2026-11-26T03:15:01.303Z','succeeded',NULL,NULL,0,1);
INSERT INTO "attempts" VALUES('job_01m8axjx1z25nsdn9xdmdcaqd9',1,'worker_01m8axh7yh53gvhf1xw0t5nbtb',0,'2026-11-26T03:15:02.463Z','2026-11-26T03:15:02.757Z','2026-11-26T03:15:03.197Z','succeeded',NULL,NULL,0,1);
INSERT INTO "attempts" VALUES('job_01m8axjxzdbz1mwf0gsfy8tgtx',1,'worker_01m8axh7yh53gvhf1xw0t5nbtb',0,'2026-11-26T03:15:03.324Z','2026-11-26T03:15:03.550Z','2026-11-26T03:15:04.961Z','failed','The loss was not a number in epochs 1 to 5; a smaller learning rate or clipped gradients may keep it finite.','diverged',0,1);
INSERT INTO "attempts" VALUES('job_01m8axjznk65qsa902gs1fhmhz',1,'worker_01m8axh7yh53gvhf1xw0t5nbtb',0,'2026-11-26T03:15:05.078Z','2026-11-26T03:15:05.665Z','2026-11-26T03:15:15.059Z','lost','The trainer was killed by SIGKILL.','worker_lost',0,1);
INSERT INTO "attempts" VALUES('job_01m8axk9jbqncg6640pgfvcsq3',1,'worker_01m8axh7yh53gvhf1xw0t5nbtb',1,'2026-11-26T03:16:04.288Z','2026-11-26T03:16:05.225Z','2026-11-26T03:16:13.972Z','cancelled',NULL,NULL,0,1);
INSERT INTO "attempts" VALUES('job_01m8axn87ccwjqkz68hfwhcgjd',1,'worker_01m8axh7yh53gvhf1xw0t5nbtb',0,'2026-11-26T03:16:19.339Z','2026-11-26T03:16:19.881Z','2026-11-26T03:16:27.764Z','paused','A pause was asked for.',NULL,0,0);
INSERT INTO "attempts" VALUES('job_01m8axnh12nqqe275d8h3b6k2c',1,'worker_01m8axh7yh53gvhf1xw0t5nbtb',0,'2026-11-26T03:16:28.373Z','2026-11-26T03:16:28.754Z',NULL,NULL,NULL,NULL,0,1);
INSERT INTO "attempts" VALUES('job_01m8axnh8pacyqxntrs28b8tz6',1,'worker_01m8axh7yh53gvhf1xw0t5nbtb',1,'2026-11-26T03:16:28.609Z','2026-11-26T03:16:29.036Z',NULL,NULL,NULL,NULL,0,1);
INSERT INTO "attempts" VALUES('job_01m8axnj47ef5cjjk7ch1gkycq',1,'worker_01m8axh7yh53gvhf1xw0t5nbtb',2,'2026-11-26T03:16:29.481Z','2026-11-26T03:16:30.589Z',NULL,NULL,NULL,NULL,0,1);
CREATE TABLE audit_log (
	id TEXT NOT NULL, 
	project TEXT NOT NULL, 
	at TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	action TEXT NOT NULL, 
	object_id TEXT NOT NULL, 
	request_id TEXT NOT NULL, 
	address TEXT, 
	CONSTRAINT audit_log_pkey PRIMARY KEY (id), 
	CONSTRAINT audit_log_project_fkey FOREIGN KEY(project) REFERENCES projects (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "audit_log" VALUES('act_01m8axjrb28msa3h28jjs9dzak','default','2026-11-26T03:14:57.507Z','key_01m8axgrxy3qfd982q580v1sek','key.create','key_01m8axjra554yghr5zthh1dmeq','req_e782e41bb7078114','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axjrbs5z3h3apymc2syjkk','default','2026-11-26T03:14:57.529Z','key_01m8axgrxy3qfd982q580v1sek','key.create','key_01m8axjrbqcqcr52gadba7d0yd','req_5d393752c97c5525','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axjrcdwcay8grbnaxy2px6','default','2026-11-26T03:14:57.549Z','key_01m8axgrxy3qfd982q580v1sek','key.revoke','key_01m8axjrbqcqcr52gadba7d0yd','req_dc30823fd51879a2','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axjrerymwcxzf7geca5kn0','default','2026-11-26T03:14:57.624Z','key_01m8axgrxy3qfd982q580v1sek','webhook.create','hook_01m8axjremnafk74edhq5179rr','req_9a90707c80ce6813','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axjrf65cafrh6rw5m8ryg3','default','2026-11-26T03:14:57.638Z','key_01m8axgrxy3qfd982q580v1sek','webhook.rotate_secret','hook_01m8axjremnafk74edhq5179rr','req_14a92320bafa0ece','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axjrg3jt4ab2qzy9kfw5r3','default','2026-11-26T03:14:57.668Z','key_01m8axgrxy3qfd982q580v1sek','webhook.create','hook_01m8axjrg1fajxwbm203356yst','req_9e74e6dcedebc9ba','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axjrhnpvdmbwea6atv4xa5','default','2026-11-26T03:14:57.717Z','key_01m8axgrxy3qfd982q580v1sek','webhook.create','hook_01m8axjrh589c1egz92ta1dyc6','req_451324ac368a340a','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axjrkxqj5pr0qpdndfxk9r','default','2026-11-26T03:14:57.790Z','key_01m8axgrxy3qfd982q580v1sek','job.create','job_01m8axjrjv4px9a5kcfr8w5rrv','req_f39a8701dff71d37','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axjwe2zzmkn6a81yra9n87','default','2026-11-26T03:15:01.698Z','key_01m8axgrxy3qfd982q580v1sek','job.derive','job_01m8axjw32n55pdej1rh4k5vg7','req_0456b12bf2ba7871','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axjx59a3vt37ben6qg7ztg','lab','2026-11-26T03:15:02.441Z','key_01m8axgs2t31p73vha872e4dkt','job.create','job_01m8axjx1z25nsdn9xdmdcaqd9','req_bd940f685a771fbd','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axjxzph18mmh0ev8nwh2sc','default','2026-11-26T03:15:03.286Z','key_01m8axgrxy3qfd982q580v1sek','job.create','job_01m8axjxzdbz1mwf0gsfy8tgtx','req_5eedacdcf77d7a19','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axjzpd92pm3vpx8rwe18zb','default','2026-11-26T03:15:05.037Z','key_01m8axgrxy3qfd982q580v1sek','job.create','job_01m8axjznk65qsa902gs1fhmhz','req_0ff8fce94ec2705d','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axk9jtqqb656ks5a5xt7gg','default','2026-11-26T03:15:15.162Z','key_01m8axgrxy3qfd982q580v1sek','job.create','job_01m8axk9jbqncg6640pgfvcsq3','req_465dc7d8d3d83ad9','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axn2h82kshh8v4bvakh0yb','default','2026-11-26T03:16:13.481Z','key_01m8axgrxy3qfd982q580v1sek','job.cancel','job_01m8axk9jbqncg6640pgfvcsq3','req_ca38dcb96cdbb86f','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axn4y6pdqhm66cj0dqwtcb','default','2026-11-26T03:16:15.942Z','key_01m8axgrxy3qfd982q580v1sek','webhook.change','hook_01m8axjrh589c1egz92ta1dyc6','req_05159138e02fdf5a','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axn525y7j1s4c05h5bc6kc','default','2026-11-26T03:16:16.069Z','key_01m8axgrxy3qfd982q580v1sek','job.create','job_01m8axn51wms9bhs250vwd5kdt','req_44e69249791e3394','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axn7vgvc0bxjjtwqjy6ms9','default','2026-11-26T03:16:18.931Z','key_01m8axgrxy3qfd982q580v1sek','job.delete','job_01m8axn51wms9bhs250vwd5kdt','req_7fef157387d62442','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axn87twkxe2ssqm1zt62tn','default','2026-11-26T03:16:19.322Z','key_01m8axgrxy3qfd982q580v1sek','job.create','job_01m8axn87ccwjqkz68hfwhcgjd','req_5b78d44c69805b53','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axng47k24jkn49vrad03w8','default','2026-11-26T03:16:27.399Z','key_01m8axgrxy3qfd982q580v1sek','job.pause','job_01m8axn87ccwjqkz68hfwhcgjd','req_708cbb950f53cc26','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axnh16mg0m1p43tea0dv36','default','2026-11-26T03:16:28.326Z','key_01m8axgrxy3qfd982q580v1sek','job.create','job_01m8axnh12nqqe275d8h3b6k2c','req_48764b788bd28261','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axnh9j9hqsdpzt568gx41n','default','2026-11-26T03:16:28.594Z','key_01m8axgrxy3qfd982q580v1sek','job.create','job_01m8axnh8pacyqxntrs28b8tz6','req_4b83f8ed4ce127e8','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axnj4epavbxnp7hahqbq4b','default','2026-11-26T03:16:29.454Z','key_01m8axgrxy3qfd982q580v1sek','job.create','job_01m8axnj47ef5cjjk7ch1gkycq','req_16ce87b776c7b17e','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axp0nd8bfmqm0jx1kpe1r9','default','2026-11-26T03:16:44.333Z','key_01m8axgrxy3qfd982q580v1sek','job.cancel','job_01m8axnh8pacyqxntrs28b8tz6','req_576e1ce16f10d2b1','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axp1a0zcyh9xf5qacgpgny','default','2026-11-26T03:16:44.993Z','key_01m8axgrxy3qfd982q580v1sek','job.pause','job_01m8axnj47ef5cjjk7ch1gkycq','req_e60ea79efc8ba9cb','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axp1kswwg0bk28s5t32hv6','default','2026-11-26T03:16:45.305Z','key_01m8axgrxy3qfd982q580v1sek','job.create','job_01m8axp1kjdnkct6xhjxkhn4m9','req_f883e742f3383a5b','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axp28pgy5zhxznfzzr5vhf','default','2026-11-26T03:16:45.974Z','key_01m8axgrxy3qfd982q580v1sek','job.create','job_01m8axp28eqwyzbtv55qk24njf','req_0a508be600b4c313','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axp2a0pvj7tm75ex2pvxsh','default','2026-11-26T03:16:46.016Z','key_01m8axgrxy3qfd982q580v1sek','job.pause','job_01m8axp28eqwyzbtv55qk24njf','req_490ce0f249c5d2c5','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axp2qggz8smhz5mgx6bzw2','default','2026-11-26T03:16:46.449Z','key_01m8axgrxy3qfd982q580v1sek','job.create','job_01m8axp2qfc34gcwbcw73pp1rk','req_3570f4f1bbca7d50','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axp2vdsd4wy8csayhz8yba','default','2026-11-26T03:16:46.573Z','key_01m8axgrxy3qfd982q580v1sek','job.cancel','job_01m8axp2qfc34gcwbcw73pp1rk','req_10525533b79f0057','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axp3bnm8pdnqqdxqzsy17s','default','2026-11-26T03:16:47.094Z','key_01m8axgrxy3qfd982q580v1sek','job.create','job_01m8axp3be3chmff9rwp5ne9yx','req_97294e9795b7db55','127.0.0.1');
INSERT INTO "audit_log" VALUES('act_01m8axp3k4re4hhebfr1qn8ev7','default','2026-11-26T03:16:47.333Z','key_01m8axgrxy3qfd982q580v1sek','job.delete','job_01m8axjw32n55pdej1rh4k5vg7','req_814e6eb23153bd14','127.0.0.1');
CREATE TABLE checkpoints (
	job_id TEXT NOT NULL, 
	attempt INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	step BIGINT NOT NULL, 
	"key" TEXT NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	sha256 TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	CONSTRAINT checkpoints_pkey PRIMARY KEY (job_id, attempt, epoch, step), 
	CONSTRAINT checkpoints_checkpoints_size_check_check CHECK (size_bytes >= 0), 
	CONSTRAINT checkpoints_job_id_fkey FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "checkpoints" VALUES('job_01m8axn87ccwjqkz68hfwhcgjd',1,1,469,'checkpoints/job_01m8axn87ccwjqkz68hfwhcgjd/1/000000001-000000469.npz',27978,'b845bff159f2d714af1537d727d39a4d9538762617539aa1d2654ece5bf81b99','2026-11-26T03:16:27.485Z');
INSERT INTO "checkpoints" VALUES('job_01m8axn87ccwjqkz68hfwhcgjd',1,1,567,'checkpoints/job_01m8axn87ccwjqkz68hfwhcgjd/1/000000001-000000567.npz',27979,'4a62cab7fc098539651e98cc1a939a99f16c9db711ead14a80390a8ba83bd382','2026-11-26T03:16:27.666Z');
INSERT INTO "checkpoints" VALUES('job_01m8axnh12nqqe275d8h3b6k2c',1,2,263,'checkpoints/job_01m8axnh12nqqe275d8h3b6k2c/1/000000002-000000263.npz',28178,'732eaacfd859b4e158728ba560e40af723643e8e2c1552b3c192cc03881eb245','2026-11-26T03:16:43.018Z');
INSERT INTO "checkpoints" VALUES('job_01m8axnh12nqqe275d8h3b6k2c',1,2,377,'checkpoints/job_01m8axnh12nqqe275d8h3b6k2c/1/000000002-000000377.npz',28177,'c3579b739c76c85cfce0568fd33fc70026f5e0a877acc0b61f8b9ba79aee21ee','2026-11-26T03:16:43.610Z');
INSERT INTO "checkpoints" VALUES('job_01m8axnh8pacyqxntrs28b8tz6',1,2,467,'checkpoints/job_01m8axnh8pacyqxntrs28b8tz6/1/000000002-000000467.npz',28175,'63b045a4fe8b8b2098ba43198296a79bc6b95d32fa4814e663543e23303c0594','2026-11-26T03:16:42.946Z');
INSERT INTO "checkpoints" VALUES('job_01m8axnh8pacyqxntrs28b8tz6',1,2,578,'checkpoints/job_01m8axnh8pacyqxntrs28b8tz6/1/000000002-000000578.npz',28176,'f3707823fcc21a397c69460a4dd5e2d653fcb460d7712ed45fc7492197528fd5','2026-11-26T03:16:43.406Z');
INSERT INTO "checkpoints" VALUES('job_01m8axnj47ef5cjjk7ch1gkycq',1,1,370,'checkpoints/job_01m8axnj47ef5cjjk7ch1gkycq/1/000000001-000000370.npz',27979,'36101e715dfdb6e8850c4548db8a40f5d7a73d786b25eccf79dbee9a366e5399','2026-11-26T03:16:43.146Z');
INSERT INTO "checkpoints" VALUES('job_01m8axnj47ef5cjjk7ch1gkycq',1,1,506,'checkpoints/job_01m8axnj47ef5cjjk7ch1gkycq/1/000000001-000000506.npz',27978,'56f9a90e90d584497f0f78479c716689b4f26a31ba6c2fc261cd8e720d76540f','2026-11-26T03:16:43.545Z');
CREATE TABLE deleted_use (
	project TEXT NOT NULL, 
	hour INTEGER NOT NULL, 
	epoch_samples BIGINT NOT NULL, 
	CONSTRAINT deleted_use_pkey PRIMARY KEY (project, hour), 
	CONSTRAINT deleted_use_project_fkey FOREIGN KEY(project) REFERENCES projects (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "deleted_use" VALUES('default',498795,840);
CREATE TABLE epochs (
	job_id TEXT NOT NULL, 
	epoch INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	metrics_json TEXT NOT NULL, 
	duration_seconds DOUBLE NOT NULL, 
	fraction DOUBLE NOT NULL, 
	eta_seconds DOUBLE, 
	recorded_at TEXT NOT NULL, 
	CONSTRAINT epochs_pkey PRIMARY KEY (job_id, epoch), 
	CONSTRAINT epochs_job_id_fkey FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "epochs" VALUES('job_01m8axjrjv4px9a5kcfr8w5rrv',1,1,'{"accuracy":0.6583333611488342,"loss":0.8232529163360596,"val_accuracy":0.5333333611488342,"val_loss":0.8507291078567505,"learning_rate":0.009999999776482582}',1.96643130200027371756e+00,0.2,7.86572520800109487026e+00,'2026-11-26T03:15:00.850Z');
INSERT INTO "epochs" VALUES('job_01m8axjrjv4px9a5kcfr8w5rrv',2,1,'{"accuracy":0.7333333492279053,"loss":0.7057519555091858,"val_accuracy":0.6333333253860474,"val_loss":0.7645975947380066,"learning_rate":0.009999999776482582}',3.19997879996662959456e-02,0.4,2.99764663499991,'2026-11-26T03:15:00.973Z');
INSERT INTO "epochs" VALUES('job_01m8axjrjv4px9a5kcfr8w5rrv',3,1,'{"accuracy":0.7583333253860474,"loss":0.608158528804779,"val_accuracy":0.6666666865348816,"val_loss":0.6921206116676331,"learning_rate":0.009999999776482582}',2.11851820004085311666e-02,0.6,1.34641084800023236311e+00,'2026-11-26T03:15:00.973Z');
INSERT INTO "epochs" VALUES('job_01m8axjrjv4px9a5kcfr8w5rrv',4,1,'{"accuracy":0.7583333253860474,"loss":0.5365970730781555,"val_accuracy":0.6666666865348816,"val_loss":0.6404175162315369,"learning_rate":0.009999999776482582}',2.11403349985630484297e-02,0.8,5.10189151749727787255e-01,'2026-11-26T03:15:00.973Z');
INSERT INTO "epochs" VALUES('job_01m8axjrjv4px9a5kcfr8w5rrv',5,1,'{"accuracy":0.7833333611488342,"loss":0.4837641417980194,"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212,"learning_rate":0.009999999776482582}',2.5754381998922326602e-02,1.0,0.0,'2026-11-26T03:15:01.099Z');
INSERT INTO "epochs" VALUES('job_01m8axjx1z25nsdn9xdmdcaqd9',1,1,'{"accuracy":0.6583333611488342,"loss":0.8232529163360596,"val_accuracy":0.5333333611488342,"val_loss":0.8507291078567505,"learning_rate":0.009999999776482582}',4.84455460009485250338e-02,0.2,1.93782184003794100135e-01,'2026-11-26T03:15:02.885Z');
INSERT INTO "epochs" VALUES('job_01m8axjx1z25nsdn9xdmdcaqd9',2,1,'{"accuracy":0.7333333492279053,"loss":0.7057519555091858,"val_accuracy":0.6333333253860474,"val_loss":0.7645975947380066,"learning_rate":0.009999999776482582}',3.28824019998137373477e-02,0.4,1.21991922001143393572e-01,'2026-11-26T03:15:02.885Z');
INSERT INTO "epochs" VALUES('job_01m8axjx1z25nsdn9xdmdcaqd9',3,1,'{"accuracy":0.7583333253860474,"loss":0.608158528804779,"val_accuracy":0.6666666865348816,"val_loss":0.6921206116676331,"learning_rate":0.009999999776482582}',3.95447590017283800989e-02,0.6,0.0805818046683271,'2026-11-26T03:15:02.885Z');
INSERT INTO "epochs" VALUES('job_01m8axjx1z25nsdn9xdmdcaqd9',4,1,'{"accuracy":0.7583333253860474,"loss":0.5365970730781555,"val_accuracy":0.6666666865348816,"val_loss":0.6404175162315369,"learning_rate":0.009999999776482582}',4.33264269995561335235e-02,0.8,4.10497835005116870621e-02,'2026-11-26T03:15:03.009Z');
INSERT INTO "epochs" VALUES('job_01m8axjx1z25nsdn9xdmdcaqd9',5,1,'{"accuracy":0.7833333611488342,"loss":0.4837641417980194,"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212,"learning_rate":0.009999999776482582}',2.4633595001432695426e-02,1.0,0.0,'2026-11-26T03:15:03.009Z');
INSERT INTO "epochs" VALUES('job_01m8axjxzdbz1mwf0gsfy8tgtx',1,1,'{"accuracy":0.42500001192092896,"loss":"NaN","val_accuracy":0.2666666805744171,"val_loss":"NaN","learning_rate":1.0000000150474662e+30}',1.15761206800016225315e+00,0.2,4.63044827200064901262e+00,'2026-11-26T03:15:04.712Z');
INSERT INTO "epochs" VALUES('job_01m8axjxzdbz1mwf0gsfy8tgtx',2,1,'{"accuracy":0.3499999940395355,"loss":"NaN","val_accuracy":0.2666666805744171,"val_loss":"NaN","learning_rate":1.0000000150474662e+30}',3.72502129994245478883e-02,0.4,1.79229342149938020156e+00,'2026-11-26T03:15:04.854Z');
INSERT INTO "epochs" VALUES('job_01m8axjxzdbz1mwf0gsfy8tgtx',3,1,'{"accuracy":0.3499999940395355,"loss":"NaN","val_accuracy":0.2666666805744171,"val_loss":"NaN","learning_rate":1.0000000150474662e+30}',2.15531990015733754262e-02,0.6,8.10943653334106784313e-01,'2026-11-26T03:15:04.854Z');
INSERT INTO "epochs" VALUES('job_01m8axjxzdbz1mwf0gsfy8tgtx',4,1,'{"accuracy":0.3499999940395355,"loss":"NaN","val_accuracy":0.2666666805744171,"val_loss":"NaN","learning_rate":1.0000000150474662e+30}',2.67135499998403247445e-02,0.8,3.10782257500250069792e-01,'2026-11-26T03:15:04.854Z');
INSERT INTO "epochs" VALUES('job_01m8axjxzdbz1mwf0gsfy8tgtx',5,1,'{"accuracy":0.3499999940395355,"loss":"NaN","val_accuracy":0.2666666805744171,"val_loss":"NaN","learning_rate":1.0000000150474662e+30}',1.68499499995959922671e-02,1.0,0.0,'2026-11-26T03:15:04.854Z');
INSERT INTO "epochs" VALUES('job_01m8axjznk65qsa902gs1fhmhz',1,1,'{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}',7.49467419900065578985e+00,3.33333333333333314829e-01,1.49893483980013115792e+01,'2026-11-26T03:15:13.168Z');
INSERT INTO "epochs" VALUES('job_01m8axk9jbqncg6640pgfvcsq3',1,1,'{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}',6.81245669899908534716e+00,3.33333333333333314829e-01,1.36249133979981706943e+01,'2026-11-26T03:16:12.036Z');
INSERT INTO "epochs" VALUES('job_01m8axn87ccwjqkz68hfwhcgjd',1,1,'{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}',6.26199129099950368981e+00,3.33333333333333314829e-01,1.252398258199900738e+01,'2026-11-26T03:16:26.142Z');
INSERT INTO "epochs" VALUES('job_01m8axnh12nqqe275d8h3b6k2c',1,1,'{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}',6.02643900099974416662e+00,3.33333333333333314829e-01,1.2052878001999488333e+01,'2026-11-26T03:16:34.776Z');
INSERT INTO "epochs" VALUES('job_01m8axnh12nqqe275d8h3b6k2c',2,1,'{"accuracy":0.09255392849445343,"loss":2.3274590969085693,"val_accuracy":0.14444445073604584,"val_loss":2.337657928466797,"learning_rate":0.009999999776482582}',6.77344978499968419782e+00,6.66666666666666629659e-01,6.39994439299971418222e+00,'2026-11-26T03:16:41.606Z');
INSERT INTO "epochs" VALUES('job_01m8axnh8pacyqxntrs28b8tz6',1,1,'{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}',4.65344699200068134814e+00,3.33333333333333314829e-01,9.30689398400136269629e+00,'2026-11-26T03:16:33.781Z');
INSERT INTO "epochs" VALUES('job_01m8axnh8pacyqxntrs28b8tz6',2,1,'{"accuracy":0.09255392849445343,"loss":2.3274590969085693,"val_accuracy":0.14444445073604584,"val_loss":2.337657928466797,"learning_rate":0.009999999776482582}',6.86075804900065122637e+00,6.66666666666666629659e-01,5.75710252050066628726e+00,'2026-11-26T03:16:40.569Z');
INSERT INTO "epochs" VALUES('job_01m8axnj47ef5cjjk7ch1gkycq',1,1,'{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}',1.06238032149994978683e+01,3.33333333333333314829e-01,2.12476064299989957366e+01,'2026-11-26T03:16:41.337Z');
CREATE TABLE events (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	job_id TEXT NOT NULL, 
	at TEXT NOT NULL, 
	type TEXT NOT NULL, 
	data_json TEXT NOT NULL, number INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT events_job_id_fkey FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES(1,'job_01m8axjrjv4px9a5kcfr8w5rrv','2026-11-26T03:14:57.789Z','job.created','{"request_id":"req_f39a8701dff71d37"}',1);
INSERT INTO "events" VALUES(2,'job_01m8axjrjv4px9a5kcfr8w5rrv','2026-11-26T03:14:58.178Z','job.claimed','{"attempt":1,"worker_id":"worker_01m8axh7yh53gvhf1xw0t5nbtb","slot":0}',2);
INSERT INTO "events" VALUES(3,'job_01m8axjrjv4px9a5kcfr8w5rrv','2026-11-26T03:14:58.867Z','job.started','{"attempt":1,"epochs":5,"from_epoch":0,"steps_per_epoch":4,"train_rows":120,"validation_rows":30,"device":"CPU:0"}',3);
INSERT INTO "events" VALUES(4,'job_01m8axjrjv4px9a5kcfr8w5rrv','2026-11-26T03:15:01.304Z','job.succeeded','{"attempt":1}',4);
INSERT INTO "events" VALUES(9,'job_01m8axjx1z25nsdn9xdmdcaqd9','2026-11-26T03:15:02.441Z','job.created','{"request_id":"req_bd940f685a771fbd"}',1);
INSERT INTO "events" VALUES(10,'job_01m8axjx1z25nsdn9xdmdcaqd9','2026-11-26T03:15:02.463Z','job.claimed','{"attempt":1,"worker_id":"worker_01m8axh7yh53gvhf1xw0t5nbtb","slot":0}',2);
INSERT INTO "events" VALUES(11,'job_01m8axjx1z25nsdn9xdmdcaqd9','2026-11-26T03:15:02.769Z','job.started','{"attempt":1,"epochs":5,"from_epoch":0,"steps_per_epoch":4,"train_rows":120,"validation_rows":30,"device":"CPU:0"}',3);
INSERT INTO "events" VALUES(12,'job_01m8axjx1z25nsdn9xdmdcaqd9','2026-11-26T03:15:03.207Z','job.succeeded','{"attempt":1}',4);
INSERT INTO "events" VALUES(13,'job_01m8axjxzdbz1mwf0gsfy8tgtx','2026-11-26T03:15:03.286Z','job.created','{"request_id":"req_5eedacdcf77d7a19"}',1);
INSERT INTO "events" VALUES(14,'job_01m8axjxzdbz1mwf0gsfy8tgtx','2026-11-26T03:15:03.341Z','job.claimed','{"attempt":1,"worker_id":"worker_01m8axh7yh53gvhf1xw0t5nbtb","slot":0}',2);
INSERT INTO "events" VALUES(15,'job_01m8axjxzdbz1mwf0gsfy8tgtx','2026-11-26T03:15:03.551Z','job.started','{"attempt":1,"epochs":5,"from_epoch":0,"steps_per_epoch":4,"train_rows":120,"validation_rows":30,"device":"CPU:0"}',3);
INSERT INTO "events" VALUES(16,'job_01m8axjxzdbz1mwf0gsfy8tgtx','2026-11-26T03:15:04.961Z','job.failed','{"attempt":1,"code":"diverged"}',4);
INSERT INTO "events" VALUES(17,'job_01m8axjznk65qsa902gs1fhmhz','2026-11-26T03:15:05.037Z','job.created','{"request_id":"req_0ff8fce94ec2705d"}',1);
INSERT INTO "events" VALUES(18,'job_01m8axjznk65qsa902gs1fhmhz','2026-11-26T03:15:05.078Z','job.claimed','{"attempt":1,"worker_id":"worker_01m8axh7yh53gvhf1xw0t5nbtb","slot":0}',2);
INSERT INTO "events" VALUES(19,'job_01m8axjznk65qsa902gs1fhmhz','2026-11-26T03:15:05.665Z','job.started','{"attempt":1,"epochs":3,"from_epoch":0,"steps_per_epoch":1437,"train_rows":1437,"validation_rows":360,"device":"CPU:0"}',3);
INSERT INTO "events" VALUES(20,'job_01m8axjznk65qsa902gs1fhmhz','2026-11-26T03:15:15.061Z','job.failed','{"attempt":1,"code":"worker_lost"}',4);
INSERT INTO "events" VALUES(21,'job_01m8axk9jbqncg6640pgfvcsq3','2026-11-26T03:15:15.162Z','job.created','{"request_id":"req_465dc7d8d3d83ad9"}',1);
INSERT INTO "events" VALUES(22,'job_01m8axk9jbqncg6640pgfvcsq3','2026-11-26T03:16:04.289Z','job.claimed','{"attempt":1,"worker_id":"worker_01m8axh7yh53gvhf1xw0t5nbtb","slot":1}',2);
INSERT INTO "events" VALUES(23,'job_01m8axk9jbqncg6640pgfvcsq3','2026-11-26T03:16:05.225Z','job.started','{"attempt":1,"epochs":3,"from_epoch":0,"steps_per_epoch":1437,"train_rows":1437,"validation_rows":360,"device":"CPU:0"}',3);
INSERT INTO "events" VALUES(24,'job_01m8axk9jbqncg6640pgfvcsq3','2026-11-26T03:16:13.479Z','job.cancel_requested','{}',4);
INSERT INTO "events" VALUES(25,'job_01m8axk9jbqncg6640pgfvcsq3','2026-11-26T03:16:13.975Z','job.cancelled','{"attempt":1}',5);
INSERT INTO "events" VALUES(30,'job_01m8axn87ccwjqkz68hfwhcgjd','2026-11-26T03:16:19.322Z','job.created','{"request_id":"req_5b78d44c69805b53"}',1);
INSERT INTO "events" VALUES(31,'job_01m8axn87ccwjqkz68hfwhcgjd','2026-11-26T03:16:19.339Z','job.claimed','{"attempt":1,"worker_id":"worker_01m8axh7yh53gvhf1xw0t5nbtb","slot":0}',2);
INSERT INTO "events" VALUES(32,'job_01m8axn87ccwjqkz68hfwhcgjd','2026-11-26T03:16:19.882Z','job.started','{"attempt":1,"epochs":3,"from_epoch":0,"steps_per_epoch":1437,"train_rows":1437,"validation_rows":360,"device":"CPU:0"}',3);
INSERT INTO "events" VALUES(33,'job_01m8axn87ccwjqkz68hfwhcgjd','2026-11-26T03:16:27.399Z','job.pause_requested','{}',4);
INSERT INTO "events" VALUES(34,'job_01m8axn87ccwjqkz68hfwhcgjd','2026-11-26T03:16:27.770Z','job.paused','{"attempt":1,"reason":"A pause was asked for."}',5);
INSERT INTO "events" VALUES(35,'job_01m8axnh12nqqe275d8h3b6k2c','2026-11-26T03:16:28.326Z','job.created','{"request_id":"req_48764b788bd28261"}',1);
INSERT INTO "events" VALUES(36,'job_01m8axnh12nqqe275d8h3b6k2c','2026-11-26T03:16:28.381Z','job.claimed','{"attempt":1,"worker_id":"worker_01m8axh7yh53gvhf1xw0t5nbtb","slot":0}',2);
INSERT INTO "events" VALUES(37,'job_01m8axnh8pacyqxntrs28b8tz6','2026-11-26T03:16:28.594Z','job.created','{"request_id":"req_4b83f8ed4ce127e8"}',1);
INSERT INTO "events" VALUES(38,'job_01m8axnh8pacyqxntrs28b8tz6','2026-11-26T03:16:28.610Z','job.claimed','{"attempt":1,"worker_id":"worker_01m8axh7yh53gvhf1xw0t5nbtb","slot":1}',2);
INSERT INTO "events" VALUES(39,'job_01m8axnh12nqqe275d8h3b6k2c','2026-11-26T03:16:28.757Z','job.started','{"attempt":1,"epochs":3,"from_epoch":0,"steps_per_epoch":1437,"train_rows":1437,"validation_rows":360,"device":"CPU:0"}',3);
INSERT INTO "events" VALUES(40,'job_01m8axnh8pacyqxntrs28b8tz6','2026-11-26T03:16:29.040Z','job.started','{"attempt":1,"epochs":3,"from_epoch":0,"steps_per_epoch":1437,"train_rows":1437,"validation_rows":360,"device":"CPU:0"}',3);
INSERT INTO "events" VALUES(41,'job_01m8axnj47ef5cjjk7ch1gkycq','2026-11-26T03:16:29.454Z','job.created','{"request_id":"req_16ce87b776c7b17e"}',1);
INSERT INTO "events" VALUES(42,'job_01m8axnj47ef5cjjk7ch1gkycq','2026-11-26T03:16:29.482Z','job.claimed','{"attempt":1,"worker_id":"worker_01m8axh7yh53gvhf1xw0t5nbtb","slot":2}',2);
INSERT INTO "events" VALUES(43,'job_01m8axnj47ef5cjjk7ch1gkycq','2026-11-26T03:16:30.589Z','job.started','{"attempt":1,"epochs":3,"from_epoch":0,"steps_per_epoch":1437,"train_rows":1437,"validation_rows":360,"device":"CPU:0"}',3);
INSERT INTO "events" VALUES(44,'job_01m8axnh8pacyqxntrs28b8tz6','2026-11-26T03:16:44.333Z','job.cancel_requested','{}',4);
INSERT INTO "events" VALUES(45,'job_01m8axnj47ef5cjjk7ch1gkycq','2026-11-26T03:16:44.986Z','job.pause_requested','{}',4);
INSERT INTO "events" VALUES(46,'job_01m8axp1kjdnkct6xhjxkhn4m9','2026-11-26T03:16:45.305Z','job.created','{"request_id":"req_f883e742f3383a5b"}',1);
INSERT INTO "events" VALUES(47,'job_01m8axp28eqwyzbtv55qk24njf','2026-11-26T03:16:45.973Z','job.created','{"request_id":"req_0a508be600b4c313"}',1);
INSERT INTO "events" VALUES(48,'job_01m8axp28eqwyzbtv55qk24njf','2026-11-26T03:16:46.016Z','job.paused','{}',2);
INSERT INTO "events" VALUES(49,'job_01m8axp2qfc34gcwbcw73pp1rk','2026-11-26T03:16:46.448Z','job.created','{"request_id":"req_3570f4f1bbca7d50"}',1);
INSERT INTO "events" VALUES(50,'job_01m8axp2qfc34gcwbcw73pp1rk','2026-11-26T03:16:46.571Z','job.cancelled','{}',2);
INSERT INTO "events" VALUES(51,'job_01m8axp3be3chmff9rwp5ne9yx','2026-11-26T03:16:47.093Z','job.created','{"request_id":"req_97294e9795b7db55"}',1);
CREATE TABLE idempotency_keys (
	project TEXT DEFAULT 'default' NOT NULL, 
	"key" TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	status INTEGER NOT NULL, 
	location TEXT NOT NULL, 
	body_json TEXT NOT NULL, 
	created_at TEXT NOT NULL, size_bytes BIGINT DEFAULT '0' NOT NULL, job_id TEXT, spec_offset INTEGER, 
	CONSTRAINT idempotency_keys_pkey PRIMARY KEY (project, "key"), 
	CONSTRAINT idempotency_keys_project_fkey FOREIGN KEY(project) REFERENCES projects (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "idempotency_keys" VALUES('default','the first job','ce2c94c2bcabe97afd828df93272e692015146eb67c30cd57616257c3ab5a75a',201,'/v1/jobs/job_01m8axjrjv4px9a5kcfr8w5rrv','{"object":"job","id":"job_01m8axjrjv4px9a5kcfr8w5rrv","name":"flowers","status":"queued","spec":,"created_at":"2026-11-26T03:14:57.755000Z","started_at":null,"ended_at":null,"attempt":0,"progress":{"epoch":0,"epochs":5,"fraction":0.0,"eta_seconds":null},"latest_metrics":null,"error":null,"parent":null,"sweep":null,"metadata":{"team":"botany","n\u00e4me":"\u273f"},"queue_position":1,"warnings":[]}','2026-11-26T03:14:57.791Z',771,'job_01m8axjrjv4px9a5kcfr8w5rrv',96);
CREATE TABLE job_labels (
	job_id TEXT NOT NULL, 
	label TEXT NOT NULL, 
	CONSTRAINT job_labels_pkey PRIMARY KEY (job_id, label), 
	CONSTRAINT job_labels_job_id_fkey FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "job_labels" VALUES('job_01m8axjrjv4px9a5kcfr8w5rrv','0efeb81b1e6de82f5cadc70fadcbb859');
INSERT INTO "job_labels" VALUES('job_01m8axjrjv4px9a5kcfr8w5rrv','fa6c7bee244e8ac0233e173b54e3295e');
CREATE TABLE jobs (
	id TEXT NOT NULL, 
	name TEXT, 
	status VARCHAR(16) NOT NULL, 
	spec_json TEXT NOT NULL, 
	seed BIGINT NOT NULL, 
	metadata_json TEXT NOT NULL, 
	dataset TEXT NOT NULL, 
	accelerator TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	max_attempts INTEGER NOT NULL, 
	max_runtime_seconds DOUBLE, 
	parent TEXT, 
	sweep TEXT, 
	created_at TEXT NOT NULL, 
	started_at TEXT, 
	ended_at TEXT, 
	attempt INTEGER DEFAULT '0' NOT NULL, 
	attempts_counted INTEGER DEFAULT '0' NOT NULL, 
	worker_id TEXT, 
	slot INTEGER, 
	lease_expires_at TEXT, 
	cancel_requested_at TEXT, 
	pause_requested_at TEXT, 
	epoch INTEGER DEFAULT '0' NOT NULL, 
	epochs INTEGER NOT NULL, 
	fraction DOUBLE NOT NULL, 
	eta_seconds DOUBLE, 
	latest_metrics_json TEXT, 
	error_code TEXT, 
	error_message TEXT, 
	error_pointer TEXT, 
	results_json TEXT, 
	revision INTEGER DEFAULT '1' NOT NULL, project TEXT NOT NULL DEFAULT 'default' CONSTRAINT jobs_project_fkey REFERENCES projects (id), gpus INTEGER DEFAULT '1' NOT NULL, train_rows BIGINT DEFAULT '0' NOT NULL, request_id TEXT, traceparent TEXT, row_bytes BIGINT DEFAULT '0' NOT NULL, growth_bytes BIGINT DEFAULT '0' NOT NULL, 
	CONSTRAINT jobs_pkey PRIMARY KEY (id), 
	CONSTRAINT jobs_status_check CHECK (status IN ('queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'))
);
INSERT INTO "jobs" VALUES('job_01m8axjrjv4px9a5kcfr8w5rrv','flowers','succeeded','{"dataset":"iris","network":{"layers":[{"type":"Dense","units":8,"activation":"relu"},{"type":"Dense","units":3,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"Adam","learning_rate":0.01},"epochs":5,"batch_size":32,"validation_split":0.2,"seed":42,"weighted_metrics":[],"shuffle":true,"callbacks":[],"precision":"float32"},"name":"flowers","metadata":{"team":"botany","näme":"✿"},"resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}',42,'{"team":"botany","n\u00e4me":"\u273f"}','iris','any',0,3,86400.0,NULL,NULL,'2026-11-26T03:14:57.755Z','2026-11-26T03:14:58.174Z','2026-11-26T03:15:01.281Z',1,1,NULL,NULL,NULL,NULL,NULL,5,5,1.0,NULL,'{"accuracy":0.7833333611488342,"loss":0.4837641417980194,"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212,"learning_rate":0.009999999776482582}',NULL,NULL,NULL,'{"epochs_run":5,"final_metrics":{"accuracy":0.7833333611488342,"loss":0.4837641417980194,"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212,"learning_rate":0.009999999776482582},"best_epoch":5,"best_metrics":{"accuracy":0.7833333611488342,"loss":0.4837641417980194,"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212,"learning_rate":0.009999999776482582},"best_monitor":"val_loss","environment":{"python":"3.11.7","keras":"3.15.1","tensorflow":"2.21.0","numpy":"2.4.6","platform":"Linux","device":"CPU:0","threads":1,"seed":42},"model_summary":{"input_shape":[null,4],"output_shape":[null,3],"layers":[{"name":"dense","type":"Dense","output_shape":[null,8],"parameters":40,"trainable_parameters":40,"variables":[{"name":"kernel","path":"dense/kernel","shape":[4,8],"trainable":true,"parameters":32},{"name":"bias","path":"dense/bias","shape":[8],"trainable":true,"parameters":8}],"flops":80,"connected_to":["input"],"is_used":true},{"name":"dense_1","type":"Dense","output_shape":[null,3],"parameters":27,"trainable_parameters":27,"variables":[{"name":"kernel","path":"dense_1/kernel","shape":[8,3],"trainable":true,"parameters":24},{"name":"bias","path":"dense_1/bias","shape":[3],"trainable":true,"parameters":3}],"flops":54,"connected_to":["dense"],"is_used":true}],"total_parameters":67,"trainable_parameters":67,"non_trainable_parameters":0,"flops":134,"training_flops":402,"memory":{"parameters_bytes":268,"gradients_bytes":268,"optimizer_bytes":536,"activations_bytes":3328,"metrics_bytes":8,"total_bytes":4408},"batch_size":32,"warnings":[]},"data":{"train_rows":120,"validation_rows":30,"test_rows":0,"is_streamed":false},"epoch_weights":"last","class_weight":null,"stopped_early":false,"stop_reason":null,"weights_of_epoch":5,"stored_weights":{"origin":"last","epoch":5,"is_averaged":false},"stored_metrics":{"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212},"timings":{"load_data_seconds":0.09141387000090617,"build_seconds":0.5387447370012524,"first_step_seconds":1.348924937999982,"training_seconds":2.066510988997834,"mean_epoch_seconds":0.02501992174939005,"evaluation_seconds":0.6403296650023549,"total_seconds":2.9497826309998345}}',8,'default',1,120,'req_f39a8701dff71d37',NULL,8091,0);
INSERT INTO "jobs" VALUES('job_01m8axjx1z25nsdn9xdmdcaqd9',NULL,'succeeded','{"dataset":"iris","network":{"layers":[{"type":"Dense","units":8,"activation":"relu"},{"type":"Dense","units":3,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"Adam","learning_rate":0.01},"epochs":5,"batch_size":32,"validation_split":0.2,"seed":42,"weighted_metrics":[],"shuffle":true,"callbacks":[],"precision":"float32"},"resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}',42,'{}','iris','any',0,3,86400.0,NULL,NULL,'2026-11-26T03:15:02.335Z','2026-11-26T03:15:02.455Z','2026-11-26T03:15:03.176Z',1,1,NULL,NULL,NULL,NULL,NULL,5,5,1.0,NULL,'{"accuracy":0.7833333611488342,"loss":0.4837641417980194,"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212,"learning_rate":0.009999999776482582}',NULL,NULL,NULL,'{"epochs_run":5,"final_metrics":{"accuracy":0.7833333611488342,"loss":0.4837641417980194,"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212,"learning_rate":0.009999999776482582},"best_epoch":5,"best_metrics":{"accuracy":0.7833333611488342,"loss":0.4837641417980194,"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212,"learning_rate":0.009999999776482582},"best_monitor":"val_loss","environment":{"python":"3.11.7","keras":"3.15.1","tensorflow":"2.21.0","numpy":"2.4.6","platform":"Linux","device":"CPU:0","threads":1,"seed":42},"model_summary":{"input_shape":[null,4],"output_shape":[null,3],"layers":[{"name":"dense","type":"Dense","output_shape":[null,8],"parameters":40,"trainable_parameters":40,"variables":[{"name":"kernel","path":"dense/kernel","shape":[4,8],"trainable":true,"parameters":32},{"name":"bias","path":"dense/bias","shape":[8],"trainable":true,"parameters":8}],"flops":80,"connected_to":["input"],"is_used":true},{"name":"dense_1","type":"Dense","output_shape":[null,3],"parameters":27,"trainable_parameters":27,"variables":[{"name":"kernel","path":"dense_1/kernel","shape":[8,3],"trainable":true,"parameters":24},{"name":"bias","path":"dense_1/bias","shape":[3],"trainable":true,"parameters":3}],"flops":54,"connected_to":["dense"],"is_used":true}],"total_parameters":67,"trainable_parameters":67,"non_trainable_parameters":0,"flops":134,"training_flops":402,"memory":{"parameters_bytes":268,"gradients_bytes":268,"optimizer_bytes":536,"activations_bytes":3328,"metrics_bytes":8,"total_bytes":4408},"batch_size":32,"warnings":[]},"data":{"train_rows":120,"validation_rows":30,"test_rows":0,"is_streamed":false},"epoch_weights":"last","class_weight":null,"stopped_early":false,"stop_reason":null,"weights_of_epoch":5,"stored_weights":{"origin":"last","epoch":5,"is_averaged":false},"stored_metrics":{"val_accuracy":0.6666666865348816,"val_loss":0.6004356741905212},"timings":{"load_data_seconds":5.291900015436113e-05,"build_seconds":0.22799413500069932,"first_step_seconds":0.013208169000790804,"training_seconds":0.18883272900347947,"mean_epoch_seconds":0.03509679575063274,"evaluation_seconds":0.10147045899975637,"total_seconds":0.5774579359986092}}',6,'lab',1,120,'req_bd940f685a771fbd',NULL,7613,0);
INSERT INTO "jobs" VALUES('job_01m8axjxzdbz1mwf0gsfy8tgtx','diverged','failed','{"dataset":"iris","network":{"layers":[{"type":"Dense","units":8,"activation":"relu"},{"type":"Dense","units":3,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"SGD","learning_rate":1e+30},"epochs":5,"batch_size":32,"validation_split":0.2,"seed":42,"weighted_metrics":[],"shuffle":true,"callbacks":[],"precision":"float32"},"name":"diverged","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}',42,'{}','iris','any',0,3,86400.0,NULL,NULL,'2026-11-26T03:15:03.277Z','2026-11-26T03:15:03.323Z','2026-11-26T03:15:04.958Z',1,1,NULL,NULL,NULL,NULL,NULL,5,5,1.0,NULL,'{"accuracy":0.3499999940395355,"loss":"NaN","val_accuracy":0.2666666805744171,"val_loss":"NaN","learning_rate":1.0000000150474662e+30}','diverged','The loss was not a number in epochs 1 to 5; a smaller learning rate or clipped gradients may keep it finite.',NULL,'{"epochs_run":5,"final_metrics":{"accuracy":0.3499999940395355,"loss":"NaN","val_accuracy":0.2666666805744171,"val_loss":"NaN","learning_rate":1.0000000150474662e+30},"best_epoch":null,"best_metrics":{},"best_monitor":null,"environment":{"python":"3.11.7","keras":"3.15.1","tensorflow":"2.21.0","numpy":"2.4.6","platform":"Linux","device":"CPU:0","threads":1,"seed":42},"model_summary":{"input_shape":[null,4],"output_shape":[null,3],"layers":[{"name":"dense","type":"Dense","output_shape":[null,8],"parameters":40,"trainable_parameters":40,"variables":[{"name":"kernel","path":"dense/kernel","shape":[4,8],"trainable":true,"parameters":32},{"name":"bias","path":"dense/bias","shape":[8],"trainable":true,"parameters":8}],"flops":80,"connected_to":["input"],"is_used":true},{"name":"dense_1","type":"Dense","output_shape":[null,3],"parameters":27,"trainable_parameters":27,"variables":[{"name":"kernel","path":"dense_1/kernel","shape":[8,3],"trainable":true,"parameters":24},{"name":"bias","path":"dense_1/bias","shape":[3],"trainable":true,"parameters":3}],"flops":54,"connected_to":["dense"],"is_used":true}],"total_parameters":67,"trainable_parameters":67,"non_trainable_parameters":0,"flops":134,"training_flops":402,"memory":{"parameters_bytes":268,"gradients_bytes":268,"optimizer_bytes":0,"activations_bytes":3328,"metrics_bytes":8,"total_bytes":3872},"batch_size":32,"warnings":[]},"data":{"train_rows":120,"validation_rows":30,"test_rows":0,"is_streamed":false},"epoch_weights":"last","class_weight":null,"stopped_early":false,"stop_reason":null,"weights_of_epoch":5,"stored_weights":{"origin":"last","epoch":5,"is_averaged":false},"stored_metrics":{"val_accuracy":0.2666666805744171,"val_loss":"NaN"},"timings":{"load_data_seconds":3.516200013109483e-05,"build_seconds":0.16175269199993636,"first_step_seconds":0.6349247320013092,"training_seconds":1.2599789800005965,"mean_epoch_seconds":0.02559172800010856,"evaluation_seconds":0.5626396709994879,"total_seconds":1.5651614340004016}}',6,'default',1,120,'req_5eedacdcf77d7a19',NULL,7427,0);
INSERT INTO "jobs" VALUES('job_01m8axjznk65qsa902gs1fhmhz','lost','failed','{"dataset":"digits","network":{"layers":[{"type":"Reshape","target_shape":[8,8,1]},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"BatchNormalization"},{"type":"GlobalAveragePooling2D"},{"type":"Dropout","rate":0.2},{"type":"Dense","units":10,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"SGD","learning_rate":0.01,"momentum":0.9},"epochs":3,"batch_size":1,"validation_split":0.2,"seed":7,"callbacks":[{"type":"EarlyStopping","monitor":"val_loss","patience":5,"restore_best_weights":true}],"weighted_metrics":[],"shuffle":true,"precision":"float32"},"resources":{"max_attempts":1,"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400},"name":"lost"}',7,'{}','digits','any',0,1,86400.0,NULL,NULL,'2026-11-26T03:15:05.011Z','2026-11-26T03:15:05.078Z','2026-11-26T03:15:15.032Z',1,1,NULL,NULL,NULL,NULL,NULL,1,3,4.01994896775690113699e-01,NULL,'{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}','worker_lost','The trainer was killed by SIGKILL.',NULL,NULL,11,'default',1,1437,'req_0ff8fce94ec2705d',NULL,5107,0);
INSERT INTO "jobs" VALUES('job_01m8axk9jbqncg6640pgfvcsq3','cancelled','cancelled','{"dataset":"digits","network":{"layers":[{"type":"Reshape","target_shape":[8,8,1]},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"BatchNormalization"},{"type":"GlobalAveragePooling2D"},{"type":"Dropout","rate":0.2},{"type":"Dense","units":10,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"SGD","learning_rate":0.01,"momentum":0.9},"epochs":3,"batch_size":1,"validation_split":0.2,"seed":7,"callbacks":[{"type":"EarlyStopping","monitor":"val_loss","patience":5,"restore_best_weights":true}],"weighted_metrics":[],"shuffle":true,"precision":"float32"},"name":"cancelled","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}',7,'{}','digits','any',0,3,86400.0,NULL,NULL,'2026-11-26T03:15:15.147Z','2026-11-26T03:16:04.279Z','2026-11-26T03:16:13.936Z',1,1,NULL,NULL,NULL,'2026-11-26T03:16:13.465Z',NULL,1,3,0.414520992809093,NULL,'{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}',NULL,NULL,NULL,'{"epochs_run":1,"final_metrics":{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582},"best_epoch":1,"best_metrics":{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582},"best_monitor":"val_loss","environment":{"python":"3.11.7","keras":"3.15.1","tensorflow":"2.21.0","numpy":"2.4.6","platform":"Linux","device":"CPU:0","threads":1,"seed":7},"model_summary":{"input_shape":[null,8,8],"output_shape":[null,10],"layers":[{"name":"reshape","type":"Reshape","output_shape":[null,8,8,1],"parameters":0,"trainable_parameters":0,"variables":[],"flops":0,"connected_to":["input"],"is_used":true},{"name":"conv2d","type":"Conv2D","output_shape":[null,8,8,4],"parameters":40,"trainable_parameters":40,"variables":[{"name":"kernel","path":"conv2d/kernel","shape":[3,3,1,4],"trainable":true,"parameters":36},{"name":"bias","path":"conv2d/bias","shape":[4],"trainable":true,"parameters":4}],"flops":5120,"connected_to":["reshape"],"is_used":true},{"name":"conv2d_1","type":"Conv2D","output_shape":[null,8,8,4],"parameters":148,"trainable_parameters":148,"variables":[{"name":"kernel","path":"conv2d_1/kernel","shape":[3,3,4,4],"trainable":true,"parameters":144},{"name":"bias","path":"conv2d_1/bias","shape":[4],"trainable":true,"parameters":4}],"flops":18944,"connected_to":["conv2d"],"is_used":true},{"name":"conv2d_2","type":"Conv2D","output_shape":[null,8,8,4],"parameters":148,"trainable_parameters":148,"variables":[{"name":"kernel","path":"conv2d_2/kernel","shape":[3,3,4,4],"trainable":true,"parameters":144},{"name":"bias","path":"conv2d_2/bias","shape":[4],"trainable":true,"parameters":4}],"flops":18944,"connected_to":["conv2d_1"],"is_used":true},{"name":"conv2d_3","type":"Conv2D","output_shape":[null,8,8,4],"parameters":148,"trainable_parameters":148,"variables":[{"name":"kernel","path":"conv2d_3/kernel","shape":[3,3,4,4],"trainable":true,"parameters":144},{"name":"bias","path":"conv2d_3/bias","shape":[4],"trainable":true,"parameters":4}],"flops":18944,"connected_to":["conv2d_2"],"is_used":true},{"name":"conv2d_4","type":"Conv2D","output_shape":[null,8,8,4],"parameters":148,"trainable_parameters":148,"variables":[{"name":"kernel","path":"conv2d_4/kernel","shape":[3,3,4,4],"trainable":true,"parameters":144},{"name":"bias","path":"conv2d_4/bias","shape":[4],"trainable":true,"parameters":4}],"flops":18944,"connected_to":["conv2d_3"],"is_used":true},{"name":"conv2d_5","type":"Conv2D","output_shape":[null,8,8,4],"parameters":148,"trainable_parameters":148,"variables":[{"name":"kernel","path":"conv2d_5/kernel","shape":[3,3,4,4],"trainable":true,"parameters":144},{"name":"bias","path":"conv2d_5/bias","shape":[4],"trainable":true,"parameters":4}],"flops":18944,"connected_to":["conv2d_4"],"is_used":true},{"name":"batch_normalization","type":"BatchNormalization","output_shape":[null,8,8,4],"parameters":16,"trainable_parameters":8,"variables":[{"name":"gamma","path":"batch_normalization/gamma","shape":[4],"trainable":true,"parameters":4},{"name":"beta","path":"batch_normalization/beta","shape":[4],"trainable":true,"parameters":4},{"name":"moving_mean","path":"batch_normalization/moving_mean","shape":[4],"trainable":false,"parameters":4},{"name":"moving_variance","path":"batch_normalization/moving_variance","shape":[4],"trainable":false,"parameters":4}],"flops":2048,"connected_to":["conv2d_5"],"is_used":true},{"name":"global_average_pooling2d","type":"GlobalAveragePooling2D","output_shape":[null,4],"parameters":0,"trainable_parameters":0,"variables":[],"flops":256,"connected_to":["batch_normalization"],"is_used":true},{"name":"dropout","type":"Dropout","output_shape":[null,4],"parameters":0,"trainable_parameters":0,"variables":[],"flops":8,"connected_to":["global_average_pooling2d"],"is_used":true},{"name":"dense","type":"Dense","output_shape":[null,10],"parameters":50,"trainable_parameters":50,"variables":[{"name":"kernel","path":"dense/kernel","shape":[4,10],"trainable":true,"parameters":40},{"name":"bias","path":"dense/bias","shape":[10],"trainable":true,"parameters":10}],"flops":100,"connected_to":["dropout"],"is_used":true}],"total_parameters":846,"trainable_parameters":838,"non_trainable_parameters":8,"flops":102252,"training_flops":306756,"memory":{"parameters_bytes":3384,"gradients_bytes":3352,"optimizer_bytes":3352,"activations_bytes":13680,"metrics_bytes":8,"total_bytes":23776},"batch_size":1,"warnings":[]},"data":{"train_rows":1437,"validation_rows":360,"test_rows":0,"is_streamed":false},"epoch_weights":"last","class_weight":null,"timings":{"load_data_seconds":0.001330690000031609,"build_seconds":0.8491666879999684,"first_step_seconds":2.1734472200005257,"training_seconds":6.812456698999085,"mean_epoch_seconds":6.812456698999085,"evaluation_seconds":0.7382636199999979,"total_seconds":9.539294612999583}}',12,'default',1,1437,'req_465dc7d8d3d83ad9',NULL,10610,0);
INSERT INTO "jobs" VALUES('job_01m8axn87ccwjqkz68hfwhcgjd','paused','paused','{"dataset":"digits","network":{"layers":[{"type":"Reshape","target_shape":[8,8,1]},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"BatchNormalization"},{"type":"GlobalAveragePooling2D"},{"type":"Dropout","rate":0.2},{"type":"Dense","units":10,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"SGD","learning_rate":0.01,"momentum":0.9},"epochs":3,"batch_size":1,"validation_split":0.2,"seed":7,"callbacks":[{"type":"EarlyStopping","monitor":"val_loss","patience":5,"restore_best_weights":true}],"weighted_metrics":[],"shuffle":true,"precision":"float32"},"name":"paused","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}',7,'{}','digits','any',0,3,86400.0,NULL,NULL,'2026-11-26T03:16:19.308Z','2026-11-26T03:16:19.336Z',NULL,1,0,NULL,NULL,NULL,NULL,'2026-11-26T03:16:27.398Z',1,3,4.09649733240547486712e-01,NULL,'{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}',NULL,NULL,NULL,NULL,12,'default',1,1437,'req_5b78d44c69805b53',NULL,5589,0);
INSERT INTO "jobs" VALUES('job_01m8axnh12nqqe275d8h3b6k2c','running','running','{"dataset":"digits","network":{"layers":[{"type":"Reshape","target_shape":[8,8,1]},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"BatchNormalization"},{"type":"GlobalAveragePooling2D"},{"type":"Dropout","rate":0.2},{"type":"Dense","units":10,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"SGD","learning_rate":0.01,"momentum":0.9},"epochs":3,"batch_size":1,"validation_split":0.2,"seed":7,"callbacks":[{"type":"EarlyStopping","monitor":"val_loss","patience":5,"restore_best_weights":true}],"weighted_metrics":[],"shuffle":true,"precision":"float32"},"name":"running","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}',7,'{}','digits','any',0,3,86400.0,NULL,NULL,'2026-11-26T03:16:28.322Z','2026-11-26T03:16:28.371Z',NULL,1,1,'worker_01m8axh7yh53gvhf1xw0t5nbtb',0,'2026-11-26T03:16:46.433Z',NULL,NULL,2,3,7.39503595453491091582e-01,5.0014875110220451404e+00,'{"accuracy":0.09255392849445343,"loss":2.3274590969085693,"val_accuracy":0.14444445073604584,"val_loss":2.337657928466797,"learning_rate":0.009999999776482582}',NULL,NULL,NULL,NULL,18,'default',1,1437,'req_48764b788bd28261',NULL,3799,1023);
INSERT INTO "jobs" VALUES('job_01m8axnh8pacyqxntrs28b8tz6','running, asked to cancel','running','{"dataset":"digits","network":{"layers":[{"type":"Reshape","target_shape":[8,8,1]},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"BatchNormalization"},{"type":"GlobalAveragePooling2D"},{"type":"Dropout","rate":0.2},{"type":"Dense","units":10,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"SGD","learning_rate":0.01,"momentum":0.9},"epochs":3,"batch_size":1,"validation_split":0.2,"seed":7,"callbacks":[{"type":"EarlyStopping","monitor":"val_loss","patience":5,"restore_best_weights":true}],"weighted_metrics":[],"shuffle":true,"precision":"float32"},"name":"running, asked to cancel","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}',7,'{}','digits','any',0,3,86400.0,NULL,NULL,'2026-11-26T03:16:28.566Z','2026-11-26T03:16:28.609Z',NULL,1,1,'worker_01m8axh7yh53gvhf1xw0t5nbtb',1,'2026-11-26T03:16:46.581Z','2026-11-26T03:16:44.332Z',NULL,2,3,8.16283924843423824846e-01,3.17301683802124356859e+00,'{"accuracy":0.09255392849445343,"loss":2.3274590969085693,"val_accuracy":0.14444445073604584,"val_loss":2.337657928466797,"learning_rate":0.009999999776482582}',NULL,NULL,NULL,NULL,19,'default',1,1437,'req_4b83f8ed4ce127e8',NULL,5368,0);
INSERT INTO "jobs" VALUES('job_01m8axnj47ef5cjjk7ch1gkycq','running, asked to pause','running','{"dataset":"digits","network":{"layers":[{"type":"Reshape","target_shape":[8,8,1]},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"Conv2D","filters":4,"kernel_size":3,"padding":"same","activation":"relu"},{"type":"BatchNormalization"},{"type":"GlobalAveragePooling2D"},{"type":"Dropout","rate":0.2},{"type":"Dense","units":10,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"SGD","learning_rate":0.01,"momentum":0.9},"epochs":3,"batch_size":1,"validation_split":0.2,"seed":7,"callbacks":[{"type":"EarlyStopping","monitor":"val_loss","patience":5,"restore_best_weights":true}],"weighted_metrics":[],"shuffle":true,"precision":"float32"},"name":"running, asked to pause","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}',7,'{}','digits','any',0,3,86400.0,NULL,NULL,'2026-11-26T03:16:29.447Z','2026-11-26T03:16:29.481Z',NULL,1,1,'worker_01m8axh7yh53gvhf1xw0t5nbtb',2,'2026-11-26T03:16:46.435Z',NULL,'2026-11-26T03:16:44.982Z',1,3,4.19160287636279271783e-01,1.85121804108272414168e+01,'{"accuracy":0.09324982762336731,"loss":2.3348515033721924,"val_accuracy":0.10000000149011612,"val_loss":2.3244824409484863,"learning_rate":0.009999999776482582}',NULL,NULL,NULL,NULL,15,'default',1,1437,'req_16ce87b776c7b17e',NULL,5111,0);
INSERT INTO "jobs" VALUES('job_01m8axp1kjdnkct6xhjxkhn4m9','queued','queued','{"dataset":"iris","network":{"layers":[{"type":"Dense","units":8,"activation":"relu"},{"type":"Dense","units":3,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"Adam","learning_rate":0.01},"epochs":5,"batch_size":32,"validation_split":0.2,"seed":42,"weighted_metrics":[],"shuffle":true,"callbacks":[],"precision":"float32"},"resources":{"priority":3,"accelerator":"any","gpus":1,"max_runtime_seconds":86400,"max_attempts":3},"name":"queued"}',42,'{}','iris','any',3,3,86400.0,NULL,NULL,'2026-11-26T03:16:45.298Z',NULL,NULL,0,0,NULL,NULL,NULL,NULL,NULL,0,5,0.0,NULL,NULL,NULL,NULL,NULL,NULL,1,'default',1,120,'req_f883e742f3383a5b',NULL,2595,0);
INSERT INTO "jobs" VALUES('job_01m8axp28eqwyzbtv55qk24njf','paused in the queue','paused','{"dataset":"iris","network":{"layers":[{"type":"Dense","units":8,"activation":"relu"},{"type":"Dense","units":3,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"Adam","learning_rate":0.01},"epochs":5,"batch_size":32,"validation_split":0.2,"seed":42,"weighted_metrics":[],"shuffle":true,"callbacks":[],"precision":"float32"},"name":"paused in the queue","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}',42,'{}','iris','any',0,3,86400.0,NULL,NULL,'2026-11-26T03:16:45.966Z',NULL,NULL,0,0,NULL,NULL,NULL,NULL,'2026-11-26T03:16:46.015Z',0,5,0.0,NULL,NULL,NULL,NULL,NULL,NULL,2,'default',1,120,'req_0a508be600b4c313',NULL,3133,0);
INSERT INTO "jobs" VALUES('job_01m8axp2qfc34gcwbcw73pp1rk','cancelled in the queue','cancelled','{"dataset":"iris","network":{"layers":[{"type":"Dense","units":8,"activation":"relu"},{"type":"Dense","units":3,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"Adam","learning_rate":0.01},"epochs":5,"batch_size":32,"validation_split":0.2,"seed":42,"weighted_metrics":[],"shuffle":true,"callbacks":[],"precision":"float32"},"name":"cancelled in the queue","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}',42,'{}','iris','any',0,3,86400.0,NULL,NULL,'2026-11-26T03:16:46.447Z',NULL,'2026-11-26T03:16:46.543Z',0,0,NULL,NULL,NULL,'2026-11-26T03:16:46.543Z',NULL,0,5,0.0,NULL,NULL,NULL,NULL,NULL,NULL,2,'default',1,120,'req_3570f4f1bbca7d50',NULL,3139,0);
INSERT INTO "jobs" VALUES('job_01m8axp3be3chmff9rwp5ne9yx','queued, the broker was not told','queued','{"dataset":"iris","network":{"layers":[{"type":"Dense","units":8,"activation":"relu"},{"type":"Dense","units":3,"activation":"softmax"}]},"training":{"loss":"sparse_categorical_crossentropy","metrics":["accuracy"],"optimizer":{"type":"Adam","learning_rate":0.01},"epochs":5,"batch_size":32,"validation_split":0.2,"seed":42,"weighted_metrics":[],"shuffle":true,"callbacks":[],"precision":"float32"},"name":"queued, the broker was not told","resources":{"accelerator":"any","gpus":1,"priority":0,"max_runtime_seconds":86400,"max_attempts":3}}',42,'{}','iris','any',0,3,86400.0,NULL,NULL,'2026-11-26T03:16:47.086Z',NULL,NULL,0,0,NULL,NULL,NULL,NULL,NULL,0,5,0.0,NULL,NULL,NULL,NULL,NULL,NULL,1,'default',1,120,'req_97294e9795b7db55',NULL,2645,0);
CREATE TABLE leftovers (
	job_id TEXT NOT NULL, 
	CONSTRAINT leftovers_pkey PRIMARY KEY (job_id), 
	CONSTRAINT leftovers_job_id_fkey FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "leftovers" VALUES('job_01m8axn87ccwjqkz68hfwhcgjd');
INSERT INTO "leftovers" VALUES('job_01m8axnh12nqqe275d8h3b6k2c');
INSERT INTO "leftovers" VALUES('job_01m8axnh8pacyqxntrs28b8tz6');
INSERT INTO "leftovers" VALUES('job_01m8axnj47ef5cjjk7ch1gkycq');
CREATE TABLE outbox (
	job_id TEXT NOT NULL, 
	accelerator TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	CONSTRAINT outbox_pkey PRIMARY KEY (job_id), 
	CONSTRAINT outbox_job_id_fkey FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "outbox" VALUES('job_01m8axp3be3chmff9rwp5ne9yx','any','2026-11-26T03:16:47.093Z');
CREATE TABLE projects (
	id TEXT NOT NULL, 
	turn BIGINT DEFAULT '0' NOT NULL, max_jobs_queued BIGINT, max_jobs_running BIGINT, max_stored_bytes BIGINT, max_epoch_samples_per_day BIGINT, max_database_bytes BIGINT, 
	CONSTRAINT projects_pkey PRIMARY KEY (id)
);
INSERT INTO "projects" VALUES('default',11,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "projects" VALUES('lab',3,50,NULL,1000000000,NULL,NULL);
CREATE TABLE removals (
	job_id TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	swept_at TEXT, 
	CONSTRAINT removals_pkey PRIMARY KEY (job_id)
)
 WITHOUT ROWID

;
INSERT INTO "removals" VALUES('job_01m8axjw32n55pdej1rh4k5vg7','2026-11-26T03:16:47.323Z',NULL);
INSERT INTO "removals" VALUES('job_01m8axn51wms9bhs250vwd5kdt','2026-11-26T03:16:18.909Z','2026-11-26T03:16:19.025Z');
CREATE TABLE totals (
	name TEXT NOT NULL, 
	labels TEXT NOT NULL, 
	value DOUBLE NOT NULL, 
	CONSTRAINT totals_pkey PRIMARY KEY (name, labels)
)
 WITHOUT ROWID

;
INSERT INTO "totals" VALUES('netcoach_attempt_duration_seconds_bucket','le=0.5',1.0);
INSERT INTO "totals" VALUES('netcoach_attempt_duration_seconds_bucket','le=1',1.0);
INSERT INTO "totals" VALUES('netcoach_attempt_duration_seconds_bucket','le=10',3.0);
INSERT INTO "totals" VALUES('netcoach_attempt_duration_seconds_bucket','le=2.5',2.0);
INSERT INTO "totals" VALUES('netcoach_attempt_duration_seconds_bucket','le=5',1.0);
INSERT INTO "totals" VALUES('netcoach_attempt_duration_seconds_sum','',36.463752144);
INSERT INTO "totals" VALUES('netcoach_attempts_ended','status=cancelled,code=',1.0);
INSERT INTO "totals" VALUES('netcoach_attempts_ended','status=failed,code=diverged',1.0);
INSERT INTO "totals" VALUES('netcoach_attempts_ended','status=failed,code=worker_lost',1.0);
INSERT INTO "totals" VALUES('netcoach_attempts_ended','status=paused,code=',1.0);
INSERT INTO "totals" VALUES('netcoach_attempts_ended','status=succeeded,code=',4.0);
INSERT INTO "totals" VALUES('netcoach_epoch_duration_seconds_bucket','le=0.1',19.0);
INSERT INTO "totals" VALUES('netcoach_epoch_duration_seconds_bucket','le=10',6.0);
INSERT INTO "totals" VALUES('netcoach_epoch_duration_seconds_bucket','le=2.5',3.0);
INSERT INTO "totals" VALUES('netcoach_epoch_duration_seconds_bucket','le=30',1.0);
INSERT INTO "totals" VALUES('netcoach_epoch_duration_seconds_bucket','le=5',1.0);
INSERT INTO "totals" VALUES('netcoach_epoch_duration_seconds_sum','',60.718923688004);
INSERT INTO "totals" VALUES('netcoach_jobs_ended','status=cancelled,code=',1.0);
INSERT INTO "totals" VALUES('netcoach_jobs_ended','status=failed,code=diverged',1.0);
INSERT INTO "totals" VALUES('netcoach_jobs_ended','status=failed,code=worker_lost',1.0);
INSERT INTO "totals" VALUES('netcoach_jobs_ended','status=succeeded,code=',4.0);
INSERT INTO "totals" VALUES('netcoach_trainers_lost','',1.0);
INSERT INTO "totals" VALUES('netcoach_trainers_started','',6.0);
INSERT INTO "totals" VALUES('netcoach_training_epochs','',30.0);
INSERT INTO "totals" VALUES('netcoach_training_phase_seconds','phase=build',2.4342248790017038118e+00);
INSERT INTO "totals" VALUES('netcoach_training_phase_seconds','phase=evaluate',2.48983650600348482839e+00);
INSERT INTO "totals" VALUES('netcoach_training_phase_seconds','phase=first_step',5.31912625500444846693e+00);
INSERT INTO "totals" VALUES('netcoach_training_phase_seconds','phase=load_data',1.03111871001601684838e-01);
INSERT INTO "totals" VALUES('netcoach_training_phase_seconds','phase=store',2.4688750800000003327e-01);
INSERT INTO "totals" VALUES('netcoach_training_phase_seconds','phase=train',1.20243611560035787986e+01);
INSERT INTO "totals" VALUES('netcoach_training_samples','',14136.0);
CREATE TABLE webhook_deliveries (
	id TEXT NOT NULL, 
	webhook_id TEXT NOT NULL, 
	job_id TEXT, 
	type TEXT NOT NULL, 
	status TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	failures INTEGER DEFAULT '0' NOT NULL, 
	next_attempt_at TEXT, 
	last_attempt_at TEXT, 
	delivered_at TEXT, 
	response_status INTEGER, 
	error TEXT, 
	duration_seconds DOUBLE, claimed_until TEXT, 
	CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id), 
	CONSTRAINT webhook_deliveries_webhook_id_fkey FOREIGN KEY(webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "webhook_deliveries" VALUES('dlv_01m8axjw17wyzta3djmtp7syhw','hook_01m8axjremnafk74edhq5179rr','job_01m8axjrjv4px9a5kcfr8w5rrv','job.succeeded','delivered','2026-11-26T03:15:01.301Z',1,0,NULL,'2026-11-26T03:15:01.401Z','2026-11-26T03:15:01.788Z',204,NULL,3.21740318000593106262e-01,NULL);
INSERT INTO "webhook_deliveries" VALUES('dlv_01m8axjwy57v446v8wk92s97j7','hook_01m8axjremnafk74edhq5179rr','job_01m8axjw32n55pdej1rh4k5vg7','job.succeeded','delivered','2026-11-26T03:15:02.213Z',1,0,NULL,'2026-11-26T03:15:02.850Z','2026-11-26T03:15:02.878Z',204,NULL,1.73916459989413851872e-02,NULL);
INSERT INTO "webhook_deliveries" VALUES('dlv_01m8axjzkzfkv565m6h0tfra7v','hook_01m8axjremnafk74edhq5179rr','job_01m8axjxzdbz1mwf0gsfy8tgtx','job.failed','delivered','2026-11-26T03:15:04.959Z',1,0,NULL,'2026-11-26T03:15:05.955Z','2026-11-26T03:15:05.980Z',204,NULL,1.18048000003909692168e-02,NULL);
INSERT INTO "webhook_deliveries" VALUES('dlv_01m8axjzkzfkv565m6h0tfra7w','hook_01m8axjrh589c1egz92ta1dyc6','job_01m8axjxzdbz1mwf0gsfy8tgtx','job.failed','failed','2026-11-26T03:15:04.960Z',2,2,NULL,'2026-11-26T03:15:12.001Z',NULL,500,'the webhook was switched off',2.16911049992631888017e-02,NULL);
INSERT INTO "webhook_deliveries" VALUES('dlv_01m8axk9f67wnb2y0j7wjxarx9','hook_01m8axjremnafk74edhq5179rr','job_01m8axjznk65qsa902gs1fhmhz','job.failed','delivered','2026-11-26T03:15:15.048Z',1,0,NULL,'2026-11-26T03:15:16.074Z','2026-11-26T03:15:16.123Z',204,NULL,8.19952500023646280169e-03,NULL);
INSERT INTO "webhook_deliveries" VALUES('dlv_01m8axk9f68j0tm290dtnajjxw','hook_01m8axjrh589c1egz92ta1dyc6','job_01m8axjznk65qsa902gs1fhmhz','job.failed','failed','2026-11-26T03:15:15.048Z',2,2,NULL,'2026-11-26T03:15:22.182Z',NULL,500,'the webhook was switched off',2.14220750003732973709e-02,NULL);
INSERT INTO "webhook_deliveries" VALUES('dlv_01m8axn2zygcnnvqgk2c0a2g21','hook_01m8axjremnafk74edhq5179rr','job_01m8axk9jbqncg6640pgfvcsq3','job.cancelled','delivered','2026-11-26T03:16:13.952Z',1,0,NULL,'2026-11-26T03:16:14.450Z','2026-11-26T03:16:14.557Z',204,NULL,2.11946769995847716927e-02,NULL);
INSERT INTO "webhook_deliveries" VALUES('dlv_01m8axn2zznsjjq4x6nssvgyw7','hook_01m8axjrg1fajxwbm203356yst','job_01m8axk9jbqncg6640pgfvcsq3','job.cancelled','pending','2026-11-26T03:16:13.952Z',2,2,'2126-11-02T03:16:50.930Z','2026-11-26T03:16:19.978Z',NULL,500,'it answered with 500',5.40055820001725805923e-02,NULL);
INSERT INTO "webhook_deliveries" VALUES('dlv_01m8axn7ehr85yj6hfddyt9fxz','hook_01m8axjremnafk74edhq5179rr','job_01m8axn51wms9bhs250vwd5kdt','job.succeeded','delivered','2026-11-26T03:16:18.514Z',1,0,NULL,'2026-11-26T03:16:18.747Z','2026-11-26T03:16:18.960Z',204,NULL,1.81058657000903622247e-01,NULL);
INSERT INTO "webhook_deliveries" VALUES('dlv_01m8axp2tzm42nz35bfp1cpjj8','hook_01m8axjremnafk74edhq5179rr','job_01m8axp2qfc34gcwbcw73pp1rk','job.cancelled','delivered','2026-11-26T03:16:46.564Z',1,0,NULL,'2026-11-26T03:16:47.153Z','2026-11-26T03:16:47.276Z',204,NULL,9.99054989988508168607e-02,NULL);
INSERT INTO "webhook_deliveries" VALUES('dlv_01m8axp2tzm42nz35bfp1cpjj9','hook_01m8axjrg1fajxwbm203356yst','job_01m8axp2qfc34gcwbcw73pp1rk','job.cancelled','pending','2026-11-26T03:16:46.564Z',1,1,'2126-11-02T03:16:50.930Z','2026-11-26T03:16:47.175Z',NULL,500,'it answered with 500',5.8300874999986262992e-02,NULL);
CREATE TABLE webhooks (
	id TEXT NOT NULL, 
	project TEXT NOT NULL, 
	url TEXT NOT NULL, 
	description TEXT, 
	events_json TEXT NOT NULL, 
	secret TEXT NOT NULL, 
	previous_secret TEXT, 
	previous_secret_expires_at TEXT, 
	is_enabled BOOLEAN DEFAULT 1 NOT NULL, 
	disabled_reason TEXT, 
	failing_since TEXT, 
	created_at TEXT NOT NULL, claimed_at TEXT, 
	CONSTRAINT webhooks_pkey PRIMARY KEY (id), 
	CONSTRAINT webhooks_project_fkey FOREIGN KEY(project) REFERENCES projects (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "webhooks" VALUES('hook_01m8axjremnafk74edhq5179rr','default','http://127.0.0.1:9/hook','hears of every end','["job.cancelled","job.failed","job.succeeded"]','whsec_cHVibGlzaGVkLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4=','whsec_cHVibGlzaGVkIGJlZm9yZS4uLi4uLi4uLi4uLi4uLi4=','2026-11-27T03:14:57.638Z',1,NULL,NULL,'2026-11-26T03:14:57.624Z','2026-11-26T03:16:47.149Z');
INSERT INTO "webhooks" VALUES('hook_01m8axjrg1fajxwbm203356yst','default','http://127.0.0.1:9/hook',NULL,'["job.cancelled"]','whsec_cHVibGlzaGVkLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4=',NULL,NULL,1,NULL,'2026-11-26T03:16:14.720Z','2026-11-26T03:14:57.667Z','2026-11-26T03:16:47.174Z');
INSERT INTO "webhooks" VALUES('hook_01m8axjrh589c1egz92ta1dyc6','default','http://127.0.0.1:9/hook',NULL,'["job.failed"]','whsec_cHVibGlzaGVkLi4uLi4uLi4uLi4uLi4uLi4uLi4uLi4=',NULL,NULL,0,NULL,NULL,'2026-11-26T03:14:57.717Z','2026-11-26T03:15:22.181Z');
CREATE TABLE workers (
	id TEXT NOT NULL, 
	hostname TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	accelerators_json TEXT NOT NULL, 
	slots INTEGER NOT NULL, 
	busy INTEGER DEFAULT '0' NOT NULL, 
	versions_json TEXT NOT NULL, 
	devices_json TEXT NOT NULL, 
	state TEXT NOT NULL, 
	started_at TEXT NOT NULL, 
	heartbeat_at TEXT NOT NULL, lease_seconds DOUBLE DEFAULT 30 NOT NULL, failing_json TEXT DEFAULT '[]' NOT NULL, 
	CONSTRAINT workers_pkey PRIMARY KEY (id)
);
INSERT INTO "workers" VALUES('worker_01m8axh7yh53gvhf1xw0t5nbtb','frozen',1,'["cpu"]',3,3,'{"netcoach":"0.1.0","python":"3.11.7","keras":"3.15.1","tensorflow":"2.21.0","numpy":"2.4.6"}','["CPU:0"]','ready','2026-11-26T03:14:08.268Z','2026-11-26T03:16:43.441Z',3.0,'[]');
CREATE INDEX jobs_status_id ON jobs (status, id);
CREATE INDEX job_labels_label_job_id ON job_labels (label, job_id);
CREATE INDEX outbox_created_at ON outbox (created_at);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
CREATE INDEX jobs_claim_order ON jobs (status, project, priority DESC, id, accelerator, gpus);
CREATE INDEX api_keys_project_id ON api_keys (project, id);
CREATE INDEX jobs_project_id ON jobs (project, id);
CREATE INDEX jobs_project_status_id ON jobs (project, status, id);
CREATE INDEX jobs_project_name_id ON jobs (project, name, id);
CREATE INDEX jobs_project_dataset_id ON jobs (project, dataset, id);
CREATE INDEX jobs_project_sweep_id ON jobs (project, sweep, id) WHERE sweep IS NOT NULL;
CREATE INDEX webhooks_project_id ON webhooks (project, id);
CREATE INDEX webhook_deliveries_webhook_id_id ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_created_at ON webhook_deliveries (created_at);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX removals_created_at ON removals (created_at);
CREATE INDEX jobs_project_parent_id ON jobs (project, parent, id) WHERE parent IS NOT NULL;
CREATE UNIQUE INDEX events_job_id_number ON events (job_id, number);
CREATE INDEX jobs_project_row_bytes ON jobs (project, row_bytes);
CREATE INDEX idempotency_keys_project_size_bytes ON idempotency_keys (project, size_bytes);
CREATE INDEX idempotency_keys_job_id ON idempotency_keys (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX audit_log_project_id ON audit_log (project, id);
CREATE INDEX webhook_deliveries_webhook_id_due ON webhook_deliveries (webhook_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX webhook_deliveries_claimed ON webhook_deliveries (claimed_until) WHERE claimed_until IS NOT NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('events',51);
COMMIT;
