use tokio::io::{AsyncRead, AsyncReadExt};

/// Keeps the beginning of a stream and counts on reading all of it, so that the writer never blocks.
pub(super) struct Capture {
    kept: Vec<u8>,
    bytes_max: usize,
    is_truncated: bool,
}

impl Capture {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { kept: Vec::new(), bytes_max, is_truncated: false }
    }

    /// Reads to the end. A stream that breaks ends there.
    pub(super) async fn drain(&mut self, stream: Option<impl AsyncRead + Unpin>) {
        const CHUNK_BYTES: usize = 16 * 1024;
        let Some(mut stream) = stream else { return };
        let mut chunk = vec![0; CHUNK_BYTES];
        while let Ok(read @ 1..) = stream.read(&mut chunk).await {
            let room = self.bytes_max - self.kept.len();
            self.kept.extend_from_slice(&chunk[..read.min(room)]);
            self.is_truncated |= read > room;
        }
    }

    pub(super) fn is_truncated(&self) -> bool {
        self.is_truncated
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.kept
    }
}
