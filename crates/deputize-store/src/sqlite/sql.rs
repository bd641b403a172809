//! Every statement of this store. All begin with the tenant; lists go in as JSON, so that the number
//! of statements does not grow with them.

use crate::sql::{Record, Statements};

pub(super) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

pub(super) const STATEMENTS: Statements = Statements {
    tenant: "SELECT latest, epoch, revoked, default_resource, sequence, number, hash
        FROM tenant WHERE id = ?1",
    lock_tenant: "SELECT latest, epoch, revoked, default_resource, sequence, number, hash
        FROM tenant WHERE id = ?1",
    new_tenant: "INSERT INTO tenant (id, latest, epoch, revoked, sequence, number, hash)
        VALUES (?1, 0, 0, 0, 0, 0, ?2) ON CONFLICT DO NOTHING",
    put_tenant: "UPDATE tenant SET latest = ?2, epoch = ?3, revoked = ?4, default_resource = ?5,
        sequence = ?6, number = ?7, hash = ?8 WHERE id = ?1",
    put_head: "UPDATE tenant SET sequence = ?2, number = ?3, hash = ?4 WHERE id = ?1",
    load: "WITH half AS (SELECT a.revision, a.entry, a.revision IS ?4 AND t.epoch IS ?5 AS known
            FROM tenant t JOIN agent a ON a.tenant = t.id WHERE t.id = ?1 AND a.client = ?2)
        SELECT 1, epoch, revoked, default_resource FROM tenant WHERE id = ?1
        UNION ALL SELECT 2, NULL, NULL, entry FROM resource
            WHERE tenant = ?1 AND uri = COALESCE(?3, (SELECT default_resource FROM tenant WHERE id = ?1))
        UNION ALL SELECT 3, revision, NULL, CASE WHEN known THEN NULL ELSE entry END FROM half
        UNION ALL SELECT 4, NULL, NULL, b.entry FROM half CROSS JOIN binding b
            WHERE NOT known AND b.tenant = ?1 AND b.subject_kind = 'agent' AND b.subject = ?2
        UNION ALL SELECT 5, NULL, NULL, entry FROM role WHERE tenant = ?1 AND name IN
            (SELECT b.role FROM half CROSS JOIN binding b WHERE NOT known AND b.tenant = ?1 AND b.subject_kind = 'agent' AND b.subject = ?2)
        UNION ALL SELECT 6, revision, revoked, NULL FROM person WHERE tenant = ?1 AND id = ?6
        UNION ALL SELECT 7, NULL, NULL, entry FROM binding
            WHERE tenant = ?1 AND subject_kind = 'user' AND subject = ?6
        UNION ALL SELECT 8, NULL, NULL, entry FROM role WHERE tenant = ?1 AND name IN
            (SELECT role FROM binding WHERE tenant = ?1 AND subject_kind = 'user' AND subject = ?6)
        UNION ALL SELECT 9, NULL, NULL, entry FROM delegation
            WHERE tenant = ?1 AND id = ?7 AND delegator = ?6
        UNION ALL SELECT 9, NULL, NULL, entry FROM delegation
            WHERE tenant = ?1 AND delegator = ?6 AND agent = ?8
        UNION ALL SELECT 10, NULL, NULL, client FROM agent
            WHERE tenant = ?1 AND client IN (SELECT value FROM json_each(?9)) AND status = 'active'
        UNION ALL SELECT 11, NULL, NULL, id FROM revoked_token WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?10))",
    standing: "SELECT 1, revision, status = 'active', client FROM agent
            WHERE tenant = ?1 AND client IN (SELECT value FROM json_each(?2))
        UNION ALL SELECT 2, revision, revoked, id FROM person WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?3))
        UNION ALL SELECT 3, NULL, NULL, id FROM delegation
            WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?4)) AND status = 'active'
        UNION ALL SELECT 4, NULL, NULL, id FROM revoked_token WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?5))
        UNION ALL SELECT 5, NULL, NULL, id FROM issued_token WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?6))
        UNION ALL SELECT 6, NULL, NULL, lower(hex(digest)) FROM replay WHERE tenant = ?1 AND digest IN
            (SELECT unhex(value) FROM json_each(?7))",
    binding: "SELECT entry FROM binding WHERE tenant = ?1 AND id = ?2",
    removed_binding: "SELECT id FROM removed_binding WHERE tenant = ?1 AND id = ?2",
    delegation: "SELECT entry FROM delegation WHERE tenant = ?1 AND id = ?2",
    spiffe_owner: "SELECT client FROM agent WHERE tenant = ?1 AND spiffe_id = ?2",
    person_revoked: "SELECT id FROM person WHERE tenant = ?1 AND id = ?2 AND revoked",
    agents: "SELECT entry FROM agent
    WHERE tenant = ?1 AND client IN (SELECT value FROM json_each(?2))",
    roles: "SELECT entry FROM role
    WHERE tenant = ?1 AND name IN (SELECT value FROM json_each(?2))",
    resources: "SELECT entry FROM resource
    WHERE tenant = ?1 AND uri IN (SELECT value FROM json_each(?2))",
    uses_of_role: "SELECT COUNT(*) FROM (SELECT 1 FROM binding WHERE tenant = ?1 AND role = ?2 LIMIT 1)",
    uses_of_resource: "SELECT COUNT(*) FROM (SELECT 1 FROM resource_use WHERE tenant = ?1 AND uri = ?2 LIMIT 1)",
    count_bindings: "SELECT COUNT(*) FROM binding WHERE tenant = ?1 AND subject_kind = ?2 AND subject = ?3",
    count_delegations: "SELECT COUNT(*) FROM delegation WHERE tenant = ?1 AND delegator = ?2 AND agent = ?3",
    put_agent: "INSERT INTO agent (tenant, client, spiffe_id, status, revision, entry)
    VALUES (?1, ?2, ?3, ?4, 0, ?5) ON CONFLICT (tenant, client) DO UPDATE
    SET spiffe_id = excluded.spiffe_id, status = excluded.status, entry = excluded.entry",
    put_role: "INSERT INTO role (tenant, name, entry) VALUES (?1, ?2, ?3)
    ON CONFLICT (tenant, name) DO UPDATE SET entry = excluded.entry",
    remove_role: "DELETE FROM role WHERE tenant = ?1 AND name = ?2",
    put_binding: "INSERT INTO binding (tenant, id, subject_kind, subject, role, entry)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (tenant, id) DO UPDATE SET role = excluded.role, entry = excluded.entry",
    remove_binding: "DELETE FROM binding WHERE tenant = ?1 AND id = ?2",
    retire_binding: "INSERT INTO removed_binding (tenant, id) VALUES (?1, ?2)",
    put_delegation: "INSERT INTO delegation (tenant, id, delegator, agent, status, entry)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (tenant, id) DO UPDATE SET status = excluded.status, entry = excluded.entry",
    put_resource: "INSERT INTO resource (tenant, uri, entry) VALUES (?1, ?2, ?3)
    ON CONFLICT (tenant, uri) DO UPDATE SET entry = excluded.entry",
    remove_resource: "DELETE FROM resource WHERE tenant = ?1 AND uri = ?2",
    forget_uses: "DELETE FROM resource_use WHERE tenant = ?1 AND holder_kind = ?2 AND holder = ?3",
    note_uses: "INSERT INTO resource_use (tenant, uri, holder_kind, holder)
    SELECT ?1, value, ?2, ?3 FROM json_each(?4)",
    revoke_token: "INSERT INTO revoked_token (tenant, id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    revoke_person: "INSERT INTO person (tenant, id, revision, revoked) VALUES (?1, ?2, 0, 1)
    ON CONFLICT (tenant, id) DO UPDATE SET revoked = 1",
    bump_agent: "UPDATE agent SET revision = ?3 WHERE tenant = ?1 AND client = ?2",
    bump_person: "INSERT INTO person (tenant, id, revision, revoked) VALUES (?1, ?2, ?3, 0)
    ON CONFLICT (tenant, id) DO UPDATE SET revision = excluded.revision",
    record: Record::Apart {
        claim_tokens: "INSERT INTO issued_token (tenant, id) SELECT ?1, value FROM json_each(?2)",
        purge_replay: "DELETE FROM replay WHERE tenant = ?1 AND digest IN
    (SELECT digest FROM replay WHERE tenant = ?1 AND keep_until <= ?2 ORDER BY keep_until LIMIT ?3)",
        claim_replay: "INSERT INTO replay (tenant, digest, keep_until)
        SELECT ?1, unhex(json_extract(value, '$[0]')), json_extract(value, '$[1]') FROM json_each(?2)",
    },
    publish: "INSERT INTO revocation (tenant, revision, entry)
        SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?2)",
    feed: "SELECT revision, entry FROM revocation
    WHERE tenant = ?1 AND revision > ?2 ORDER BY revision LIMIT ?3",
    append: "INSERT INTO audit (tenant, sequence, at, kind, chain, number, hash, entry)
        SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), json_extract(value, '$[3]'),
            json_extract(value, '$[4]'), unhex(json_extract(value, '$[5]')), json_extract(value, '$[6]') FROM json_each(?2)",
    append_keys: "INSERT INTO audit_key (tenant, kind, value, sequence)
        SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]') FROM json_each(?2)",
    audit_oldest: "SELECT sequence, at, entry FROM audit
    WHERE tenant = ?1 AND sequence > ?2 AND sequence < ?3
    AND (?4 IS NULL OR kind = ?4) AND at >= ?5 AND at < ?6 ORDER BY sequence LIMIT ?7",
    audit_newest: "SELECT sequence, at, entry FROM audit
    WHERE tenant = ?1 AND sequence > ?2 AND sequence < ?3
    AND (?4 IS NULL OR kind = ?4) AND at >= ?5 AND at < ?6 ORDER BY sequence DESC LIMIT ?7",
    audit_by_key_oldest: "SELECT a.sequence, a.at, a.entry
    FROM audit_key k CROSS JOIN audit a ON a.tenant = ?1 AND a.sequence = k.sequence
    WHERE k.tenant = ?1 AND k.kind = ?8 AND k.value = ?9 AND k.sequence > ?2 AND k.sequence < ?3
    AND (?4 IS NULL OR a.kind = ?4) AND a.at >= ?5 AND a.at < ?6
    AND NOT EXISTS (SELECT 1 FROM json_each(?10) o WHERE NOT EXISTS (SELECT 1 FROM audit_key also
        WHERE also.tenant = ?1 AND also.kind = json_extract(o.value, '$[0]')
        AND also.value = json_extract(o.value, '$[1]') AND also.sequence = k.sequence))
    ORDER BY k.sequence LIMIT ?7",
    audit_by_key_newest: "SELECT a.sequence, a.at, a.entry
    FROM audit_key k CROSS JOIN audit a ON a.tenant = ?1 AND a.sequence = k.sequence
    WHERE k.tenant = ?1 AND k.kind = ?8 AND k.value = ?9 AND k.sequence > ?2 AND k.sequence < ?3
    AND (?4 IS NULL OR a.kind = ?4) AND a.at >= ?5 AND a.at < ?6
    AND NOT EXISTS (SELECT 1 FROM json_each(?10) o WHERE NOT EXISTS (SELECT 1 FROM audit_key also
        WHERE also.tenant = ?1 AND also.kind = json_extract(o.value, '$[0]')
        AND also.value = json_extract(o.value, '$[1]') AND also.sequence = k.sequence))
    ORDER BY k.sequence DESC LIMIT ?7",
    audit_lines: "SELECT sequence, at, chain, number, hash, CAST(entry AS BLOB) FROM audit
    WHERE tenant = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3",
    audit_at: "SELECT sequence, number, hash FROM audit WHERE tenant = ?1 AND sequence = ?2",
    audit_start: "SELECT checkpoint FROM audit_start WHERE tenant = ?1",
    put_audit_start: "INSERT INTO audit_start (tenant, checkpoint) VALUES (?1, ?2)
    ON CONFLICT (tenant) DO UPDATE SET checkpoint = excluded.checkpoint",
    prune: "DELETE FROM audit WHERE tenant = ?1 AND sequence <= ?2",
    prune_keys: "DELETE FROM audit_key WHERE tenant = ?1 AND sequence <= ?2",
    key_ring: "SELECT version, sealed FROM key_ring WHERE tenant = ?1",
    put_key_ring: "INSERT INTO key_ring (tenant, version, sealed) VALUES (?1, ?2, ?3)
        ON CONFLICT (tenant) DO UPDATE SET version = excluded.version, sealed = excluded.sealed",
    all_resources: "SELECT entry FROM resource WHERE tenant = ?1",
    all_roles: "SELECT entry FROM role WHERE tenant = ?1",
    all_agents: "SELECT entry FROM agent WHERE tenant = ?1",
    all_bindings: "SELECT entry FROM binding WHERE tenant = ?1",
    all_removed: "SELECT id FROM removed_binding WHERE tenant = ?1",
    all_delegations: "SELECT entry FROM delegation WHERE tenant = ?1",
    all_revoked_tokens: "SELECT id FROM revoked_token WHERE tenant = ?1",
    all_revoked_people: "SELECT id FROM person WHERE tenant = ?1 AND revoked",
};
