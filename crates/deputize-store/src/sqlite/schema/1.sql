-- The tenant comes first in every key. Entries are JSON, as the audit trail holds them; what is
-- looked up by has a column of its own. Tables of configuration refer to each other; those of the
-- ledger refer to nothing, so that issuing never touches a row that others change.

-- sequence, number and hash are of the last event of the trail.
CREATE TABLE tenant (
    id               TEXT    NOT NULL PRIMARY KEY,
    latest           INTEGER NOT NULL,
    epoch            INTEGER NOT NULL,
    revoked          INTEGER NOT NULL,
    default_resource TEXT,
    sequence         INTEGER NOT NULL,
    number           INTEGER NOT NULL,
    hash             BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE agent (
    tenant    TEXT    NOT NULL REFERENCES tenant (id),
    client    TEXT    NOT NULL,
    spiffe_id TEXT    NOT NULL,
    status    TEXT    NOT NULL,
    revision  INTEGER NOT NULL,
    entry     TEXT    NOT NULL,
    PRIMARY KEY (tenant, client),
    UNIQUE (tenant, spiffe_id)
) STRICT;

CREATE TABLE person (
    tenant   TEXT    NOT NULL REFERENCES tenant (id),
    id       TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    revoked  INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE role (
    tenant TEXT NOT NULL REFERENCES tenant (id),
    name   TEXT NOT NULL,
    entry  TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT;

CREATE TABLE resource (
    tenant TEXT NOT NULL REFERENCES tenant (id),
    uri    TEXT NOT NULL,
    entry  TEXT NOT NULL,
    PRIMARY KEY (tenant, uri)
) STRICT;

-- subject_kind: 'agent' or 'user'.
CREATE TABLE binding (
    tenant       TEXT NOT NULL,
    id           TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject      TEXT NOT NULL,
    role         TEXT NOT NULL,
    entry        TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, role) REFERENCES role (tenant, name)
) STRICT;
CREATE INDEX binding_subject ON binding (tenant, subject_kind, subject, id, role);
CREATE INDEX binding_role ON binding (tenant, role);

CREATE TABLE removed_binding (
    tenant TEXT NOT NULL REFERENCES tenant (id),
    id     TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE delegation (
    tenant    TEXT NOT NULL,
    id        TEXT NOT NULL,
    delegator TEXT NOT NULL,
    agent     TEXT NOT NULL,
    status    TEXT NOT NULL,
    entry     TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, agent) REFERENCES agent (tenant, client)
) STRICT;
CREATE INDEX delegation_pair ON delegation (tenant, delegator, agent, id);

-- Who refers to a resource. holder_kind: 'agent', 'binding' or 'delegation'.
CREATE TABLE resource_use (
    tenant      TEXT NOT NULL,
    uri         TEXT NOT NULL,
    holder_kind TEXT NOT NULL,
    holder      TEXT NOT NULL,
    PRIMARY KEY (tenant, uri, holder_kind, holder),
    FOREIGN KEY (tenant, uri) REFERENCES resource (tenant, uri)
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_use_holder ON resource_use (tenant, holder_kind, holder);

CREATE TABLE revoked_token (
    tenant TEXT NOT NULL REFERENCES tenant (id),
    id     TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- What verifiers follow, by the revision that brought it.
CREATE TABLE revocation (
    tenant   TEXT    NOT NULL REFERENCES tenant (id),
    revision INTEGER NOT NULL,
    entry    TEXT    NOT NULL,
    PRIMARY KEY (tenant, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE issued_token (
    tenant TEXT NOT NULL,
    id     TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE replay (
    tenant     TEXT    NOT NULL,
    digest     BLOB    NOT NULL,
    keep_until INTEGER NOT NULL,
    PRIMARY KEY (tenant, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX replay_end ON replay (tenant, keep_until);

-- chain, number and hash link an event to the one before it; the hash is over all but kind.
CREATE TABLE audit (
    tenant   TEXT    NOT NULL,
    sequence INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    kind     TEXT    NOT NULL,
    chain    INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    hash     BLOB    NOT NULL,
    entry    TEXT    NOT NULL,
    PRIMARY KEY (tenant, sequence)
) STRICT;

-- Whom and what an event is about. kind: 'client', 'person', 'token' or 'scope'.
CREATE TABLE audit_key (
    tenant   TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    value    TEXT    NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, value, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_key_event ON audit_key (tenant, sequence);

-- Where a trail starts whose earlier events were removed.
CREATE TABLE audit_start (
    tenant     TEXT NOT NULL PRIMARY KEY,
    checkpoint TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The tenant's signing keys, sealed under a key that is not here.
CREATE TABLE key_ring (
    tenant  TEXT    NOT NULL PRIMARY KEY REFERENCES tenant (id),
    version INTEGER NOT NULL,
    sealed  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
