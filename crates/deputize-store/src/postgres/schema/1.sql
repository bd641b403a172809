-- The tenant comes first in every key. Entries are JSON, kept to the byte as the audit trail holds
-- them; what is looked up by has a column of its own. Tables of configuration refer to each other;
-- those of the ledger refer to nothing, so that issuing never touches a row that others change.
-- Text is ordered by its bytes: the order is the same everywhere, and stays when the operating
-- system is upgraded.

-- sequence, number and hash are of the last event of the trail.
CREATE TABLE tenant (
    id               TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    latest           BIGINT           NOT NULL,
    epoch            BIGINT           NOT NULL,
    revoked          BOOLEAN          NOT NULL,
    default_resource TEXT COLLATE "C",
    sequence         BIGINT           NOT NULL,
    number           BIGINT           NOT NULL,
    hash             BYTEA            NOT NULL
);

CREATE TABLE agent (
    tenant    TEXT COLLATE "C" NOT NULL REFERENCES tenant (id),
    client    TEXT COLLATE "C" NOT NULL,
    spiffe_id TEXT COLLATE "C" NOT NULL,
    status    TEXT COLLATE "C" NOT NULL,
    revision  BIGINT           NOT NULL,
    entry     TEXT             NOT NULL,
    PRIMARY KEY (tenant, client),
    UNIQUE (tenant, spiffe_id)
);

CREATE TABLE person (
    tenant   TEXT COLLATE "C" NOT NULL REFERENCES tenant (id),
    id       TEXT COLLATE "C" NOT NULL,
    revision BIGINT           NOT NULL,
    revoked  BOOLEAN          NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE role (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenant (id),
    name   TEXT COLLATE "C" NOT NULL,
    entry  TEXT             NOT NULL,
    PRIMARY KEY (tenant, name)
);

CREATE TABLE resource (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenant (id),
    uri    TEXT COLLATE "C" NOT NULL,
    entry  TEXT             NOT NULL,
    PRIMARY KEY (tenant, uri)
);

-- subject_kind: 'agent' or 'user'.
CREATE TABLE binding (
    tenant       TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    subject_kind TEXT COLLATE "C" NOT NULL,
    subject      TEXT COLLATE "C" NOT NULL,
    role         TEXT COLLATE "C" NOT NULL,
    entry        TEXT             NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, role) REFERENCES role (tenant, name)
);
CREATE INDEX binding_subject ON binding (tenant, subject_kind, subject, id, role);
CREATE INDEX binding_role ON binding (tenant, role);

CREATE TABLE removed_binding (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenant (id),
    id     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE delegation (
    tenant    TEXT COLLATE "C" NOT NULL,
    id        TEXT COLLATE "C" NOT NULL,
    delegator TEXT COLLATE "C" NOT NULL,
    agent     TEXT COLLATE "C" NOT NULL,
    status    TEXT COLLATE "C" NOT NULL,
    entry     TEXT             NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, agent) REFERENCES agent (tenant, client)
);
CREATE INDEX delegation_pair ON delegation (tenant, delegator, agent, id);

-- Who refers to a resource. holder_kind: 'agent', 'binding' or 'delegation'.
CREATE TABLE resource_use (
    tenant      TEXT COLLATE "C" NOT NULL,
    uri         TEXT COLLATE "C" NOT NULL,
    holder_kind TEXT COLLATE "C" NOT NULL,
    holder      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, uri, holder_kind, holder),
    FOREIGN KEY (tenant, uri) REFERENCES resource (tenant, uri)
);
CREATE INDEX resource_use_holder ON resource_use (tenant, holder_kind, holder);

CREATE TABLE revoked_token (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenant (id),
    id     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- What verifiers follow, by the revision that brought it.
CREATE TABLE revocation (
    tenant   TEXT COLLATE "C" NOT NULL REFERENCES tenant (id),
    revision BIGINT           NOT NULL,
    entry    TEXT             NOT NULL,
    PRIMARY KEY (tenant, revision)
);

CREATE TABLE issued_token (
    tenant TEXT COLLATE "C" NOT NULL,
    id     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE replay (
    tenant     TEXT COLLATE "C" NOT NULL,
    digest     BYTEA            NOT NULL,
    keep_until BIGINT           NOT NULL,
    PRIMARY KEY (tenant, digest)
);
CREATE INDEX replay_end ON replay (tenant, keep_until);

-- chain, number and hash link an event to the one before it; the hash is over all but kind.
CREATE TABLE audit (
    tenant   TEXT COLLATE "C" NOT NULL,
    sequence BIGINT           NOT NULL,
    at       BIGINT           NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL,
    chain    BIGINT           NOT NULL,
    number   BIGINT           NOT NULL,
    hash     BYTEA            NOT NULL,
    entry    TEXT             NOT NULL,
    PRIMARY KEY (tenant, sequence)
);

-- Whom and what an event is about. kind: 'client', 'person', 'token' or 'scope'.
CREATE TABLE audit_key (
    tenant   TEXT COLLATE "C" NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL,
    value    TEXT COLLATE "C" NOT NULL,
    sequence BIGINT           NOT NULL,
    PRIMARY KEY (tenant, kind, value, sequence)
);
CREATE INDEX audit_key_event ON audit_key (tenant, sequence);

-- Where a trail starts whose earlier events were removed.
CREATE TABLE audit_start (
    tenant     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    checkpoint TEXT             NOT NULL
);

-- The tenant's signing keys, sealed under a key that is not here.
CREATE TABLE key_ring (
    tenant  TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES tenant (id),
    version BIGINT           NOT NULL,
    sealed  TEXT             NOT NULL
);
