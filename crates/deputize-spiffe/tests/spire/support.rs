//! SPIRE servers and agents of our own, in temporary directories and on free ports of the loopback.
//! They end with the test.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a harness that fails fails its test")]

use std::{
    env, fs,
    net::TcpListener,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use deputize_core::UnixTime;
use tempfile::TempDir;

/// What SVIDs are for.
pub(crate) const US: &str = "https://id.example";
/// The node that agents run on, below their trust domain.
const NODE: &str = "node";
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn now() -> UnixTime {
    UnixTime::from_secs(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// Where `spire-server` and `spire-agent` are. Says so and gives nothing when they are nowhere;
/// fails then where `CI` is `true`.
pub(crate) fn spire() -> Option<PathBuf> {
    let built = || {
        let own = |name: &str| env::var_os(name).map(PathBuf::from);
        let cache = own("XDG_CACHE_HOME").or_else(|| Some(own("HOME")?.join(".cache")));
        let cache = own("DEPUTIZE_CI_CACHE").or_else(|| Some(cache?.join("deputize-ci")))?;
        Some(cache.join("spire/1.13.3/bin"))
    };
    let binaries = env::var_os("DEPUTIZE_SPIRE").map(PathBuf::from).or_else(built);
    let there = |path: &PathBuf| path.join("spire-server").exists() && path.join("spire-agent").exists();
    let found = binaries.filter(there);
    if found.is_none() {
        assert!(env::var("CI").as_deref() != Ok("true"), "SPIRE is not there: `.ci/spire install`");
        println!("skipped: SPIRE is not there (`.ci/spire install` builds it)");
    }
    found
}

/// Asks again and again until there is an answer.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The same of something that is asked for over the Workload API.
pub(crate) async fn wait_for_answer<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The server of one trust domain, and its command line.
pub(crate) struct Server {
    process: Process,
    binaries: PathBuf,
    trust_domain: &'static str,
    port: u16,
    federation_port: u16,
}

impl Server {
    /// `keys` is for both kinds of SVIDs: `ec-p256` or `rsa-2048`.
    pub(crate) fn start(binaries: &Path, trust_domain: &'static str, keys: &str) -> Self {
        let dir = directory();
        let (port, federation_port) = (free_port(), free_port());
        let path = dir.path().display();
        let configuration = format!(
            r#"
            server {{
                bind_address = "127.0.0.1"
                bind_port = "{port}"
                socket_path = "{path}/api.sock"
                trust_domain = "{trust_domain}"
                data_dir = "{path}"
                ca_key_type = "{keys}"
                jwt_key_type = "{keys}"
                ca_ttl = "2h"
                default_x509_svid_ttl = "10m"
                default_jwt_svid_ttl = "5m"
                federation {{
                    bundle_endpoint {{
                        address = "127.0.0.1"
                        port = {federation_port}
                        profile "https_spiffe" {{}}
                    }}
                }}
                experimental {{ cache_reload_interval = "200ms" }}
            }}
            plugins {{
                DataStore "sql" {{
                    plugin_data {{
                        database_type = "sqlite3"
                        connection_string = "{path}/server.db"
                    }}
                }}
                KeyManager "memory" {{ plugin_data {{}} }}
                NodeAttestor "join_token" {{ plugin_data {{}} }}
            }}
            "#
        );
        let process = Process::start(dir, binaries.join("spire-server"), &configuration, &[]);
        let server = Self { process, binaries: binaries.to_owned(), trust_domain, port, federation_port };
        wait_for("the server", || server.try_run("healthcheck", &[]).ok());
        server
    }

    /// One subcommand: what it prints.
    #[track_caller]
    pub(crate) fn run(&self, command: &str, arguments: &[&str]) -> String {
        self.try_run(command, arguments).unwrap_or_else(|error| panic!("{command} {arguments:?}: {error}"))
    }

    fn try_run(&self, command: &str, arguments: &[&str]) -> Result<String, String> {
        let mut program = Command::new(self.binaries.join("spire-server"));
        program.args(command.split(' ')).arg("-socketPath").arg(self.process.path("api.sock")).args(arguments);
        let ended = program.output().unwrap();
        let printed = String::from_utf8(ended.stdout).unwrap();
        if ended.status.success() { Ok(printed) } else { Err(printed + &String::from_utf8_lossy(&ended.stderr)) }
    }

    /// One subcommand: a string from the JSON that it prints, by its path.
    #[track_caller]
    pub(crate) fn ask(&self, command: &str, arguments: &[&str], pointer: &str) -> String {
        let printed = self.run(command, &[arguments, &["-output", "json"]].concat());
        let json: serde_json::Value = serde_json::from_str(&printed).unwrap();
        json.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_else(|| panic!("{pointer}: {json}")).to_owned()
    }

    /// Registers an agent for whatever runs as this user: the entry's id.
    pub(crate) fn register(&self, path: &str, more: &[&str]) -> String {
        let parent = format!("spiffe://{}/{NODE}", self.trust_domain);
        let id = format!("spiffe://{}{path}", self.trust_domain);
        let selector = self.own_selector();
        let entry = ["-parentID", &parent, "-spiffeID", &id, "-selector", &selector];
        self.ask("entry create", &[&entry, more].concat(), "/results/0/entry/id")
    }

    /// What tells the processes of this user.
    pub(crate) fn own_selector(&self) -> String {
        format!("unix:uid:{}", fs::metadata(self.process.dir.path()).unwrap().uid())
    }

    /// A JWT-SVID straight from the server.
    pub(crate) fn mint_jwt(&self, path: &str) -> String {
        let id = format!("spiffe://{}{path}", self.trust_domain);
        self.run("jwt mint", &["-spiffeID", &id, "-audience", US]).trim().to_owned()
    }

    /// An X.509-SVID straight from the server: its certificates as PEM.
    pub(crate) fn mint_x509(&self, path: &str) -> String {
        let id = format!("spiffe://{}{path}", self.trust_domain);
        let folder = self.process.path("minted");
        fs::create_dir_all(&folder).unwrap();
        self.run("x509 mint", &["-spiffeID", &id, "-write", &folder]);
        fs::read_to_string(Path::new(&folder).join("svid.pem")).unwrap()
    }

    /// Trusts `other`, whose bundle it takes from its bundle endpoint from now on.
    pub(crate) fn federate(&self, other: &Self) {
        let bundle = self.process.path("other.json");
        fs::write(&bundle, other.run("bundle show", &["-format", "spiffe"])).unwrap();
        let url = other.bundle_endpoint();
        let endpoint = format!("spiffe://{}/spire/server", other.trust_domain);
        self.run(
            "federation create",
            &[
                "-trustDomain",
                other.trust_domain,
                "-bundleEndpointURL",
                &url,
                "-bundleEndpointProfile",
                "https_spiffe",
                "-endpointSpiffeID",
                &endpoint,
                "-trustDomainBundlePath",
                &bundle,
                "-trustDomainBundleFormat",
                "spiffe",
            ],
        );
    }

    /// The URL of its bundle endpoint.
    pub(crate) fn bundle_endpoint(&self) -> String {
        format!("https://127.0.0.1:{}", self.federation_port)
    }

    /// An agent on this machine.
    pub(crate) fn agent(&self) -> Agent {
        let dir = directory();
        let path = dir.path().display();
        fs::write(dir.path().join("bundle.pem"), self.run("bundle show", &[])).unwrap();
        let (port, trust_domain) = (self.port, self.trust_domain);
        let configuration = format!(
            r#"
            agent {{
                server_address = "127.0.0.1"
                server_port = "{port}"
                socket_path = "{path}/api.sock"
                trust_domain = "{trust_domain}"
                trust_bundle_path = "{path}/bundle.pem"
                data_dir = "{path}"
                experimental {{ sync_interval = "500ms" }}
            }}
            plugins {{
                KeyManager "disk" {{ plugin_data {{ directory = "{path}" }} }}
                NodeAttestor "join_token" {{ plugin_data {{}} }}
                WorkloadAttestor "unix" {{ plugin_data {{}} }}
            }}
            "#
        );
        let node = format!("spiffe://{trust_domain}/{NODE}");
        let token = self.ask("token generate", &["-spiffeID", &node], "/value");
        let program = self.binaries.join("spire-agent");
        Agent(Process::start(dir, program, &configuration, &["-joinToken", &token]))
    }
}

/// An agent.
pub(crate) struct Agent(Process);

impl Agent {
    /// What to set `SPIFFE_ENDPOINT_SOCKET` to.
    pub(crate) fn endpoint(&self) -> String {
        format!("unix://{}", self.0.path("api.sock"))
    }

    pub(crate) fn stop(&mut self) {
        self.0.stop();
    }

    /// It neither answers nor closes a connection, until it goes on.
    pub(crate) fn hang(&self) {
        self.0.signal("-STOP");
    }

    pub(crate) fn go_on(&self) {
        self.0.signal("-CONT");
    }

    /// With the identity that it had.
    pub(crate) fn start_again(&mut self) {
        self.0.spawn(&[]);
    }
}

/// A program with one configuration file, in a directory of its own.
struct Process {
    child: Option<Child>,
    program: PathBuf,
    dir: TempDir,
}

impl Process {
    fn start(dir: TempDir, program: PathBuf, configuration: &str, arguments: &[&str]) -> Self {
        fs::write(dir.path().join("configuration"), configuration).unwrap();
        let mut process = Self { child: None, program, dir };
        process.spawn(arguments);
        process
    }

    fn spawn(&mut self, arguments: &[&str]) {
        let log = fs::File::options().create(true).append(true).open(self.path("log")).unwrap();
        let mut command = Command::new(&self.program);
        command.args(["run", "-config", &self.path("configuration")]).args(arguments);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(command.spawn().expect("the program starts"));
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn signal(&self, signal: &str) {
        let id = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if thread::panicking() {
            let log = fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.len().saturating_sub(30);
            println!("{}:\n{}", self.program.display(), lines.split_at(last).1.join("\n"));
        }
        if let Some(child) = &mut self.child {
            let _gone = child.kill();
            let _status = child.wait();
        }
    }
}

/// A socket's path has at most 107 bytes, so it is made as short as it can be.
fn directory() -> TempDir {
    tempfile::Builder::new().prefix("sp").tempdir().unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
