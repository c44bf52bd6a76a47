//! A feature as the application sees it: its routes and their documentation.

use axum::Router;
use axum::response::Response;
use axum::routing::MethodRouter;
use utoipa::openapi::OpenApi;

use super::problem::Problem;

/// What a feature's `feature()` returns; `app.rs` lists them.
pub struct Feature<S> {
    /// Its name, as in the glossary.
    pub name: &'static str,
    /// The paths of its routes, so that a test can see that each is documented.
    pub paths: Vec<&'static str>,
    /// Its routes.
    pub router: Router<S>,
    /// Its part of the OpenAPI document.
    pub documentation: OpenApi,
    /// How problems are told under its addresses, when not as RFC 9457 says.
    pub dialect: Option<Dialect>,
}

/// How problems are told under some addresses: also those that no handler makes, such as an unknown address, an
/// unknown method, a body that is too large, or a panic.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// How the paths of those addresses begin.
    pub prefix: &'static str,
    /// The answer that tells a problem. It is in the log already.
    pub answer: fn(&Problem) -> Response,
}

impl<S> std::fmt::Debug for Feature<S> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Feature")
            .field("name", &self.name)
            .field("paths", &self.paths)
            .finish_non_exhaustive()
    }
}

impl<S: Clone + Send + Sync + 'static> Feature<S> {
    /// A feature without routes.
    pub fn new(name: &'static str, documentation: OpenApi) -> Self {
        Self { name, paths: Vec::new(), router: Router::new(), documentation, dialect: None }
    }

    /// Adds the methods of one path.
    #[must_use]
    pub fn route(mut self, path: &'static str, methods: MethodRouter<S>) -> Self {
        self.paths.push(path);
        self.router = self.router.route(path, methods);
        self
    }

    /// Under addresses that begin with `prefix`, problems are told by `answer`.
    #[must_use]
    pub fn dialect(mut self, prefix: &'static str, answer: fn(&Problem) -> Response) -> Self {
        self.dialect = Some(Dialect { prefix, answer });
        self
    }
}
