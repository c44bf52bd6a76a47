//! A feature as the application sees it: its routes and their documentation.

use axum::Router;
use axum::routing::MethodRouter;
use utoipa::openapi::OpenApi;

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
        Self { name, paths: Vec::new(), router: Router::new(), documentation }
    }

    /// Adds the methods of one path.
    #[must_use]
    pub fn route(mut self, path: &'static str, methods: MethodRouter<S>) -> Self {
        self.paths.push(path);
        self.router = self.router.route(path, methods);
        self
    }
}
