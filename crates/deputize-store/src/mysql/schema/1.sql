-- The tenant comes first in every key. Entries are JSON, kept to the byte as the audit trail holds
-- them; what is looked up by has a column of its own. Tables of configuration refer to each other;
-- those of the ledger refer to nothing, so that issuing never touches a row that others change.
-- All text is kept as bytes, in UTF-8: no collation takes two names for one, whatever the server,
-- the database and the connection are set to.
-- Each statement may be carried out again: a migration that was broken off is begun anew.

-- sequence, number and hash are of the last event of the trail. Whoever applies changes moves turn on,
-- also where none of them makes a difference: what changes nothing is not seen on another node of a
-- cluster, which may know of changes that are not here yet.
CREATE TABLE IF NOT EXISTS tenant (
    id               VARBINARY(255)  NOT NULL PRIMARY KEY,
    latest           BIGINT          NOT NULL,
    epoch            BIGINT          NOT NULL,
    revoked          BOOLEAN         NOT NULL,
    default_resource VARBINARY(2048),
    sequence         BIGINT          NOT NULL,
    number           BIGINT          NOT NULL,
    hash             VARBINARY(64)   NOT NULL,
    turn             BIGINT          NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

CREATE TABLE IF NOT EXISTS agent (
    tenant    VARBINARY(255)  NOT NULL,
    client    VARBINARY(256)  NOT NULL,
    spiffe_id VARBINARY(2048) NOT NULL,
    status    VARBINARY(16)   NOT NULL,
    revision  BIGINT          NOT NULL,
    entry     LONGBLOB        NOT NULL,
    PRIMARY KEY (tenant, client),
    UNIQUE KEY agent_spiffe_id (tenant, spiffe_id),
    FOREIGN KEY (tenant) REFERENCES tenant (id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

CREATE TABLE IF NOT EXISTS person (
    tenant   VARBINARY(255) NOT NULL,
    id       VARBINARY(256) NOT NULL,
    revision BIGINT         NOT NULL,
    revoked  BOOLEAN        NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

CREATE TABLE IF NOT EXISTS role (
    tenant VARBINARY(255) NOT NULL,
    name   VARBINARY(256) NOT NULL,
    entry  LONGBLOB       NOT NULL,
    PRIMARY KEY (tenant, name),
    FOREIGN KEY (tenant) REFERENCES tenant (id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

CREATE TABLE IF NOT EXISTS resource (
    tenant VARBINARY(255)  NOT NULL,
    uri    VARBINARY(2048) NOT NULL,
    entry  LONGBLOB        NOT NULL,
    PRIMARY KEY (tenant, uri),
    FOREIGN KEY (tenant) REFERENCES tenant (id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- subject_kind: 'agent' or 'user'.
CREATE TABLE IF NOT EXISTS binding (
    tenant       VARBINARY(255) NOT NULL,
    id           VARBINARY(256) NOT NULL,
    subject_kind VARBINARY(16)  NOT NULL,
    subject      VARBINARY(256) NOT NULL,
    role         VARBINARY(256) NOT NULL,
    entry        LONGBLOB       NOT NULL,
    PRIMARY KEY (tenant, id),
    KEY binding_subject (tenant, subject_kind, subject, id, role),
    KEY binding_role (tenant, role),
    FOREIGN KEY (tenant, role) REFERENCES role (tenant, name)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

CREATE TABLE IF NOT EXISTS removed_binding (
    tenant VARBINARY(255) NOT NULL,
    id     VARBINARY(256) NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

CREATE TABLE IF NOT EXISTS delegation (
    tenant    VARBINARY(255) NOT NULL,
    id        VARBINARY(256) NOT NULL,
    delegator VARBINARY(256) NOT NULL,
    agent     VARBINARY(256) NOT NULL,
    status    VARBINARY(16)  NOT NULL,
    entry     LONGBLOB       NOT NULL,
    PRIMARY KEY (tenant, id),
    KEY delegation_pair (tenant, delegator, agent, id),
    KEY delegation_agent (tenant, agent),
    FOREIGN KEY (tenant, agent) REFERENCES agent (tenant, client)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- Who refers to a resource. holder_kind: 'agent', 'binding' or 'delegation'.
CREATE TABLE IF NOT EXISTS resource_use (
    tenant      VARBINARY(255)  NOT NULL,
    uri         VARBINARY(2048) NOT NULL,
    holder_kind VARBINARY(16)   NOT NULL,
    holder      VARBINARY(256)  NOT NULL,
    PRIMARY KEY (tenant, uri, holder_kind, holder),
    KEY resource_use_holder (tenant, holder_kind, holder),
    FOREIGN KEY (tenant, uri) REFERENCES resource (tenant, uri)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

CREATE TABLE IF NOT EXISTS revoked_token (
    tenant VARBINARY(255) NOT NULL,
    id     VARBINARY(64)  NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- What verifiers follow, by the revision that brought it.
CREATE TABLE IF NOT EXISTS revocation (
    tenant   VARBINARY(255) NOT NULL,
    revision BIGINT         NOT NULL,
    entry    LONGBLOB       NOT NULL,
    PRIMARY KEY (tenant, revision),
    FOREIGN KEY (tenant) REFERENCES tenant (id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

CREATE TABLE IF NOT EXISTS issued_token (
    tenant VARBINARY(255) NOT NULL,
    id     VARBINARY(64)  NOT NULL,
    PRIMARY KEY (tenant, id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

CREATE TABLE IF NOT EXISTS replay (
    tenant     VARBINARY(255) NOT NULL,
    digest     VARBINARY(64)  NOT NULL,
    keep_until BIGINT         NOT NULL,
    PRIMARY KEY (tenant, digest),
    KEY replay_end (tenant, keep_until)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- chain, number and hash link an event to the one before it; the hash is over all but kind.
CREATE TABLE IF NOT EXISTS audit (
    tenant   VARBINARY(255) NOT NULL,
    sequence BIGINT         NOT NULL,
    at       BIGINT         NOT NULL,
    kind     VARBINARY(16)  NOT NULL,
    chain    BIGINT         NOT NULL,
    number   BIGINT         NOT NULL,
    hash     VARBINARY(64)  NOT NULL,
    entry    LONGBLOB       NOT NULL,
    PRIMARY KEY (tenant, sequence)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- Whom and what an event is about. kind: 'client', 'person', 'token' or 'scope'.
CREATE TABLE IF NOT EXISTS audit_key (
    tenant   VARBINARY(255) NOT NULL,
    kind     VARBINARY(16)  NOT NULL,
    value    VARBINARY(256) NOT NULL,
    sequence BIGINT         NOT NULL,
    PRIMARY KEY (tenant, kind, value, sequence),
    KEY audit_key_event (tenant, sequence)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- Where a trail starts whose earlier events were removed.
CREATE TABLE IF NOT EXISTS audit_start (
    tenant     VARBINARY(255) NOT NULL PRIMARY KEY,
    checkpoint LONGBLOB       NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;
