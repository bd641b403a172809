//! The delegated access token: a person's bounded authority in the hands of an agent, signed by an
//! authorization server and checked offline by every service that the agent calls.
//!
//! Each side has one call that can't be half done:
//!
//! ```text
//! issuer     Recorded ─(KeyRing)→ AccessToken
//! service    &str ─(Verifier, keys, revoked, presented, now)→ Verified ─(require)→ Authorized<Permission>
//! ```
//!
//! A [`KeyRing`] signs nothing but what a ledger has recorded, for its own tenant, within seconds.
//! A [`Verifier`] takes exactly what a key ring emits: one spelling, one audience, no member twice,
//! no header but `alg`, `kid` and `typ`. Time, keys, revocation and how the token was presented are
//! arguments: nothing here reads a clock or a global, and none of them can be forgotten.
//!
//! ```
//! use deputize_core::{Recorded, Scope, UnixTime};
//! use deputize_token::{
//!     Algorithm, KeyRing, KeySet, Permission, Presented, Revocation, SigningKey, Trust, Verifier,
//! };
//!
//! struct ReadReports;
//! impl Permission for ReadReports {
//!     const SCOPE: Scope = Scope::from_static("reports:read");
//! }
//!
//! # use deputize_core::*;
//! # fn recorded(now: UnixTime) -> Result<Recorded, Box<dyn std::error::Error>> {
//! #     let mut config = Configuration::new("acme".parse()?);
//! #     let olga = Actor::Operator("olga".parse()?);
//! #     let all = NonEmptySet::new(["reports:*".parse()?]).ok_or("empty")?;
//! #     let bind = |id: &str, subject| -> Result<Change, ParseError> {
//! #         let (id, role, window) = (id.parse()?, "reader".parse()?, Default::default());
//! #         Ok(Change::Bind(Binding { id, subject, role, window, resource: None }))
//! #     };
//! #     for change in [
//! #         Change::PutResource(Resource { uri: "https://reports.example".parse()?, scopes: Allow::Any }),
//! #         Change::PutRole(Role { name: "reader".parse()?, permissions: all.clone() }),
//! #         Change::PutAgent(Agent {
//! #             client_id: "research".parse()?,
//! #             spiffe_id: "spiffe://acme/agent/research".parse()?,
//! #             acting: MayAct::ForPerson,
//! #             allowed_scopes: all,
//! #             max_lifetime_seconds: 900.try_into()?,
//! #             resources: Allow::Any,
//! #             mode: Default::default(),
//! #             status: Default::default(),
//! #         }),
//! #         bind("b1", Subject::Agent("research".parse()?))?,
//! #         bind("b2", Subject::User("alice".parse()?))?,
//! #         Change::Delegate(Delegation {
//! #             id: "d1".parse()?,
//! #             delegator: "alice".parse()?,
//! #             agent: "research".parse()?,
//! #             scopes: NonEmptySet::new([ReadReports::SCOPE]).ok_or("empty")?,
//! #             purpose: "the weekly report".into(),
//! #             resources: Allow::Any,
//! #             onward: Default::default(),
//! #             max_depth: 0,
//! #             window: Default::default(),
//! #             status: Default::default(),
//! #         }),
//! #     ] {
//! #         config.apply(&olga, &change)?;
//! #     }
//! #     let policy = config.policy(Question {
//! #         tenant: "acme".parse()?,
//! #         client: "research".parse()?,
//! #         acting: Acting::For { person: "alice".parse()?, delegation: None },
//! #         resource: Some("https://reports.example".parse()?),
//! #     })?;
//! #     let scopes = "reports:read".parse()?;
//! #     let proof = AgentProof::assertion(Proven {
//! #         tenant: "acme".parse()?,
//! #         by: ProvenBy::JwtSvid("spiffe://acme/agent/research".parse()?),
//! #         expires_at: now.plus(60),
//! #         replay: Vec::new(),
//! #         confirmation: None,
//! #     });
//! #     let id = deputize_token::fresh_token_id(now)?;
//! #     Ok(Recorded::assertion(policy.decide(&scopes, None, now)?.issue(proof, id)?, now))
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let now = UnixTime::from_secs(1_800_000_000).ok_or("time")?;
//! // The issuer: what the ledger recorded is signed, once.
//! let key = SigningKey::generate(Algorithm::EdDsa)?;
//! let ring = KeyRing::new("acme".parse()?, "https://id.example/acme".parse()?, key);
//! # let recorded: Recorded = recorded(now)?;
//! let token = ring.sign(recorded, now)?;
//! let published = ring.public(now).to_json();
//!
//! // The service: one verifier for its life, one key set for as long as it is cached.
//! let audience = "https://reports.example".parse()?;
//! let verifier = Verifier::new("acme".parse()?, "https://id.example/acme".parse()?, audience);
//! let keys = KeySet::from_json(&published)?;
//!
//! let trust = Trust { keys: &keys, revoked: Revocation::ExpiryOnly };
//! let verified = verifier.verify(trust, token.secret(), Presented::Bearer, now)?;
//! assert_eq!(verified.person().map(|id| id.as_str()), Some("alice"));
//! let reader = verified.require::<ReadReports>()?;
//! assert_eq!(reader.verified().agent().map(|id| id.as_str()), Some("spiffe://acme/agent/research"));
//! # Ok(())
//! # }
//! ```
//!
//! # Keys
//!
//! A key is for one algorithm, prepared once and shared by threads. [`KeyRing`] holds the active
//! one, the next, which is published before it signs, and those that retire. A key in a KMS or HSM
//! signs in two steps, [`KeyRing::prepare`] and [`Unsigned::finish`], and its signature is checked
//! before the token leaves. `jsonwebtoken` is asked for PEM parsing and its traits only, never for
//! what goes through its process-wide provider, which panics when an embedder compiled two in.
//!
//! # Keys at rest
//!
//! [`KeyRing::seal`] makes one text of a ring, for a table that others may read, back up and copy: a
//! JWE by `A256GCMKW` and `A256GCM`, of a JWK Set in which each key says whether it is active, next
//! or retiring. Any JOSE library that has the [`KeyEncryptionKey`] reads it. The embedder keeps that
//! key elsewhere, and changes it with [`SealedKeyRing::rewrap`]. [`SealedKeyRing::open`] takes what
//! was sealed for this tenant and this issuer, byte by byte, and nothing else: whoever can write to
//! the table can only remove a ring or put back an older one. A key that is in a KMS comes back as its
//! public half, and no KMS is asked.
//!
//! # What is checked, by clause
//!
//! The vectors are those of `testdata/tokens`, for any language; each names its clause.
//!
//! | clause | check | test |
//! | --- | --- | --- |
//! | RFC 7515 §2, §7.1, RFC 4648 §3.5 | three parts of canonical base64url, at most 16 KiB | `vectors::reject::jose::compact`, `laws::no_single_character_of_a_token_can_be_changed` |
//! | RFC 7515 §4, RFC 7519 §4, §10.3 | no member twice, at any depth | `vectors::reject::jose::header`, `vectors::reject::claims::json_text` |
//! | RFC 7515 §4.1.11, RFC 7797 | `crit` and `b64` are refused, as is any other header member | `vectors::reject::jose::header` |
//! | RFC 8725 §3.1, §3.2, RFC 9068 §2.1 | the algorithm is the key's; no `none`, no HMAC | `vectors::reject::jose::algorithm` |
//! | RFC 8725 §3.10, RFC 7515 §4.1.4 | `kid` chooses among the issuer's keys and does nothing else | `vectors::reject::jose::key` |
//! | RFC 9068 §4, RFC 8725 §3.11, §3.12 | `typ` is `at+jwt` or `application/at+jwt`, without case | `vectors::reject::jose::kind` |
//! | RFC 7518 §3.4 | ECDSA signatures are R‖S of fixed width | `vectors::reject::jose::key`, `signing::ecdsa_signatures_come_as_der_too` |
//! | RFC 9864 | `EdDSA` or `Ed25519`, as the key says | `vectors::reject::jose::algorithm` |
//! | RFC 9068 §2.2 | `iss aud exp iat jti client_id sub scope delegation` are there | `vectors::reject::claims::required` |
//! | RFC 9068 §4, RFC 8725 §3.8, §3.9 | issuer and audience byte by byte, one audience | `vectors::reject::claims::{audience, names}` |
//! | RFC 7519 §2, §4.1.4 to §4.1.6 | whole seconds up to the year 9999; leeway for `nbf` and `iat`, none for `exp` | `vectors::reject::claims::time` |
//! | RFC 6749 §3.3, RFC 9068 §2.2.3 | scopes by single spaces, none twice, none with `*` | `vectors::reject::claims::scope` |
//! | RFC 8693 §4.1, §4.3 | `act` exactly when acting for a person, one level for each agent, the current one outermost | `vectors::reject::delegation::actor` |
//! | RFC 7800 §3.1, RFC 8705 §3, RFC 9449 §7.1 | a `cnf` that is understood; bound is not bearer | `vectors::reject::delegation::confirmation` |
//! | DESIGN §5 | depth at most 8, ids all different, the whole lineage live | `vectors::reject::delegation::{chain, revoked}`, `parent` |
//! | RFC 7517 §4.2 to §4.5, §5 | `use`, `key_ops` and `alg` constrain a key; what can't be used is skipped; one `kid`, one key | `keys::a_key_that_cant_be_used_is_skipped`, `keys::a_set_that_holds_secrets_or_is_ambiguous_is_refused` |
//! | RFC 7518 §3.3, §6.2.1, §6.3.1 | RSA of 2 048 to 8 192 bits, odd; points on the curve, of full width | `keys::a_key_that_cant_be_used_is_skipped` |
//! | RFC 8032 §5.1.7 | no Ed25519 key of small order | `keys::an_ed25519_key_of_small_order_is_skipped`, `corpora::eddsa` |
//! | RFC 7638 §3.1, RFC 8037 A.3 | thumbprints | `keys::thumbprints_are_those_of_the_rfcs` |
//! | RFC 7515 A.1 to A.6, E, RFC 7520 §4, RFC 7797 §4.2, RFC 8037 A.1 to A.4 | signatures, and what is no token of ours | `corpora::rfc::signatures` |
//! | RFC 7518 §3.3 to §3.5, RFC 8037 §3.1 | Wycheproof's vectors come out as they say | `corpora::wycheproof` |
//! | RFC 8725 §2, §3 | the published attacks on JWTs | `corpora::attacks` |
//! | RFC 8693 §4, A.2, RFC 9068 §3 | claims, and what they lack | `corpora::rfc::claims` |
//! | RFC 7516 §5.2, §7.1, RFC 7518 §4.7, §5.3 | a sealed ring opens unchanged, by its key and for its tenant and issuer, or not at all | `seal::refused`, `seal::kept::a_ring_of_another_tenant_or_issuer_does_not_open` |
//! | RFC 7516 §4, RFC 8725 §3.1, §3.2, §3.12 | its header: eight members, none twice, no `crit`, no `zip`, one algorithm for each step | `seal::header` |
//! | RFC 7517 §5, RFC 7518 §6.2.2, §6.3.2, RFC 8037 §2 | its content: private halves that belong to the public ones, in states that a ring can be in | `seal::content`, `seal::laws` |
//! | NIST SP 800-38D §8.2.2 | a new key and new random nonces each time | `seal::kept::nothing_random_is_used_twice` |
//!
//! What is signed says what was granted, whatever was granted
//! (`laws::what_is_signed_is_verified_as_it_was_granted`), and plain `jsonwebtoken` reads it
//! (`interop_aws_lc`, `interop_rust_crypto`). What other JOSE libraries seal opens
//! (`seal::vectors`, of `testdata/sealed_key_rings`), and nothing that is printed holds a secret
//! (`seal::secrets`).

mod claims;
mod der;
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
pub mod jws;
mod key;
pub mod limits;
mod mint;
mod seal;
mod verify;

pub use key::{Algorithm, JwkError, KeyError, KeySet, KeySetError, KeyUse, SigningKey, VerifyingKey};
pub use mint::{
    AccessToken, Handed, KeyRing, NoNextKey, NoRandomness, PublishError, RingKey, SignError, Unsigned, fresh_token_id,
};
pub use seal::{
    KeyEncryptionKey, KeyEncryptionKeyError, OpenError, RewrapError, SealError, SealedKeyRing, SealedKeyRingError,
};
pub use verify::{Authorized, Denied, Permission, Presented, Revocation, Trust, Verified, Verifier, VerifyError};
