//! Every statement of this store. All begin with the tenant; lists go in as JSON, so that the number
//! of statements does not grow with them. Placeholders have no numbers here: which argument each of
//! them is stands in the comment behind it, and `link.rs` binds by that.
//!
//! What is joined is joined in the order it is written in: a list leads to keys, and never the other
//! way round. Texts of a list are UTF-8, whatever the database's own character set, and compared as
//! the bytes they are.
//!
//! Whatever writes does so only inside a transaction (`@@in_transaction`; MySQL takes the condition for a
//! comment). A node of a cluster that rolls a transaction back in favour of another node's tells so by an
//! error, but seldom one that does not reach us while a statement is being prepared: what came after it
//! was then committed by itself, and `tests/races.rs` found tokens that were taken and have no event. So
//! it writes nothing, and the tenant's row, which is written last, is not found.

use crate::sql::{Record, Statements};

// What the server is set to by default decides nothing here.
pub(super) const BEGIN_WRITE: &str = "START TRANSACTION READ WRITE";
pub(super) const BEGIN_READ: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
    START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

// A connection's own. The first comment is MariaDB's to carry out, the second MySQL's, which has no
// limit for statements other than SELECT, and none for a transaction that does nothing.
pub(super) const TIMES: &str = "SET @deputize_lock = ?, @deputize_statement = ?, @deputize_abandoned = ?";
pub(super) const SETTINGS: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE;
    SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', default_storage_engine = 'InnoDB',
        autocommit = 1, completion_type = 'NO_CHAIN', foreign_key_checks = 1, unique_checks = 1,
        innodb_lock_wait_timeout = @deputize_lock, lock_wait_timeout = @deputize_lock
        /*M!100601 , max_statement_time = @deputize_statement / 1000, idle_transaction_timeout = @deputize_abandoned */
        /*!80000 , max_execution_time = @deputize_statement, wait_timeout = @deputize_abandoned */";
pub(super) const DURABILITY: &str = "SELECT CAST(@@GLOBAL.innodb_flush_log_at_trx_commit AS SIGNED),
    CAST(@@GLOBAL.log_bin AS SIGNED), CAST(@@GLOBAL.sync_binlog AS SIGNED)";

// A migration's own.
pub(super) const CARRIED_OUT: &str =
    "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (?, ?, TRUE, ?, -1)";

pub(super) const STATEMENTS: Statements = Statements {
    tenant: "SELECT latest, epoch, revoked, default_resource, sequence, number, hash FROM tenant WHERE id = ?/*1*/",
    lock_tenant: "SELECT latest, epoch, revoked, default_resource, sequence, number, hash FROM tenant
        WHERE id = ?/*1*/ FOR UPDATE",
    new_tenant: "INSERT INTO tenant (id, latest, epoch, revoked, sequence, number, hash, turn)
        VALUES (?/*1*/, 0, 0, FALSE, 0, 0, ?/*2*/, 0) ON DUPLICATE KEY UPDATE id = id",
    put_tenant: "UPDATE tenant SET latest = ?/*2*/, epoch = ?/*3*/, revoked = ?/*4*/, default_resource = ?/*5*/,
        sequence = ?/*6*/, number = ?/*7*/, hash = ?/*8*/, turn = turn + 1 WHERE id = ?/*1*/ /*M! AND @@in_transaction */",
    put_head: "UPDATE tenant SET sequence = ?/*2*/, number = ?/*3*/, hash = ?/*4*/ WHERE id = ?/*1*/ /*M! AND @@in_transaction */",
    load: "SELECT 1, epoch, revoked, default_resource FROM tenant WHERE id = ?/*1*/
        UNION ALL SELECT 2, NULL, NULL, entry FROM resource WHERE tenant = ?/*1*/ AND uri = ?/*3*/
        UNION ALL SELECT 2, NULL, NULL, r.entry
            FROM tenant t STRAIGHT_JOIN resource r ON r.tenant = t.id AND r.uri = t.default_resource
            WHERE t.id = ?/*1*/ AND ?/*3*/ IS NULL
        UNION ALL SELECT 3, a.revision, NULL, IF(a.revision <=> ?/*4*/ AND t.epoch <=> ?/*5*/, NULL, a.entry)
            FROM tenant t STRAIGHT_JOIN agent a ON a.tenant = t.id WHERE t.id = ?/*1*/ AND a.client = ?/*2*/
        UNION ALL SELECT 4, NULL, NULL, b.entry
            FROM tenant t STRAIGHT_JOIN agent a ON a.tenant = t.id
            STRAIGHT_JOIN binding b ON b.tenant = t.id AND b.subject_kind = 'agent' AND b.subject = a.client
            WHERE t.id = ?/*1*/ AND a.client = ?/*2*/ AND NOT (a.revision <=> ?/*4*/ AND t.epoch <=> ?/*5*/)
        UNION ALL SELECT 5, NULL, NULL, r.entry
            FROM (SELECT DISTINCT b.role FROM tenant t STRAIGHT_JOIN agent a ON a.tenant = t.id
                STRAIGHT_JOIN binding b ON b.tenant = t.id AND b.subject_kind = 'agent' AND b.subject = a.client
                WHERE t.id = ?/*1*/ AND a.client = ?/*2*/ AND NOT (a.revision <=> ?/*4*/ AND t.epoch <=> ?/*5*/)) held
            STRAIGHT_JOIN role r ON r.tenant = ?/*1*/ AND r.name = held.role
        UNION ALL SELECT 6, revision, revoked, NULL FROM person WHERE tenant = ?/*1*/ AND id = ?/*6*/
        UNION ALL SELECT 7, NULL, NULL, entry FROM binding
            WHERE tenant = ?/*1*/ AND subject_kind = 'user' AND subject = ?/*6*/
        UNION ALL SELECT 8, NULL, NULL, r.entry
            FROM (SELECT DISTINCT role FROM binding WHERE tenant = ?/*1*/ AND subject_kind = 'user' AND subject = ?/*6*/) held
            STRAIGHT_JOIN role r ON r.tenant = ?/*1*/ AND r.name = held.role
        UNION ALL SELECT 9, NULL, NULL, entry FROM delegation WHERE tenant = ?/*1*/ AND id = ?/*7*/ AND delegator = ?/*6*/
        UNION ALL SELECT 9, NULL, NULL, entry FROM delegation WHERE tenant = ?/*1*/ AND delegator = ?/*6*/ AND agent = ?/*8*/
        UNION ALL SELECT 10, NULL, NULL, a.client FROM JSON_TABLE(?/*9*/, '$[*]' COLUMNS (item VARCHAR(256) CHARACTER SET utf8mb4 PATH '$')) j
            STRAIGHT_JOIN agent a ON a.tenant = ?/*1*/ AND a.client = CAST(j.item AS BINARY) WHERE a.status = 'active'
        UNION ALL SELECT 11, NULL, NULL, r.id FROM JSON_TABLE(?/*10*/, '$[*]' COLUMNS (item VARCHAR(256) CHARACTER SET utf8mb4 PATH '$')) j
            STRAIGHT_JOIN revoked_token r ON r.tenant = ?/*1*/ AND r.id = CAST(j.item AS BINARY)",
    standing: "SELECT 1, a.revision, a.status = 'active', a.client FROM JSON_TABLE(?/*2*/, '$[*]' COLUMNS (item VARCHAR(256) CHARACTER SET utf8mb4 PATH '$')) j
            STRAIGHT_JOIN agent a ON a.tenant = ?/*1*/ AND a.client = CAST(j.item AS BINARY)
        UNION ALL SELECT 2, p.revision, p.revoked, p.id FROM JSON_TABLE(?/*3*/, '$[*]' COLUMNS (item VARCHAR(256) CHARACTER SET utf8mb4 PATH '$')) j
            STRAIGHT_JOIN person p ON p.tenant = ?/*1*/ AND p.id = CAST(j.item AS BINARY)
        UNION ALL SELECT 3, NULL, NULL, d.id FROM JSON_TABLE(?/*4*/, '$[*]' COLUMNS (item VARCHAR(256) CHARACTER SET utf8mb4 PATH '$')) j
            STRAIGHT_JOIN delegation d ON d.tenant = ?/*1*/ AND d.id = CAST(j.item AS BINARY) WHERE d.status = 'active'
        UNION ALL SELECT 4, NULL, NULL, r.id FROM JSON_TABLE(?/*5*/, '$[*]' COLUMNS (item VARCHAR(256) CHARACTER SET utf8mb4 PATH '$')) j
            STRAIGHT_JOIN revoked_token r ON r.tenant = ?/*1*/ AND r.id = CAST(j.item AS BINARY)
        UNION ALL SELECT 5, NULL, NULL, i.id FROM JSON_TABLE(?/*6*/, '$[*]' COLUMNS (item VARCHAR(256) CHARACTER SET utf8mb4 PATH '$')) j
            STRAIGHT_JOIN issued_token i ON i.tenant = ?/*1*/ AND i.id = CAST(j.item AS BINARY)
        UNION ALL SELECT 6, NULL, NULL, LOWER(HEX(r.digest)) FROM JSON_TABLE(?/*7*/, '$[*]' COLUMNS (item VARCHAR(256) CHARACTER SET utf8mb4 PATH '$')) j
            STRAIGHT_JOIN replay r ON r.tenant = ?/*1*/ AND r.digest = UNHEX(j.item)",
    binding: "SELECT entry FROM binding WHERE tenant = ?/*1*/ AND id = ?/*2*/",
    removed_binding: "SELECT id FROM removed_binding WHERE tenant = ?/*1*/ AND id = ?/*2*/",
    delegation: "SELECT entry FROM delegation WHERE tenant = ?/*1*/ AND id = ?/*2*/",
    spiffe_owner: "SELECT client FROM agent WHERE tenant = ?/*1*/ AND spiffe_id = ?/*2*/",
    person_revoked: "SELECT id FROM person WHERE tenant = ?/*1*/ AND id = ?/*2*/ AND revoked",
    agents: "SELECT a.entry FROM JSON_TABLE(?/*2*/, '$[*]' COLUMNS (item VARCHAR(256) CHARACTER SET utf8mb4 PATH '$')) j
        STRAIGHT_JOIN agent a ON a.tenant = ?/*1*/ AND a.client = CAST(j.item AS BINARY)",
    roles: "SELECT r.entry FROM JSON_TABLE(?/*2*/, '$[*]' COLUMNS (item VARCHAR(256) CHARACTER SET utf8mb4 PATH '$')) j
        STRAIGHT_JOIN role r ON r.tenant = ?/*1*/ AND r.name = CAST(j.item AS BINARY)",
    resources: "SELECT r.entry FROM JSON_TABLE(?/*2*/, '$[*]' COLUMNS (item VARCHAR(2048) CHARACTER SET utf8mb4 PATH '$')) j
        STRAIGHT_JOIN resource r ON r.tenant = ?/*1*/ AND r.uri = CAST(j.item AS BINARY)",
    uses_of_role: "SELECT COUNT(*) FROM (SELECT 1 FROM binding WHERE tenant = ?/*1*/ AND role = ?/*2*/ LIMIT 1) AS found",
    uses_of_resource: "SELECT COUNT(*) FROM (SELECT 1 FROM resource_use WHERE tenant = ?/*1*/ AND uri = ?/*2*/ LIMIT 1) AS found",
    count_bindings: "SELECT COUNT(*) FROM binding WHERE tenant = ?/*1*/ AND subject_kind = ?/*2*/ AND subject = ?/*3*/",
    count_delegations: "SELECT COUNT(*) FROM delegation WHERE tenant = ?/*1*/ AND delegator = ?/*2*/ AND agent = ?/*3*/",
    // Another agent's SPIFFE ID would lead to that agent's row: NULL for a client is an error then.
    put_agent: "INSERT INTO agent (tenant, client, spiffe_id, status, revision, entry)
        SELECT ?/*1*/, ?/*2*/, ?/*3*/, ?/*4*/, 0, ?/*5*/ FROM DUAL WHERE TRUE /*M! AND @@in_transaction */ ON DUPLICATE KEY UPDATE
        client = IF(client = ?/*2*/, client, NULL), spiffe_id = ?/*3*/, status = ?/*4*/, entry = ?/*5*/",
    put_role: "INSERT INTO role (tenant, name, entry) SELECT ?/*1*/, ?/*2*/, ?/*3*/ FROM DUAL WHERE TRUE /*M! AND @@in_transaction */ ON DUPLICATE KEY UPDATE entry = ?/*3*/",
    remove_role: "DELETE FROM role WHERE tenant = ?/*1*/ AND name = ?/*2*/ /*M! AND @@in_transaction */",
    put_binding: "INSERT INTO binding (tenant, id, subject_kind, subject, role, entry)
        SELECT ?/*1*/, ?/*2*/, ?/*3*/, ?/*4*/, ?/*5*/, ?/*6*/ FROM DUAL WHERE TRUE /*M! AND @@in_transaction */ ON DUPLICATE KEY UPDATE role = ?/*5*/, entry = ?/*6*/",
    remove_binding: "DELETE FROM binding WHERE tenant = ?/*1*/ AND id = ?/*2*/ /*M! AND @@in_transaction */",
    retire_binding: "INSERT INTO removed_binding (tenant, id) SELECT ?/*1*/, ?/*2*/ FROM DUAL WHERE TRUE /*M! AND @@in_transaction */",
    put_delegation: "INSERT INTO delegation (tenant, id, delegator, agent, status, entry)
        SELECT ?/*1*/, ?/*2*/, ?/*3*/, ?/*4*/, ?/*5*/, ?/*6*/ FROM DUAL WHERE TRUE /*M! AND @@in_transaction */ ON DUPLICATE KEY UPDATE status = ?/*5*/, entry = ?/*6*/",
    put_resource: "INSERT INTO resource (tenant, uri, entry) SELECT ?/*1*/, ?/*2*/, ?/*3*/ FROM DUAL WHERE TRUE /*M! AND @@in_transaction */ ON DUPLICATE KEY UPDATE entry = ?/*3*/",
    remove_resource: "DELETE FROM resource WHERE tenant = ?/*1*/ AND uri = ?/*2*/ /*M! AND @@in_transaction */",
    forget_uses: "DELETE FROM resource_use WHERE tenant = ?/*1*/ AND holder_kind = ?/*2*/ AND holder = ?/*3*/ /*M! AND @@in_transaction */",
    note_uses: "INSERT INTO resource_use (tenant, uri, holder_kind, holder)
        SELECT ?/*1*/, CAST(j.item AS BINARY), ?/*2*/, ?/*3*/ FROM JSON_TABLE(?/*4*/, '$[*]' COLUMNS (item VARCHAR(2048) CHARACTER SET utf8mb4 PATH '$')) j WHERE TRUE /*M! AND @@in_transaction */",
    // Not by an update that changes nothing: who may update a revoked token may bring it back.
    revoke_token: "INSERT INTO revoked_token (tenant, id) SELECT ?/*1*/, ?/*2*/ FROM DUAL
        WHERE NOT EXISTS (SELECT 1 FROM revoked_token WHERE tenant = ?/*1*/ AND id = ?/*2*/) /*M! AND @@in_transaction */",
    revoke_person: "INSERT INTO person (tenant, id, revision, revoked) SELECT ?/*1*/, ?/*2*/, 0, TRUE FROM DUAL WHERE TRUE /*M! AND @@in_transaction */
        ON DUPLICATE KEY UPDATE revoked = TRUE",
    bump_agent: "UPDATE agent SET revision = ?/*3*/ WHERE tenant = ?/*1*/ AND client = ?/*2*/ /*M! AND @@in_transaction */",
    bump_person: "INSERT INTO person (tenant, id, revision, revoked) SELECT ?/*1*/, ?/*2*/, ?/*3*/, FALSE FROM DUAL WHERE TRUE /*M! AND @@in_transaction */
        ON DUPLICATE KEY UPDATE revision = ?/*3*/",
    record: Record::Apart {
        claim_tokens: "INSERT INTO issued_token (tenant, id) SELECT ?/*1*/, CAST(j.item AS BINARY) FROM JSON_TABLE(?/*2*/, '$[*]' COLUMNS (item VARCHAR(256) CHARACTER SET utf8mb4 PATH '$')) j WHERE TRUE /*M! AND @@in_transaction */",
        purge_replay: "DELETE r FROM (SELECT digest FROM replay WHERE tenant = ?/*1*/ AND keep_until <= ?/*2*/
            ORDER BY keep_until LIMIT ?/*3*/) held
        STRAIGHT_JOIN replay r ON r.tenant = ?/*1*/ AND r.digest = held.digest WHERE TRUE /*M! AND @@in_transaction */",
        claim_replay: "INSERT INTO replay (tenant, digest, keep_until) SELECT ?/*1*/, UNHEX(j.digest), j.keep_until
        FROM JSON_TABLE(?/*2*/, '$[*]' COLUMNS (digest VARCHAR(64) CHARACTER SET utf8mb4 PATH '$[0]',
            keep_until BIGINT PATH '$[1]')) j WHERE TRUE /*M! AND @@in_transaction */",
    },
    // In two steps: a plain DELETE in this order would read and sort all whose time has come.
    publish: "INSERT INTO revocation (tenant, revision, entry) SELECT ?/*1*/, j.revision, CAST(j.entry AS BINARY)
        FROM JSON_TABLE(?/*2*/, '$[*]' COLUMNS (revision BIGINT PATH '$[0]',
            entry LONGTEXT CHARACTER SET utf8mb4 PATH '$[1]')) j WHERE TRUE /*M! AND @@in_transaction */",
    feed: "SELECT revision, entry FROM revocation WHERE tenant = ?/*1*/ AND revision > ?/*2*/ ORDER BY revision LIMIT ?/*3*/",
    append: "INSERT INTO audit (tenant, sequence, at, kind, chain, number, hash, entry)
        SELECT ?/*1*/, j.sequence, j.at, CAST(j.kind AS BINARY), j.chain, j.number, UNHEX(j.hash), CAST(j.entry AS BINARY)
        FROM JSON_TABLE(?/*2*/, '$[*]' COLUMNS (sequence BIGINT PATH '$[0]', at BIGINT PATH '$[1]',
            kind VARCHAR(16) CHARACTER SET utf8mb4 PATH '$[2]', chain BIGINT PATH '$[3]', number BIGINT PATH '$[4]',
            hash VARCHAR(64) CHARACTER SET utf8mb4 PATH '$[5]', entry LONGTEXT CHARACTER SET utf8mb4 PATH '$[6]')) j WHERE TRUE /*M! AND @@in_transaction */",
    append_keys: "INSERT INTO audit_key (tenant, kind, value, sequence)
        SELECT ?/*1*/, CAST(j.kind AS BINARY), CAST(j.value AS BINARY), j.sequence
        FROM JSON_TABLE(?/*2*/, '$[*]' COLUMNS (kind VARCHAR(16) CHARACTER SET utf8mb4 PATH '$[0]',
            value VARCHAR(256) CHARACTER SET utf8mb4 PATH '$[1]', sequence BIGINT PATH '$[2]')) j WHERE TRUE /*M! AND @@in_transaction */",
    audit_oldest: "SELECT sequence, at, entry FROM audit
        WHERE tenant = ?/*1*/ AND sequence > ?/*2*/ AND sequence < ?/*3*/
        AND (?/*4*/ IS NULL OR kind = ?/*4*/) AND at >= ?/*5*/ AND at < ?/*6*/ ORDER BY sequence LIMIT ?/*7*/",
    audit_newest: "SELECT sequence, at, entry FROM audit
        WHERE tenant = ?/*1*/ AND sequence > ?/*2*/ AND sequence < ?/*3*/
        AND (?/*4*/ IS NULL OR kind = ?/*4*/) AND at >= ?/*5*/ AND at < ?/*6*/ ORDER BY sequence DESC LIMIT ?/*7*/",
    audit_by_key_oldest: "SELECT a.sequence, a.at, a.entry
        FROM audit_key k STRAIGHT_JOIN audit a ON a.tenant = ?/*1*/ AND a.sequence = k.sequence
        WHERE k.tenant = ?/*1*/ AND k.kind = ?/*8*/ AND k.value = ?/*9*/ AND k.sequence > ?/*2*/ AND k.sequence < ?/*3*/
        AND (?/*4*/ IS NULL OR a.kind = ?/*4*/) AND a.at >= ?/*5*/ AND a.at < ?/*6*/
        AND NOT EXISTS (SELECT 1 FROM JSON_TABLE(?/*10*/, '$[*]' COLUMNS (
                kind VARCHAR(16) CHARACTER SET utf8mb4 PATH '$[0]',
                value VARCHAR(256) CHARACTER SET utf8mb4 PATH '$[1]')) o
            WHERE NOT EXISTS (SELECT 1 FROM audit_key also WHERE also.tenant = ?/*1*/ AND also.kind = CAST(o.kind AS BINARY)
                AND also.value = CAST(o.value AS BINARY) AND also.sequence = k.sequence))
        ORDER BY k.sequence LIMIT ?/*7*/",
    audit_by_key_newest: "SELECT a.sequence, a.at, a.entry
        FROM audit_key k STRAIGHT_JOIN audit a ON a.tenant = ?/*1*/ AND a.sequence = k.sequence
        WHERE k.tenant = ?/*1*/ AND k.kind = ?/*8*/ AND k.value = ?/*9*/ AND k.sequence > ?/*2*/ AND k.sequence < ?/*3*/
        AND (?/*4*/ IS NULL OR a.kind = ?/*4*/) AND a.at >= ?/*5*/ AND a.at < ?/*6*/
        AND NOT EXISTS (SELECT 1 FROM JSON_TABLE(?/*10*/, '$[*]' COLUMNS (
                kind VARCHAR(16) CHARACTER SET utf8mb4 PATH '$[0]',
                value VARCHAR(256) CHARACTER SET utf8mb4 PATH '$[1]')) o
            WHERE NOT EXISTS (SELECT 1 FROM audit_key also WHERE also.tenant = ?/*1*/ AND also.kind = CAST(o.kind AS BINARY)
                AND also.value = CAST(o.value AS BINARY) AND also.sequence = k.sequence))
        ORDER BY k.sequence DESC LIMIT ?/*7*/",
    audit_lines: "SELECT sequence, at, chain, number, hash, entry FROM audit
        WHERE tenant = ?/*1*/ AND sequence > ?/*2*/ ORDER BY sequence LIMIT ?/*3*/",
    audit_at: "SELECT sequence, number, hash FROM audit WHERE tenant = ?/*1*/ AND sequence = ?/*2*/",
    audit_start: "SELECT checkpoint FROM audit_start WHERE tenant = ?/*1*/",
    put_audit_start: "INSERT INTO audit_start (tenant, checkpoint) SELECT ?/*1*/, ?/*2*/ FROM DUAL WHERE TRUE /*M! AND @@in_transaction */ ON DUPLICATE KEY UPDATE checkpoint = ?/*2*/",
    prune: "DELETE FROM audit WHERE tenant = ?/*1*/ AND sequence <= ?/*2*/ /*M! AND @@in_transaction */",
    prune_keys: "DELETE FROM audit_key WHERE tenant = ?/*1*/ AND sequence <= ?/*2*/ /*M! AND @@in_transaction */",
    key_ring: "SELECT version, sealed FROM key_ring WHERE tenant = ?/*1*/",
    put_key_ring: "INSERT INTO key_ring (tenant, version, sealed) SELECT ?/*1*/, ?/*2*/, ?/*3*/ FROM DUAL WHERE TRUE /*M! AND @@in_transaction */
        ON DUPLICATE KEY UPDATE version = ?/*2*/, sealed = ?/*3*/",
    all_resources: "SELECT entry FROM resource WHERE tenant = ?/*1*/",
    all_roles: "SELECT entry FROM role WHERE tenant = ?/*1*/",
    all_agents: "SELECT entry FROM agent WHERE tenant = ?/*1*/",
    all_bindings: "SELECT entry FROM binding WHERE tenant = ?/*1*/",
    all_removed: "SELECT id FROM removed_binding WHERE tenant = ?/*1*/",
    all_delegations: "SELECT entry FROM delegation WHERE tenant = ?/*1*/",
    all_revoked_tokens: "SELECT id FROM revoked_token WHERE tenant = ?/*1*/",
    all_revoked_people: "SELECT id FROM person WHERE tenant = ?/*1*/ AND revoked",
};
