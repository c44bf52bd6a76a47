//! What a job does, and which wishes about it can be granted when.

use crate::activity::Action;
use crate::platform::http::{Code, Problem};

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has not begun, or not again.
    Waiting,
    /// It makes its steps.
    Running,
    /// Someone stopped it for a while.
    Paused,
    /// It has come to its end.
    Done,
    /// It was given up; `error` says why.
    Failed,
    /// Someone ended it.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Waiting, Self::Running, Self::Paused, Self::Done, Self::Failed, Self::Cancelled];

    /// Its name in answers and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state with this name; the database admits no other names.
    pub(super) fn read(name: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.name() == name).unwrap_or(Self::Failed)
    }
}

/// What someone wants of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Pause,
    Resume,
    Cancel,
}

impl Wish {
    /// What granting it is called in the activity log.
    pub(super) fn action(self) -> Action {
        match self {
            Self::Pause => Action::Paused,
            Self::Resume => Action::Resumed,
            Self::Cancel => Action::Cancelled,
        }
    }

    /// The state that grants it; `None` when nothing needs to change.
    ///
    /// Errors: the job has ended, so that nothing can be wished of it any more.
    pub(super) fn of(self, state: State) -> Result<Option<State>, Problem> {
        match (self, state) {
            (Self::Pause, State::Waiting | State::Running) => Ok(Some(State::Paused)),
            (Self::Resume, State::Paused | State::Failed) => Ok(Some(State::Waiting)),
            (Self::Cancel, State::Waiting | State::Running | State::Paused | State::Failed) => {
                Ok(Some(State::Cancelled))
            }
            // Who asks twice gets what they asked for.
            (Self::Pause, State::Paused)
            | (Self::Resume, State::Waiting | State::Running)
            | (Self::Cancel, State::Cancelled) => Ok(None),
            (Self::Pause | Self::Resume | Self::Cancel, _) => {
                let verb = match self {
                    Self::Pause => "paused",
                    Self::Resume => "resumed",
                    Self::Cancel => "cancelled",
                };
                let detail = format!("the job is {} and can no longer be {verb}", state.name());
                Err(Problem::new(Code::JobEnded, detail))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_cannot_be_moved_and_the_answer_says_so() {
        let refused = Wish::Pause.of(State::Done).unwrap_err();
        assert_eq!(refused.code(), Code::JobEnded);
        assert_eq!(refused.detail(), "the job is done and can no longer be paused");
        assert!(Wish::Resume.of(State::Cancelled).is_err());
        assert!(Wish::Cancel.of(State::Done).is_err());
        assert!(Wish::Pause.of(State::Failed).is_err());
    }

    #[test]
    fn wishes_are_granted_and_asking_twice_does_no_harm() {
        assert_eq!(Wish::Pause.of(State::Running).unwrap(), Some(State::Paused));
        assert_eq!(Wish::Pause.of(State::Paused).unwrap(), None);
        assert_eq!(Wish::Resume.of(State::Failed).unwrap(), Some(State::Waiting));
        assert_eq!(Wish::Cancel.of(State::Paused).unwrap(), Some(State::Cancelled));
    }
}
