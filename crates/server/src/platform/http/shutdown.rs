//! Serving until the process is told to stop, and stopping so that no request is cut off.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long requests under way may take after the signal.
const DRAIN_MAX: Duration = Duration::from_secs(30);

/// Whether the server takes new work; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// Whether the process has been told to stop.
    pub fn is_stopping(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// From now on it is: `/readyz` says so, and load balancers look elsewhere.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Answers requests until a signal comes, then finishes those under way, for at most 30 seconds.
///
/// A second signal ends the process at once.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stopping: Stopping,
    mut signals: Signals,
) -> io::Result<()> {
    let (told, drained_by) = oneshot::channel();
    let stop = async move {
        signals.next().await;
        tracing::info!("stopping: requests under way are finished; a second signal ends at once");
        stopping.begin();
        let _ = told.send(());
        tokio::spawn(async move {
            signals.next().await;
            tracing::warn!("stopped at once");
            exit(130);
        });
    };
    let deadline = async move {
        match drained_by.await {
            Ok(()) => tokio::time::sleep(DRAIN_MAX).await,
            Err(_) => pending().await,
        }
    };
    // Small answers go out when they are ready, instead of waiting to fill a packet.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection stays with delayed packets");
        }
    });
    tokio::select! {
        served = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(stop) => served,
        () = deadline => {
            tracing::warn!("some requests were still not finished after {} seconds", DRAIN_MAX.as_secs());
            Ok(())
        }
    }
}

/// The signals by which a process is told to stop: SIGTERM and ctrl-c.
#[cfg(unix)]
#[derive(Debug)]
pub struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From now on they no longer end the process by themselves. Call it before anyone is told that the server runs.
    pub fn catch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The signal by which a process is told to stop: ctrl-c.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// From now on it no longer ends the process by itself.
    pub fn catch() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
    }
}
