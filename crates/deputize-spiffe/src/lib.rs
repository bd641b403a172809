//! Agent identity by SPIFFE: who an agent is, proven by the platform it runs on.
//!
//! An [`SvidVerifier`] takes a JWT-SVID and gives an [`AgentProof`](deputize_core::AgentProof), or
//! an [`SvidError`]; there is nothing in between. A [`Layout`] says what the parts of a SPIFFE ID
//! mean, and so to which tenant the agent belongs: never what a caller claims. [`Bundle`]s hold the
//! keys of trust domains, which come from configuration and never from a document.
//!
//! ```
//! use deputize_core::UnixTime;
//! use deputize_spiffe::{Bundle, Layout, StaticBundles, SvidVerifier, testing::Authority};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let now = UnixTime::from_secs(1_800_000_000).ok_or("time")?;
//! # let authority = Authority::generate("acme.example".parse()?)?;
//! # let bundle_json = authority.bundle();
//! # let svid = authority.svid(&"spiffe://acme.example/agent/research".parse()?, "https://id.example", now, 300)?;
//! let bundle = Bundle::from_json("acme.example".parse()?, &bundle_json)?;
//! let bundles = StaticBundles::new([bundle]);
//! let verifier = SvidVerifier::new(Layout::default(), "https://id.example", bundles);
//!
//! let proof = verifier.jwt(&svid, now)?;
//! assert_eq!(proof.tenant().as_str(), "acme.example");
//! # Ok(())
//! # }
//! ```
//!
//! # What is checked, by clause
//!
//! | clause | check | shown by |
//! | --- | --- | --- |
//! | SPIFFE-ID §2.1, §2.2, §2.3 | canonical form, at most 2 048 bytes, a path | `tests/ids.rs` |
//! | JWT-SVID §2 | `alg`, `kid`, `typ` and no other header member | `tests/jwt_svid.rs` |
//! | JWT-SVID §2.1 | RS, ES, PS 256 to 512 only, pinned by the key | `tests/jwt_svid.rs` |
//! | JWT-SVID §2.2 | `kid` optional: then only keys of the right kind are tried | `tests/jwt_svid.rs` |
//! | JWT-SVID §2.3 | `typ` absent, `JWT` or `JOSE` | `tests/jwt_svid.rs` |
//! | JWT-SVID §3.1 | `sub` is the SPIFFE ID, of the bundle's trust domain | `tests/jwt_svid.rs` |
//! | JWT-SVID §3.2 | `aud` holds us | `tests/jwt_svid.rs` |
//! | JWT-SVID §3.3 | `exp` there and ahead | `tests/jwt_svid.rs` |
//! | JWT-SVID §6, Trust Domain and Bundle §4.2 | keys with `use: jwt-svid` and a `kid` | `tests/bundle.rs` |
//! | RFC 7519 §4, RFC 7515 §4 | no member twice | `tests/jwt_svid.rs` |
//! | RFC 8725 §3.1, §3.2, §3.10 | no algorithm, key or URL from the header | `tests/jwt_svid.rs` |

mod bundle;
mod claims;
#[cfg(all(feature = "testing", any(fuzzing, test)))]
#[doc(hidden)]
pub mod fuzzing;
mod layout;
pub mod limits;
mod replay;
mod svid;
#[cfg(feature = "testing")]
pub mod testing;
mod trust_domain;

pub use bundle::{Bundle, BundleError, Bundles, StaticBundles};
pub use layout::{AgentName, Layout, LayoutError, NotInLayout};
pub use replay::SvidReplay;
pub use svid::{SvidError, SvidVerifier};
pub use trust_domain::{TrustDomain, TrustDomainError};
