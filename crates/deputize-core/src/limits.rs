//! Every bound of this crate, by name. Crossing one is an error that names it, never a truncation.

/// Scopes in one request, and so in one token.
pub const MAX_REQUESTED_SCOPES: usize = 64;
/// Bytes of one scope or scope pattern.
pub const MAX_SCOPE_BYTES: usize = 256;
/// Bytes of a person's, client's, role's, binding's or delegation's id.
pub const MAX_ID_BYTES: usize = 256;
/// Bytes of a tenant id, so that it can be a SPIFFE trust domain (SPIFFE-ID §2.1).
pub const MAX_TENANT_BYTES: usize = 255;
/// Bytes of a SPIFFE ID (SPIFFE-ID §2.3).
pub const MAX_SPIFFE_ID_BYTES: usize = 2048;
/// Bytes of a resource indicator or an issuer.
pub const MAX_URI_BYTES: usize = 2048;
/// Patterns in one role, or in one agent's allowed scopes.
pub const MAX_PATTERNS: usize = 10_000;
/// Scopes that a delegation lists or a resource supports.
pub const MAX_LISTED_SCOPES: usize = 1_000;
/// Resources that an agent or a delegation lists.
pub const MAX_LISTED_RESOURCES: usize = 1_000;
/// Agents that a delegation may be handed on to.
pub const MAX_ONWARD: usize = 64;
/// Bindings of one agent, or of one person.
pub const MAX_BINDINGS: usize = 1_000;
/// Delegations from one person to one agent, revoked ones included.
pub const MAX_DELEGATIONS: usize = 1_000;
/// Bytes of a delegation's purpose.
pub const MAX_PURPOSE_BYTES: usize = 1_024;
/// Hops below the token that a person's delegation gave rise to: nine agents in a chain.
pub const MAX_DEPTH: u8 = 8;
/// Seconds between `record` and `sign`: what was recorded is signed by then, or not at all.
pub const MAX_SIGN_DELAY_SECONDS: u32 = 10;
/// Bytes of one configuration document. Reading the worst of that size takes 1.4 GB of memory and some
/// seconds; ten thousand bindings are half a megabyte.
pub const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;
/// Levels of lists and tables in a document, and dots in one key of it. The format needs four.
pub const MAX_DOCUMENT_NESTING: usize = 8;
/// Errors that are listed for one document: what comes after is only counted.
pub const MAX_DOCUMENT_ERRORS: usize = 1_000;
