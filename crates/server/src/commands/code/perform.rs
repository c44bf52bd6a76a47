//! Making the changes of a plan, one by one.

use anyhow::{Context as _, anyhow};
use serde_json::{Map, Value, json};
use ureq::http::Method;

use super::folder::Code;
use super::plan::{Changed, CodeChange, New, Plan};
use super::server::{Server, Stored};

/// A change of a plan.
#[derive(Clone, Copy)]
enum Step<'a> {
    Delete(&'a Changed, u64, &'a str),
    Change(&'a Changed),
    Create(&'a New),
    Archive(&'a Stored),
}

impl Plan {
    /// Makes the changes, and tells them. Codes that go, go first, so that another promotion can have them.
    ///
    /// Errors: the first change that could not be made, with those that were and those that were not.
    pub fn perform(&self, server: &Server) -> anyhow::Result<Vec<String>> {
        let steps = self.steps();
        let mut done = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            if let Err(error) = step.make(server, self) {
                let left = steps.iter().skip(index + 1).map(Step::name);
                return Err(stopped(step, &error, &done, &left.collect::<Vec<_>>()));
            }
            done.push(step.name());
        }
        Ok(done)
    }

    fn steps(&self) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        for change in self.changed.iter().filter(|_| self.prunes) {
            steps.extend(change.codes.iter().filter_map(|code| match code {
                CodeChange::Missing(gone) => Some(Step::Delete(change, gone.id, &gone.code.code)),
                _ => None,
            }));
        }
        let does = |change: &&Changed| {
            let adds = |code: &CodeChange| !matches!(code, CodeChange::Missing(_));
            !change.fields.is_empty() || change.codes.iter().any(adds)
        };
        steps.extend(self.changed.iter().filter(does).map(Step::Change));
        steps.extend(self.new.iter().map(Step::Create));
        steps.extend(self.missing.iter().filter(|_| self.prunes).map(Step::Archive));
        steps
    }
}

fn stopped(step: &Step<'_>, error: &anyhow::Error, done: &[String], left: &[String]) -> anyhow::Error {
    let list = |steps: &[String]| if steps.is_empty() { "nothing".to_owned() } else { steps.join("; ") };
    anyhow!("{}: {error:#}\ndone before it: {}\nnot done: {}", step.name(), list(done), list(left))
}

impl Step<'_> {
    fn name(&self) -> String {
        match self {
            Self::Delete(_, _, code) => format!("code {code} deleted"),
            Self::Change(change) => format!("{} changed", change.stored.key),
            Self::Create(new) => format!("{} made", new.key),
            Self::Archive(stored) => format!("{} archived", stored.key),
        }
    }

    fn make(&self, server: &Server, plan: &Plan) -> anyhow::Result<()> {
        match self {
            Self::Delete(change, code, _) => {
                let path = format!("/v1/promotions/{}/codes/{code}", change.stored.id);
                server.ask(Method::DELETE, &path, None, None)?;
            }
            Self::Change(change) => change_promotion(server, change)?,
            Self::Create(new) => {
                let mut document = new.document.clone();
                document.insert("key".to_owned(), new.key.clone().into());
                let body = Value::Object(document);
                let made = server.ask(Method::POST, "/v1/promotions", Some(&body), None)?;
                let id = made.get("id").and_then(Value::as_u64).context("the server told no id")?;
                new.codes.iter().try_for_each(|code| add_code(server, id, code))?;
            }
            Self::Archive(stored) if plan.prunes => {
                let path = format!("/v1/promotions/{}", stored.id);
                let body = json!({"status": "archived"});
                server.ask(Method::PATCH, &path, Some(&body), Some(stored.revision))?;
            }
            Self::Archive(_) => {}
        }
        Ok(())
    }
}

fn change_promotion(server: &Server, change: &Changed) -> anyhow::Result<()> {
    let id = change.stored.id;
    if !change.fields.is_empty() {
        let body = Value::Object(patch(change));
        let path = format!("/v1/promotions/{id}");
        server.ask(Method::PATCH, &path, Some(&body), Some(change.stored.revision))?;
    }
    for code in &change.codes {
        match code {
            CodeChange::New(code) => add_code(server, id, code)?,
            CodeChange::Changed(was, is) => {
                let path = format!("/v1/promotions/{id}/codes/{}", was.id);
                let limits = json!({
                    "max_uses": is.max_uses, "max_uses_per_customer": is.max_uses_per_customer,
                    "starts_at": is.starts_at, "ends_at": is.ends_at,
                });
                server.ask(Method::PATCH, &path, Some(&limits), None)?;
            }
            CodeChange::Missing(_) => {}
        }
    }
    Ok(())
}

/// The fields that differ, whole, and the key; one that is left out goes back to its default.
fn patch(change: &Changed) -> Map<String, Value> {
    let names = change.before.keys().chain(change.after.keys());
    let differs = names.filter(|name| change.before.get(*name) != change.after.get(*name));
    let mut patch: Map<String, Value> =
        differs.map(|name| (name.clone(), change.after.get(name).cloned().unwrap_or_default())).collect();
    patch.insert("key".to_owned(), change.stored.key.clone().into());
    patch
}

fn add_code(server: &Server, promotion: u64, code: &Code) -> anyhow::Result<()> {
    let body = serde_json::to_value(code)?;
    server.ask(Method::POST, &format!("/v1/promotions/{promotion}/codes"), Some(&body), None)?;
    Ok(())
}
