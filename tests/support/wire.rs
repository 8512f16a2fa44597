//! A wire between the service and a server, which can be cut in silence, or led to another server.
//!
//! A real cut is not reported: no connection ends, nothing is refused, nothing arrives any more. A
//! connection that was there when the wire was cut stays silent for good, also after it is mended.

use std::path::PathBuf;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Leads {
    To(PathBuf),
    Nowhere,
}

/// A wire.
pub(crate) struct Wire {
    pub(crate) port: u16,
    leads: watch::Sender<Leads>,
}

impl Wire {
    /// A wire to a server that listens on this socket.
    pub(crate) fn to(socket: PathBuf) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        listener.set_nonblocking(true).expect("a listener");
        let (leads, followed) = watch::channel(Leads::To(socket));
        // A thread of its own, so that a test that waits does not cut it.
        std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(serve(listener, followed));
        });
        Self { port, leads }
    }

    /// Cuts it in silence.
    pub(crate) fn cut(&self) {
        self.leads.send_replace(Leads::Nowhere);
    }

    /// Leads it to this socket from now on. Connections that led elsewhere are closed; those that
    /// were cut stay silent.
    pub(crate) fn lead_to(&self, socket: PathBuf) {
        self.leads.send_replace(Leads::To(socket));
    }
}

async fn serve(listener: std::net::TcpListener, mut leads: watch::Receiver<Leads>) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                tokio::spawn(carry(client, leads.clone()));
            }
            // The test has ended.
            changed = leads.changed() => if changed.is_err() { return },
        }
    }
}

async fn carry(client: TcpStream, mut leads: watch::Receiver<Leads>) {
    let now = leads.borrow_and_update().clone();
    let Leads::To(socket) = now else {
        return std::future::pending().await;
    };
    // A server that is gone refuses, as its machine would.
    let Ok(server) = UnixStream::connect(&socket).await else {
        return;
    };
    let (mut client, mut server) = (client, server);
    let (mut from_client, mut from_server) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            changed = leads.changed() => {
                if changed.is_err() {
                    return;
                }
                let now = leads.borrow_and_update().clone();
                match now {
                    Leads::Nowhere => return std::future::pending().await,
                    Leads::To(other) if other != socket => return,
                    Leads::To(_) => {}
                }
            }
            read = client.read(&mut from_client) => {
                let count = read.unwrap_or(0);
                if count == 0 || server.write_all(&from_client[..count]).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut from_server) => {
                let count = read.unwrap_or(0);
                if count == 0 || client.write_all(&from_server[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}
