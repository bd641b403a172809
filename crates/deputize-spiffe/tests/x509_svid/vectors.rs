//! `testdata/svids/x509_svid.json`: certificates that another implementation made.

use deputize_core::UnixTime;
use deputize_spiffe::{Bundle, Layout, StaticBundles, SvidError, SvidVerifier};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use serde_json::Value;

#[test]
fn accepted_and_refused() {
    let vectors: Value = serde_json::from_str(include_str!("../../../../testdata/svids/x509_svid.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let bundle = Bundle::from_pem(text(&vectors["trust_domain"]).parse().unwrap(), &text(&vectors["bundle"])).unwrap();
    let verifier = SvidVerifier::new(Layout::default(), "unused", StaticBundles::new([bundle]));
    let now = UnixTime::from_secs(vectors["now"].as_u64().unwrap()).unwrap();
    let verify = |vector: &Value| {
        let pem = text(&vector["chain"]);
        let chain: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes()).map(Result::unwrap).collect();
        let proof = verifier.x509(&chain, now)?;
        Ok::<_, SvidError>(proof.by().spiffe_id().unwrap().to_string())
    };
    for vector in vectors["accepted"].as_array().unwrap() {
        assert_eq!(verify(vector), Ok(text(&vector["subject"])), "{}, {}", vector["name"], vector["clause"]);
    }
    for vector in vectors["refused"].as_array().unwrap() {
        let code = verify(vector).map_err(|error| error.code().to_owned());
        assert_eq!(code, Err(text(&vector["code"])), "{}, {}", vector["name"], vector["clause"]);
    }
}
