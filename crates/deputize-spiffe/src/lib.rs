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
//! | clause | check | test |
//! | --- | --- | --- |
//! | SPIFFE-ID §2, §2.1, §2.2, §2.3 | `sub` in canonical form, at most 2 048 bytes, with a path | `ids`, `claims::each_is_checked` |
//! | JWT-SVID §2 | `alg`, `kid`, `typ` and no other header member | `headers::only_what_the_standard_has` |
//! | JWT-SVID §2.1 | RS, ES, PS 256 to 512 and no other | `vectors::accepted`, `vectors::refused` |
//! | JWT-SVID §2.2 | `kid` optional: then only keys of the right kind are tried | `vectors::accepted`, `headers::only_what_the_standard_has` |
//! | JWT-SVID §2.3, RFC 8725 §3.11 | `typ` absent, `JWT` or `JOSE` | `headers::only_what_the_standard_has` |
//! | JWT-SVID §3.1 | `sub` is a SPIFFE ID | `claims::each_is_checked` |
//! | JWT-SVID §3.2, RFC 7519 §4.1.3 | `aud` holds us, byte by byte | `claims::each_is_checked` |
//! | JWT-SVID §3.3, RFC 7519 §4.1.4 | `exp` there and ahead, without leeway | `claims::each_is_checked`, `proof::time_is_what_is_passed_in` |
//! | RFC 7519 §4.1.5, §4.1.6 | `nbf` and `iat` not ahead by more than the leeway | `claims::each_is_checked`, `settings::leeway_and_lifetime_can_be_set` |
//! | RFC 7519 §2 | dates are numbers from 1970 to 9999, fractions rounded to the safe side | `claims::each_is_checked` |
//! | JWT-SVID §5.1, RFC 7515 §2, §7.1 | compact form, one spelling | `form` |
//! | JWT-SVID §6, Trust Domain and Bundle §4 | keys with `use: jwt-svid` and a `kid` | `bundle`, `vectors::refused` |
//! | Trust Domain and Bundle §3 | only keys of the SVID's own trust domain, which a document can't name | `domains`, `bundle` |
//! | JWT-SVID §7.1 | one SVID is one replay key, however it is spelled | `replay`, `vectors::the_other_signature_is_the_same_svid` |
//! | RFC 7515 §4, RFC 7519 §4 | no member twice | `headers`, `claims`, `bundle` |
//! | RFC 8725 §3.1, §3.2 | the algorithm is the key's | `headers`, `vectors::refused` |
//! | RFC 8725 §3.10 | no key or URL from the header | `headers`, `vectors::refused` |
//! | RFC 7518 §3.3, §3.4, §3.5 | RSA of 2 048 bits or more, R‖S of fixed width, salts as long as the hash | `bundle`, `vectors::refused` |

mod bundle;
mod certificate;
mod claims;
#[cfg(all(feature = "testing", any(fuzzing, test)))]
#[doc(hidden)]
pub mod fuzzing;
mod layout;
pub mod limits;
#[cfg(any(feature = "federation", feature = "workload-api"))]
mod live;
mod replay;
mod svid;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "rustls")]
mod tls;
mod trust_domain;
#[cfg(feature = "workload-api")]
mod workload_api;

pub use bundle::{Bundle, BundleError, BundleFile, BundleFileError, Bundles, StaticBundles};
pub use layout::{AgentName, Layout, LayoutError, NotInLayout};
#[cfg(any(feature = "federation", feature = "workload-api"))]
pub use live::BundleStatus;
pub use replay::SvidReplay;
#[cfg(any(feature = "testing", feature = "workload-api"))]
pub use svid::X509Svid;
pub use svid::{SvidBinding, SvidError, SvidVerifier};
#[cfg(feature = "rustls")]
pub use tls::SvidClientVerifier;
pub use trust_domain::{TrustDomain, TrustDomainError};
#[cfg(feature = "workload-api")]
pub use workload_api::{JwtSvid, WorkloadApi, WorkloadApiError, WorkloadApiOptions};
