//! What went wrong with single fields: each is null and has an error with its place, and the rest is answered.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::async_trait::async_trait;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo};
use async_graphql::{PathSegment, QueryPathNode, QueryPathSegment, ServerError, ServerResult, Value};

/// The errors of the fields of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Failures(Arc<Mutex<Vec<ServerError>>>);

impl Failures {
    /// All of them.
    pub(super) fn take(&self) -> Vec<ServerError> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Collects them: the library leaves a field that failed out, and does not tell its place.
#[derive(Debug)]
pub(super) struct Collecting;

impl ExtensionFactory for Collecting {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Extension for Collecting {
    async fn resolve(
        &self,
        context: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let (place, is_nullable) = (info.path_node, !info.return_type.ends_with('!'));
        let mut error = match next.run(context, info).await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if error.path.is_empty() {
            error.path = path(place);
        }
        // What cannot be null takes with it what it is a part of.
        let failures = context.data_opt::<Failures>().filter(|_| is_nullable);
        let Some(Failures(failures)) = failures else { return Err(error) };
        failures.lock().unwrap_or_else(PoisonError::into_inner).push(error);
        Ok(None)
    }
}

fn path(place: &QueryPathNode<'_>) -> Vec<PathSegment> {
    let mut path = place.parent.map(path).unwrap_or_default();
    path.push(match place.segment {
        QueryPathSegment::Index(at) => PathSegment::Index(at),
        QueryPathSegment::Name(name) => PathSegment::Field(name.to_owned()),
    });
    path
}
