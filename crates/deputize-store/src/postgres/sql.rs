//! Every statement of this store. All begin with the tenant; lists go in as arrays, so that the number
//! of statements does not grow with them.

use crate::sql::{Record, Statements};

// What the database is set to by default decides nothing here.
pub(super) const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
pub(super) const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

// A connection's own.
pub(super) const MAY_LOSE: &str = "SET synchronous_commit = off";
pub(super) const MAY_NOT_LOSE: &str = "SELECT set_config('synchronous_commit', 'on', FALSE)
    WHERE current_setting('synchronous_commit') = 'off'";

// A migration's own: one at a time, from reading what was carried out on.
pub(super) const SCHEMA_EXISTS: &str = "SELECT current_schema() IS NOT NULL";
pub(super) const LOCK_MIGRATIONS: &str = "LOCK TABLE _sqlx_migrations IN SHARE ROW EXCLUSIVE MODE";

pub(super) const STATEMENTS: Statements = Statements {
    tenant: "SELECT latest, epoch, revoked, default_resource, sequence, number, hash
        FROM tenant WHERE id = $1",
    lock_tenant: "SELECT latest, epoch, revoked, default_resource, sequence, number, hash
        FROM tenant WHERE id = $1 FOR UPDATE",
    new_tenant: "INSERT INTO tenant (id, latest, epoch, revoked, sequence, number, hash)
        VALUES ($1, 0, 0, FALSE, 0, 0, $2) ON CONFLICT DO NOTHING",
    put_tenant: "UPDATE tenant SET latest = $2, epoch = $3, revoked = $4, default_resource = $5,
        sequence = $6, number = $7, hash = $8 WHERE id = $1",
    put_head: "UPDATE tenant SET sequence = $2, number = $3, hash = $4 WHERE id = $1",
    load: "WITH half AS (SELECT a.revision, a.entry, a.revision IS NOT DISTINCT FROM $4 AND t.epoch IS NOT DISTINCT FROM $5 AS known
            FROM tenant t JOIN agent a ON a.tenant = t.id WHERE t.id = $1 AND a.client = $2)
        SELECT 1::BIGINT, epoch, (revoked)::INT::BIGINT, default_resource FROM tenant WHERE id = $1
        UNION ALL SELECT 2::BIGINT, NULL::BIGINT, NULL::BIGINT, entry FROM resource
            WHERE tenant = $1 AND uri = COALESCE($3, (SELECT default_resource FROM tenant WHERE id = $1))
        UNION ALL SELECT 3::BIGINT, revision, NULL::BIGINT, CASE WHEN known THEN NULL ELSE entry END FROM half
        UNION ALL SELECT 4::BIGINT, NULL::BIGINT, NULL::BIGINT, b.entry FROM half CROSS JOIN binding b
            WHERE NOT known AND b.tenant = $1 AND b.subject_kind = 'agent' AND b.subject = $2
        UNION ALL SELECT 5::BIGINT, NULL::BIGINT, NULL::BIGINT, entry FROM role WHERE tenant = $1 AND name = ANY
            (ARRAY(SELECT b.role FROM half CROSS JOIN binding b WHERE NOT known AND b.tenant = $1 AND b.subject_kind = 'agent' AND b.subject = $2))
        UNION ALL SELECT 6::BIGINT, revision, (revoked)::INT::BIGINT, NULL FROM person WHERE tenant = $1 AND id = $6
        UNION ALL SELECT 7::BIGINT, NULL::BIGINT, NULL::BIGINT, entry FROM binding
            WHERE tenant = $1 AND subject_kind = 'user' AND subject = $6
        UNION ALL SELECT 8::BIGINT, NULL::BIGINT, NULL::BIGINT, entry FROM role WHERE tenant = $1 AND name = ANY
            (ARRAY(SELECT role FROM binding WHERE tenant = $1 AND subject_kind = 'user' AND subject = $6))
        UNION ALL SELECT 9::BIGINT, NULL::BIGINT, NULL::BIGINT, entry FROM delegation
            WHERE tenant = $1 AND id = $7 AND delegator = $6
        UNION ALL SELECT 9::BIGINT, NULL::BIGINT, NULL::BIGINT, entry FROM delegation
            WHERE tenant = $1 AND delegator = $6 AND agent = $8
        UNION ALL SELECT 10::BIGINT, NULL::BIGINT, NULL::BIGINT, client FROM agent
            WHERE tenant = $1 AND client = ANY($9::TEXT[]) AND status = 'active'
        UNION ALL SELECT 11::BIGINT, NULL::BIGINT, NULL::BIGINT, id FROM revoked_token WHERE tenant = $1 AND id = ANY($10::TEXT[])",
    standing: "SELECT 1::BIGINT, revision, (status = 'active')::INT::BIGINT, client FROM agent
            WHERE tenant = $1 AND client = ANY($2::TEXT[])
        UNION ALL SELECT 2::BIGINT, revision, (revoked)::INT::BIGINT, id FROM person WHERE tenant = $1 AND id = ANY($3::TEXT[])
        UNION ALL SELECT 3::BIGINT, NULL::BIGINT, NULL::BIGINT, id FROM delegation
            WHERE tenant = $1 AND id = ANY($4::TEXT[]) AND status = 'active'
        UNION ALL SELECT 4::BIGINT, NULL::BIGINT, NULL::BIGINT, id FROM revoked_token WHERE tenant = $1 AND id = ANY($5::TEXT[])
        UNION ALL SELECT 5::BIGINT, NULL::BIGINT, NULL::BIGINT, id FROM issued_token WHERE tenant = $1 AND id = ANY($6::TEXT[])
        UNION ALL SELECT 6::BIGINT, NULL::BIGINT, NULL::BIGINT, encode(digest, 'hex') FROM replay WHERE tenant = $1 AND digest = ANY($7::BYTEA[])",
    binding: "SELECT entry FROM binding WHERE tenant = $1 AND id = $2",
    removed_binding: "SELECT id FROM removed_binding WHERE tenant = $1 AND id = $2",
    delegation: "SELECT entry FROM delegation WHERE tenant = $1 AND id = $2",
    spiffe_owner: "SELECT client FROM agent WHERE tenant = $1 AND spiffe_id = $2",
    person_revoked: "SELECT id FROM person WHERE tenant = $1 AND id = $2 AND revoked",
    agents: "SELECT entry FROM agent
    WHERE tenant = $1 AND client = ANY($2)",
    roles: "SELECT entry FROM role
    WHERE tenant = $1 AND name = ANY($2)",
    resources: "SELECT entry FROM resource
    WHERE tenant = $1 AND uri = ANY($2)",
    uses_of_role: "SELECT COUNT(*) FROM (SELECT 1 FROM binding WHERE tenant = $1 AND role = $2 LIMIT 1) AS found",
    uses_of_resource: "SELECT COUNT(*) FROM (SELECT 1 FROM resource_use WHERE tenant = $1 AND uri = $2 LIMIT 1) AS found",
    count_bindings: "SELECT COUNT(*) FROM binding WHERE tenant = $1 AND subject_kind = $2 AND subject = $3",
    count_delegations: "SELECT COUNT(*) FROM delegation WHERE tenant = $1 AND delegator = $2 AND agent = $3",
    put_agent: "INSERT INTO agent (tenant, client, spiffe_id, status, revision, entry)
    VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (tenant, client) DO UPDATE
    SET spiffe_id = excluded.spiffe_id, status = excluded.status, entry = excluded.entry",
    put_role: "INSERT INTO role (tenant, name, entry) VALUES ($1, $2, $3)
    ON CONFLICT (tenant, name) DO UPDATE SET entry = excluded.entry",
    remove_role: "DELETE FROM role WHERE tenant = $1 AND name = $2",
    put_binding: "INSERT INTO binding (tenant, id, subject_kind, subject, role, entry)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (tenant, id) DO UPDATE SET role = excluded.role, entry = excluded.entry",
    remove_binding: "DELETE FROM binding WHERE tenant = $1 AND id = $2",
    retire_binding: "INSERT INTO removed_binding (tenant, id) VALUES ($1, $2)",
    put_delegation: "INSERT INTO delegation (tenant, id, delegator, agent, status, entry)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (tenant, id) DO UPDATE SET status = excluded.status, entry = excluded.entry",
    put_resource: "INSERT INTO resource (tenant, uri, entry) VALUES ($1, $2, $3)
    ON CONFLICT (tenant, uri) DO UPDATE SET entry = excluded.entry",
    remove_resource: "DELETE FROM resource WHERE tenant = $1 AND uri = $2",
    forget_uses: "DELETE FROM resource_use WHERE tenant = $1 AND holder_kind = $2 AND holder = $3",
    note_uses: "INSERT INTO resource_use (tenant, uri, holder_kind, holder)
    SELECT $1, uri, $2, $3 FROM unnest($4::TEXT[]) AS used (uri)",
    revoke_token: "INSERT INTO revoked_token (tenant, id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    revoke_person: "INSERT INTO person (tenant, id, revision, revoked) VALUES ($1, $2, 0, TRUE)
    ON CONFLICT (tenant, id) DO UPDATE SET revoked = TRUE",
    bump_agent: "UPDATE agent SET revision = $3 WHERE tenant = $1 AND client = $2",
    bump_person: "INSERT INTO person (tenant, id, revision, revoked) VALUES ($1, $2, $3, FALSE)
    ON CONFLICT (tenant, id) DO UPDATE SET revision = excluded.revision",
    record: Record::Together(
        "WITH claimed AS (INSERT INTO issued_token (tenant, id) SELECT $1, unnest($2::TEXT[])),
            replayed AS (INSERT INTO replay (tenant, digest, keep_until)
                SELECT $1, key.* FROM unnest($3::BYTEA[], $4::BIGINT[]) AS key),
            purged AS (DELETE FROM replay WHERE tenant = $1 AND digest IN
                (SELECT digest FROM replay WHERE tenant = $1 AND keep_until <= $5 ORDER BY keep_until LIMIT $6)),
            appended AS (INSERT INTO audit (tenant, sequence, at, kind, chain, number, hash, entry)
                SELECT $1, line.* FROM unnest($7::BIGINT[], $8::BIGINT[], $9::TEXT[], $10::BIGINT[], $11::BIGINT[],
                    $12::BYTEA[], $13::TEXT[]) AS line),
            keyed AS (INSERT INTO audit_key (tenant, kind, value, sequence)
                SELECT $1, key.* FROM unnest($14::TEXT[], $15::TEXT[], $16::BIGINT[]) AS key)
        UPDATE tenant SET sequence = $17, number = $18, hash = $19 WHERE id = $1",
    ),
    publish: "INSERT INTO revocation (tenant, revision, entry)
        SELECT $1, revision, entry FROM unnest($2::BIGINT[], $3::TEXT[]) AS made (revision, entry)",
    feed: "SELECT revision, entry FROM revocation
    WHERE tenant = $1 AND revision > $2 ORDER BY revision LIMIT $3",
    append: "INSERT INTO audit (tenant, sequence, at, kind, chain, number, hash, entry)
        SELECT $1, line.* FROM unnest($2::BIGINT[], $3::BIGINT[], $4::TEXT[], $5::BIGINT[], $6::BIGINT[],
            $7::BYTEA[], $8::TEXT[]) AS line",
    append_keys: "INSERT INTO audit_key (tenant, kind, value, sequence)
        SELECT $1, key.* FROM unnest($2::TEXT[], $3::TEXT[], $4::BIGINT[]) AS key",
    audit_oldest: "SELECT sequence, at, entry FROM audit
    WHERE tenant = $1 AND sequence > $2 AND sequence < $3
    AND ($4::TEXT IS NULL OR kind = $4) AND at >= $5 AND at < $6 ORDER BY sequence LIMIT $7",
    audit_newest: "SELECT sequence, at, entry FROM audit
    WHERE tenant = $1 AND sequence > $2 AND sequence < $3
    AND ($4::TEXT IS NULL OR kind = $4) AND at >= $5 AND at < $6 ORDER BY sequence DESC LIMIT $7",
    audit_by_key_oldest: "SELECT a.sequence, a.at, a.entry
    FROM audit_key k JOIN audit a ON a.tenant = $1 AND a.sequence = k.sequence
    WHERE k.tenant = $1 AND k.kind = $8 AND k.value = $9 AND k.sequence > $2 AND k.sequence < $3
    AND ($4::TEXT IS NULL OR a.kind = $4) AND a.at >= $5 AND a.at < $6
    AND cardinality($10::TEXT[]) = (SELECT COUNT(*) FROM unnest($10::TEXT[], $11::TEXT[]) AS o (kind, value)
        JOIN audit_key also ON also.tenant = $1 AND also.kind = o.kind AND also.value = o.value
        AND also.sequence = k.sequence)
    ORDER BY k.sequence LIMIT $7",
    audit_by_key_newest: "SELECT a.sequence, a.at, a.entry
    FROM audit_key k JOIN audit a ON a.tenant = $1 AND a.sequence = k.sequence
    WHERE k.tenant = $1 AND k.kind = $8 AND k.value = $9 AND k.sequence > $2 AND k.sequence < $3
    AND ($4::TEXT IS NULL OR a.kind = $4) AND a.at >= $5 AND a.at < $6
    AND cardinality($10::TEXT[]) = (SELECT COUNT(*) FROM unnest($10::TEXT[], $11::TEXT[]) AS o (kind, value)
        JOIN audit_key also ON also.tenant = $1 AND also.kind = o.kind AND also.value = o.value
        AND also.sequence = k.sequence)
    ORDER BY k.sequence DESC LIMIT $7",
    audit_lines: "SELECT sequence, at, chain, number, hash, convert_to(entry, 'UTF8') FROM audit
    WHERE tenant = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
    audit_at: "SELECT sequence, number, hash FROM audit WHERE tenant = $1 AND sequence = $2",
    audit_start: "SELECT checkpoint FROM audit_start WHERE tenant = $1",
    put_audit_start: "INSERT INTO audit_start (tenant, checkpoint) VALUES ($1, $2)
    ON CONFLICT (tenant) DO UPDATE SET checkpoint = excluded.checkpoint",
    prune: "DELETE FROM audit WHERE tenant = $1 AND sequence <= $2",
    prune_keys: "DELETE FROM audit_key WHERE tenant = $1 AND sequence <= $2",
    key_ring: "SELECT version, sealed FROM key_ring WHERE tenant = $1",
    put_key_ring: "INSERT INTO key_ring (tenant, version, sealed) VALUES ($1, $2, $3)
        ON CONFLICT (tenant) DO UPDATE SET version = excluded.version, sealed = excluded.sealed",
    all_resources: "SELECT entry FROM resource WHERE tenant = $1",
    all_roles: "SELECT entry FROM role WHERE tenant = $1",
    all_agents: "SELECT entry FROM agent WHERE tenant = $1",
    all_bindings: "SELECT entry FROM binding WHERE tenant = $1",
    all_removed: "SELECT id FROM removed_binding WHERE tenant = $1",
    all_delegations: "SELECT entry FROM delegation WHERE tenant = $1",
    all_revoked_tokens: "SELECT id FROM revoked_token WHERE tenant = $1",
    all_revoked_people: "SELECT id FROM person WHERE tenant = $1 AND revoked",
};
