//! A websocket that only listens: the handshake and the frames of RFC 6455 that a server sends, with
//! as little memory and work as can be, since ten thousand of them run beside what they measure.

use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A frame of text that is larger is none of ours.
const LARGEST: usize = 1 << 20;

/// A websocket.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    read: Vec<u8>,
    used: usize,
}

impl Socket {
    /// Connects to a path; `cookie` says who listens.
    pub(super) async fn open(address: SocketAddr, path: &str, cookie: &str) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bXNhYWRhIG1zYWFkYSBtcw==\r\n\
             Cookie: {cookie}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut socket = Self {
            stream,
            read: Vec::new(),
            used: 0,
        };
        let end = loop {
            if let Some(end) = memchr::memmem::find(&socket.read, b"\r\n\r\n") {
                break end;
            }
            socket.more().await?;
        };
        if !socket.read.starts_with(b"HTTP/1.1 101") {
            let head = String::from_utf8_lossy(&socket.read[..end]).into_owned();
            return Err(io::Error::other(format!("the feed was refused: {head}")));
        }
        socket.used = end + 4;
        Ok(socket)
    }

    /// The next frame's payload; nothing where the server has closed.
    pub(super) async fn next(&mut self) -> io::Result<Option<&[u8]>> {
        // What was read of the frame before goes.
        self.read.drain(..self.used);
        self.used = 0;
        let (start, length, kind) = loop {
            if let Some(head) = head(&self.read) {
                break head;
            }
            self.more().await?;
        };
        if length > LARGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        while self.read.len() < start + length {
            self.more().await?;
        }
        self.used = start + length;
        Ok((kind != 8).then(|| &self.read[start..self.used]))
    }

    async fn more(&mut self) -> io::Result<()> {
        self.read.reserve(1_024);
        if self.stream.read_buf(&mut self.read).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

/// Where a frame's payload begins, how long it is, and of which kind it is.
fn head(bytes: &[u8]) -> Option<(usize, usize, u8)> {
    let kind = bytes.first()? & 0x0f;
    let short = *bytes.get(1)? & 0x7f;
    Some(match short {
        126 => {
            let length = bytes.get(2..4)?.try_into().ok()?;
            (4, u16::from_be_bytes(length).into(), kind)
        }
        127 => {
            let length = bytes.get(2..10)?.try_into().ok()?;
            let length = usize::try_from(u64::from_be_bytes(length)).ok()?;
            (10, length, kind)
        }
        _ => (2, short.into(), kind),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_tells_how_long_it_is() {
        assert_eq!(head(&[0x81, 5]), Some((2, 5, 1)));
        assert_eq!(head(&[0x81, 126, 1, 0]), Some((4, 256, 1)));
        assert_eq!(
            head(&[0x88, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
            Some((10, 65_536, 8))
        );
        assert_eq!(head(&[0x81, 126, 1]), None);
    }
}
