//! A mail server in this process that keeps what it is sent, and says what it is told to say.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The server; it ends with the test's runtime.
pub(crate) struct Sink {
    pub(crate) url: String,
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    mails: Mutex<Vec<String>>,
    /// What is answered to the next recipients instead of `250 ok`.
    answers: Mutex<Vec<&'static str>>,
}

impl Sink {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let inner: Arc<Inner> = Arc::default();
        let kept = Arc::clone(&inner);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&kept)));
            }
        });
        Self { url, inner }
    }

    /// Answers this to the next recipient.
    pub(crate) fn answer_next(&self, answer: &'static str) {
        self.inner.answers.lock().unwrap().push(answer);
    }

    /// What it was sent so far, as it came, with the parts in base64 decoded at the end.
    pub(crate) fn mails(&self) -> Vec<String> {
        self.inner.mails.lock().unwrap().iter().map(|mail| decoded(mail)).collect()
    }
}

async fn serve(stream: TcpStream, inner: Arc<Inner>) -> Option<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 sink\r\n").await.ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let answer = match line.get(..4).unwrap_or_default() {
            "EHLO" => "250-sink\r\n250 8BITMIME",
            "RCPT" => inner.answers.lock().unwrap().pop().unwrap_or("250 ok"),
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await.ok()?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                    mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.push('\n');
                }
                inner.mails.lock().unwrap().push(mail);
                "250 kept"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    Some(())
}

/// The mail with its parts as they are read: soft line ends of quoted-printable undone, base64 decoded.
fn decoded(mail: &str) -> String {
    let quoted = mail.replace("=\n", "").replace("=3D", "=").replace("=C3=A9", "é");
    let parts = mail.split("\n\n").filter_map(|part| {
        let text: String = part.lines().take_while(|line| !line.starts_with("--")).collect();
        String::from_utf8(STANDARD.decode(text).ok()?).ok()
    });
    format!("{quoted}\n{}", parts.collect::<Vec<_>>().join("\n"))
}
