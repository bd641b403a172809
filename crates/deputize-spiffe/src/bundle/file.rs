use std::{
    fs::{self, File, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use super::{Bundle, BundleError, Bundles, NoBundle};
use crate::{limits::MAX_BUNDLE_BYTES, trust_domain::TrustDomain};

/// The bundle of one trust domain, in a file that is read again whenever it has changed.
///
/// Each lookup asks the file system for the file's state, which costs about a microsecond, and reads
/// the file when that state is another. So there is no thread and no interval, and a bundle that was
/// replaced counts from the next SVID on, whether the file was written anew, renamed into place, or
/// reached by a symbolic link that changed. A file that can't be read, or is refused, leaves the last
/// good bundle in use, and [`BundleFile::error`] says why.
#[derive(Debug)]
pub struct BundleFile {
    path: PathBuf,
    trust_domain: TrustDomain,
    read: Reader,
    state: RwLock<State>,
}

type Reader = fn(TrustDomain, &str) -> Result<Bundle, BundleError>;

/// Why a bundle could not be taken from its file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleFileError {
    /// It could not be read.
    #[error("the bundle's file can't be read")]
    Io(#[from] io::Error),
    /// It is no text in UTF-8.
    #[error("the bundle's file is not UTF-8 text")]
    NotText,
    /// What it holds is refused.
    #[error("the bundle in the file is refused")]
    Refused(#[from] BundleError),
}

#[derive(Debug)]
struct State {
    bundle: Arc<Bundle>,
    /// What the bundle was read from: the same again is not read again.
    bytes: Vec<u8>,
    stamp: Option<Stamp>,
    error: Option<Arc<BundleFileError>>,
}

/// What tells one content of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
    /// When anything about it changed last: that can't be set back, as `modified` can.
    changed: SystemTime,
    /// Which file it is.
    file: (u64, u64),
}

/// Within this time of a change a file may change again without its stamp showing it: file systems
/// keep times in ticks, some in whole seconds.
const SETTLED: Duration = Duration::from_secs(2);

impl BundleFile {
    /// Reads the file. `read` says what it holds: [`Bundle::from_json`], [`Bundle::from_jwks`] or
    /// [`Bundle::from_pem`].
    ///
    /// # Errors
    ///
    /// As [`BundleFileError`] tells.
    pub fn open(
        trust_domain: TrustDomain,
        path: impl Into<PathBuf>,
        read: fn(TrustDomain, &str) -> Result<Bundle, BundleError>,
    ) -> Result<Self, BundleFileError> {
        let path = path.into();
        let Content { bytes, stamp } = Content::of(&path)?;
        let bundle = Arc::new(parse(&trust_domain, &bytes, read)?);
        let state = RwLock::new(State { bundle, bytes, stamp, error: None });
        Ok(Self { path, trust_domain, read, state })
    }

    /// Why the bundle in use is not the one in the file, if it is not.
    #[must_use]
    pub fn error(&self) -> Option<Arc<BundleFileError>> {
        self.current().1
    }

    fn current(&self) -> (Arc<Bundle>, Option<Arc<BundleFileError>>) {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        if state.is_of(&self.seen()) {
            return state.answer();
        }
        drop(state);
        // Looked at and read by one at a time: whoever read first must not write last.
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if !state.is_of(&self.seen()) {
            state.error = self.renew(&mut state).err().map(Arc::new);
        }
        state.answer()
    }

    fn renew(&self, state: &mut State) -> Result<(), BundleFileError> {
        // What can't be read now may be read in a moment, with the same stamp: too many open files,
        // say. Only what was read and refused is refused until it changes.
        state.stamp = None;
        let Content { bytes, stamp } = Content::of(&self.path)?;
        state.stamp = stamp;
        if bytes != state.bytes {
            state.bundle = Arc::new(parse(&self.trust_domain, &bytes, self.read)?);
            state.bytes = bytes;
        }
        Ok(())
    }

    fn seen(&self) -> Option<Stamp> {
        Stamp::of(&fs::metadata(&self.path).ok()?).ok()
    }
}

impl State {
    fn is_of(&self, seen: &Option<Stamp>) -> bool {
        seen.is_some() && *seen == self.stamp
    }

    fn answer(&self) -> (Arc<Bundle>, Option<Arc<BundleFileError>>) {
        (Arc::clone(&self.bundle), self.error.clone())
    }
}

impl Bundles for BundleFile {
    fn bundle(&self, trust_domain: &TrustDomain) -> Result<Arc<Bundle>, NoBundle> {
        if self.trust_domain == *trust_domain { Ok(self.current().0) } else { Err(NoBundle::Unknown) }
    }
}

fn parse(trust_domain: &TrustDomain, bytes: &[u8], read: Reader) -> Result<Bundle, BundleFileError> {
    if bytes.len() > MAX_BUNDLE_BYTES {
        return Err(BundleError::TooLarge.into());
    }
    let text = str::from_utf8(bytes).map_err(|_| BundleFileError::NotText)?;
    Ok(read(trust_domain.clone(), text)?)
}

/// What is in the file, up to one byte more than it may be, and the stamp of exactly that, if it can
/// be relied on.
struct Content {
    bytes: Vec<u8>,
    stamp: Option<Stamp>,
}

impl Content {
    fn of(path: &Path) -> io::Result<Self> {
        // To open a pipe waits for whoever writes to it, and with it would wait every lookup.
        regular(&fs::metadata(path)?)?;
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        regular(&metadata)?;
        let before = Stamp::of(&metadata)?;
        let mut bytes = Vec::new();
        file.by_ref().take(MAX_BUNDLE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        let after = Stamp::of(&file.metadata()?)?;
        Ok(Self { bytes, stamp: (before == after).then_some(after).and_then(Stamp::settled) })
    }
}

fn regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() { Ok(()) } else { Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")) }
}

impl Stamp {
    fn of(metadata: &Metadata) -> io::Result<Self> {
        let modified = metadata.modified()?;
        let (changed, file) = identity(metadata).unwrap_or((modified, (0, 0)));
        Ok(Self { modified, length: metadata.len(), changed, file })
    }

    /// Nothing while the file is too new for the stamp to be relied on: then it is read each time.
    fn settled(self) -> Option<Self> {
        let age = SystemTime::now().duration_since(self.changed).unwrap_or_default();
        (age >= SETTLED).then_some(self)
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(SystemTime, (u64, u64))> {
    use std::os::unix::fs::MetadataExt;
    let since = Duration::new(u64::try_from(metadata.ctime()).ok()?, u32::try_from(metadata.ctime_nsec()).ok()?);
    Some((SystemTime::UNIX_EPOCH.checked_add(since)?, (metadata.dev(), metadata.ino())))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(SystemTime, (u64, u64))> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// File systems keep times in ticks, so one that is new may change within the same.
    #[test]
    fn a_stamp_counts_once_its_file_was_left_alone() {
        let aged = |age: Duration| {
            let changed = SystemTime::now() - age;
            Stamp { modified: SystemTime::UNIX_EPOCH, length: 0, changed, file: (0, 0) }.settled()
        };
        assert_eq!(aged(Duration::ZERO), None);
        assert_eq!(aged(Duration::from_millis(1_500)), None);
        assert!(aged(Duration::from_millis(2_500)).is_some());
    }

    #[test]
    fn a_stamp_has_all_that_tells_files_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle");
        fs::write(&path, r#"{"keys":[]}"#).unwrap();
        let stamp = Stamp::of(&fs::metadata(&path).unwrap()).unwrap();
        assert_eq!(stamp.length, 11);
        assert_eq!(stamp.file.1 == 0, cfg!(not(unix)));
        assert_eq!(Content::of(&path).unwrap().stamp, None, "it is new");
        let ahead = SystemTime::now() + Duration::from_secs(86_400);
        File::options().write(true).open(&path).unwrap().set_modified(ahead).unwrap();
        let stamp = Stamp::of(&fs::metadata(&path).unwrap()).unwrap();
        assert_eq!(stamp.changed < ahead, cfg!(unix), "a time that was set does not count");
    }

    /// With too many connections no file can be opened: that passes without a trace in its stamp.
    #[test]
    fn what_could_not_be_read_is_not_remembered_as_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle");
        fs::write(&path, r#"{"keys":[]}"#).unwrap();
        let file = BundleFile::open("acme".parse().unwrap(), &path, Bundle::from_json).unwrap();
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let mut state = file.state.write().unwrap();
        state.stamp = file.seen();
        assert!(state.stamp.is_some());
        assert!(matches!(file.renew(&mut state), Err(BundleFileError::Io(_))));
        assert_eq!(state.stamp, None);
    }
}
