//! A bundle in a file: what is read again, and when the last good one stays.
#![expect(clippy::unwrap_used, reason = "a panic here is the failure")]

use std::{
    fs::{self, File},
    path::PathBuf,
    time::{Duration, SystemTime},
};

use deputize_spiffe::{
    Bundle, BundleError, BundleFile, BundleFileError, Bundles, NoBundle, TrustDomain, testing::Authority,
};
use deputize_token::KeySetError;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Renamed into place, as configuration management does it.
    fn put(&self, name: &str, content: &str) -> PathBuf {
        fs::write(self.path("new"), content).unwrap();
        fs::rename(self.path("new"), self.path(name)).unwrap();
        self.path(name)
    }
}

fn acme() -> TrustDomain {
    "acme".parse().unwrap()
}

fn issue(sequence: u64) -> String {
    format!(r#"{{"keys": [], "spiffe_sequence": {sequence}}}"#)
}

fn sequence(file: &BundleFile) -> Option<u64> {
    file.bundle(&acme()).unwrap().sequence()
}

#[test]
fn it_is_read_again_when_it_was_replaced() {
    let folder = Folder::new();
    let file = BundleFile::open(acme(), folder.put("bundle", &issue(1)), Bundle::from_json).unwrap();
    assert_eq!(sequence(&file), Some(1));
    for number in 2..20 {
        folder.put("bundle", &issue(number));
        assert_eq!(sequence(&file), Some(number), "at once");
    }
    let other = file.bundle(&"other".parse().unwrap());
    assert_eq!(other.err(), Some(NoBundle::Unknown), "of its own trust domain only");
}

/// Same name, length and file: only the time tells, and that moves in ticks.
#[test]
fn it_is_read_again_when_it_was_written_in_place() {
    let folder = Folder::new();
    let path = folder.put("bundle", &issue(10));
    let file = BundleFile::open(acme(), &path, Bundle::from_json).unwrap();
    for number in 11..60 {
        fs::write(&path, issue(number)).unwrap();
        assert_eq!(sequence(&file), Some(number));
    }
}

/// `touch`, `cp -p` and archives set the time of a file back.
#[test]
fn a_time_that_was_set_back_hides_nothing() {
    let folder = Folder::new();
    let path = folder.put("bundle", &issue(10));
    let old = SystemTime::now() - Duration::from_secs(86_400);
    let set_back = || File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    set_back();
    let file = BundleFile::open(acme(), &path, Bundle::from_json).unwrap();
    assert_eq!(sequence(&file), Some(10));
    for number in 11..30 {
        fs::write(&path, issue(number)).unwrap();
        set_back();
        assert_eq!(sequence(&file), Some(number));
    }
}

/// As mounted configuration changes in a container.
#[cfg(unix)]
#[test]
fn it_is_read_again_when_a_link_on_its_path_changed() {
    let folder = Folder::new();
    let link = |target: &str| {
        let new = folder.path("link-new");
        std::os::unix::fs::symlink(folder.path(target), &new).unwrap();
        fs::rename(new, folder.path("data")).unwrap();
    };
    for number in [1, 2] {
        fs::create_dir(folder.path(&format!("v{number}"))).unwrap();
        fs::write(folder.path(&format!("v{number}")).join("bundle"), issue(number)).unwrap();
    }
    link("v1");
    let file = BundleFile::open(acme(), folder.path("data").join("bundle"), Bundle::from_json).unwrap();
    assert_eq!(sequence(&file), Some(1));
    link("v2");
    assert_eq!(sequence(&file), Some(2));
}

#[test]
fn the_last_good_one_stays_until_there_is_a_better() {
    let folder = Folder::new();
    let path = folder.put("bundle", &issue(1));
    let file = BundleFile::open(acme(), &path, Bundle::from_json).unwrap();
    assert!(file.error().is_none());

    folder.put("bundle", "{");
    assert_eq!(sequence(&file), Some(1));
    let refused = BundleError::KeySet(KeySetError::Malformed);
    assert!(matches!(file.error().as_deref(), Some(BundleFileError::Refused(error)) if *error == refused));

    fs::remove_file(&path).unwrap();
    assert_eq!(sequence(&file), Some(1));
    let error = file.error();
    assert!(
        matches!(error.as_deref(), Some(BundleFileError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound)
    );

    fs::write(&path, [0xff]).unwrap();
    assert!(matches!(file.error().as_deref(), Some(BundleFileError::NotText)));

    folder.put("bundle", &" ".repeat(256 * 1024 + 1));
    assert!(matches!(file.error().as_deref(), Some(BundleFileError::Refused(BundleError::TooLarge))));
    assert_eq!(sequence(&file), Some(1));

    folder.put("bundle", &issue(2));
    assert_eq!(sequence(&file), Some(2));
    assert!(file.error().is_none());
}

#[test]
fn one_that_is_never_good_is_no_source() {
    let folder = Folder::new();
    let open = |path: PathBuf| BundleFile::open(acme(), path, Bundle::from_json).map(drop);
    assert!(matches!(open(folder.path("none")), Err(BundleFileError::Io(_))));
    assert!(matches!(open(folder.put("bundle", "[]")), Err(BundleFileError::Refused(_))));
    assert!(matches!(open(folder.0.path().to_owned()), Err(BundleFileError::Io(_))), "a folder");
}

/// What the file holds is said by whoever opens it.
#[test]
fn all_forms_of_a_bundle_can_be_in_a_file() {
    let folder = Folder::new();
    let authority = Authority::generate(acme()).unwrap();
    let path = folder.put("bundle.json", &authority.bundle());
    let counts = |file: &BundleFile| {
        let bundle = file.bundle(&acme()).unwrap();
        (bundle.keys().len(), bundle.x509_authorities().count())
    };
    assert_eq!(counts(&BundleFile::open(acme(), &path, Bundle::from_json).unwrap()), (1, 1));
    assert_eq!(counts(&BundleFile::open(acme(), &path, Bundle::from_jwks).unwrap()), (1, 0));
    let der = Bundle::from_json(acme(), &authority.bundle()).unwrap().x509_authorities().next().unwrap().to_vec();
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der);
    let pem = folder.put("bundle.pem", &format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n"));
    assert_eq!(counts(&BundleFile::open(acme(), pem, Bundle::from_pem).unwrap()), (0, 1));
}

/// Lookups from many threads while the file changes: each sees one whole issue, never an older one
/// than it saw before.
#[test]
fn lookups_and_changes_may_run_at_once() {
    let folder = Folder::new();
    let file = BundleFile::open(acme(), folder.put("bundle", &issue(1)), Bundle::from_json).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut last = 0;
                while last < 200 {
                    let now = sequence(&file).unwrap();
                    assert!(now >= last, "{now} after {last}");
                    last = now;
                }
            });
        }
        for number in 2..=200 {
            folder.put("bundle", &issue(number));
        }
    });
}
