//! Every statement of this store. All begin with the tenant; lists go in as arrays, so that the
//! number of statements does not grow with them.

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

pub(super) const TENANT: &str = "SELECT latest, epoch, revoked, default_resource FROM tenant WHERE id = $1";
// Whoever writes for a tenant holds its row until the end, so that writers take turns.
pub(super) const LOCK_TENANT: &str =
    "SELECT latest, epoch, revoked, default_resource FROM tenant WHERE id = $1 FOR UPDATE";
pub(super) const NEW_TENANT: &str =
    "INSERT INTO tenant (id, latest, epoch, revoked) VALUES ($1, 0, 0, FALSE) ON CONFLICT DO NOTHING";
pub(super) const PUT_TENANT: &str =
    "UPDATE tenant SET latest = $2, epoch = $3, revoked = $4, default_resource = $5 WHERE id = $1";

// One entry, by its key.
pub(super) const RESOURCE: &str = "SELECT entry FROM resource WHERE tenant = $1 AND uri = $2";
pub(super) const AGENT: &str = "SELECT revision, entry FROM agent WHERE tenant = $1 AND client = $2";
pub(super) const AGENT_REVISION: &str = "SELECT revision FROM agent WHERE tenant = $1 AND client = $2";
pub(super) const PERSON: &str = "SELECT revision, revoked FROM person WHERE tenant = $1 AND id = $2";
pub(super) const BINDING: &str = "SELECT entry FROM binding WHERE tenant = $1 AND id = $2";
pub(super) const REMOVED_BINDING: &str = "SELECT id FROM removed_binding WHERE tenant = $1 AND id = $2";
pub(super) const DELEGATION: &str = "SELECT entry FROM delegation WHERE tenant = $1 AND id = $2";
pub(super) const SPIFFE_OWNER: &str = "SELECT client FROM agent WHERE tenant = $1 AND spiffe_id = $2";

// Several entries, by their keys.
pub(super) const AGENTS: &str = "SELECT entry FROM agent
    WHERE tenant = $1 AND client = ANY($2)";
pub(super) const ACTIVE_AGENTS: &str = "SELECT client FROM agent
    WHERE tenant = $1 AND client = ANY($2) AND status = 'active'";
pub(super) const ROLES: &str = "SELECT entry FROM role
    WHERE tenant = $1 AND name = ANY($2)";
pub(super) const RESOURCES: &str = "SELECT entry FROM resource
    WHERE tenant = $1 AND uri = ANY($2)";
pub(super) const REVOKED_TOKENS: &str = "SELECT id FROM revoked_token
    WHERE tenant = $1 AND id = ANY($2)";

// All that a token rests on. $2 is the agent that gets it, $3 and $4 the person and the delegation,
// if any, $5 and $6 the lineage's agents and tokens.
pub(super) const STANDING: &str = "SELECT
    (SELECT revision FROM agent WHERE tenant = $1 AND client = $2),
    (SELECT revision FROM person WHERE tenant = $1 AND id = $3),
    (SELECT revoked FROM person WHERE tenant = $1 AND id = $3),
    (SELECT status FROM delegation WHERE tenant = $1 AND id = $4),
    ARRAY(SELECT client FROM agent WHERE tenant = $1 AND client = ANY($5) AND status = 'active'),
    ARRAY(SELECT id FROM revoked_token WHERE tenant = $1 AND id = ANY($6))";

// What belongs to a subject, a person, a pair.
pub(super) const BINDINGS_OF: &str = "SELECT entry FROM binding
    WHERE tenant = $1 AND subject_kind = $2 AND subject = $3 ORDER BY id";
pub(super) const ROLES_OF: &str = "SELECT entry FROM role WHERE tenant = $1 AND name = ANY
    (ARRAY(SELECT role FROM binding WHERE tenant = $1 AND subject_kind = $2 AND subject = $3))";
pub(super) const DELEGATION_OF: &str = "SELECT entry FROM delegation WHERE tenant = $1 AND id = $2 AND delegator = $3";
pub(super) const DELEGATIONS_OF: &str = "SELECT entry FROM delegation
    WHERE tenant = $1 AND delegator = $2 AND agent = $3 ORDER BY id";

// Whether something is referred to at all, or how often.
pub(super) const USES_OF_ROLE: &str =
    "SELECT COUNT(*) FROM (SELECT 1 FROM binding WHERE tenant = $1 AND role = $2 LIMIT 1) AS found";
pub(super) const USES_OF_RESOURCE: &str =
    "SELECT COUNT(*) FROM (SELECT 1 FROM resource_use WHERE tenant = $1 AND uri = $2 LIMIT 1) AS found";
pub(super) const COUNT_BINDINGS: &str =
    "SELECT COUNT(*) FROM binding WHERE tenant = $1 AND subject_kind = $2 AND subject = $3";
pub(super) const COUNT_DELEGATIONS: &str =
    "SELECT COUNT(*) FROM delegation WHERE tenant = $1 AND delegator = $2 AND agent = $3";

// Changes.
pub(super) const PUT_AGENT: &str = "INSERT INTO agent (tenant, client, spiffe_id, status, revision, entry)
    VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (tenant, client) DO UPDATE
    SET spiffe_id = excluded.spiffe_id, status = excluded.status, entry = excluded.entry";
pub(super) const PUT_ROLE: &str = "INSERT INTO role (tenant, name, entry) VALUES ($1, $2, $3)
    ON CONFLICT (tenant, name) DO UPDATE SET entry = excluded.entry";
pub(super) const REMOVE_ROLE: &str = "DELETE FROM role WHERE tenant = $1 AND name = $2";
pub(super) const PUT_BINDING: &str = "INSERT INTO binding (tenant, id, subject_kind, subject, role, entry)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (tenant, id) DO UPDATE SET role = excluded.role, entry = excluded.entry";
pub(super) const REMOVE_BINDING: &str = "DELETE FROM binding WHERE tenant = $1 AND id = $2";
pub(super) const RETIRE_BINDING: &str = "INSERT INTO removed_binding (tenant, id) VALUES ($1, $2)";
pub(super) const PUT_DELEGATION: &str = "INSERT INTO delegation (tenant, id, delegator, agent, status, entry)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (tenant, id) DO UPDATE SET status = excluded.status, entry = excluded.entry";
pub(super) const PUT_RESOURCE: &str = "INSERT INTO resource (tenant, uri, entry) VALUES ($1, $2, $3)
    ON CONFLICT (tenant, uri) DO UPDATE SET entry = excluded.entry";
pub(super) const REMOVE_RESOURCE: &str = "DELETE FROM resource WHERE tenant = $1 AND uri = $2";
pub(super) const FORGET_USES: &str = "DELETE FROM resource_use WHERE tenant = $1 AND holder_kind = $2 AND holder = $3";
pub(super) const NOTE_USES: &str = "INSERT INTO resource_use (tenant, uri, holder_kind, holder)
    SELECT $1, uri, $2, $3 FROM unnest($4::TEXT[]) AS used (uri)";
pub(super) const REVOKE_TOKEN: &str = "INSERT INTO revoked_token (tenant, id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
pub(super) const REVOKE_PERSON: &str = "INSERT INTO person (tenant, id, revision, revoked) VALUES ($1, $2, 0, TRUE)
    ON CONFLICT (tenant, id) DO UPDATE SET revoked = TRUE";
pub(super) const BUMP_AGENT: &str = "UPDATE agent SET revision = $3 WHERE tenant = $1 AND client = $2";
pub(super) const BUMP_PERSON: &str = "INSERT INTO person (tenant, id, revision, revoked) VALUES ($1, $2, $3, FALSE)
    ON CONFLICT (tenant, id) DO UPDATE SET revision = excluded.revision";

// The ledger.
pub(super) const CLAIM_TOKEN: &str = "INSERT INTO issued_token (tenant, id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
pub(super) const CLAIM_REPLAY: &str = "INSERT INTO replay (tenant, digest, keep_until) SELECT $1, digest, keep_until
    FROM unnest($2::BYTEA[], $3::BIGINT[]) AS claimed (digest, keep_until) ON CONFLICT DO NOTHING";
pub(super) const PURGE_REPLAY: &str = "DELETE FROM replay WHERE tenant = $1 AND digest IN
    (SELECT digest FROM replay WHERE tenant = $1 AND keep_until <= $2 ORDER BY keep_until LIMIT $3)";
pub(super) const PUBLISH: &str = "INSERT INTO revocation (tenant, revision, entry) VALUES ($1, $2, $3)";
pub(super) const FEED: &str = "SELECT revision, entry FROM revocation
    WHERE tenant = $1 AND revision > $2 ORDER BY revision LIMIT $3";
pub(super) const AUDIT_LAST: &str = "SELECT sequence, number, hash FROM audit
    WHERE tenant = $1 ORDER BY sequence DESC LIMIT 1";
// An event, and the keys by which it is found.
pub(super) const APPEND: &str = "WITH event AS (INSERT INTO audit
        (tenant, sequence, at, kind, chain, number, hash, entry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8))
    INSERT INTO audit_key (tenant, kind, value, sequence)
    SELECT $1, kind, value, $2 FROM unnest($9::TEXT[], $10::TEXT[]) AS about (kind, value)";

// The audit trail: found by one key, which leads into an index, and held against the others, which
// are counted, since what is asked to exist may be looked for in the whole tenant. $2 is the place
// from which to look, $3 the kind, $4 and $5 the moments, $6 the limit, $7 and $8 the key, $9 and $10
// the others.
pub(super) const AUDIT_OLDEST: &str = "SELECT sequence, at, entry FROM audit
    WHERE tenant = $1 AND sequence > $2
    AND ($3::TEXT IS NULL OR kind = $3) AND at >= $4 AND at < $5 ORDER BY sequence LIMIT $6";
pub(super) const AUDIT_NEWEST: &str = "SELECT sequence, at, entry FROM audit
    WHERE tenant = $1 AND sequence < $2
    AND ($3::TEXT IS NULL OR kind = $3) AND at >= $4 AND at < $5 ORDER BY sequence DESC LIMIT $6";
pub(super) const AUDIT_BY_KEY_OLDEST: &str = "SELECT a.sequence, a.at, a.entry
    FROM audit_key k JOIN audit a ON a.tenant = $1 AND a.sequence = k.sequence
    WHERE k.tenant = $1 AND k.kind = $7 AND k.value = $8 AND k.sequence > $2
    AND ($3::TEXT IS NULL OR a.kind = $3) AND a.at >= $4 AND a.at < $5
    AND cardinality($9::TEXT[]) = (SELECT COUNT(*) FROM unnest($9::TEXT[], $10::TEXT[]) AS o (kind, value)
        JOIN audit_key also ON also.tenant = $1 AND also.kind = o.kind AND also.value = o.value
        AND also.sequence = k.sequence)
    ORDER BY k.sequence LIMIT $6";
pub(super) const AUDIT_BY_KEY_NEWEST: &str = "SELECT a.sequence, a.at, a.entry
    FROM audit_key k JOIN audit a ON a.tenant = $1 AND a.sequence = k.sequence
    WHERE k.tenant = $1 AND k.kind = $7 AND k.value = $8 AND k.sequence < $2
    AND ($3::TEXT IS NULL OR a.kind = $3) AND a.at >= $4 AND a.at < $5
    AND cardinality($9::TEXT[]) = (SELECT COUNT(*) FROM unnest($9::TEXT[], $10::TEXT[]) AS o (kind, value)
        JOIN audit_key also ON also.tenant = $1 AND also.kind = o.kind AND also.value = o.value
        AND also.sequence = k.sequence)
    ORDER BY k.sequence DESC LIMIT $6";

// The audit trail as it is stored, and its start.
pub(super) const AUDIT_LINES: &str = "SELECT sequence, at, chain, number, hash, entry FROM audit
    WHERE tenant = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
pub(super) const AUDIT_AT: &str = "SELECT sequence, number, hash FROM audit WHERE tenant = $1 AND sequence = $2";
pub(super) const AUDIT_START: &str = "SELECT checkpoint FROM audit_start WHERE tenant = $1";
pub(super) const PUT_AUDIT_START: &str = "INSERT INTO audit_start (tenant, checkpoint) VALUES ($1, $2)
    ON CONFLICT (tenant) DO UPDATE SET checkpoint = excluded.checkpoint";
pub(super) const PRUNE: &str = "DELETE FROM audit WHERE tenant = $1 AND sequence <= $2";
pub(super) const PRUNE_KEYS: &str = "DELETE FROM audit_key WHERE tenant = $1 AND sequence <= $2";

// A whole tenant, for an export.
pub(super) const ALL_RESOURCES: &str = "SELECT entry FROM resource WHERE tenant = $1";
pub(super) const ALL_ROLES: &str = "SELECT entry FROM role WHERE tenant = $1";
pub(super) const ALL_AGENTS: &str = "SELECT entry FROM agent WHERE tenant = $1";
pub(super) const ALL_BINDINGS: &str = "SELECT entry FROM binding WHERE tenant = $1";
pub(super) const ALL_REMOVED: &str = "SELECT id FROM removed_binding WHERE tenant = $1";
pub(super) const ALL_DELEGATIONS: &str = "SELECT entry FROM delegation WHERE tenant = $1";
pub(super) const ALL_REVOKED_TOKENS: &str = "SELECT id FROM revoked_token WHERE tenant = $1";
pub(super) const ALL_REVOKED_PEOPLE: &str = "SELECT id FROM person WHERE tenant = $1 AND revoked";
