//! A write job on its way through the writer: its types forgotten, its caller waiting.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use tokio::sync::oneshot;

use super::{JobError, JobFuture, Transaction, WriteError};

/// What a job running on a transaction comes to.
pub(super) type Run<'job> = Pin<Box<dyn Future<Output = Fate> + Send + 'job>>;

/// What is to become of what a job did.
pub(super) enum Fate {
    Keep,
    /// With the failure of the database that made the job fail, if one did.
    Undo(Option<WriteError>),
}

/// What the writer needs of a job.
pub(super) trait Job: Send {
    /// Runs it.
    fn run<'job>(&'job mut self, transaction: &'job Transaction) -> Run<'job>;

    /// Tells the caller how it ended, once the fate of the whole transaction is known.
    fn answer(self: Box<Self>, outcome: &Result<u64, WriteError>);
}

/// A job whose caller waits for the answer.
pub(super) struct Waiting<T, E, F> {
    /// Taken when it runs.
    job: Option<F>,
    /// Set when it has run to its end.
    result: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Waiting<T, E, F> {
    pub(super) fn new(job: F) -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (caller, answer) = oneshot::channel();
        (Self { job: Some(job), result: None, caller }, answer)
    }
}

impl<T, E, F> Job for Waiting<T, E, F>
where
    F: for<'tx> FnOnce(&'tx Transaction) -> JobFuture<'tx, T, E> + Send,
    T: Send,
    E: JobError,
{
    fn run<'job>(&'job mut self, transaction: &'job Transaction) -> Run<'job> {
        Box::pin(async move {
            // A caller who has gone away (a closed connection, a timeout) no longer wants it.
            let job = self.job.take().filter(|_| !self.caller.is_closed());
            if let Some(job) = job {
                self.result = caught(job(transaction)).await;
            }
            match &self.result {
                Some(Ok(_)) => Fate::Keep,
                Some(Err(error)) => Fate::Undo(error.write_error().cloned()),
                None => Fate::Undo(None),
            }
        })
    }

    fn answer(self: Box<Self>, outcome: &Result<u64, WriteError>) {
        let answer = match outcome {
            Ok(_) => self.result.unwrap_or_else(|| Err(WriteError::Panicked.into())),
            // Even a job that failed by itself may have failed because of what is now undone.
            Err(error) => Err(error.clone().into()),
        };
        let _ = self.caller.send(answer);
    }
}

/// Runs `future` to its end, or to `None` if it panics: a bug in one job must not stop all writes.
async fn caught<T>(mut future: Pin<Box<dyn Future<Output = T> + Send + '_>>) -> Option<T> {
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Ready(value)) => Poll::Ready(Some(value)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(_) => Poll::Ready(None),
    })
    .await
}
