//! A certification authority that signs whatever it is told to.

use deputize_core::{AgentProof, UnixTime};
use deputize_spiffe::{Bundle, Layout, StaticBundles, SvidError, SvidVerifier};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};

pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const AGENT: &str = "spiffe://acme/agent/r1";

pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds).unwrap()
}

/// A certificate that signs others, and its key.
pub(crate) struct Ca {
    pub(crate) certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

pub(crate) fn key() -> KeyPair {
    KeyPair::generate().unwrap()
}

/// A root of its own, with what `change` makes of it.
pub(crate) fn root(name: &str, change: impl Fn(&mut CertificateParams)) -> Ca {
    root_with(key(), name, change)
}

pub(crate) fn root_with(key: KeyPair, name: &str, change: impl Fn(&mut CertificateParams)) -> Ca {
    let params = ca_params(name, change);
    let certificate = params.self_signed(&key).unwrap();
    Ca { certificate, issuer: Issuer::new(params, key) }
}

impl Ca {
    /// A signing certificate below this one.
    pub(crate) fn intermediate(&self, name: &str, change: impl Fn(&mut CertificateParams)) -> Ca {
        let (params, key) = (ca_params(name, change), key());
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Ca { certificate, issuer: Issuer::new(params, key) }
    }

    /// A leaf for [`AGENT`], with what `change` makes of it.
    pub(crate) fn leaf(&self, change: impl Fn(&mut CertificateParams)) -> Vec<u8> {
        self.leaf_of(&key(), change)
    }

    pub(crate) fn leaf_of(&self, key: &KeyPair, change: impl Fn(&mut CertificateParams)) -> Vec<u8> {
        let mut params = params("leaf");
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.subject_alt_names = vec![uri(AGENT)];
        params.not_after = date(NOW + 300);
        change(&mut params);
        params.signed_by(key, &self.issuer).unwrap().der().to_vec()
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        self.certificate.der().to_vec()
    }
}

fn ca_params(name: &str, change: impl Fn(&mut CertificateParams)) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.not_after = date(NOW + 3_600);
    change(&mut params);
    params
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date(NOW - 3_600);
    params
}

pub(crate) fn nothing(_: &mut CertificateParams) {}

pub(crate) fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().unwrap())
}

pub(crate) fn dns(text: &str) -> SanType {
    SanType::DnsName(text.try_into().unwrap())
}

pub(crate) fn date(seconds: u64) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(seconds.try_into().unwrap()).unwrap()
}

/// An extension under 2.5.29 with this value.
pub(crate) fn extension(number: u64, critical: bool, value: &[u8]) -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, number], value.to_vec());
    extension.set_criticality(critical);
    extension
}

/// The bundle of a trust domain with these authorities, by way of PEM.
pub(crate) fn bundle(trust_domain: &str, authorities: &[&Ca]) -> Bundle {
    let pem: String = authorities.iter().map(|ca| ca.certificate.pem()).collect();
    Bundle::from_pem(trust_domain.parse().unwrap(), &pem).unwrap()
}

pub(crate) fn verifier(authorities: &[&Ca]) -> SvidVerifier<StaticBundles> {
    SvidVerifier::new(Layout::default(), "unused", StaticBundles::new([bundle("acme", authorities)]))
}

/// What is said at [`NOW`] of this chain where `root` is the trust domain's only authority.
pub(crate) fn verify(root: &Ca, chain: &[Vec<u8>]) -> Result<AgentProof, SvidError> {
    verifier(&[root]).x509(chain, at(NOW))
}

/// The code of the error, or `ok`.
pub(crate) fn code(root: &Ca, chain: &[Vec<u8>]) -> &'static str {
    verify(root, chain).map_or_else(|error| error.code(), |_| "ok")
}
