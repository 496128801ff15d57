/*
 * db_postgres_comments: the comments on tables, views and columns that psql(1)
 * and other tools show: a summary of at-load(1).
 */
#ifndef LIBCAR_DB_POSTGRES_COMMENTS_PRIVATE_H
#define LIBCAR_DB_POSTGRES_COMMENTS_PRIVATE_H

/* clang-format off */
#define DB_POSTGRES_COMMENTS \
"COMMENT ON TABLE atpipe IS 'Version of the tables';\n" \
"COMMENT ON TABLE account IS\n" \
"    'at-load''s own: use the views accounts and repos';\n" \
"COMMENT ON TABLE collection IS 'at-load''s own: names of collections';\n" \
"COMMENT ON TABLE entry IS 'at-load''s own: use the view records';\n" \
"COMMENT ON TABLE coverage IS\n" \
"    'at-load''s own: use the views import_states and floors';\n" \
"COMMENT ON TABLE snapshot IS 'at-load''s own: snapshots in progress';\n" \
"COMMENT ON TABLE snapshot_filter IS 'at-load''s own: their ends';\n" \
"COMMENT ON TABLE snapshot_count IS 'at-load''s own: keys they named';\n" \
"COMMENT ON TABLE seen IS 'at-load''s own: entries they named';\n" \
"COMMENT ON TABLE seen_key IS\n" \
"    'at-load''s own: keys they named without an entry';\n" \
"COMMENT ON TABLE error IS 'at-load''s own: use the view errors';\n" \
"COMMENT ON TABLE word IS 'at-load''s own: what hosts said';\n" \
"COMMENT ON TABLE service IS 'at-load''s own: use the view cursors';\n" \
"COMMENT ON TABLE feed IS\n" \
"    'at-load''s own: whether changes are recorded, and the last number';\n" \
"COMMENT ON TABLE feed_change IS 'at-load''s own: use the view changes';\n" \
"COMMENT ON TABLE plc_operation IS\n" \
"    'at-load''s own: use the views plc_operations and plc_latest';\n" \
"COMMENT ON TABLE blob IS 'at-load''s own: use the view blobs';\n" \
"COMMENT ON VIEW accounts IS 'One row for each account that a line named';\n" \
"COMMENT ON COLUMN accounts.handle_status IS 'valid, invalid or unchecked';\n" \
"COMMENT ON COLUMN accounts.pds IS 'origin of its host';\n" \
"COMMENT ON COLUMN accounts.key IS 'did:key that signs its commits';\n" \
"COMMENT ON COLUMN accounts.status IS\n" \
"    'active, or why not; others than active hide its records';\n" \
"COMMENT ON COLUMN accounts.resolved_at IS\n" \
"    'when handle, pds and key were so';\n" \
"COMMENT ON VIEW repos IS 'One row for each account: its repo';\n" \
"COMMENT ON COLUMN repos.rev IS 'the latest that is known of';\n" \
"COMMENT ON COLUMN repos.loaded_rev IS\n" \
"    'the whole repo is here as of this one';\n" \
"COMMENT ON COLUMN repos.head IS 'CID of the latest commit';\n" \
"COMMENT ON COLUMN repos.data IS 'CID of the root of its tree';\n" \
"COMMENT ON COLUMN repos.signature IS 'verified or unchecked';\n" \
"COMMENT ON COLUMN repos.records IS 'how many keys the commit announced';\n" \
"COMMENT ON COLUMN repos.car IS 'the file that a repo line named last';\n" \
"COMMENT ON COLUMN repos.status IS\n" \
"    'failed, in_progress, completed or pending';\n" \
"COMMENT ON COLUMN repos.attempts IS\n" \
"    'how many jobs failed since the last that did not';\n" \
"COMMENT ON COLUMN repos.retry_at IS 'not to be tried again before';\n" \
"COMMENT ON COLUMN repos.loaded_at IS 'when a snapshot was completed last';\n" \
"COMMENT ON COLUMN repos.loaded_filter IS\n" \
"    'patterns that are loaded from CARs, as JSON; null: all';\n" \
"COMMENT ON COLUMN repos.synced_rev IS\n" \
"    'the records are complete as of this rev; null: not synced';\n" \
"COMMENT ON COLUMN repos.live_rev IS 'the latest live commit';\n" \
"COMMENT ON COLUMN repos.unsynced IS\n" \
"    'why not: new, gap, doubt, unverified, returned or moved';\n" \
"COMMENT ON VIEW records IS\n" \
"    'Records of accounts that are not hidden by their status';\n" \
"COMMENT ON COLUMN records.rev IS\n" \
"    'of the snapshot or event that brought this version';\n" \
"COMMENT ON COLUMN records.record IS 'the record';\n" \
"COMMENT ON COLUMN records.indexed_at IS\n" \
"    'when this version was written here';\n" \
"COMMENT ON COLUMN records.uri IS\n" \
"    'at://did/collection/rkey; search by its parts, which are indexed';\n" \
"COMMENT ON COLUMN records.record_text IS\n" \
"    'the exact text, if jsonb cannot keep it';\n" \
"COMMENT ON VIEW all_records IS 'Records of all accounts, hidden or not';\n" \
"COMMENT ON COLUMN all_records.record IS 'the record';\n" \
"COMMENT ON COLUMN all_records.record_text IS\n" \
"    'the exact text, if jsonb cannot keep it';\n" \
"COMMENT ON VIEW tombstones IS 'Records that the event stream deleted';\n" \
"COMMENT ON VIEW floors IS 'Lines below this rev change no record';\n" \
"COMMENT ON COLUMN floors.collection IS\n" \
"    'a collection, a prefix such as app.bsky.graph.*, or *';\n" \
"COMMENT ON VIEW import_states IS\n" \
"    'How far each account is, by what its snapshots cover';\n" \
"COMMENT ON COLUMN import_states.collection IS\n" \
"    'a collection, a prefix such as app.bsky.graph.*, or *';\n" \
"COMMENT ON COLUMN import_states.status IS\n" \
"    'pending, in_progress, completed or failed';\n" \
"COMMENT ON COLUMN import_states.loaded_rev IS\n" \
"    'of the latest snapshot that was completed';\n" \
"COMMENT ON COLUMN import_states.cursor IS 'where a listing goes on';\n" \
"COMMENT ON VIEW cursors IS 'Where lists and streams of hosts go on';\n" \
"COMMENT ON COLUMN cursors.service IS 'origin of the host';\n" \
"COMMENT ON COLUMN cursors.collection IS\n" \
"    'if only a list of the accounts that have it is read';\n" \
"COMMENT ON COLUMN cursors.stream IS 'NSID or path of the list or stream';\n" \
"COMMENT ON VIEW changes IS\n" \
"    'What became of rows of all_records, if --changes is on';\n" \
"COMMENT ON COLUMN changes.seq IS\n" \
"    'number of the change; ask for what is above the last one you read';\n" \
"COMMENT ON COLUMN changes.rev IS\n" \
"    'of what changed the row; null if at-status removed it';\n" \
"COMMENT ON COLUMN changes.cid IS\n" \
"    'of the record from now on; null if it was removed';\n" \
"COMMENT ON COLUMN changes.action IS 'create, update or delete';\n" \
"COMMENT ON VIEW plc_operations IS 'Operations of a PLC directory';\n" \
"COMMENT ON COLUMN plc_operations.seq IS\n" \
"    'number of the operation in the directory';\n" \
"COMMENT ON COLUMN plc_operations.nullified IS\n" \
"    'was it replaced by an operation of higher authority?';\n" \
"COMMENT ON COLUMN plc_operations.audit IS\n" \
"    'valid: at-plcaudit verified it';\n" \
"COMMENT ON VIEW plc_latest IS\n" \
"    'What the last operation of each DID says that is not nullified';\n" \
"COMMENT ON COLUMN plc_latest.pds IS 'origin of its host';\n" \
"COMMENT ON COLUMN plc_latest.key IS 'did:key that signs its commits';\n" \
"COMMENT ON COLUMN plc_latest.rotation_keys IS\n" \
"    'did:keys that may sign its next operation';\n" \
"COMMENT ON COLUMN plc_latest.created_at IS\n" \
"    'of the first operation of the DID';\n" \
"COMMENT ON COLUMN plc_latest.updated_at IS 'of the last operation';\n" \
"COMMENT ON VIEW blobs IS 'Which file has which blob of an account';\n" \
"COMMENT ON COLUMN blobs.mime_type IS\n" \
"    'what a record or the host says; nothing proves it';\n" \
"COMMENT ON COLUMN blobs.path IS 'name of the file';\n" \
"COMMENT ON COLUMN blobs.fetched_at IS 'when the file was written';\n" \
"COMMENT ON VIEW errors IS 'Jobs and records that failed';\n" \
"COMMENT ON COLUMN errors.rkey IS\n" \
"    'of the record, or the input of a job without an account';\n" \
"COMMENT ON COLUMN errors.line IS 'the whole line';\n"
/* clang-format on */

#endif
