//! One trust domain: its agent's SVIDs, from the first one to the end of its entry.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{sync::Arc, time::Duration};

use deputize_core::{AgentId, ProvenBy};
use deputize_spiffe::{
    BundleStatus, Bundles, JwtSvid, Layout, SvidError, SvidVerifier, WorkloadApi, WorkloadApiError, WorkloadApiOptions,
};

use crate::support::{Agent, Server, US, now, spire, wait_for, wait_for_answer};

const LAYOUT: &str = "spiffe://<tenant>/agent/<name>";

/// One server, one agent, one [`WorkloadApi`] that is never connected anew: the steps go on from
/// each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_proven_through_rotations_and_restarts_until_its_entry_is_gone() {
    let Some(binaries) = spire() else { return };
    let server = Server::start(&binaries, "acme.example", "ec-p256");
    let mut agent = server.agent();
    let entry = server.register("/agent/r1", &[]);
    let mut options = WorkloadApiOptions::default();
    options.withdraw_after = Duration::from_secs(3);
    let workload_api = Arc::new(WorkloadApi::connect_with(&agent.endpoint(), options).await.unwrap());
    let it = Life { server, workload_api };

    it.both_svids_prove_the_agent().await;
    let second = it.one_of_two_identities_is_chosen().await;
    it.rotated_jwt_keys_count_without_a_restart().await;
    it.rotated_x509_authorities_count_without_a_restart().await;
    it.bundles_outlive_a_restart_of_the_agent(&mut agent).await;
    it.nothing_is_trusted_once_the_entries_are_gone(&agent, &[entry, second]).await;
}

struct Life {
    server: Server,
    workload_api: Arc<WorkloadApi>,
}

fn id(path: &str) -> AgentId {
    format!("spiffe://acme.example{path}").parse().unwrap()
}

fn kid(svid: &str) -> String {
    let header = deputize_token::jws::decode(svid.split('.').next().unwrap()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    header.get("kid").unwrap().as_str().unwrap().to_owned()
}

impl Life {
    fn verifier(&self, audience: &str) -> SvidVerifier<Arc<WorkloadApi>> {
        SvidVerifier::new(LAYOUT.parse::<Layout>().unwrap(), audience, Arc::clone(&self.workload_api))
    }

    fn jwt(&self, audience: &str, svid: &JwtSvid) -> Result<(), SvidError> {
        self.verifier(audience).jwt(svid.secret(), now()).map(drop)
    }

    fn status(&self) -> BundleStatus {
        self.workload_api.status(&"acme.example".parse().unwrap()).unwrap()
    }

    /// How many keys and X.509 authorities there are.
    fn authorities(&self) -> (usize, usize) {
        let bundle = self.workload_api.bundle(&"acme.example".parse().unwrap());
        bundle.map_or((0, 0), |bundle| (bundle.keys().iter().count(), bundle.x509_authorities().count()))
    }

    async fn both_svids_prove_the_agent(&self) {
        let verifier = self.verifier(US);
        let svid = self.workload_api.jwt_svid(US, None).await.unwrap();
        let proof = verifier.jwt(svid.secret(), now()).unwrap();
        assert_eq!((proof.tenant().as_str(), proof.by()), ("acme.example", &ProvenBy::JwtSvid(id("/agent/r1"))));
        assert_eq!((proof.expires_at(), svid.id()), (svid.expires_at(), &id("/agent/r1")));
        let left = proof.expires_at().since(now());
        assert!((240..=300).contains(&left), "{left} s of 5 min");
        assert_eq!(verifier.jwt(svid.secret(), svid.expires_at()).unwrap_err(), SvidError::Expired);
        assert_eq!(self.jwt("https://other.example", &svid), Err(SvidError::WrongAudience));
        assert!(!format!("{svid:?}").contains(svid.secret().rsplit('.').next().unwrap()));

        let svid = self.workload_api.x509_svid(None).await.unwrap();
        let proof = verifier.x509(svid.chain(), now()).unwrap();
        assert_eq!((proof.tenant().as_str(), proof.by()), ("acme.example", &ProvenBy::X509Svid(id("/agent/r1"))));
        let left = proof.expires_at().since(now());
        assert!((540..=600).contains(&left), "{left} s of 10 min");

        assert!(is_fresh(&self.status()));
        assert_eq!(self.workload_api.status(&"other.example".parse().unwrap()), None);
    }

    async fn one_of_two_identities_is_chosen(&self) -> String {
        let (r2, stranger) = (id("/agent/r2"), id("/agent/stranger"));
        let entry = self.server.register("/agent/r2", &[]);
        let svid = wait_for_answer("the second identity", async || self.workload_api.x509_svid(Some(&r2)).await.ok());
        let proof = self.verifier(US).x509(svid.await.chain(), now()).unwrap();
        assert_eq!(proof.by(), &ProvenBy::X509Svid(r2.clone()));
        let svid = self.workload_api.jwt_svid(US, Some(&r2)).await.unwrap();
        assert_eq!(self.verifier(US).jwt(svid.secret(), now()).unwrap().by(), &ProvenBy::JwtSvid(r2));
        let refused = self.workload_api.jwt_svid(US, Some(&stranger)).await.unwrap_err();
        assert_eq!(refused, WorkloadApiError::PermissionDenied("no identity issued".to_owned()));
        let refused = self.workload_api.x509_svid(Some(&stranger)).await.unwrap_err();
        assert!(matches!(refused, WorkloadApiError::PermissionDenied(_)), "{refused}");
        entry
    }

    async fn rotated_jwt_keys_count_without_a_restart(&self) {
        let later = "https://later.example";
        let old = self.workload_api.jwt_svid(US, None).await.unwrap();
        let prepared = self.server.ask("localauthority jwt prepare", &[], "/prepared_authority/authority_id");
        wait_for("the prepared key", || (self.authorities().0 == 2).then_some(()));
        self.server.run("localauthority jwt activate", &["-authorityID", &prepared]);
        // The agent keeps SVIDs by audience: one for another audience is new.
        let new = self.workload_api.jwt_svid(later, None).await.unwrap();
        assert_eq!(kid(new.secret()), prepared);
        assert_ne!(kid(old.secret()), prepared);
        assert_eq!(self.jwt(later, &new), Ok(()));
        assert_eq!(self.jwt(US, &old), Ok(()));
        assert_eq!(self.verifier(US).jwt(old.secret(), old.expires_at()).unwrap_err(), SvidError::Expired);

        let replaced = ["-authorityID", &kid(old.secret())];
        self.server.run("localauthority jwt taint", &replaced);
        // An agent that never saw it tainted goes on handing out SVIDs that it has kept.
        let renewed = wait_for_answer("an SVID by the new key", async || {
            let svid = self.workload_api.jwt_svid(US, None).await.ok()?;
            (kid(svid.secret()) == prepared).then_some(svid)
        });
        assert_eq!(self.jwt(US, &renewed.await), Ok(()));
        self.server.run("localauthority jwt revoke", &replaced);
        wait_for("one key", || (self.authorities().0 == 1).then_some(()));
        assert_eq!(self.jwt(US, &old), Err(SvidError::UnknownKey));
        assert_eq!(self.jwt(later, &new), Ok(()));
    }

    async fn rotated_x509_authorities_count_without_a_restart(&self) {
        let first = id("/agent/r1");
        let old = self.workload_api.x509_svid(Some(&first)).await.unwrap();
        let prepared = self.server.ask("localauthority x509 prepare", &[], "/prepared_authority/authority_id");
        wait_for("the prepared authority", || (self.authorities().1 == 2).then_some(()));
        self.server.run("localauthority x509 activate", &["-authorityID", &prepared]);
        // So that the agent replaces SVIDs before their time.
        let replaced = self.server.ask("localauthority x509 show", &[], "/old/authority_id");
        self.server.run("localauthority x509 taint", &["-authorityID", &replaced]);
        // For a moment it has none and says that there is no identity: that withdraws nothing.
        let new = wait_for_answer("an SVID by the new authority", async || {
            assert_eq!(self.authorities().1, 2);
            let svid = self.workload_api.x509_svid(Some(&first)).await.ok()?;
            (svid.chain() != old.chain()).then_some(svid)
        });
        let new = new.await;
        wait_for("a fresh bundle", || is_fresh(&self.status()).then_some(()));
        for svid in [old, new] {
            let proof = self.verifier(US).x509(svid.chain(), now()).unwrap();
            assert_eq!(proof.by(), &ProvenBy::X509Svid(first.clone()));
        }
    }

    async fn bundles_outlive_a_restart_of_the_agent(&self, agent: &mut Agent) {
        let svid = self.workload_api.jwt_svid(US, None).await.unwrap();
        assert!(is_fresh(&self.status()));
        agent.stop();
        let down = wait_for("failures", || Some(self.status()).filter(|status| status.failures > 3));
        assert!(down.age > Some(Duration::ZERO), "{down:?}");
        assert!(down.error.unwrap().contains("not available"));
        let older = wait_for("its age", || self.status().age.filter(|age| Some(*age) > down.age));
        assert!(older < Duration::from_secs(20));
        assert_eq!(self.jwt(US, &svid), Ok(()));
        let refused = self.workload_api.jwt_svid(US, None).await.unwrap_err();
        assert!(matches!(refused, WorkloadApiError::Unavailable(_)), "{refused}");

        agent.start_again();
        let mut seen = self.authorities();
        wait_for("a fresh bundle", || {
            seen = seen.min(self.authorities());
            is_fresh(&self.status()).then_some(())
        });
        assert_eq!(seen, self.authorities(), "not for a moment was there less");
        let svid = self.workload_api.jwt_svid("https://again.example", None).await.unwrap();
        assert_eq!(self.jwt("https://again.example", &svid), Ok(()));
    }

    async fn nothing_is_trusted_once_the_entries_are_gone(&self, agent: &Agent, entries: &[String]) {
        let svid = self.workload_api.jwt_svid(US, None).await.unwrap();
        for entry in entries {
            self.server.run("entry delete", &["-entryID", entry]);
        }
        let denied = WorkloadApiError::PermissionDenied("no identity issued".to_owned());
        let refused = wait_for_answer("a denial", async || self.workload_api.jwt_svid(US, None).await.err());
        assert_eq!(refused.await, denied);
        assert_eq!(self.workload_api.x509_svid(None).await.unwrap_err(), denied);
        wait_for("no bundle", || (self.authorities() == (0, 0)).then_some(()));
        assert_eq!(self.jwt(US, &svid), Err(SvidError::BundleUnavailable));
        let status = wait_for("the reason", || Some(self.status()).filter(|status| status.error.is_some()));
        assert_eq!((status.age, status.error), (None, Some(denied.to_string())));

        let mut options = WorkloadApiOptions::default();
        options.timeout = Duration::from_millis(500);
        let refused = WorkloadApi::connect_with(&agent.endpoint(), options).await.unwrap_err();
        assert_eq!(refused, denied);

        self.server.register("/agent/r1", &[]);
        wait_for("trust again", || is_fresh(&self.status()).then_some(()));
        assert_eq!(self.jwt(US, &svid), Ok(()));
    }
}

fn is_fresh(status: &BundleStatus) -> bool {
    (status.age, status.failures, &status.error) == (Some(Duration::ZERO), 0, &None)
}
