//! Whether what is written reaches the disk.
//!
//! After a flush that failed nobody knows what is on the disk: the system may take for flushed what is lost, and show it
//! to whoever reads. So nothing more is written, and the process ends; the next one starts by folding the log into the
//! file and flushing that, so that from then on what is read is on the disk.

use tokio::sync::watch;

/// Whether a flush failed, once and for all.
#[derive(Debug)]
pub(super) struct Flushes {
    failed: watch::Sender<bool>,
}

impl Default for Flushes {
    fn default() -> Self {
        Self { failed: watch::Sender::new(false) }
    }
}

impl Flushes {
    /// One has.
    pub(super) fn fail(&self) {
        self.failed.send_replace(true);
    }

    /// Whether one has.
    pub(super) fn have_failed(&self) -> bool {
        *self.failed.borrow()
    }

    /// Waits until one has.
    pub(super) async fn failed(&self) {
        // The sender is our own: it cannot be gone.
        let _ = self.failed.subscribe().wait_for(|failed| *failed).await;
    }
}
