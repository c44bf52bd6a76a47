//! An operation of the REST API as a field of the graph.

use std::sync::Arc;

use async_graphql::dynamic::{Field, FieldFuture, FieldValue, InputValue, ResolverContext, TypeRef};
use async_graphql::{Error, Value};
use serde_json::{Map, Value as Json};

use super::argument::{Argument, DOCUMENTS, Place, body_arguments, escaped, kind_in_words, parameter_of};
use super::asked::{Answered, Asked, Call};
use super::connection::{self, Connection};
use super::contract::{Contract, Described, Property, Side, component, text};
use super::problem::{self, Given};
use super::shape::Shape;
use crate::platform::http::{Code, Errors, Problem};

/// The type of problems that are part of an answer.
pub(super) const USER_ERROR: &str = "UserError";

/// An operation that a feature offers in the graph.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    field: &'static str,
    /// The `operationId` in the OpenAPI document.
    id: &'static str,
    kind: Kind,
    /// What its `{id}` is called, when it is not the thing itself.
    pub(super) id_name: &'static str,
    /// Whether each field of its body is an argument of its own.
    is_spread: bool,
    /// Parameters that are words of any letter case.
    pub(super) words: &'static [&'static str],
    /// The field of the payload, when not named after its type.
    result: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Query,
    Mutation,
    /// A list of objects of this type.
    List(&'static str),
    /// A change that answers a list of objects of this type.
    Made(&'static str),
}

/// An operation that is a field of the query root.
pub(crate) const fn query(field: &'static str, id: &'static str) -> Operation {
    Operation { field, id, kind: Kind::Query, id_name: "id", is_spread: false, words: &[], result: None }
}

/// An operation that lists objects of a type.
pub(crate) const fn list(field: &'static str, id: &'static str, of: &'static str) -> Operation {
    Operation { kind: Kind::List(of), ..query(field, id) }
}

/// An operation that is a field of the mutation root.
pub(crate) const fn mutation(field: &'static str, id: &'static str) -> Operation {
    Operation { kind: Kind::Mutation, ..query(field, id) }
}

impl Operation {
    /// What its `{id}` is called, when it is not the thing itself.
    pub(crate) const fn id_named(self, id_name: &'static str) -> Self {
        Self { id_name, ..self }
    }

    /// Each field of its body is an argument of its own.
    pub(crate) const fn spread(self) -> Self {
        Self { is_spread: true, ..self }
    }

    /// These parameters are words of any letter case, not constants.
    pub(crate) const fn words(self, words: &'static [&'static str]) -> Self {
        Self { words, ..self }
    }

    /// It answers a list of objects of a type, as this field of the payload.
    pub(crate) const fn makes(self, result: &'static str, of: &'static str) -> Self {
        Self { kind: Kind::Made(of), result: Some(result), ..self }
    }

    pub(super) fn is_query(&self) -> bool {
        matches!(self.kind, Kind::Query | Kind::List(_))
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.kind, Kind::List(_))
    }

    pub(super) fn field_name(&self) -> &'static str {
        self.field
    }

    /// When it gives pages: its field, and of what.
    pub(super) fn paged(&self) -> Option<(&'static str, &'static str)> {
        match self.kind {
            Kind::List(of) => Some((self.field, of)),
            _ => None,
        }
    }
}

/// An operation, and all that the OpenAPI document says of it.
#[derive(Debug)]
pub(super) struct Bound {
    operation: Operation,
    method: String,
    path: String,
    description: String,
    arguments: Vec<Argument>,
    given: Given,
    result: Shape,
}

impl Bound {
    /// Binds an operation to what the contract says of it; `None` when it says nothing.
    pub(super) fn new(operation: Operation, contract: &mut Contract) -> Option<Self> {
        let (method, path, document) = contract.operation(operation.id)?;
        let mut arguments = Vec::new();
        for parameter in document.get("parameters").and_then(Json::as_array).into_iter().flatten() {
            arguments.push(parameter_of(&operation, &path, parameter, contract));
        }
        let body = document.pointer("/requestBody/content/application~1json/schema").cloned();
        let name = body.as_ref().and_then(component);
        let is_document = name.as_deref().is_some_and(|name| DOCUMENTS.contains(&name));
        let given = match (is_document, operation.is_spread) {
            (true, _) => Given::Document("definition"),
            (false, true) => Given::Fields,
            (false, false) => Given::Object("input"),
        };
        if let Some(body) = &body {
            arguments.extend(body_arguments(body, &given, contract));
        }
        let answers = document.get("responses").and_then(Json::as_object).into_iter().flatten();
        let answer = answers
            .filter(|(status, _)| status.starts_with('2'))
            .find_map(|(_, answer)| answer.pointer("/content/application~1json/schema"));
        let result = match (operation.kind, answer) {
            (Kind::List(of) | Kind::Made(of), _) => {
                contract.of_component(of, Side::Told);
                Shape::List(Box::new(Shape::Object(of.to_owned())))
            }
            (_, Some(schema)) => contract.shape(&schema.clone(), "", "", Side::Told),
            (_, None) => Shape::Json,
        };
        let said = [text(&document, "summary"), text(&document, "description")].join(" ");
        let description = said.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Self { operation, method, path, description, arguments, given, result })
    }

    pub(super) fn is_query(&self) -> bool {
        self.operation.is_query()
    }

    /// The type of the answer of a change.
    pub(super) fn payload(&self) -> Option<(String, Described)> {
        if self.operation.is_query() {
            return None;
        }
        let errors = Property {
            name: "userErrors".to_owned(),
            wire: "userErrors".to_owned(),
            shape: Shape::List(Box::new(Shape::Object(USER_ERROR.to_owned()))),
            is_required: true,
            description: "What was wrong with what was asked for; empty when it was done.".to_owned(),
        };
        let result = self.result_name().map(|name| Property {
            wire: name.clone(),
            name,
            shape: self.result.clone(),
            is_required: false,
            description: "What came of it; null when it was not done.".to_owned(),
        });
        let description = format!("What `{}` answers.", self.operation.field);
        let properties = result.into_iter().chain([errors]).collect();
        Some((self.payload_name(), Described { description, properties }))
    }

    fn payload_name(&self) -> String {
        let mut letters = self.operation.field.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).chain("Payload".chars()).collect()
    }

    /// What the payload calls the result; `None` when there is none to tell.
    fn result_name(&self) -> Option<String> {
        if let Some(name) = self.operation.result {
            return Some(name.to_owned());
        }
        let Shape::Object(name) = &self.result else { return None };
        let mut letters = name.chars();
        let first = letters.next().into_iter().flat_map(char::to_lowercase);
        Some(first.chain(letters).collect())
    }

    /// The field of the root.
    pub(super) fn field(self: Arc<Self>, contract: Arc<Contract>) -> Field {
        let answer = match self.operation.kind {
            Kind::Query => self.result.type_ref(false),
            Kind::List(of) => TypeRef::named(connection::type_name(of)),
            Kind::Mutation | Kind::Made(_) => TypeRef::named(self.payload_name()),
        };
        let bound = Arc::clone(&self);
        let field = Field::new(self.operation.field, answer, move |context| {
            let (bound, contract) = (Arc::clone(&bound), Arc::clone(&contract));
            FieldFuture::new(async move { bound.answer(&context, &contract).await })
        });
        let arguments = self.arguments.iter().map(|argument| {
            let Property { name, shape, is_required, description, .. } = &argument.property;
            InputValue::new(name, shape.type_ref(*is_required)).description(description)
        });
        arguments.fold(field.description(&self.description), Field::argument)
    }

    async fn answer(
        &self,
        context: &ResolverContext<'_>,
        contract: &Contract,
    ) -> async_graphql::Result<Option<FieldValue<'static>>> {
        let asked = Asked::of(context.ctx)?;
        let answered = match self.call(context, contract) {
            Ok(call) => asked.call(call).await,
            Err(problem) => Err(Arc::new(problem)),
        };
        match (self.operation.kind, answered) {
            (Kind::Query, Ok(answered)) => Ok(owned(&self.result, answered.body)),
            (Kind::List(_), Ok(answered)) => {
                let is_later = context.args.get("after").is_some_and(|after| !after.is_null());
                Ok(Some(FieldValue::owned_any(page(answered, is_later))))
            }
            (Kind::Query | Kind::List(_), Err(problem)) => self.refused(&problem),
            (_, Ok(answered)) => Ok(Some(self.done(answered.body))),
            (_, Err(problem)) if problem::is_answer(&problem) => {
                let errors = problem::user_errors(&problem, &self.given);
                Ok(Some(FieldValue::owned_any(Json::Object(Map::from_iter([(
                    "userErrors".to_owned(),
                    errors,
                )])))))
            }
            (_, Err(problem)) => Err(problem::failed_of(&problem, &self.given)),
        }
    }

    /// What does not exist is null; everything else is an error.
    fn refused(&self, problem: &Problem) -> Result<Option<FieldValue<'static>>, Error> {
        match problem.code() {
            Code::NotFound if !self.operation.is_list() => Ok(None),
            _ => Err(problem::failed_of(problem, &self.given)),
        }
    }

    /// The payload of what was done.
    fn done(&self, answer: Json) -> FieldValue<'static> {
        let mut payload = Map::from_iter([("userErrors".to_owned(), Json::Array(Vec::new()))]);
        if let Some(name) = self.result_name() {
            let answer = match (self.operation.kind, answer) {
                (Kind::Made(_), Json::Object(mut list)) => list.remove("data").unwrap_or_default(),
                (_, answer) => answer,
            };
            payload.insert(name, answer);
        }
        FieldValue::owned_any(Json::Object(payload))
    }

    /// The request that the arguments make.
    ///
    /// Errors: an id of the path names nothing of its type; ids in the body are no ids.
    fn call(&self, context: &ResolverContext<'_>, contract: &Contract) -> Result<Call, Problem> {
        let mut errors = Errors::default();
        let (mut path, mut query, mut headers) = (self.path.clone(), Vec::new(), Vec::new());
        let (mut body, mut fields) = (None, Map::new());
        for Argument { property, place } in &self.arguments {
            let given = context.args.get(&property.name);
            let Some(given) =
                given.map(|given| given.as_value()).filter(|it| **it != Value::Null || *place == Place::Body)
            else {
                continue;
            };
            let Property { wire, shape, .. } = property;
            let pointer = match place {
                Place::Body if self.given != Given::Fields => String::new(),
                Place::Query => format!("?{wire}"),
                _ => format!("/{wire}"),
            };
            if let (Place::Path, Shape::Id(kind)) = (place, shape)
                && super::id::number(kind, given).is_none()
            {
                let id = given.clone().into_json().unwrap_or_default();
                return Err(Problem::not_found(&kind_in_words(kind), id.as_str().unwrap_or_default()));
            }
            let taken = shape.take(given, &pointer, contract, &mut errors);
            match place {
                Place::Path => path = path.replace(&format!("{{{wire}}}"), &escaped(&taken)),
                Place::Query => {
                    let is_word = self.operation.words.contains(&wire.as_str());
                    let value = escaped(&taken);
                    query.push(format!("{wire}={}", if is_word { value.to_lowercase() } else { value }));
                }
                Place::Header("if-match") => headers.push(("if-match", format!("\"{taken}\""))),
                Place::Header(name) => headers.push((*name, taken.as_str().unwrap_or_default().to_owned())),
                Place::Body if self.given == Given::Fields => {
                    fields.insert(wire.clone(), taken);
                }
                Place::Body => body = Some(taken),
            }
        }
        errors.finish()?;
        let has_body = self.arguments.iter().any(|argument| argument.place == Place::Body);
        let body = body.or_else(|| has_body.then_some(Json::Object(fields)));
        let address = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
        Ok(Call {
            method: self.method.clone(),
            address,
            headers,
            body: body.map(|body| body.to_string().into_bytes()),
        })
    }
}

/// A page as it was answered.
fn page(answered: Answered, is_later: bool) -> Connection {
    let Answered { mut body, cursors } = answered;
    let has_next = body.get("next_cursor").is_some_and(|cursor| !cursor.is_null());
    let nodes = match body.get_mut("data").map(Json::take) {
        Some(Json::Array(nodes)) => nodes,
        _ => Vec::new(),
    };
    Connection::new(nodes, cursors, is_later, has_next)
}

/// An answer that is not a part of another.
fn owned(shape: &Shape, value: Json) -> Option<FieldValue<'static>> {
    match (shape, value) {
        (_, Json::Null) => None,
        (Shape::Object(_), object) => Some(FieldValue::owned_any(object)),
        (_, other) => Some(FieldValue::value(Value::from_json(other).ok()?)),
    }
}
