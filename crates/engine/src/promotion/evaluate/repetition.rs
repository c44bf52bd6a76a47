//! Applying one rule as often as it may.

use super::claims::Claims;
use super::turn::Turn;
use crate::promotion::conditions::Verdict;
use crate::promotion::reason::Reason;
use crate::promotion::rule::Rule;

/// Most applications of one rule to one cart; no real offer comes near, a hostile one would take for ever.
const REPEATS_MAX: u32 = 10_000;

/// Leads a rule through its applications: condition, triggers and rewards of one, then of the next.
///
/// Triggers that may not be rewarded are claimed before the rewards are chosen; triggers that may be are claimed
/// after, and rewards count among them, so that "3 for 2" uses up three units and not four.
#[derive(Debug)]
pub struct Repetition<'r> {
    rule: &'r Rule,
    claims: Claims,
    applications: u32,
}

impl<'r> Repetition<'r> {
    pub(crate) fn of(rule: &'r Rule, turn: &Turn<'_>) -> Self {
        let keeps_targets = !rule.action.rewards_triggers();
        let claims = Claims::none(turn, |line| keeps_targets && rule.action.is_target(line));
        Self { rule, claims, applications: 0 }
    }

    /// Whether the rule applies (once more).
    ///
    /// Errors: the reason why it does not apply even once.
    pub fn begin(&mut self, turn: &Turn<'_>) -> Result<bool, Reason> {
        let most = self.rule.maximum_applications.unwrap_or(REPEATS_MAX);
        let may_repeat = !self.rule.apply_once && self.applications < most;
        if self.applications > 0 && !may_repeat {
            return Ok(false);
        }
        if let Some(condition) = &self.rule.condition {
            match condition.check(turn, &self.claims) {
                Verdict::Unmet(reason) if self.applications == 0 => return Err(reason),
                Verdict::Unmet(_) => return Ok(false),
                Verdict::Met if !self.rule.action.rewards_triggers() => {
                    condition.claim(turn, &mut self.claims)
                }
                Verdict::Met => {}
            }
        }
        Ok(true)
    }

    /// The claims, for choosing rewards.
    pub(crate) fn claims(&mut self) -> &mut Claims {
        &mut self.claims
    }

    /// Ends an application that rewarded something.
    pub fn finish(&mut self, turn: &Turn<'_>) {
        if let Some(condition) = &self.rule.condition
            && self.rule.action.rewards_triggers()
        {
            condition.claim(turn, &mut self.claims);
        }
        self.claims.settle();
        self.applications += 1;
    }

    /// Ends an application that found nothing to reward.
    pub fn cancel(&mut self) {
        self.claims.cancel();
    }
}
