use aws_lc_rs::{
    encoding::{AsBigEndian, AsDer},
    rsa::KeyPairComponents,
    signature::{EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair, RsaPublicKeyComponents},
};
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use super::{
    signing::{Pair, SigningKey},
    verifying::{Material, VerifyingKey},
};
use crate::{der::element, jws};

/// What makes a JWK a private one (RFC 7518 §6.2.2, §6.3.2, RFC 8037 §2), as base64url.
#[derive(Serialize)]
pub(crate) struct PrivateMembers<T> {
    pub(crate) d: T,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) rsa: Option<RsaMembers<T>>,
}

/// RFC 7518 §6.3.2.2 to §6.3.2.6. Keys of more than two primes are not taken.
#[derive(Serialize)]
pub(crate) struct RsaMembers<T> {
    pub(crate) p: T,
    pub(crate) q: T,
    pub(crate) dp: T,
    pub(crate) dq: T,
    pub(crate) qi: T,
}

/// Text that is cleared when it is dropped.
pub(crate) struct Secret(Zeroizing<String>);

impl SigningKey {
    /// The private members; nothing only if the library fails.
    pub(crate) fn private_members(&self) -> Option<PrivateMembers<Secret>> {
        let (d, rsa) = match &self.pair {
            Pair::Ed25519(pair) => (Secret::of(pair.seed().ok()?.as_be_bytes().ok()?.as_ref()), None),
            Pair::Ecdsa(pair) => (Secret::of(pair.private_key().as_be_bytes().ok()?.as_ref()), None),
            Pair::Rsa(pair) => {
                let der = pair.as_der().ok()?;
                let [d, p, q, dp, dq, qi] = rsa_numbers(der.as_ref())?.map(Secret::of);
                (d, Some(RsaMembers { p, q, dp, dq, qi }))
            }
        };
        Some(PrivateMembers { d, rsa })
    }

    /// The key that `public` is the public half of, if these are the members of its private half.
    pub(crate) fn from_members(public: &VerifyingKey, private: &PrivateMembers<&str>) -> Option<Self> {
        let secret = |text: &str| jws::decode(text).map(Zeroizing::new);
        let (algorithm, d) = (public.algorithm(), secret(private.d)?);
        let pair = match (&public.material, &private.rsa) {
            (Material::Okp { x }, None) => Pair::Ed25519(Ed25519KeyPair::from_seed_and_public_key(&d, x).ok()?),
            // RFC 7518 §6.2.2.1: `d` is as wide as the curve.
            (Material::Ec { x, y }, None) if d.len() == x.len() => {
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                let signing = algorithm.signs_ecdsa()?;
                Pair::Ecdsa(EcdsaKeyPair::from_private_key_and_public_key(signing, &d, &point).ok()?)
            }
            (Material::Rsa { n, e }, Some(rsa)) => {
                let components = KeyPairComponents {
                    public_key: RsaPublicKeyComponents { n: n.as_slice(), e: e.as_slice() },
                    d: d.as_slice(),
                    p: &secret(rsa.p)?,
                    q: &secret(rsa.q)?,
                    dP: &secret(rsa.dp)?,
                    dQ: &secret(rsa.dq)?,
                    qInv: &secret(rsa.qi)?,
                };
                Pair::Rsa(RsaKeyPair::from_components(&components).ok()?)
            }
            _ => return None,
        };
        // The key names itself by its thumbprint.
        Self::new(pair, algorithm).ok().filter(|key| key.public().kid() == public.kid())
    }
}

impl Secret {
    fn of(bytes: &[u8]) -> Self {
        Self(jws::encode(bytes).into())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// `d`, `p`, `q`, `dp`, `dq` and `qi`, each without leading zeros (RFC 7518 §2, Base64urlUInt), of an
/// RSA key in PKCS#8 form (RFC 5208 §5, RFC 8017 A.1.2).
fn rsa_numbers(pkcs8: &[u8]) -> Option<[&[u8]; 6]> {
    let (info, _) = element(0x30, pkcs8)?;
    let (_version, info) = element(0x02, info)?;
    let (_algorithm, info) = element(0x30, info)?;
    let (key, _) = element(0x04, info)?;
    let (key, _) = element(0x30, key)?;
    let (_version, key) = element(0x02, key)?;
    let (_n, key) = element(0x02, key)?;
    let (_e, mut rest) = element(0x02, key)?;
    let mut numbers = [&[][..]; 6];
    for number in &mut numbers {
        let (digits, after) = element(0x02, rest)?;
        *number = digits.iter().position(|byte| *byte != 0).map_or(&[][..], |at| digits.split_at(at).1);
        rest = after;
    }
    Some(numbers)
}
