//! Agent identity by SPIFFE: who an agent is, proven by the platform it runs on.
//!
//! An [`SvidVerifier`] takes a JWT-SVID, or the certificates of an X.509-SVID, and gives an
//! [`AgentProof`](deputize_core::AgentProof), or an [`SvidError`]; there is nothing in between. A
//! [`Layout`] says what the parts of a SPIFFE ID mean, and so to which tenant the agent belongs: never
//! what a caller claims. [`Bundle`]s hold the authorities of trust domains, which come from
//! configuration and never from a document.
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
//! `AgentProof`, `AgentId` and `UnixTime` are `deputize_core`'s; the crate `deputize` has all of it
//! under one name. The client id of the agent comes from its request: issuing on a proof checks that
//! the two are of one agent.
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `rustls` | `SvidClientVerifier`: mutual TLS |
//! | `workload-api` | `WorkloadApi`: bundles and one's own SVIDs, from the agent on this machine |
//! | `federation` | `Federation`: bundles from bundle endpoints |
//! | `testing` | `testing::Authority`: a trust domain for tests, as in the example above |
//!
//! # Where bundles come from
//!
//! Anything that is [`Bundles`]. Sources for different trust domains are put together as pairs. With
//! more than one trust domain, say in [`SvidVerifier::tenants`] whose agents each may name.
//!
//! | source | what it is for | when it is renewed |
//! | --- | --- | --- |
//! | [`StaticBundles`] | tests, and authorities that never change | never |
//! | [`BundleFile`] | a file that something else keeps up to date | at the first lookup after a change |
//! | `WorkloadApi` (feature `workload-api`) | one's own trust domain, and those it is federated with | as the agent sends it |
//! | `Federation` (feature `federation`) | other trust domains, by their bundle endpoints | as often as the bundle says |
//!
//! All but the first keep the last good bundle when something fails, and say how it goes: `error` of
//! a file, `status` of the others.
//!
//! # What is checked, by clause
//!
//! Tests are named by file or module and function, below `tests/`.
//!
//! ## SPIFFE IDs and JWT-SVIDs
//!
//! | clause | check | test |
//! | --- | --- | --- |
//! | SPIFFE-ID §2, §2.1, §2.2, §2.3 | in canonical form, at most 2 048 bytes, with a path | `ids`, `claims::each_is_checked`, `leaf::refused` |
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
//! | RFC 8725 §3.1, §3.2 | the algorithm is the key's; that of an RSA key without `alg` is RS256 | `headers`, `vectors::refused` |
//! | RFC 8725 §3.10 | no key or URL from the header | `headers`, `vectors::refused` |
//! | RFC 7518 §3.3, §3.4, §3.5 | RSA of 2 048 bits or more, R‖S of fixed width, salts as long as the hash | `bundle`, `vectors::refused` |
//!
//! EdDSA is refused by name, `unsupported_algorithm`: the standard does not have it.
//!
//! ## X.509-SVIDs
//!
//! | clause | check | test |
//! | --- | --- | --- |
//! | X509-SVID §2, §5.2 | exactly one URI; names of other kinds do not matter | `leaf::accepted`, `leaf::refused` |
//! | X509-SVID §3.1, §5.2 | the URI is a SPIFFE ID with a path | `leaf::refused` |
//! | X509-SVID §3.1, RFC 5280 §4.1.2.6 | without a subject the names are critical | `leaf::accepted`, `leaf::refused` |
//! | X509-SVID §3.2, §5.2 | a signing certificate never identifies anybody | `leaf::refused`, `path::a_path_ends_at_an_authority_of_the_bundle` |
//! | X509-SVID §3.2 | the SPIFFE ID of a signing certificate has no path, and is of the trust domain for which it signs (a SHOULD there, a MUST here) | `path::signing_certificates`, `domains::a_shared_root_is_divided_by_its_intermediates`, `hostile` |
//! | X509-SVID §4.1 | `cA` false in a leaf and true in what signs | `leaf`, `path::signing_certificates` |
//! | X509-SVID §4.1, RFC 5280 §4.2.1.9 | path lengths, that of an authority included | `path::paths_are_no_longer_than_allowed` |
//! | X509-SVID §4.2, RFC 5280 §4.2.1.10 | names within their constraints; constraints on URIs are not understood, and never met | `path::names_stay_within_their_constraints`, `path::signing_certificates` |
//! | X509-SVID §4.3 | a leaf's key usage is there, critical, has `digitalSignature`, and neither `keyCertSign` nor `cRLSign` | `leaf::refused` |
//! | X509-SVID §4.3 | what signs has `keyCertSign` | `path::signing_certificates`, `path::authorities` |
//! | X509-SVID §4.4, RFC 5280 §4.2.1.12 | extended key usage, where it is there, allows both sides | `leaf::refused`, `path::signing_certificates` |
//! | X509-SVID §5.1, RFC 5280 §6 | a path to an authority of the leaf's own trust domain | `path`, `domains`, `x509_svid::vectors` |
//! | RFC 5280 §4.1.2.5 | every certificate of the path is valid now; the proof ends with the first of them | `time` |
//! | RFC 5280 §4.2 | no extension twice, none critical that is not understood | `leaf::refused`, `path::signing_certificates` |
//! | X.690 §10, §11 | one spelling, and no byte that can be changed | `form` |
//! | RFC 8705 §3.1 | the proof carries the certificate's `x5t#S256` | `proof::a_good_one_proves_the_agent_until_it_expires` |
//! | RFC 8446 §4.4.3 | in mutual TLS, the client holds the certificate's key | `tls` |
//!
//! Certificate revocation lists are not looked at: SVIDs are short-lived, and SPIRE issues none. A
//! root that stands above several trust domains divides them only by the SPIFFE IDs of the CAs below
//! it: one without may sign for each of them.
//!
//! ## Bundles
//!
//! | clause | check | test |
//! | --- | --- | --- |
//! | Trust Domain and Bundle §3, Federation §4.2 | bundles are not merged: one source answers for all of a trust domain | `domains::sources_are_put_together` |
//! | Trust Domain and Bundle §4.1.1, §4.1.2 | the sequence number and the refresh hint are whole numbers | `bundle::documents_are_refused_as_a_whole`, `bundle::says_how_old_it_may_get` |
//! | Trust Domain and Bundle §4.1.3, §4.2.1, §4.2.2 | keys of an unknown kind or use are ignored, and so are those without use | `bundle::keys_for_jwt_svids_are_taken_and_others_left_out`, `bundle::x509::entries_are_taken_by_their_use_and_first_certificate` |
//! | X509-SVID §6.1, §6.2 | of an `x509-svid` entry the first value of `x5c` | `bundle::x509` |
//! | Workload API §6.2.2 | a JWK Set of JWT authorities need not say their use | `bundle::a_jwk_set_of_jwt_authorities_need_not_say_their_use` |
//! | RFC 7468 §2, §5 | PEM text with certificates | `bundle::x509::pem_text_holds_one_certificate_or_more` |
//!
//! ## Workload API
//!
//! | clause | check | test |
//! | --- | --- | --- |
//! | Workload Endpoint §4 | `unix:` with an absolute path or `tcp:` with an IP address | `workload_api::an_address_that_is_none_is_refused_at_once` |
//! | Workload API §4.2 | a stream that breaks is opened again, bundles kept with their age | `spire::life`, `merge::the_age_counts_from_when_the_first_stream_broke` |
//! | Workload API §4.3 | the first response without delay; an agent that hangs is noticed | `spire::agent::an_agent_that_hangs_is_noticed_and_one_that_is_dropped_is_left_alone` |
//! | Workload API §4.3, §4.4 | a response is all there is: what is missing is unloaded | `merge::a_response_is_all_there_is`, `spire::federation` |
//! | Workload API §4.6, §6.3 | only the bundle of the SVID's own trust domain, federated ones too | `spire::federation` |
//! | Workload API §5.2.2, §6.2.2 | a denial that lasts withdraws all bundles, any other failure none | `merge::a_denial_that_lasts_withdraws_and_a_short_one_does_not`, `merge::any_failure_but_a_denial_keeps_the_bundles`, `spire::life` |
//! | Workload API §6.2.1 | the SVID of the identity that was asked for | `jwt_svid::is_of_the_identity_that_was_asked_for_and_is_not_printed`, `spire::life` |
//!
//! ## Federation
//!
//! | clause | check | test |
//! | --- | --- | --- |
//! | Federation §4.1 | as often as the hint says, within limits; five minutes without one | `schedule`, `federation::kept::it_is_fetched_at_once_and_when_the_hint_says_also_after_a_failure` |
//! | Federation §4.2 | a lower sequence does not replace a newer bundle; bundles are never merged | `federation::kept::an_older_bundle_does_not_replace_a_newer_one`, `kept::two_relationships_with_one_trust_domain_are_refused` |
//! | Federation §5.1, §7.2, §7.3 | trust domain, URL and profile from configuration; a document counts for nobody else | `federation::kept::a_document_served_for_the_wrong_relationship_verifies_nobody_else`, `web::an_svid_is_no_certificate_for_a_host`, `spiffe::a_certificate_for_the_host_is_no_svid` |
//! | Federation §5.2.1.1, §5.2.2.1 | `https`, no user information | `url`, `federation::redirects::the_target_has_to_be_an_endpoints_url` |
//! | Federation §5.2.1.3, §5.2.2.3 | UTF-8; at most 256 KiB, 30 s | `federation::http` |
//! | Federation §5.2.1.4, RFC 9525 §2 | the certificate is for the URL's host, by a root that is trusted | `federation::web`, `redirects::the_target_proves_its_host` |
//! | Federation §5.2.2.4 | an X.509-SVID of exactly the configured SPIFFE ID | `federation::spiffe`, `redirects::the_target_is_the_same_workload` |
//! | Federation §5.2.2.4 | self-serving: the last fetched bundle, and never the configured one again | `federation::spiffe::an_endpoint_that_serves_itself_is_verified_by_what_it_served_last`, `spire::endpoint` |
//! | Federation §5.2.2.4 | not self-serving: the bundle of the endpoint's trust domain at that moment | `federation::spiffe::an_endpoint_that_serves_another_is_verified_by_its_own_bundle_of_that_moment` |
//! | Federation §5.2.1.4, §5.2.2.4, §7.5.1 | redirects followed up to three times, never kept, can be turned off | `federation::redirects` |
//! | Federation §6.2 | after a failure the last good bundle stays, the next try at the next interval | `schedule`, `federation::kept`, `http` |
//! | Federation §7.6 | relationships that rest on others | `federation::spiffe::one_relationship_can_rest_on_another` |
//! | RFC 9110 §13.1.2, §13.1.3 | validators of the bundle in use, sent to where they came from | `federation::http::a_bundle_that_is_still_the_newest_is_confirmed`, `redirects::validators_go_back_to_where_they_came_from_only` |

mod bundle;
mod certificate;
#[cfg(feature = "federation")]
mod federation;
#[cfg(all(feature = "testing", any(fuzzing, test)))]
#[doc(hidden)]
pub mod fuzzing;
mod layout;
pub mod limits;
#[cfg(any(feature = "federation", feature = "workload-api"))]
mod live;
mod svid;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "rustls")]
mod tls;
mod trust_domain;
#[cfg(feature = "workload-api")]
mod workload_api;

pub use bundle::{Bundle, BundleError, BundleFile, BundleFileError, Bundles, NoBundle, StaticBundles};
#[cfg(feature = "federation")]
pub use federation::{
    EndpointProfile, EndpointUrl, EndpointUrlError, Federation, FederationError, FederationStartError, Relationship,
};
pub use layout::{AgentName, Layout, LayoutError, NotInLayout};
#[cfg(any(feature = "federation", feature = "workload-api"))]
pub use live::BundleStatus;
#[cfg(any(feature = "testing", feature = "workload-api"))]
pub use svid::X509Svid;
pub use svid::{SvidBinding, SvidError, SvidReplay, SvidVerifier};
#[cfg(feature = "rustls")]
pub use tls::SvidClientVerifier;
pub use trust_domain::{TrustDomain, TrustDomainError};
#[cfg(feature = "workload-api")]
pub use workload_api::{JwtSvid, WorkloadApi, WorkloadApiError, WorkloadApiOptions};
