//! Applying one rule as often as it may.

use super::claims::Claims;
use super::turn::Turn;
use crate::promotion::ConditionTree;
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
    /// A rule that begins, with claims of an earlier one that are forgotten; their memory is used again.
    pub(crate) fn of(rule: &'r Rule, turn: &Turn<'_>, mut claims: Claims) -> Self {
        claims.reset(turn);
        Self { rule, claims, applications: 0 }
    }

    /// The claims, for the next rule.
    pub(crate) fn into_claims(self) -> Claims {
        self.claims
    }

    /// Whether the rule applies (once more).
    ///
    /// Errors: the reason why it does not apply even once.
    pub fn begin(&mut self, turn: &Turn<'_>) -> Result<bool, Reason> {
        if self.applications > 0 && !self.may_repeat() {
            return Ok(false);
        }
        if let Some(condition) = &self.rule.condition {
            match condition.check(turn, &mut self.claims) {
                Verdict::Unmet(reason) if self.applications == 0 => return Err(reason),
                Verdict::Unmet(_) => return Ok(false),
                Verdict::Met if !self.rule.action.rewards_triggers() => self.claim_triggers(turn, condition),
                Verdict::Met => {}
            }
        }
        Ok(true)
    }

    fn may_repeat(&self) -> bool {
        let most = self.rule.maximum_applications.unwrap_or(REPEATS_MAX);
        !self.rule.apply_once && self.applications < most
    }

    fn claim_triggers(&mut self, turn: &Turn<'_>, condition: &ConditionTree) {
        let action = &self.rule.action;
        self.claims.order_triggers(turn, |line| !action.rewards_triggers() && action.is_target(line));
        condition.claim(turn, &mut self.claims);
    }

    /// The claims, for choosing rewards.
    pub(crate) fn claims(&mut self) -> &mut Claims {
        &mut self.claims
    }

    /// Ends an application that rewarded something.
    pub fn finish(&mut self, turn: &Turn<'_>) {
        self.applications += 1;
        // Nobody asks any more what the last application used up.
        if let Some(condition) = &self.rule.condition
            && self.rule.action.rewards_triggers()
            && self.may_repeat()
        {
            self.claim_triggers(turn, condition);
        }
        self.claims.settle();
    }

    /// Ends an application that found nothing to reward.
    pub fn cancel(&mut self) {
        self.claims.cancel();
    }
}
