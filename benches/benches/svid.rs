//! SVIDs verified with every check: a JWT-SVID beside the bare verification of its signature, an
//! X.509-SVID beside path validation alone.

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use deputize_benches::{Failure, now};
use deputize_spiffe::{Bundle, Layout, StaticBundles, SvidVerifier, testing::Authority};
use deputize_token::jws::{Jws, decode};
use rustls_pki_types::CertificateDer;

const AUDIENCE: &str = "https://id.example";

fn svids(criterion: &mut Criterion) -> Result<(), Failure> {
    let mut group = criterion.benchmark_group("svid");
    let authority = Authority::generate("acme".parse()?)?;
    let agent = "spiffe://acme/agent/research/summarizer".parse()?;
    let bundle = Bundle::from_json("acme".parse()?, &authority.bundle())?;

    let jwt = authority.svid(&agent, AUDIENCE, now(), 300)?;
    let (input, signature) = jwt.rsplit_once('.').ok_or("no signature")?;
    let signature = decode(signature).ok_or("no signature")?;
    let jws = Jws::parse(&jwt, usize::MAX)?;
    let key = jws.header().kid.as_deref().and_then(|kid| bundle.keys().get(kid)).ok_or("no key")?;
    group.bench_function("jwt/floor_bare_verification", |bencher| {
        bencher.iter(|| key.verify(black_box(input.as_bytes()), black_box(&signature)));
    });

    let x509 = authority.x509_svid(&agent, now(), 300)?;
    let leaf = CertificateDer::from(x509.chain().first().ok_or("no leaf")?.as_slice());
    let root = CertificateDer::from(bundle.x509_authorities().next().ok_or("no authority")?);
    let anchors = [webpki::anchor_from_trusted_cert(&root)?];
    let time = rustls_pki_types::UnixTime::since_unix_epoch(Duration::from_secs(now().as_secs()));
    let webpki = |der: &CertificateDer<'_>| {
        let usage = webpki::KeyUsage::client_auth();
        let leaf = webpki::EndEntityCert::try_from(der)?;
        leaf.verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &anchors, &[], time, usage, None, None).map(drop)
    };
    webpki(&leaf)?;
    group.bench_function("x509/floor_webpki_alone", |bencher| bencher.iter(|| webpki(black_box(&leaf))));

    let verifier = SvidVerifier::new(Layout::default(), AUDIENCE, StaticBundles::new([bundle]));
    let (by_jwt, by_x509) = (verifier.jwt(&jwt, now())?, verifier.x509(&[&leaf], now())?);
    assert_eq!(by_jwt.by().spiffe_id(), by_x509.by().spiffe_id(), "both say who it is");
    group.bench_function("jwt/all_checks", |bencher| bencher.iter(|| verifier.jwt(black_box(&jwt), now())));
    group.bench_function("x509/all_checks", |bencher| bencher.iter(|| verifier.x509(&[black_box(&leaf)], now())));
    group.finish();
    Ok(())
}

fn all(criterion: &mut Criterion) {
    let done = svids(criterion);
    assert!(done.is_ok(), "{done:?}");
}

criterion_group!(benches, all);
criterion_main!(benches);
