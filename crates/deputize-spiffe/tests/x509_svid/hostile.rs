//! What a hostile peer sends, and what a hostile namesake under a shared root is.

use allocation_counter::measure;
use deputize_spiffe::limits::{MAX_CERTIFICATE_BYTES, MAX_CHAIN_CERTIFICATES};

use crate::support::{Ca, NOW, at, code, extension, key, nothing, root, root_with, uri, verifier};

/// Intermediates of one name can be put in any order, and each order is a path to try: these would
/// take a second. Nobody that is trusted signed any of them.
#[test]
fn many_intermediates_of_one_name_are_refused_unread() {
    let top = root("root", nothing);
    let many = |ca: &mut rcgen::CertificateParams| {
        ca.custom_extensions.extend((0..600).map(|number| extension(1_000 + number, false, &[])));
    };
    let made: Vec<_> = (0..7).map(|_| root_with(key(), "one", many)).collect();
    let leaf = made.first().unwrap().leaf(nothing);
    let chain: Vec<_> = std::iter::once(leaf).chain(made.iter().map(|ca| ca.der())).collect();
    assert!(chain.iter().map(Vec::len).sum::<usize>() < 48 * 1024, "it fits a handshake");
    assert_eq!(code(&top, &chain), "too_large");
}

/// A CA that was renewed comes as two of one name.
#[test]
fn a_few_intermediates_of_one_name_are_tried() {
    let top = root("root", nothing);
    let below: Vec<_> = (0..3).map(|_| top.intermediate("below", nothing)).collect();
    let leaf = below.first().unwrap().leaf(nothing);
    let with = |count: usize| {
        let others = below.iter().take(count).rev().map(|ca| ca.der());
        code(&top, &std::iter::once(leaf.clone()).chain(others).collect::<Vec<_>>())
    };
    assert_eq!([with(1), with(2), with(3)], ["ok", "ok", "too_large"]);
}

/// RFC 3986 §3.1: a scheme has no case, so this is a SPIFFE ID in another spelling, and no URI that
/// is none.
#[test]
fn a_signing_certificate_has_its_spiffe_id_in_one_spelling() {
    let top = root("root", nothing);
    for id in ["SPIFFE://other", "Spiffe://acme/agent/r1", "SPIFFE://acme", "spiffe:other", "spiffe:/acme/x"] {
        let below = top.intermediate("below", |ca| ca.subject_alt_names = vec![uri(id)]);
        assert_eq!(code(&top, &[below.leaf(nothing), below.der()]), "authority_not_allowed", "{id}");
    }
}

/// X509-SVID §2: one that is an SVID has exactly one URI.
#[test]
fn a_signing_certificate_with_a_spiffe_id_has_no_other_uri() {
    let top = root("root", nothing);
    for ids in
        [["spiffe://acme", "spiffe://acme"], ["spiffe://acme", "https://acme"], ["https://acme", "spiffe://acme"]]
    {
        let below = top.intermediate("below", |ca| ca.subject_alt_names = ids.map(uri).to_vec());
        assert_eq!(code(&top, &[below.leaf(nothing), below.der()]), "authority_not_allowed", "{ids:?}");
    }
}

/// Each authority of that name costs a signature on each path: there is a bound for all together.
#[test]
fn signatures_are_looked_at_a_bounded_number_of_times() {
    let authorities: Vec<_> = (0..64).map(|_| root("root", nothing)).collect();
    let strangers: Vec<_> = (0..2).map(|_| root("root", nothing)).collect();
    let leaf = strangers.first().unwrap().leaf(nothing);
    let chain: Vec<_> = std::iter::once(leaf).chain(strangers.iter().map(|ca| ca.der())).collect();
    let verifier = verifier(&authorities.iter().collect::<Vec<_>>());
    assert_eq!(verifier.x509(&chain, at(NOW)).unwrap_err().code(), "too_large");
    let last = authorities.last().unwrap();
    assert!(verifier.x509(&[last.leaf(nothing)], at(NOW)).is_ok(), "an honest one is found");
}

/// Of certificates on one path, and of bytes of one: the most that is taken costs no more than twice the
/// half, and what is more than may come is refused unread.
#[test]
fn a_path_costs_what_it_is_long() {
    let top = root("root", nothing);
    let longest = MAX_CHAIN_CERTIFICATES - 1;
    let cas: Vec<_> = (0..MAX_CHAIN_CERTIFICATES).fold(Vec::new(), |mut cas: Vec<Ca>, n| {
        let below = cas.last().unwrap_or(&top).intermediate(&format!("below-{n}"), nothing);
        cas.push(below);
        cas
    });
    let long = |count: usize| {
        let between = cas.iter().take(count - 1).map(Ca::der);
        let leaf = cas.get(count.wrapping_sub(2)).unwrap_or(&top).leaf(nothing);
        std::iter::once(leaf).chain(between).collect::<Vec<_>>()
    };
    // What a signature and what lengths are spelled by differs by a few bytes from one to the next.
    let large = |size: usize| {
        let filled =
            |fill: usize| top.leaf(|leaf| leaf.custom_extensions = vec![extension(1_000, false, &vec![0; fill])]);
        let spare = size - filled(size / 2).len();
        vec![(0..16).map(|less| filled(size / 2 + spare - less)).find(|leaf| leaf.len() <= size).unwrap()]
    };
    let verifier = verifier(&[&top]);
    let cost = |chain: &[Vec<u8>]| {
        let mut code = "ok";
        let info = measure(|| code = verifier.x509(chain, at(NOW)).map_or_else(|error| error.code(), |_| "ok"));
        (code, info.count_total, info.bytes_total)
    };
    assert_eq!(cost(&long(longest + 1)).0, "too_large", "they may come, but are no path");
    for (half, full, over) in [
        (long(longest.div_ceil(2)), long(longest), long(MAX_CHAIN_CERTIFICATES + 1)),
        (large(MAX_CERTIFICATE_BYTES / 2), large(MAX_CERTIFICATE_BYTES), large(MAX_CERTIFICATE_BYTES + 200)),
    ] {
        let (half, full, over) = (cost(&half), cost(&full), cost(&over));
        println!("{half:?} {full:?} {over:?}");
        assert_eq!((half.0, full.0, over), ("ok", "ok", ("too_large", 0, 0)));
        assert!(full.1 <= 2 * half.1 && full.2 <= 2 * half.2 + 1_024, "{half:?} {full:?}");
    }
}
