//! Stands between a store and PostgreSQL, and cuts connections where it is told to.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
};

/// What becomes of a COMMIT on its way, or of what comes before one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// It goes through.
    Not,
    /// The server never gets it.
    BeforeIt,
    /// The server has answered it, and the answer does not arrive.
    AfterIt,
    /// The first statement of the transaction does not reach the server.
    BeforeAll,
}

#[derive(Debug, Default)]
pub(super) struct Proxy {
    /// For one COMMIT after the other; then they all go through.
    pub(super) cuts: Mutex<VecDeque<Cut>>,
    /// From a cut on, whoever connects is turned away.
    pub(super) closes: AtomicBool,
    pub(super) closed: AtomicBool,
}

impl Proxy {
    /// In front of the server that a URL names, until the runtime ends: and the URL that leads to it.
    pub(super) async fn before(url: &str) -> (Arc<Self>, String) {
        let (credentials, rest) = url.split_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let proxy = Arc::new(Self::default());
        let (accepting, server) = (proxy.clone(), server.to_owned());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !accepting.closed.load(Ordering::SeqCst) {
                    let (proxy, server) = (accepting.clone(), server.clone());
                    tokio::spawn(async move { proxy.carry(client, &server).await });
                }
            }
        });
        (proxy, format!("{credentials}@127.0.0.1:{port}/{database}?sslmode=disable"))
    }

    pub(super) fn cut(&self, cuts: &[Cut]) {
        self.cuts.lock().unwrap().extend(cuts);
    }

    async fn carry(&self, mut client: TcpStream, server: &str) -> io::Result<()> {
        let mut server = TcpStream::connect(server).await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (mut asks, mut hears) = client.split();
        let (mut answers, mut listens) = server.split();
        let last = tokio::select! {
            ended = copy(&mut answers, &mut hears) => return ended.map(drop),
            last = self.until_cut(&mut asks, &mut listens) => last?,
        };
        self.closed.fetch_or(self.closes.load(Ordering::SeqCst), Ordering::SeqCst);
        if let Some(commit) = last {
            listens.write_all(&commit).await?;
            // CommandComplete or an error: it is decided.
            answers.read_u8().await?;
        }
        Ok(())
    }

    /// Hands messages on until one at which to cut; the COMMIT, if the server is to get it.
    async fn until_cut(&self, asks: &mut ReadHalf<'_>, listens: &mut WriteHalf<'_>) -> io::Result<Option<Vec<u8>>> {
        // https://www.postgresql.org/docs/current/protocol-message-formats.html: the first message has
        // no type.
        listens.write_all(&message(asks, Vec::new()).await?).await?;
        let mut begun = false;
        loop {
            let kind = asks.read_u8().await?;
            let message = message(asks, vec![kind]).await?;
            let query = message.get(5..).filter(|_| kind == b'Q').unwrap_or_default();
            if begun && !query.starts_with(b"COMMIT") && self.take_if(|cut| cut == Cut::BeforeAll).is_some() {
                return Ok(None);
            }
            begun = query.starts_with(b"BEGIN") && !query.ends_with(b"READ ONLY\0");
            if query == b"COMMIT\0" {
                match self.take_if(|_| true) {
                    Some(Cut::BeforeIt) => return Ok(None),
                    Some(Cut::AfterIt) => return Ok(Some(message)),
                    _ => {}
                }
            }
            listens.write_all(&message).await?;
        }
    }

    fn take_if(&self, is: impl Fn(Cut) -> bool) -> Option<Cut> {
        self.cuts.lock().unwrap().pop_front_if(|cut| is(*cut))
    }
}

/// A message, after what was read of it: its length counts itself.
async fn message(from: &mut ReadHalf<'_>, mut read: Vec<u8>) -> io::Result<Vec<u8>> {
    let length = from.read_u32().await?;
    read.extend(length.to_be_bytes());
    let begins = read.len();
    read.resize(begins + length as usize - 4, 0);
    from.read_exact(read.get_mut(begins..).unwrap_or_default()).await?;
    Ok(read)
}
